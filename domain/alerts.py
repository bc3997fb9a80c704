"""What an operator must be told of: a run that didn't come, a clock that stands, an old queue, many doubts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.calendars import zone_of
from domain.parties import LegalEntity
from domain.schedule import due_runs


class AlertKind(StrEnum):
    """Kinds of trouble."""

    RUN_MISSING = "run_missing"
    RUN_STUCK = "run_stuck"
    RUN_FAILED = "run_failed"
    NO_TICK = "no_tick"
    NO_WORKER = "no_worker"
    QUEUE_OLD = "queue_old"
    MANY_DOUBTS = "many_doubts"
    SENDING_HELD = "sending_held"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class Alert:
    """One trouble. `key` says which of its kind; `text` what is wrong and what to do. No data about persons."""

    key: str
    kind: AlertKind
    text: str


@dataclass(frozen=True, slots=True)
class EntityRun:
    """An entity's newest run: its day, state, start, and how many of its messages there are and failed."""

    entity: LegalEntity
    run_day: date | None = None
    status: str | None = None
    started_at: datetime | None = None
    messages: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class FailingMailbox:
    """A mailbox that can't be read: for how long already, and why."""

    name: str
    age: timedelta
    error: str


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """What there is to judge by. Ages are by the database's clock; None: never seen, or nothing is there.

    `queue_age` is how long the oldest message that may go has been waiting beyond its hour.
    """

    runs: tuple[EntityRun, ...]
    tick_age: timedelta | None
    worker_age: timedelta | None
    queue_age: timedelta | None
    doubts: int
    held: str | None = None
    mailboxes: tuple[FailingMailbox, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertLimits:
    """How late, how many. `silence`: without a tick or a worker for so long somebody is told."""

    run_hour: int
    grace: timedelta = timedelta(hours=1)
    silence: timedelta = timedelta(minutes=10)
    doubts: int = 20
    failed_least: int = 10
    failed_share: float = 0.2


def judge_alerts(facts: OperationFacts, limits: AlertLimits, now: datetime) -> tuple[Alert, ...]:
    """The troubles there are at `now` (aware, UTC), each under a key that stays while the trouble does."""
    found = [alert for one in facts.runs for alert in _of_run(one, limits, now)]
    if facts.held is not None:
        found.append(Alert(AlertKind.SENDING_HELD, AlertKind.SENDING_HELD, f"nothing is sent: {facts.held}"))
    if facts.tick_age is None or facts.tick_age > limits.silence:
        text = f"{_since('tick', facts.tick_age)}; is a scheduler running (`dunwell status`)?"
        found.append(Alert(AlertKind.NO_TICK, AlertKind.NO_TICK, text))
    if facts.worker_age is None or facts.worker_age > limits.silence:
        text = f"{_since('sign of a worker', facts.worker_age)}; start `dunwell worker` or `dunwell serve`"
        found.append(Alert(AlertKind.NO_WORKER, AlertKind.NO_WORKER, text))
    if facts.queue_age is not None and facts.queue_age > limits.grace and facts.held is None:
        text = f"a message that may go has waited for {_how_long(facts.queue_age)}; look at the workers and providers"
        found.append(Alert(AlertKind.QUEUE_OLD, AlertKind.QUEUE_OLD, text))
    if facts.doubts > limits.doubts:
        text = f"{facts.doubts} messages are in doubt; `dunwell tasks` lists them, `dunwell settle` answers"
        found.append(Alert(AlertKind.MANY_DOUBTS, AlertKind.MANY_DOUBTS, text))
    for box in facts.mailboxes:
        if box.age > limits.grace:
            text = f"mailbox {box.name} has not been read for {_how_long(box.age)}, so answers wait there: {box.error}"
            found.append(Alert(f"{AlertKind.MAILBOX}:{box.name}", AlertKind.MAILBOX, text))
    return tuple(found)


def _of_run(one: EntityRun, limits: AlertLimits, now: datetime) -> list[Alert]:
    code = one.entity.code
    then = now - limits.grace
    same_day = (
        then.astimezone(zone_of(one.entity.timezone)).date() == now.astimezone(zone_of(one.entity.timezone)).date()
    )
    # Due since the grace at least, on this very day: a run is not made up for on the next one.
    for day in due_runs(one.entity, then, limits.run_hour, one.run_day) if same_day else ():
        text = f"{code}: the run of {day} should have begun by {limits.run_hour}:00 and is not there"
        return [Alert(f"{AlertKind.RUN_MISSING}:{code}", AlertKind.RUN_MISSING, text)]
    if one.status == "planning" and one.started_at is not None and now - one.started_at > limits.grace:
        text = (
            f"{code}: the run of {one.run_day} has been planning for {_how_long(now - one.started_at)}; look at the log"
        )
        return [Alert(f"{AlertKind.RUN_STUCK}:{code}", AlertKind.RUN_STUCK, text)]
    if one.failed >= limits.failed_least and one.failed >= limits.failed_share * one.messages:
        text = f"{code}: {one.failed} of the {one.messages} messages of the run of {one.run_day} failed or are in doubt"
        return [Alert(f"{AlertKind.RUN_FAILED}:{code}", AlertKind.RUN_FAILED, text)]
    return []


def _since(what: str, age: timedelta | None) -> str:
    return f"there has been no {what} yet" if age is None else f"there has been no {what} for {_how_long(age)}"


def _how_long(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 2 * 60:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2 * 24 * 60 else f"{age.days} days"
