"""Several real processes, and processes that die: each step goes out once, doubts are shown, nothing is lost."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.touches import TouchStatus
from storage.database import Database
from storage.tables import audit_entry, run, skip, task
from tests.fakes.ledgers import (
    DAY,
    NOON,
    mails,
    make_services,
    messages,
    plan_day,
    seed_invoice,
    seed_ledger,
    statuses,
    touches,
)
from tests.fakes.mail_server import MailServer
from tests.fakes.processes import WorkerProcess, run_out_of_lease, work_at_once
from workflows.record_sending import doubt_lost
from workflows.send_messages import drain
from workflows.services import Services
from workflows.tick import tick

CUSTOMERS = 24


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    seed_ledger(database, CUSTOMERS)
    made = make_services(database, tmp_path)
    plan_day(made)
    return made


def mails_by_recipient(services: Services) -> Counter[str]:
    found = [line for mail in mails(services) for line in mail.read_text().splitlines() if line.startswith("To: ")]
    return Counter(found)


def test_two_processes_at_once_send_each_message_once(
    services: Services, database: Database, database_url: str, tmp_path: Path
) -> None:
    done = work_at_once([WorkerProcess("drain", database_url, tmp_path, wires=4) for _ in range(2)])
    assert sum(counts.get("sent", 0) for counts in done if counts) == CUSTOMERS
    assert set(statuses(database)) == {TouchStatus.SENT}
    assert mails_by_recipient(services) == Counter(f"To: ap{n}@customer.example" for n in range(1, CUSTOMERS + 1))


@pytest.mark.parametrize("moment", ["claimed", "composed", "recorded", "sending", "accepted"])
def test_a_process_killed_at_any_moment_doubles_nothing_and_loses_nothing(
    services: Services, database: Database, database_url: str, tmp_path: Path, moment: str
) -> None:
    nth = {"claimed": 2}.get(moment, 11)
    assert work_at_once([WorkerProcess("drain", database_url, tmp_path, kill_at=f"{moment}:{nth}")]) == [None]
    run_out_of_lease(database)
    tick(services)
    drain(services)
    drain(services)

    unknown = [row for row in messages(database) if row.status == TouchStatus.UNKNOWN]
    sent = [row for row in messages(database) if row.status == TouchStatus.SENT]
    assert len(sent) + len(unknown) == CUSTOMERS
    received = mails_by_recipient(services)
    assert max(received.values()) == 1
    assert {f"To: {row.address}" for row in sent} <= set(received)
    # One wire: what was on it when the process died is in doubt, and nothing else.
    assert len(unknown) in ([1] if moment in ("sending", "accepted") else [0, 1])
    with database.read() as connection:
        asked = connection.execute(select(task.c.key)).scalars().all()
    assert sorted(asked) == sorted(f"unknown_outcome:{row.public_id}" for row in unknown)


def test_what_was_in_doubt_when_the_process_died_is_never_sent_again(
    services: Services, database: Database, database_url: str, tmp_path: Path
) -> None:
    work_at_once([WorkerProcess("drain", database_url, tmp_path, kill_at="sending:1")])
    run_out_of_lease(database)
    assert doubt_lost(services, NOON) >= 1
    for _ in range(3):
        drain(services)
        tick(services)
    unknown = {row.public_id for row in messages(database) if row.status == TouchStatus.UNKNOWN}
    assert unknown
    assert not unknown & {path.stem for path in mails(services)}


def planned_once(database: Database) -> None:
    """One run, planned to its end, each customer's message and skips once."""
    with database.read() as connection:
        runs = connection.execute(select(run)).all()
        skips = connection.execute(select(skip.c.customer_id).order_by(skip.c.customer_id)).scalars().all()
        ended = select(audit_entry.c.id).where(audit_entry.c.action == "run.planned")
        assert len(connection.execute(ended).all()) == 1
    assert [(row.status, row.counts["messages"]) for row in runs] == [("sending", CUSTOMERS)]
    assert sorted(row.customer_id for row in messages(database)) == list(range(1, CUSTOMERS + 1))
    assert len(touches(database)) == CUSTOMERS
    assert skips == list(range(1, CUSTOMERS + 1))


@pytest.fixture
def owing(database: Database) -> Database:
    """Customers each with an invoice to write about, and one that isn't due: a message and a skip row each."""
    seed_ledger(database, CUSTOMERS)
    with database.write() as unit:
        for number in range(1, CUSTOMERS + 1):
            seed_invoice(unit.connection, number, f"NEW-{number}", due=DAY + timedelta(days=60))
        unit.commit()
    return database


def test_two_processes_plan_one_run_together(owing: Database, database_url: str, tmp_path: Path) -> None:
    work_at_once([WorkerProcess("plan", database_url, tmp_path) for _ in range(2)])
    planned_once(owing)


@pytest.mark.parametrize("moment", ["planning_chunk", "planned_chunk"])
def test_a_process_killed_while_planning_leaves_its_chunk_to_the_other(
    owing: Database, database_url: str, tmp_path: Path, moment: str
) -> None:
    dying = WorkerProcess("plan", database_url, tmp_path, kill_at=f"{moment}:1")
    other = WorkerProcess("plan", database_url, tmp_path)
    done = work_at_once([dying, other])
    assert done[1] == {"planned": 1}
    planned_once(owing)


@pytest.mark.parametrize("moment", ["accepted", pytest.param("sending", marks=pytest.mark.slow)])
def test_a_mail_server_that_counts_never_gets_a_message_twice(
    services: Services, database: Database, database_url: str, tmp_path: Path, moment: str
) -> None:
    with MailServer() as server:
        told = {"email_channel": "smtp", "smtp_host": server.host, "smtp_port": server.port}
        for nth in (3, 5):
            process = WorkerProcess("drain", database_url, tmp_path, kill_at=f"{moment}:{nth}", wires=4, **told)
            assert work_at_once([process]) == [None]
            run_out_of_lease(database)
            tick(services)
        work_at_once([WorkerProcess("drain", database_url, tmp_path, wires=4, **told) for _ in range(2)])
        received = Counter(envelope.rcpt_tos[0] for envelope in server.taken)
    assert max(received.values()) == 1
    sent = {row.address for row in messages(database) if row.status == TouchStatus.SENT}
    unknown = {row.address for row in messages(database) if row.status == TouchStatus.UNKNOWN}
    assert sent <= set(received)
    assert len(sent) + len(unknown) == CUSTOMERS
    assert set(received) <= sent | unknown
    assert 2 <= len(unknown) <= 8


@pytest.mark.slow
def test_twenty_deaths_in_a_row_double_nothing_and_lose_nothing(
    services: Services, database: Database, database_url: str, tmp_path: Path
) -> None:
    moments = ("claimed", "composed", "sending", "accepted")
    for number in range(20):
        kill_at = f"{moments[number % 4]}:{1 + number % 3}"
        work_at_once([WorkerProcess("drain", database_url, tmp_path, kill_at=kill_at, wires=1 + number % 3)])
        run_out_of_lease(database)
        tick(services)
    drain(services)
    assert set(statuses(database)) <= {TouchStatus.SENT, TouchStatus.UNKNOWN}
    received = mails_by_recipient(services)
    assert max(received.values()) == 1
    assert {f"To: {row.address}" for row in messages(database) if row.status == TouchStatus.SENT} <= set(received)
