"""What the set-based statement excludes, and why, is exactly what the pure planner would have said."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from domain.parties import Channel
from outreach.cadence.loading import load_policies
from outreach.cadence.planner import plan_outreach
from outreach.cadence.view import PlanOptions
from storage.database import Database
from storage.planning import skip_counts
from storage.snapshots import load_snapshots
from storage.tables import legal_entity, message, skip, touch
from tests.integration.plan.random_ledger import fill
from workflows.record_promise import judge_promises
from workflows.run_cadence import run_cadence
from workflows.services import Limits, Services

MONDAY = date(2026, 3, 9)


def services_at(database: Database, day: date) -> Services:
    return Services(
        database=database,
        now=lambda: datetime.combine(day, time(4), UTC),
        policies=load_policies(),
        templates=None,  # type: ignore[arg-type]
        channels={},
        audit_key=b"key",
        data_dir=Path(),
        limits=Limits(golive_runs=0),
    )


def planned_by_the_planner_alone(database: Database, services: Services, day: date):  # type: ignore[no-untyped-def]
    with database.read() as connection:
        ids = list(connection.execute(text("SELECT id FROM customer ORDER BY id")).scalars())
        snapshots = load_snapshots(connection, 1, day, ids)
    plan = plan_outreach(snapshots, services.policies, day, now=services.now(), options=PlanOptions())
    touches = {(t.customer_id, t.document_ids, t.stage) for m in plan.messages for t in m.touches}
    skips: dict[int, str] = {}
    for one in plan.skips:
        skips.update(dict.fromkeys(one.document_ids, str(one.reason)))
    return touches, skips


def written(database: Database, run_id: int):  # type: ignore[no-untyped-def]
    with database.read() as connection:
        rows = connection.execute(select(touch).where(touch.c.run_id == run_id)).all()
        touches = {(r.customer_id, tuple(r.document_ids or [r.document_id]), r.stage) for r in rows}
        skips: dict[int, str] = {}
        for reasons in connection.execute(select(skip.c.reasons).where(skip.c.run_id == run_id)).scalars():
            for reason, ids in reasons.items():
                skips.update(dict.fromkeys(ids, reason))
    return touches, skips


@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_says_of_every_item_what_the_planner_says(database: Database, seed: int) -> None:
    fill(database, seed, MONDAY)
    for days in range(9):
        day = MONDAY + timedelta(days=days)
        services = services_at(database, day)
        with database.write() as unit:
            unit.connection.execute(update(legal_entity).values(ledger_as_of=day, cash_loaded_to=day))
            judge_promises(unit, 1, day, services.policies, day, services.now())  # a run's own first act
            unit.commit()
        expected = planned_by_the_planner_alone(database, services, day)
        report = run_cadence(services, 1, day)
        touches, skips = written(database, report.run_id)
        assert touches == expected[0], day
        other = {i: (skips.get(i), expected[1].get(i)) for i in {*skips, *expected[1]}}
        assert {i: pair for i, pair in other.items() if pair[0] != pair[1]} == {}, day
        with database.write() as unit:  # all of it goes out, but for one message in five that stays in doubt
            unit.connection.execute(update(message).where(message.c.status == "planned").values(status="sent"))
            unit.connection.execute(
                update(message).where(message.c.status == "sent", message.c.id % 5 == 0).values(status="unknown")
            )
            unit.commit()


def test_a_second_run_of_the_day_adds_nothing(database: Database) -> None:
    """Complaint 1, peer case 7: however often it runs, one message a step."""
    fill(database, 7, MONDAY)
    services = services_at(database, MONDAY)
    first = run_cadence(services, 1, MONDAY)
    before = written(database, first.run_id)
    second = run_cadence(services, 1, MONDAY)
    assert (second.run_id, written(database, second.run_id)) == (first.run_id, before)


def test_a_run_that_was_interrupted_goes_on_behind_its_last_chunk(database: Database) -> None:
    """Peer case 7: a crash after customer 1; the rerun does only customer 2."""
    fill(database, 8, MONDAY)
    chunks: list[str] = []

    def crash(point: str) -> None:
        chunks.append(point)
        if chunks.count("planned_chunk") == 4:
            raise KeyboardInterrupt

    services = services_at(database, MONDAY)
    dying = replace(services, fault=crash, limits=replace(services.limits, plan_chunk=5))
    with pytest.raises(KeyboardInterrupt):
        run_cadence(dying, 1, MONDAY)
    with database.read() as connection:
        half = {row.id: row.cycle_id for row in connection.execute(select(touch.c.id, touch.c.cycle_id))}
    report = run_cadence(services_at(database, MONDAY), 1, MONDAY)
    with database.read() as connection:
        rows = connection.execute(select(touch)).all()
    assert {r.id: r.cycle_id for r in rows if r.id in half} == half
    steps: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows:
        steps[row.cycle_id, row.stage] += 1
    assert max(steps.values()) == 1
    assert report.touches + sum(1 for r in rows if r.task_id is not None) == len(rows)


def test_a_stale_ledger_sends_nothing_and_says_so(database: Database) -> None:
    fill(database, 3, MONDAY)
    thursday = MONDAY + timedelta(days=3)
    report = run_cadence(services_at(database, thursday), 1, thursday)
    assert (report.messages, report.stale, set(report.skipped)) == (0, True, {"ledger_stale"})


def test_the_first_ten_runs_of_an_installation_wait_for_a_yes(database: Database) -> None:
    fill(database, 3, MONDAY)
    services = replace(services_at(database, MONDAY), limits=Limits(golive_runs=10))
    assert run_cadence(services, 1, MONDAY).status == "awaiting_approval"


class _Wire:
    name = "smtp"

    def send(self, outgoing):  # type: ignore[no-untyped-def]
        raise AssertionError("nothing is sent here")

    def check(self) -> str | None:
        return None


@pytest.mark.parametrize("away", [-1, 1])
def test_a_real_channel_takes_only_the_run_of_today(database: Database, away: int) -> None:
    fill(database, 3, MONDAY)
    services = replace(services_at(database, MONDAY), channels={Channel.EMAIL: _Wire()})
    with pytest.raises(Exception, match="not today"):
        run_cadence(services, 1, MONDAY + timedelta(days=away))


def test_skip_counts_add_up_to_every_open_item_without_a_touch(database: Database) -> None:
    fill(database, 5, MONDAY)
    report = run_cadence(services_at(database, MONDAY), 1, MONDAY)
    with database.read() as connection:
        items = connection.execute(text("SELECT count(*) FROM document WHERE open_minor > 0")).scalar_one()
        counted = sum(skip_counts(connection, report.run_id).values())
        touched = sum(
            len(r.document_ids or [r.document_id])
            for r in connection.execute(select(touch).where(touch.c.run_id == report.run_id))
        )
    assert counted + touched == items


def test_a_plan_that_nobody_approved_gives_way_to_the_next_days(database: Database) -> None:
    """Two days without a yes leave one plan that waits, and no invoice in two messages."""
    fill(database, 3, MONDAY)
    monday = replace(services_at(database, MONDAY), limits=Limits(golive_runs=10))
    first = run_cadence(monday, 1, MONDAY)
    tuesday = MONDAY + timedelta(days=1)
    second = run_cadence(replace(services_at(database, tuesday), limits=Limits(golive_runs=10)), 1, tuesday)
    with database.read() as connection:
        states = dict(connection.execute(select(message.c.run_id, message.c.status).distinct()).all())
        of_messages = select(touch.c.dropped_reason).where(touch.c.run_id == first.run_id, touch.c.message_id > 0)
        dropped = set(connection.execute(of_messages).scalars())
    assert first.messages > 0
    assert second.messages > 0
    assert (states[first.run_id], dropped) == ("cancelled", {"superseded"})
