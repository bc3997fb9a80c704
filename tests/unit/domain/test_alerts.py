"""What an operator is told of, and what not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.alerts import AlertLimits, EntityRun, OperationFacts, judge_alerts
from domain.parties import LegalEntity

DUBLIN = LegalEntity(1, "IE01", "Emerald Supplies Ltd", "IE", "Europe/Dublin")
MONDAY = date(2026, 3, 9)
LIMITS = AlertLimits(run_hour=7)
MINUTE = timedelta(minutes=1)


def at(hour: int, minute: int = 0, day: int = 9) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def facts(run: EntityRun | None = None, **changes: object) -> OperationFacts:
    known = OperationFacts((run,) if run else (), tick_age=MINUTE, worker_age=MINUTE, queue_age=None, doubts=0)
    return replace(known, **changes)  # type: ignore[arg-type]


def keys(given: OperationFacts, now: datetime) -> list[str]:
    return [alert.key for alert in judge_alerts(given, LIMITS, now)]


def test_all_is_well() -> None:
    done = EntityRun(DUBLIN, MONDAY, "finished", at(7), 100, 1)
    assert keys(facts(done), at(12)) == []


@pytest.mark.parametrize(
    ("now", "missing"),
    [(at(6, 59), False), (at(7, 59), False), (at(8), True), (at(23, 59), True), (at(12, day=8), False)],
    ids=["before its hour", "within the grace", "after the grace", "late at night", "on a Sunday"],
)
def test_a_run_that_did_not_come_by_its_hour_and_grace_is_missing(now: datetime, missing: bool) -> None:
    run = EntityRun(DUBLIN, date(2026, 3, 6), "finished", at(7, day=6))
    assert keys(facts(run), now) == (["run_missing:IE01"] if missing else [])


def test_yesterdays_missing_run_is_over_at_midnight() -> None:
    """A day that was missed is not made up for: the next run sees what it would have seen."""
    run = EntityRun(DUBLIN, date(2026, 3, 6), "finished", at(7, day=6))
    assert keys(facts(run), at(0, 30, day=10)) == []


def test_a_run_that_plans_for_longer_than_the_grace_is_stuck() -> None:
    run = EntityRun(DUBLIN, MONDAY, "planning", at(7))
    assert keys(facts(run), at(8)) == []
    assert keys(facts(run), at(8, 1)) == ["run_stuck:IE01"]


@pytest.mark.parametrize(("messages", "failed", "told"), [(100, 19, False), (100, 20, True), (20, 9, False)])
def test_a_run_failed_when_a_fifth_of_its_messages_and_ten_at_least_did(messages: int, failed: int, told: bool) -> None:
    run = EntityRun(DUBLIN, MONDAY, "sending", at(7), messages, failed)
    assert keys(facts(run), at(9)) == (["run_failed:IE01"] if told else [])


def test_silence_of_clock_and_workers_is_told_after_ten_minutes() -> None:
    assert keys(facts(tick_age=10 * MINUTE, worker_age=10 * MINUTE), at(5)) == []
    assert keys(facts(tick_age=11 * MINUTE, worker_age=11 * MINUTE), at(5)) == ["no_tick", "no_worker"]
    assert keys(facts(tick_age=None, worker_age=None), at(5)) == ["no_tick", "no_worker"]


def test_an_old_queue_and_many_doubts_are_told() -> None:
    assert keys(facts(queue_age=60 * MINUTE, doubts=20), at(5)) == []
    assert keys(facts(queue_age=61 * MINUTE, doubts=21), at(5)) == ["queue_old", "many_doubts"]


def test_what_is_held_on_purpose_is_told_as_held_and_not_as_old() -> None:
    assert keys(facts(queue_age=600 * MINUTE, held="it was restored"), at(5)) == ["sending_held"]
