"""Watching over the work: facts → what is wrong → told once, to the people and by the ways that are set up.

Every process watches, so that a missing scheduler is noticed by a worker and the other way round; rows decide who was
first. A trouble makes a task, a line in the log and a count at once; webhook and Slack follow, tried again for a while,
each told once that it began and once that it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from domain.alerts import AlertLimits, EntityRun, FailingMailbox, OperationFacts, judge_alerts
from domain.parties import LegalEntity
from domain.tasks import TaskCause
from storage import alerts, mailboxes, operations, pulse, sending_hold
from storage.approvals import close_task_of
from storage.database import UnitOfWork
from storage.tasks import NewTask, add_tasks
from workflows.services import Services

log = structlog.get_logger(__name__)

Tell = Callable[[Mapping[str, Any]], str | None]
"""A way to tell somebody: takes the note, returns what went wrong, None when it was taken."""

OPENED, CLOSED = "opened", "closed"


def read_facts(services: Services) -> OperationFacts:
    """What there is to judge by, read in one consistent view."""
    now = services.now()
    with services.database.read() as connection:
        at = UnitOfWork(connection).database_now()
        due = operations.oldest_due(connection, now)
        tick, worker = pulse.last_tick(connection), pulse.last_worker(connection)
        found = []
        for row in operations.newest_run_of_each(connection):
            counts = operations.run_statuses(connection, row.run_id) if row.run_id is not None else {}
            found.append(_entity_run(row, counts))
        return OperationFacts(
            runs=tuple(found),
            tick_age=at - tick if tick else None,
            worker_age=at - worker if worker else None,
            queue_age=now - due.oldest if due.oldest else None,
            doubts=operations.doubts(connection),
            held=sending_hold.read_hold(connection),
            mailboxes=tuple(
                FailingMailbox(row.name, at - row.failing_since, row.error or "")
                for row in mailboxes.mailboxes(connection, [box.name for box in services.mailboxes])
                if row.failing_since is not None
            ),
        )


def _entity_run(row: Any, counts: Mapping[str, int]) -> EntityRun:
    return EntityRun(
        entity=LegalEntity(row.id, row.code, row.name, row.country, row.timezone),
        run_day=row.business_day,
        status=row.status,
        started_at=row.started_at,
        messages=sum(counts.values()),
        failed=counts.get("failed", 0) + counts.get("unknown", 0) + counts.get("bounced", 0),
    )


def watch(services: Services, limits: AlertLimits) -> int:
    """Judge, write what is new and what is over. Returns how many troubles there are."""
    now = services.now()
    facts = read_facts(services)
    found = judge_alerts(facts, limits, now)
    with services.database.read() as connection:
        known = {row.key for row in alerts.open_alerts(connection)}
    over = known - {one.key for one in found}
    if {one.key for one in found} == known:
        return len(found)
    with services.database.write() as unit:
        new = alerts.raise_alerts(unit, [one for one in found if one.key not in known])
        owner = alerts.operator(unit.connection) if new else None
        add_tasks(unit.connection, [_task(row, owner, now.date()) for row in new])
        closed = alerts.close_alerts(unit, over) if over else []
        for row in closed:
            close_task_of(unit.connection, _task_key(row), "it is over", None, now)
        unit.commit()
    for row in new:
        services.observe.count("alerts", row.kind)
        log.error("alert.opened", alert=row.key, text=row.text)
    for row in closed:
        log.info("alert.closed", alert=row.key)
    return len(found)


def _task(row: Any, owner: int | None, day: date) -> NewTask:
    return NewTask(TaskCause.ALERT, _task_key(row), day, day, owner_id=owner, note=row.text)


def _task_key(row: Any) -> str:
    return f"{TaskCause.ALERT}:{row.key}:{row.id}"


def tell_alerts(services: Services, ways: Mapping[str, Tell]) -> int:
    """Tell what hasn't been told, outside any transaction; a way that fails is tried again.

    Returns how many notes went. A trouble that was over before it could be told is not told.
    """
    with services.database.write() as unit:
        claimed = alerts.claim_untold(unit)
        unit.commit()
    sent = 0
    for row in claimed:
        told = {way: list(row.told.get(way, [])) for way in ways}
        for way, tell in ways.items():
            note = _next_note(row, told[way])
            if note is None:
                continue
            error = tell(note)
            if error is None:
                told[way].append(note["state"])
                sent += 1
            else:
                log.warning("alert.not_told", alert=row.key, way=way, error=error)
        complete = all(_next_note(row, told[way]) is None for way in ways)
        with services.database.write() as unit:
            alerts.note_told(unit, row, told, complete=complete)
            unit.commit()
    return sent


def _next_note(row: Any, told: list[str]) -> dict[str, Any] | None:
    if row.closed_at is None:
        return None if OPENED in told else _note(row, OPENED, row.text)
    if OPENED not in told or CLOSED in told:
        return None
    return _note(row, CLOSED, f"over: {row.text}")


def _note(row: Any, state: str, text: str) -> dict[str, Any]:
    since: datetime = row.opened_at
    until: datetime | None = row.closed_at
    return {
        "alert": row.key,
        "kind": row.kind,
        "state": state,
        "text": text,
        "since": since.isoformat(timespec="seconds"),
        "until": until.isoformat(timespec="seconds") if until else None,
    }


def limits_of(services: Services, *, grace_minutes: int, doubts: int) -> AlertLimits:
    """The limits as settings have them."""
    return AlertLimits(services.limits.run_hour, grace=timedelta(minutes=grace_minutes), doubts=doubts)
