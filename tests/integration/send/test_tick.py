"""The tick and the bell: runs opened on time, leases taken back, the trail sealed, work done in the process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.touches import TouchStatus
from dunwell.bootstrap import audit_key
from dunwell.scheduler import start_scheduler
from dunwell.settings import load_settings
from dunwell.worker import Bell, make_broker
from storage import audit
from storage.database import Database
from storage.tables import run
from tests.fakes.ledgers import DAY, at, seed_ledger, statuses
from tests.fakes.processes import run_out_of_lease
from workflows.send_messages import drain
from workflows.services import Services
from workflows.tick import KINDS, plan_due_runs, tick


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """SQLite alone: leases, runs and the send machine are tested on both databases by real processes."""
    made = Database(sqlite_url)
    yield made
    made.dispose()


def wait_for(what: object, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it didn't happen"
        time.sleep(0.02)


def test_a_run_is_planned_when_its_hour_has_come_and_once(empty: Services) -> None:
    seed_ledger(empty.database, 2)
    assert plan_due_runs(at(empty, datetime(2026, 3, 9, 6, 59, tzinfo=UTC))) == 0
    morning = at(empty, datetime(2026, 3, 9, 7, 0, tzinfo=UTC))
    assert (plan_due_runs(morning), plan_due_runs(morning)) == (1, 0)
    assert statuses(empty.database) == [TouchStatus.PLANNED] * 2


def test_nothing_is_planned_on_a_weekend_and_missed_days_are_not_made_up_for(empty: Services) -> None:
    seed_ledger(empty.database, 1)
    for day in (7, 8, 9):
        plan_due_runs(at(empty, datetime(2026, 3, day, 12, 0, tzinfo=UTC)))
    with empty.database.read() as connection:
        assert connection.execute(select(run.c.business_day)).scalars().all() == [DAY]


def test_a_run_whose_planning_was_interrupted_is_gone_on_with(empty: Services) -> None:
    seed_ledger(empty.database, 2)

    def stop(point: str) -> None:
        if point == "planned_chunk":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan_due_runs(replace(empty, fault=stop))
    assert plan_due_runs(empty) == 1
    with empty.database.read() as connection:
        assert connection.execute(select(run.c.status)).scalars().all() == ["sending"]
    assert len(statuses(empty.database)) == 2


def test_a_tick_closes_runs_with_nothing_left_to_send_and_seals_the_trail(planned: Services) -> None:
    drain(planned)
    done = tick(planned)
    assert done["runs_finished"] == 1
    assert done["audit_sealed"] > 0
    with planned.database.read() as connection:
        found = audit.verify(connection, planned.audit_key)
    assert (found.unsealed, found.problem) == (0, None)


def test_a_tick_takes_back_claims_whose_holder_is_gone(planned: Services) -> None:
    def die(point: str) -> None:
        if point == "claimed":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drain(replace(planned, fault=die))
    assert tick(planned)["claims_taken_back"] == 0
    run_out_of_lease(planned.database)
    assert tick(planned)["claims_taken_back"] == 3
    assert drain(planned) == {"sent": 3}


def test_one_duty_that_fails_does_not_keep_the_others_from_their_turn(planned: Services) -> None:
    rung: list[str] = []
    broken = replace(planned, audit_key=None, ring=rung.append)
    drain(planned, limit=1)
    assert tick(broken)["failed"] == 1
    assert rung == list(KINDS)


def test_the_scheduler_ticks_at_once_and_the_bell_does_the_work(empty: Services) -> None:
    seed_ledger(empty.database, 3)
    bell = Bell(load_settings(data_dir=empty.data_dir), empty)
    bell.start(threads=2)
    scheduler = start_scheduler(bell.services, seconds=1)
    try:
        wait_for(lambda: statuses(empty.database) == [TouchStatus.SENT] * 3)
    finally:
        scheduler.shutdown(wait=True)
        bell.stop()


def test_rings_while_work_is_under_way_lead_to_one_more_turn_not_to_many(empty: Services) -> None:
    turns: list[float] = []
    go_on = threading.Event()

    def work(_services: Services) -> None:
        turns.append(time.monotonic())
        go_on.wait(10)

    bell = Bell(load_settings(data_dir=empty.data_dir), empty, {"send": work})
    bell.start(threads=3)
    try:
        bell.ring("send")
        wait_for(lambda: len(turns) == 1)
        for _ in range(20):
            bell.ring("send")
        time.sleep(0.5)
        go_on.set()
        wait_for(lambda: len(turns) == 2)
        time.sleep(0.3)
        assert len(turns) == 2
    finally:
        go_on.set()
        bell.stop()


def test_work_that_fails_leaves_no_dead_letter_and_the_next_ring_is_answered(empty: Services) -> None:
    turns: list[str] = []

    def work(_services: Services) -> None:
        turns.append("turn")
        raise RuntimeError("no such luck")

    bell = Bell(load_settings(data_dir=empty.data_dir), empty, {"send": work})
    bell.start(threads=1)
    try:
        for count in (1, 2):
            bell.ring("send")
            wait_for(lambda: len(turns) == count)  # noqa: B023
        assert bell.broker.dead_letters == []
    finally:
        bell.stop()


def test_a_broker_address_of_another_kind_is_refused() -> None:
    with pytest.raises(Exception, match="amqp://"):
        make_broker("redis://127.0.0.1")


def test_the_audit_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    first = audit_key(settings)
    assert audit_key(settings) == first
    assert (tmp_path / "audit.key").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["audit.key"]
    assert audit_key(load_settings(data_dir=tmp_path, audit_key="given")) == b"given"
