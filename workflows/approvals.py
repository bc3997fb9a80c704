"""What people say about plans and final demands: yes, or no with a reason. Deciding twice changes once.

Four eyes: nobody approves what they asked for themselves (invariant 10).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.account import PauseKind
from domain.calendars import zone_of
from domain.errors import BadInput, NotAllowed
from domain.tasks import TaskCause
from domain.touches import TouchEvent, TouchStatus, next_status
from storage import approvals, runs
from storage.database import UnitOfWork
from storage.letter_rows import timezone_of
from storage.messages import (
    drop_message_touches,
    pause_documents_of,
    set_message,
)
from workflows.ask_approvals import list_waiting
from workflows.deciding import APPROVERS, note_decision, person, the_message, within_authority
from workflows.services import Services

QUIET_DAYS_AFTER_NO = 14
"""A final demand that was rejected isn't proposed again for so long."""


def waiting_messages(services: Services) -> list[str]:
    """Public ids of the messages that wait for a yes of their own, the most money first."""
    return [str(row["public_id"]) for row in list_waiting(services)]


def _not_own(unit: UnitOfWork, kind: str, subject_id: int, user: Any) -> None:
    if approvals.requester_of(unit.connection, kind, subject_id) == user.id:
        raise NotAllowed(f"{user.code} asked for this, so somebody else must decide it")


def approve_plan(services: Services, run_id: int, *, by: str) -> int:
    """Say yes to a run's whole plan. Returns how many messages may go now; 0 when it was approved before.

    Final demands in it still wait for their own yes. Messages whose hours go by before go in their next ones.
    Raises NotAllowed for who may not decide, or a run that doesn't wait.
    """
    now = services.now()
    with services.database.write() as unit:
        user = person(unit, by, APPROVERS, "approve a plan")
        row = _the_run(unit, run_id)
        if row.approved_by is not None:
            return 0
        _must_wait(row)
        _not_own(unit, "run", row.id, user)
        approvals.ask(unit.connection, "run", row.id, now, (None, None))
        approvals.decide(unit.connection, "run", row.id, user.id, "approved", "", now)
        runs.set_run(unit.connection, row.id, status="sending", approved_by=user.id, approved_at=now)
        count = approvals.count_planned(unit.connection, row.id)
        note_decision(unit, user, now, "run.approved", ("run", row.id), {"messages": count})
        approvals.close_task_of(unit.connection, f"{TaskCause.APPROVE_PLAN}:{row.public_id}", "approved", user.id, now)
        unit.commit()
    services.ring("send")
    return count


def reject_plan(services: Services, run_id: int, *, by: str, reason: str) -> int:
    """Say no to a run's whole plan: its messages are cancelled, their steps free. Returns how many.

    Raises BadInput without a reason, NotAllowed for who may not decide, or a run that doesn't wait.
    """
    _need_reason(reason)
    now = services.now()
    with services.database.write() as unit:
        user = person(unit, by, APPROVERS, "reject a plan")
        row = _the_run(unit, run_id)
        if row.status == "refused":
            return 0
        _must_wait(row)
        approvals.ask(unit.connection, "run", row.id, now, (None, None))
        approvals.decide(unit.connection, "run", row.id, user.id, "rejected", reason, now)
        runs.set_run(unit.connection, row.id, status="refused", finished_at=now)
        waiting = approvals.unsent_of_run(unit.connection, row.id)
        for message_id, status in waiting:
            after = next_status(TouchEvent.CANCEL, status)
            set_message(unit.connection, message_id, status=after, status_reason=f"plan_rejected: {reason}")
            drop_message_touches(unit.connection, message_id, "plan_rejected")
        note_decision(unit, user, now, "run.rejected", ("run", row.id), {"reason": reason, "messages": len(waiting)})
        approvals.close_task_of(
            unit.connection, f"{TaskCause.APPROVE_PLAN}:{row.public_id}", f"rejected: {reason}", user.id, now
        )
        unit.commit()
    return len(waiting)


def approve_message(services: Services, public_id: str, *, by: str) -> TouchStatus:
    """Say yes to one message that waits (a final demand). Returns its state; unchanged when it was approved before.

    In a plan that waits itself, it goes when the plan is approved too. Raises BadInput for no such message,
    NotAllowed for who may not decide, who asked for it, an amount beyond the decider's limit, or a message that
    doesn't wait.
    """
    now = services.now()
    with services.database.write() as unit:
        user = person(unit, by, APPROVERS, "approve a message")
        row = the_message(unit, public_id)
        if row.approved_by is not None:
            return TouchStatus(row.status)
        after = next_status(TouchEvent.APPROVE, TouchStatus(row.status))
        _not_own(unit, "message", row.id, user)
        within_authority(unit, user, row.asked_minor or 0, row.currency, now.date())
        approvals.ask(unit.connection, "message", row.id, now, (row.asked_minor, row.currency))
        approvals.decide(unit.connection, "message", row.id, user.id, "approved", "", now)
        set_message(unit.connection, row.id, status=after, approved_by=user.id, approved_at=now)
        note_decision(unit, user, now, "message.approved", ("message", public_id), {}, row.customer_id)
        approvals.close_task_of(unit.connection, f"{TaskCause.APPROVE_FINAL}:{public_id}", "approved", user.id, now)
        unit.commit()
    services.ring("send")
    return after


def reject_message(services: Services, public_id: str, *, by: str, reason: str) -> TouchStatus:
    """Say no to one message that waits: it is cancelled, its step is free, its invoices rest for two weeks.

    Raises BadInput without a reason or for no such message, NotAllowed for who may not decide.
    """
    _need_reason(reason)
    now = services.now()
    with services.database.write() as unit:
        user = person(unit, by, APPROVERS, "reject a message")
        row = the_message(unit, public_id)
        if row.status == TouchStatus.CANCELLED:
            return TouchStatus.CANCELLED
        if row.status != TouchStatus.AWAITING_APPROVAL:
            raise NotAllowed(f"message {public_id} is {row.status}: it doesn't wait for a yes any more")
        approvals.ask(unit.connection, "message", row.id, now, (row.asked_minor, row.currency))
        approvals.decide(unit.connection, "message", row.id, user.id, "rejected", reason, now)
        today = now.astimezone(zone_of(timezone_of(unit.connection, row.entity_id))).date()
        until = today + timedelta(days=QUIET_DAYS_AFTER_NO)
        pause_documents_of(
            unit.connection, row, PauseKind.MANUAL, today, until, f"rejected by {user.code}: {reason}", now
        )
        drop_message_touches(unit.connection, row.id, "rejected")
        after = next_status(TouchEvent.CANCEL, TouchStatus(row.status))
        set_message(unit.connection, row.id, status=after, status_reason=f"rejected: {reason}")
        data = {"reason": reason, "quiet_until": until}
        note_decision(unit, user, now, "message.rejected", ("message", public_id), data, row.customer_id)
        key = f"{TaskCause.APPROVE_FINAL}:{public_id}"
        approvals.close_task_of(unit.connection, key, f"rejected: {reason}", user.id, now)
        unit.commit()
    return after


def _the_run(unit: UnitOfWork, run_id: int) -> Any:
    row = approvals.lock_run(unit.connection, run_id)
    if row is None:
        raise BadInput(f"there is no run {run_id}; `dunwell waiting` lists those that wait")
    return row


def _must_wait(row: Any) -> None:
    if row.status != "awaiting_approval":
        raise NotAllowed(f"run {row.id} is {row.status}: its plan doesn't wait for a yes")


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise BadInput("a no needs its reason in words")
