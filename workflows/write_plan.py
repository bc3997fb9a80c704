"""Writing a plan: messages, touches under their unique keys, calls as tasks, skips."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from domain.tasks import TaskCause
from domain.touches import TouchStatus
from outreach.cadence.plan import Plan, PlannedMessage, PlannedTask, PlannedTouch
from storage import planning, runs
from storage.database import UnitOfWork
from storage.tasks import NewTask, add_tasks


def write_plan(
    unit: UnitOfWork, run_id: int, plan: Plan, now: datetime, reasons: dict[int, dict[str, list[int]]]
) -> dict[str, int]:
    """Write a plan's messages, touches, tasks and skips in the caller's transaction. Returns how many of each.

    `reasons` are skips of the same customers that were decided by set: customer → reason → item ids; added to.
    """
    connection = unit.connection
    cycles = _open_cycles(unit, plan, plan.day)
    sends = plan.to_send
    rows = [_message_row(m, run_id, plan.day, now) for m in sends]
    carried = [[_touch_row(t, run_id, plan.day, cycles) for t in m.touches] for m in sends]
    runs.write_messages(connection, rows, carried)
    _write_calls(unit, run_id, plan, cycles)
    # What needs approval gets its task when the message is asked about (workflows/ask_approvals.py), with its id.
    tasks = [_task(t, plan.day) for t in plan.tasks if t.cause is not TaskCause.APPROVE_FINAL]
    add_tasks(connection, tasks)
    for skip in plan.skips:
        if skip.document_ids:
            reasons.setdefault(skip.customer_id, {}).setdefault(str(skip.reason), []).extend(skip.document_ids)
    planning.write_skips(connection, run_id, reasons)
    touches = sum(len(c) for c in carried)
    return {"messages": len(rows), "touches": touches, "calls": len(plan.to_call), "tasks": len(tasks)}


_Key = tuple[int, int, str, int]


def _cycle_key(touch: PlannedTouch) -> _Key:
    return touch.customer_id, touch.entity_id, touch.currency, touch.document_id or 0


def _open_cycles(unit: UnitOfWork, plan: Plan, day: date) -> dict[_Key, int]:
    """Ids of the cycles of all touches; those not open yet are opened."""
    found: dict[_Key, int] = {}
    new: dict[_Key, dict[str, Any]] = {}
    for message in plan.messages:
        for touch in message.touches:
            key = _cycle_key(touch)
            if touch.cycle_id is not None:
                found[key] = touch.cycle_id
            elif key not in new:
                new[key] = {
                    "customer_id": key[0], "entity_id": key[1], "currency": key[2], "document_id": key[3],
                    "scope": str(touch.cycle), "opened_on": day,
                }  # fmt: skip
    found.update(zip(new, runs.open_cycles(unit.connection, list(new.values())), strict=True))
    return found


def _message_row(m: PlannedMessage, run_id: int, day: date, now: datetime) -> dict[str, Any]:
    waits = m.needs_approval
    return runs.new_message_row(
        run_id=run_id,
        customer_id=m.customer_id,
        entity_id=m.entity_id,
        currency=m.currency,
        purpose="cadence",
        channel=str(m.channel),
        contact_id=m.contact_id or None,
        address=m.address,
        locale=m.locale,
        template=m.template,
        tone=m.tone,
        policy=m.policy,
        copy_to={"rep_id": m.copy_rep_id} if m.copy_rep_id else None,
        planned_on=day,
        status=str(TouchStatus.AWAITING_APPROVAL if waits else TouchStatus.PLANNED),
        not_before=m.not_before,
        not_after=m.not_after,
        asked_minor=m.asked_minor,
        needs_approval=m.needs_approval,
        created_at=now,
    )


def _touch_row(touch: PlannedTouch, run_id: int, day: date, cycles: dict[_Key, int]) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "cycle_id": cycles[_cycle_key(touch)],
        "customer_id": touch.customer_id,
        "document_id": touch.document_id,
        "document_ids": None if touch.document_id is not None else list(touch.document_ids),
        "stage": touch.stage,
        "stage_offset": touch.offset,
        "template": touch.template,
        "asked_minor": touch.asked_minor,
        "fee_minor": touch.fee_minor,
        "planned_on": day,
    }


def _write_calls(unit: UnitOfWork, run_id: int, plan: Plan, cycles: dict[_Key, int]) -> None:
    """A call step is a task that carries its touches: the step is done, the outcome comes by `log-call`."""
    if not plan.to_call:
        return
    tasks, carried = [], []
    for message in plan.to_call:
        first = message.touches[0]
        key = f"call:{cycles[_cycle_key(first)]}:{first.stage}"
        tasks.append(
            NewTask(
                cause=TaskCause.CALL,
                key=key,
                created_on=plan.day,
                due_on=plan.day,
                customer_id=message.customer_id,
                entity_id=message.entity_id,
                document_id=first.document_id,
                stake_minor=message.asked_minor,
                stake_currency=message.currency,
                note=f"call {message.address}".strip(),
            )
        )
        carried.append((key, [_touch_row(t, run_id, plan.day, cycles) for t in message.touches]))
    add_tasks(unit.connection, tasks)
    ids = runs.task_ids(unit.connection, [key for key, _ in carried])
    runs.write_touches(
        unit.connection,
        [{"message_id": None, "task_id": ids[key], **row} for key, rows in carried for row in rows],
    )


def _task(task: PlannedTask, day: date) -> NewTask:
    parts = (task.cause, task.customer_id, task.entity_id, task.document_id or 0, task.currency)
    return NewTask(
        cause=task.cause,
        key=":".join(map(str, parts)),
        created_on=day,
        due_on=day,
        customer_id=task.customer_id,
        entity_id=task.entity_id,
        document_id=task.document_id,
        stake_minor=task.stake_minor,
        stake_currency=task.currency,
        note=task.note,
    )
