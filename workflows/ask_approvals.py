"""What waits for a person's yes: asked for once, with a task each, and listed."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain.tasks import TaskCause
from domain.volume import volume_sentence
from storage import approvals
from storage.snapshots import load_entity
from storage.tasks import NewTask, add_tasks
from workflows.services import Services


def list_waiting(services: Services) -> list[dict[str, Any]]:
    """Messages that wait for a yes of their own, with customer, step and amount."""
    with services.database.read() as connection:
        return [dict(row._mapping) for row in approvals.waiting_messages(connection)]


def list_doubts(services: Services) -> list[dict[str, Any]]:
    """Messages that wait for somebody to find out whether they went, with customer, step, amount and why."""
    with services.database.read() as connection:
        return [dict(row._mapping) for row in approvals.messages_in_doubt(connection)]


def list_waiting_runs(services: Services) -> list[dict[str, Any]]:
    """Runs whose whole plan waits for a yes: run id, public id, entity, day, counts."""
    with services.database.read() as connection:
        return [
            {
                "run_id": row.id,
                "public_id": row.public_id,
                "entity": load_entity(connection, row.entity_id)[0].code,
                "day": row.business_day,
                "counts": row.counts or {},
            }
            for row in approvals.runs_awaiting(connection)
        ]


def ask_for_approvals(services: Services) -> int:
    """Make the request and the task of whatever began to wait for a yes. Returns how many were new."""
    now = services.now()
    with services.database.write() as unit:
        connection = unit.connection
        waiting_runs, waiting = approvals.unasked_runs(connection), approvals.unasked_messages(connection)
        for row in waiting_runs:
            approvals.ask(connection, "run", row.id, now, (None, None))
            entity = load_entity(connection, row.entity_id)[0]
            note = f"{entity.code} {row.business_day}: {_why(row)}; `dunwell approve-plan {row.id} --as USER`"
            add_tasks(connection, [_task(TaskCause.APPROVE_PLAN, row.public_id, row.business_day, note, row)])
        for row in waiting:
            approvals.ask(connection, "message", row.id, now, (row.asked_minor, row.currency))
            note = f"{row.template} to {row.address}: `dunwell approve {row.public_id} --as USER`, or `dunwell reject`"
            add_tasks(connection, [_task(TaskCause.APPROVE_FINAL, row.public_id, row.planned_on, note, row)])
        unit.commit()
    return len(waiting_runs) + len(waiting)


def _why(row: Any) -> str:
    times = (row.counts or {}).get("times_usual")
    return "the plan waits" if times is None else volume_sentence(times)


def _task(cause: TaskCause, public_id: str, day: date, note: str, row: Any) -> NewTask:
    return NewTask(
        cause=cause,
        key=f"{cause}:{public_id}",
        created_on=day,
        due_on=day,
        customer_id=getattr(row, "customer_id", None),
        entity_id=row.entity_id,
        stake_minor=getattr(row, "asked_minor", None),
        stake_currency=getattr(row, "currency", None),
        note=note,
    )
