"""Limits hold for all processes together: real ones on PostgreSQL, against a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from domain.breaker import Breaker
from domain.touches import TouchStatus
from storage.database import Database
from storage.pacing import provider_states
from tests.fakes.ledgers import make_services, plan_day, seed_ledger, statuses
from tests.fakes.mail_server import MailServer, free_port
from tests.fakes.processes import WorkerProcess, work_at_once

MESSAGES = 30


@pytest.fixture
def shared(fresh_postgres_url: str, tmp_path: Path) -> Iterator[Database]:
    database = Database(fresh_postgres_url)
    seed_ledger(database, MESSAGES)
    plan_day(make_services(database, tmp_path))
    yield database
    database.dispose()


def drains(
    url: str, folder: Path, port: int, count: int, *, wires: int = 2, **settings: Any
) -> list[dict[str, Any] | None]:
    chosen = {"email_channel": "smtp", "smtp_port": port, **settings}
    return work_at_once([WorkerProcess("drain", url, folder, wires=wires, **chosen) for _ in range(count)])


def test_two_processes_together_never_pass_a_rate(shared: Database, fresh_postgres_url: str, tmp_path: Path) -> None:
    few = 14
    with shared.write() as unit:
        unit.connection.execute(text(f"UPDATE message SET status = 'cancelled' WHERE id > {few}"))
        unit.commit()
    with MailServer() as server:
        done = drains(fresh_postgres_url, tmp_path, server.port, 2, wires=1, rates="smtp:2/s")
    counts = [(one or {}).get("sent", 0) for one in done]
    assert sum(counts) == few
    taken = server.taken_at
    # Claimed at two a second; each process may hold one claim and one on its wire, and so bunch what arrives.
    in_hand = 2 * (1 + 1)
    for first in taken:
        assert sum(1 for at in taken if first <= at < first + 1) <= 2 + in_hand
    assert taken[-1] - taken[0] >= (few - 1 - in_hand) / 2


@pytest.mark.slow
def test_a_breaker_that_some_processes_opened_is_seen_by_another(
    shared: Database, fresh_postgres_url: str, tmp_path: Path
) -> None:
    for _ in range(2):
        drains(fresh_postgres_url, tmp_path, free_port(), 3)
    with shared.read() as connection:
        state = provider_states(connection, ["smtp"])["smtp"]
    assert state.breaker is Breaker.OPEN
    with MailServer() as server:
        assert drains(fresh_postgres_url, tmp_path, server.port, 2) == [{}, {}]
        assert server.taken == []
        with shared.write() as unit:
            unit.connection.execute(text("UPDATE provider_state SET not_before = now()"))
            unit.connection.execute(text("UPDATE message SET not_before = '2026-03-09 08:00+00'"))
            unit.commit()
        drains(fresh_postgres_url, tmp_path, server.port, 2)
        drains(fresh_postgres_url, tmp_path, server.port, 2)
    assert set(statuses(shared)) == {TouchStatus.SENT}
    assert len({envelope.rcpt_tos[0] for envelope in server.taken}) == len(server.taken) == MESSAGES


def test_two_processes_together_never_pass_a_daily_cap(
    shared: Database, fresh_postgres_url: str, tmp_path: Path
) -> None:
    with MailServer() as server:
        drains(fresh_postgres_url, tmp_path, server.port, 2, daily_caps="smtp:17")
    assert len(server.taken) == 17
    assert statuses(shared).count(TouchStatus.PLANNED) == MESSAGES - 17
