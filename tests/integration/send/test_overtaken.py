"""SQLite: looked at without keeping others from writing, and looked at again when somebody has written meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.database import Database, Overtaken
from storage.marks import set_mark
from storage.tables import audit_entry, document
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.ledgers import NOON, make_services, plan_day, seed_ledger, set_open, statuses
from workflows.send_messages import drain
from workflows.services import Services


@pytest.fixture
def file(sqlite_url: str) -> Iterator[Database]:
    made = Database(sqlite_url)
    yield made
    made.dispose()


@pytest.fixture
def other(file: Database) -> Iterator[Database]:
    """The same file as another process has it."""
    made = Database(file.url.render_as_string())
    yield made
    made.dispose()


@pytest.fixture
def four(file: Database, tmp_path: Path) -> Services:
    seed_ledger(file, 4)
    made = make_services(file, tmp_path)
    plan_day(made)
    return made


def after_composing(services: Services, do: Callable[[], None]) -> Services:
    """The services, with `do` done once right after the first letter was composed."""
    left = [do]

    def fault(name: str) -> None:
        if name == "composed" and left:
            left.pop()()

    return replace(services, fault=fault)


def write_something(database: Database) -> None:
    with database.write() as unit:
        set_mark(unit.connection, "a test's", 1, NOON)
        unit.commit()


def test_a_payment_between_the_look_and_the_mark_is_heard(four: Services, other: Database) -> None:
    with four.database.read() as connection:
        invoice = connection.execute(select(document.c.id).where(document.c.customer_id == 1)).scalar_one()
    channel = ScriptedChannel()
    paid = after_composing(by(four, channel), lambda: set_open(other, invoice, 0))
    assert drain(paid) == {"sent": 3, "cancelled": 1}
    assert sorted(statuses(four.database)) == ["cancelled", "sent", "sent", "sent"]


def test_whoever_else_writes_is_not_kept_waiting_and_costs_no_message(four: Services, other: Database) -> None:
    assert drain(after_composing(by(four, ScriptedChannel()), lambda: write_something(other))) == {"sent": 4}
    with four.database.read() as connection:
        marked = select(audit_entry.c.subject_id).where(audit_entry.c.action == "message.sending")
        told = list(connection.execute(marked).scalars())
    assert len(told) == len(set(told)) == 4


def test_a_unit_that_was_overtaken_can_not_write(file: Database, other: Database) -> None:
    with file.write_later() as unit:
        assert unit.connection.execute(select(document.c.id)).all() == []
        write_something(other)
        with pytest.raises(Overtaken):
            unit.begin_writing()


def test_a_unit_that_nobody_overtook_writes(file: Database, other: Database) -> None:
    write_something(other)
    with file.write_later() as unit:
        unit.connection.execute(select(document.c.id)).all()
        unit.begin_writing()
        set_mark(unit.connection, "ours", 2, NOON)
        unit.commit()
    write_something(file)
    write_something(other)


def test_while_another_process_writes_a_unit_is_overtaken_at_once(file: Database, other: Database) -> None:
    with file.write_later() as unit:
        unit.connection.execute(select(document.c.id)).all()
        with other.write() as writing:
            set_mark(writing.connection, "theirs", 3, NOON)
            with pytest.raises(Overtaken):
                unit.begin_writing()
