"""A database that was put back from a backup sends nothing twice: not by itself, and not what was planned since."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.engine import make_url

from domain.errors import BadInput, NotAllowed
from storage.backup import copy_sqlite
from storage.database import Database
from storage.sending_hold import HOME, _place
from storage.tables import document, inbound_event, run, setting, task
from tests.fakes.ledgers import (
    DAY,
    NOON,
    at,
    load_ledger_again,
    mails,
    make_services,
    messages,
    plan_day,
    seed_customer,
    seed_invoice,
    seed_ledger,
    statuses,
)
from workflows.approvals import approve_plan
from workflows.restore import check_database, confirm_restored, guard_sending, settle_restored
from workflows.send_messages import drain
from workflows.services import Services
from workflows.tick import plan_due_runs, tick

CUSTOMERS = 6


class House:
    """An installation whose database can be copied and put back."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.open()

    def open(self) -> None:
        self.database = Database(self.url)
        self.services = make_services(self.database, self.folder)

    def back_up(self) -> None:
        if self.database.is_sqlite:
            copy_sqlite(self.database, self.folder / "copy.db", NOON)
            return
        dumped = self.folder / "copy.dump"
        subprocess.run(["pg_dump", "--format=custom", f"--file={dumped}", _libpq(self.url)], check=True)

    def put_back(self) -> None:
        """The database is lost; the copy comes into its place."""
        self.database.dispose()
        if self.database.is_sqlite:
            path = Path(str(make_url(self.url).database))
            for end in ("", "-wal", "-shm"):
                Path(f"{path}{end}").unlink(missing_ok=True)
            shutil.copy(self.folder / "copy.db", path)
        else:
            name, server = make_url(self.url).database, make_url(self.url).set(database="postgres")
            admin = Database(server.render_as_string(hide_password=False))
            with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
                connection.execute(text(f"CREATE DATABASE {name}"))
            admin.dispose()
            dumped = str(self.folder / "copy.dump")
            subprocess.run(["pg_restore", "--dbname", _libpq(self.url), dumped], check=True)
        self.open()


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def can_dump(database: Database) -> bool:
    if shutil.which("pg_dump") is None:
        return False
    with database.read() as connection:
        server = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
    told = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.split()[2].partition(".")[0]) >= server


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    made = House(database_url, tmp_path)
    if not made.database.is_sqlite and not can_dump(made.database):
        made.database.dispose()
        pytest.skip("no pg_dump on this machine, or one older than the server")
    seed_ledger(made.database, CUSTOMERS)
    yield made
    made.database.dispose()


@pytest.fixture
def small_house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """The same on SQLite: where the database makes no difference."""
    made = House(sqlite_url, tmp_path)
    seed_ledger(made.database, CUSTOMERS)
    yield made
    made.database.dispose()


def recipients(services: Services) -> Counter[str]:
    return Counter(
        line for mail in mails(services) for line in mail.read_text().splitlines() if line.startswith("To: ")
    )


def lose_a_day(house: House) -> Services:
    """Two of six went; backup; the rest goes, and the next day's new customer is written to; the backup comes back."""
    plan_day(house.services)
    drain(house.services, limit=2)
    house.back_up()
    drain(house.services)
    next_day = DAY + timedelta(days=1)
    load_ledger_again(house.database, next_day)
    with house.database.write() as unit:
        unit.connection.execute(
            update(document).where(document.c.customer_id == 1).values(due_on=next_day - timedelta(days=40))
        )
        seed_customer(unit.connection, CUSTOMERS + 1)
        seed_invoice(unit.connection, CUSTOMERS + 1, "INV-NEW")
        unit.commit()
    tomorrow = at(house.services, NOON + timedelta(days=1))
    plan_due_runs(tomorrow)
    drain(tomorrow)
    assert recipients(house.services)[f"To: ap{CUSTOMERS + 1}@customer.example"] == 1
    house.put_back()
    return at(house.services, NOON + timedelta(days=1))


def work(services: Services) -> None:
    """What a worker with its scheduler does, a few times."""
    for _ in range(3):
        tick(services)
        plan_due_runs(services)
        drain(services)


def test_a_restored_database_sends_nothing_before_a_person_has_said_so(house: House) -> None:
    services = lose_a_day(house)
    before = recipients(services)
    work(house.services)
    work(services)
    assert recipients(services) == before
    assert Counter(statuses(house.database)) == {"sent": 2, "planned": CUSTOMERS - 2}


def test_after_that_what_may_have_gone_is_in_doubt_and_nothing_is_sent_twice(house: House) -> None:
    services = lose_a_day(house)
    before = recipients(services)
    done = confirm_restored(services, by="ar_manager")
    assert done.in_doubt == CUSTOMERS - 2
    load_ledger_again(house.database, DAY + timedelta(days=1))
    work(house.services)
    work(services)
    assert recipients(services) == before
    assert Counter(statuses(house.database))["unknown"] == CUSTOMERS - 2
    with house.database.read() as connection:
        asked = connection.execute(select(task.c.key).where(task.c.key.like("unknown_outcome:%"))).scalars().all()
    assert len(asked) == CUSTOMERS - 2


def test_the_next_plans_wait_for_a_yes_until_one_has_got_it(small_house: House) -> None:
    services = lose_a_day(small_house)
    confirm_restored(services, by="ar_manager")
    settle_restored(services, sent=True, by="ar_manager")
    days = [DAY + timedelta(days=offset) for offset in (1, 2)]
    for day in days:
        load_ledger_again(small_house.database, day)
        with small_house.database.write() as unit:
            seed_customer(unit.connection, day.day + 100)
            seed_invoice(unit.connection, day.day + 100, f"INV-{day}", due=day - timedelta(days=7))
            unit.commit()
        plan_due_runs(at(services, NOON + (day - DAY)))
        assert plan_status(small_house.database, day) == "awaiting_approval"
    approve_plan(at(services, NOON + timedelta(days=2)), run_of(small_house.database, days[1]), by="ar_manager")
    third = DAY + timedelta(days=3)
    load_ledger_again(small_house.database, third)
    plan_due_runs(at(services, NOON + timedelta(days=3)))
    assert plan_status(small_house.database, third) == "sending"


def plan_status(database: Database, day: date) -> str:
    with database.read() as connection:
        return str(connection.execute(select(run.c.status).where(run.c.business_day == day)).scalar_one())


def run_of(database: Database, day: date) -> int:
    with database.read() as connection:
        return int(connection.execute(select(run.c.id).where(run.c.business_day == day)).scalar_one())


def test_a_person_settles_all_that_was_in_doubt_at_once(small_house: House) -> None:
    services = lose_a_day(small_house)
    confirm_restored(services, by="ar_manager")
    assert settle_restored(services, sent=True, by="ar_manager", note="the server's log") == CUSTOMERS - 2
    assert set(statuses(small_house.database)) == {"sent"}
    assert {row.status_reason for row in messages(small_house.database)} == {None, "settled by ar_manager"}


def test_an_event_that_nobody_had_read_is_left_to_a_person(small_house: House) -> None:
    with small_house.database.write() as unit:
        unit.connection.execute(
            inbound_event.insert().values(
                provider="imap", event_id="1", kind="email", received_at=NOON, raw=b"", status="new", attempts=0
            )
        )
        unit.commit()
    assert confirm_restored(small_house.services, by="ar_manager").events_left == 1
    with small_house.database.read() as connection:
        assert connection.execute(select(inbound_event.c.status)).scalar_one() == "failed"
        assert connection.execute(select(task.c.key)).scalars().all() == ["inbound:1"]


def test_who_may_not_decide_releases_nothing(small_house: House) -> None:
    services = lose_a_day(small_house)
    with pytest.raises(NotAllowed):
        confirm_restored(services, by="sales")
    before = recipients(services)
    work(small_house.services)
    work(services)
    assert recipients(services) == before


def test_a_copy_that_nothing_gives_away_is_known_by_the_trail_that_this_machine_has_seen(house: House) -> None:
    """A SQLite file copied by hand, or a PostgreSQL volume set back: no stamp, and the same place."""
    plan_day(house.services)
    drain(house.services, limit=2)
    tick(house.services)
    assert guard_sending(house.services) is None
    house.back_up()
    drain(house.services)
    tick(house.services)
    assert guard_sending(house.services) is None
    before = recipients(house.services)
    house.put_back()
    with house.database.write() as unit:
        unit.connection.execute(setting.delete().where(setting.c.key == "sending.copy"))
        if not house.database.is_sqlite:
            home = unit.connection.execute(select(setting.c.value).where(setting.c.key == HOME)).scalar_one()
            here = {**home, "place": place(house.database)}
            unit.connection.execute(update(setting).where(setting.c.key == HOME).values(value=here))
        unit.commit()
    why = guard_sending(house.services)
    assert why is not None
    assert "of its trail" in why
    work(house.services)
    assert recipients(house.services) == before


def place(database: Database) -> str:
    with database.write() as unit:
        return _place(unit)


def test_a_whole_database_is_told_as_whole(house: House) -> None:
    plan_day(house.services)
    drain(house.services)
    found = check_database(house.services)
    assert found.problems == []
    assert found.links > 0


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE document SET open_minor = open_minor - 1 WHERE number = 'INV-1'", "ledger: 1 documents"),
        ("DROP INDEX uq_touch_step", "uq_touch_step"),
        ("UPDATE audit_entry SET actor = 'nobody' WHERE id = 1", "audit trail: entry 1"),
    ],
    ids=["a sum", "a key", "the trail"],
)
def test_damage_is_found(house: House, damage: str, told: str) -> None:
    plan_day(house.services)
    with house.database.write() as unit:
        unit.connection.execute(text(damage))
        unit.commit()
    problems = check_database(house.services).problems
    assert len(problems) == 1
    assert told in problems[0]


def test_a_backup_overwrites_nothing_and_only_its_owner_reads_it(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    copy_sqlite(database, tmp_path / "a.db", NOON)
    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadInput, match="there already"):
        copy_sqlite(database, tmp_path / "a.db", NOON)
    database.dispose()
