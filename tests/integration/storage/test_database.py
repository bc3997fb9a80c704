"""The unit of work, the migrations and the audit chain, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import func, insert, select, update

from storage import audit, migrate
from storage.database import Database
from storage.tables import audit_entry, audit_link, legal_entity, setting

NOW = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
KEY = b"a key outside the database"


def an_entity() -> dict[str, object]:
    return {"code": "MAIN", "name": "Main", "country": "IE", "timezone": "Europe/Dublin", "updated_at": NOW}


def test_leaving_a_unit_of_work_without_commit_rolls_back(database: Database) -> None:
    with database.write() as unit:
        unit.connection.execute(insert(legal_entity).values(an_entity()))
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(legal_entity)).scalar_one() == 0


def test_an_instant_comes_back_in_utc_and_a_naive_one_is_refused(database: Database) -> None:
    with database.write() as unit:
        unit.connection.execute(insert(legal_entity).values(an_entity()))
        unit.commit()
    with database.read() as connection:
        assert connection.execute(select(legal_entity.c.updated_at)).scalar_one() == NOW
    with database.write() as unit, pytest.raises(Exception, match="naive"):
        unit.connection.execute(insert(legal_entity).values(an_entity() | {"updated_at": NOW.replace(tzinfo=None)}))


def test_eight_writers_at_once_all_get_through(database: Database) -> None:
    with database.write() as unit:
        unit.connection.execute(insert(setting).values(key="n", value=0, updated_at=NOW))
        unit.commit()
    failures: list[BaseException] = []

    def add_ten() -> None:
        try:
            for _ in range(10):
                with database.write() as unit:
                    row = select(setting.c.value).where(setting.c.key == "n").with_for_update()
                    value = unit.connection.execute(row).scalar_one()
                    unit.connection.execute(update(setting).values(value=value + 1))
                    unit.commit()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=add_ten) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert (failures, connection.execute(select(setting.c.value)).scalar_one()) == ([], 80)


def test_the_newest_migration_makes_exactly_the_tables_of_the_code(database: Database) -> None:
    migrate.require_head(database)
    config = migrate._config("storage/migrations")
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)


def _some_entries(database: Database, count: int) -> None:
    with database.write() as unit:
        for number in range(count):
            audit.record(unit.connection, at=NOW, actor="system", action="touch.sent", subject=("message", number))
        audit.seal(unit.connection, KEY)
        unit.commit()


def test_an_untouched_trail_verifies(database: Database) -> None:
    _some_entries(database, 5)
    with database.read() as connection:
        found = audit.verify(connection, KEY)
    assert (found.linked, found.unsealed, found.problem) == (5, 0, None)


def _seal_new(database: Database, now: datetime, limit: int = audit.SEAL_AT_ONCE) -> int:
    with database.write() as unit:
        sealed = audit.seal_new(unit.connection, KEY, now, limit=limit)
        unit.commit()
    return sealed


def _record(database: Database, entry_id: int) -> None:
    row = audit.entry(NOW, "system", "touch.sent", ("message", entry_id))
    with database.write() as unit:
        unit.connection.execute(insert(audit_entry), [{**row, "id": entry_id}])
        unit.commit()


def test_sealing_passes_over_what_settled_long_ago_and_finds_what_is_committed_late(database: Database) -> None:
    for entry_id in (10, 11, 13):
        _record(database, entry_id)
    assert _seal_new(database, NOW) == 3
    _record(database, 12)  # drawn before 13, committed after it
    assert _seal_new(database, NOW + audit.SETTLED / 2) == 1
    assert _seal_new(database, NOW + audit.SETTLED) == 0
    _record(database, 14)
    assert _seal_new(database, NOW + audit.SETTLED * 1.5) == 1
    _record(database, 9)  # later than anything can be: only the whole look finds it
    assert _seal_new(database, NOW + audit.SETTLED * 3) == 0
    with database.write() as unit:
        assert audit.seal(unit.connection, KEY) == 1
        unit.commit()
    with database.read() as connection:
        assert audit.verify(connection, KEY).problem is None


def test_a_portion_that_was_too_small_for_all_raises_no_floor(database: Database) -> None:
    for entry_id in range(1, 6):
        _record(database, entry_id)
    found = [_seal_new(database, NOW + audit.SETTLED * n, limit=2) for n in range(5)]
    assert found == [2, 2, 1, 0, 0]


@pytest.mark.parametrize("column", ["text", "actor", "subject_id"])
def test_an_altered_entry_is_found(database: Database, column: str) -> None:
    _some_entries(database, 5)
    with database.write() as unit:
        unit.connection.execute(update(audit_entry).where(audit_entry.c.id == 3).values({column: "9"}))
        unit.commit()
    with database.read() as connection:
        found = audit.verify(connection, KEY)
    assert found.problem is not None
    assert "link 3" in found.problem


def test_a_cut_tail_is_found_by_the_exported_head_alone(database: Database) -> None:
    _some_entries(database, 5)
    with database.read() as connection:
        head = audit.verify(connection, KEY)
    with database.write() as unit:
        unit.connection.execute(audit_link.delete().where(audit_link.c.sequence > 3))
        unit.connection.execute(audit_entry.delete().where(audit_entry.c.id > 3))
        unit.commit()
    with database.read() as connection:
        assert audit.verify(connection, KEY).problem is None
        found = audit.verify(connection, KEY, expected=(head.linked, head.head))
    assert found.problem is not None
    assert "cut off" in found.problem


def test_another_key_can_not_make_a_chain_that_verifies(database: Database) -> None:
    _some_entries(database, 2)
    with database.read() as connection:
        assert audit.verify(connection, b"another key").problem is not None
