"""A plan that nobody approved, or that was never finished, gives way to the next day's: its steps are free again."""

from __future__ import annotations

from datetime import date, datetime

from domain.tasks import TaskCause
from domain.touches import TouchEvent, next_status
from storage import approvals, audit, runs
from storage.database import UnitOfWork
from storage.messages import drop_message_touches, set_message

SUPERSEDED = "superseded"


def supersede_older(unit: UnitOfWork, entity_id: int, day: date, now: datetime) -> int:
    """Cancel what the entity's earlier runs planned and nothing of which may go. Returns how many messages.

    The new day's plan sees all that they saw, with newer balances: one message at most (rules.md, catch-up).
    """
    cancelled = 0
    for row in runs.unapproved_before(unit.connection, entity_id, day):
        waiting = approvals.unsent_of_run(unit.connection, row.id)
        for message_id, status in waiting:
            after = next_status(TouchEvent.CANCEL, status)
            set_message(unit.connection, message_id, status=after, status_reason=SUPERSEDED)
            drop_message_touches(unit.connection, message_id, SUPERSEDED)
        runs.set_run(unit.connection, row.id, status=SUPERSEDED, finished_at=now)
        approvals.close_task_of(unit.connection, f"{TaskCause.APPROVE_PLAN}:{row.public_id}", SUPERSEDED, None, now)
        audit.record(
            unit.connection, at=now, actor="system", action="run.superseded", subject=("run", row.id),
            data={"day": row.business_day, "by": day, "messages": len(waiting)},
        )  # fmt: skip
        cancelled += len(waiting)
    return cancelled
