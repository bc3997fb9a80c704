"""Tasks in the database: made once per key, listed, closed with an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Row, func, select, update
from uuid6 import uuid7

from domain.errors import BadInput
from domain.tasks import TaskCause, TaskStatus
from storage.sql import among, insert_ignore
from storage.tables import app_user, customer, legal_entity, task


@dataclass(frozen=True, slots=True)
class NewTask:
    """What a person must do. The same `key` makes one task, however often it is asked for."""

    cause: TaskCause
    key: str
    created_on: date
    due_on: date
    customer_id: int | None = None
    entity_id: int | None = None
    document_id: int | None = None
    owner_id: int | None = None
    stake_minor: int | None = None
    stake_currency: str | None = None
    note: str = ""


def add_tasks(connection: Connection, tasks: Sequence[NewTask]) -> None:
    """Write the tasks that aren't there yet. A task without an owner is its customer's collector's."""
    if not tasks:
        return
    missing = {t.customer_id for t in tasks if t.owner_id is None and t.customer_id is not None}
    owners = {}
    if missing:
        wanted = among(connection, customer.c.id, missing)
        rows = connection.execute(select(customer.c.id, customer.c.collector_id).where(wanted))
        owners = {row.id: row.collector_id for row in rows}
    connection.execute(
        insert_ignore(connection, task),
        [
            {
                "public_id": str(uuid7()),
                "cause": str(t.cause),
                "key": t.key,
                "customer_id": t.customer_id,
                "entity_id": t.entity_id,
                "document_id": t.document_id,
                "owner_id": t.owner_id if t.owner_id is not None else owners.get(t.customer_id or 0),
                "due_on": t.due_on,
                "stake_minor": t.stake_minor,
                "stake_currency": t.stake_currency,
                "note": t.note,
                "status": str(TaskStatus.OPEN),
                "created_on": t.created_on,
            }
            for t in tasks
        ],
    )


def list_tasks(
    connection: Connection, *, status: TaskStatus = TaskStatus.OPEN, owner_code: str | None = None
) -> list[Row[tuple[object, ...]]]:
    """Tasks in one state, the oldest due first, with customer, owner and entity named."""
    owner = app_user.alias("owner")
    statement = (
        select(
            task.c.id,
            task.c.public_id,
            task.c.cause,
            task.c.due_on,
            task.c.created_on,
            task.c.stake_minor,
            task.c.stake_currency,
            task.c.note,
            task.c.status,
            task.c.outcome,
            customer.c.number.label("customer"),
            customer.c.name.label("customer_name"),
            legal_entity.c.code.label("entity"),
            owner.c.code.label("owner"),
        )
        .outerjoin(customer, customer.c.id == task.c.customer_id)
        .outerjoin(legal_entity, legal_entity.c.id == task.c.entity_id)
        .outerjoin(owner, owner.c.id == task.c.owner_id)
        .where(task.c.status == str(status))
        .order_by(task.c.due_on, func.coalesce(task.c.stake_minor, 0).desc(), task.c.id)
    )
    if owner_code is not None:
        statement = statement.where(owner.c.code == owner_code)
    return list(connection.execute(statement))


def close_task(
    connection: Connection, task_id: int, outcome: str, by_user_id: int | None, at: datetime, *, cancelled: bool = False
) -> bool:
    """Close an open task with its outcome. False when it was closed before. Raises BadInput for no such task."""
    status = TaskStatus.CANCELLED if cancelled else TaskStatus.DONE
    changed = connection.execute(
        update(task)
        .where(task.c.id == task_id, task.c.status == str(TaskStatus.OPEN))
        # A closed task gives its key free: should the cause come again, so does a task.
        .values(
            status=str(status),
            outcome=outcome,
            closed_at=at,
            closed_by=by_user_id,
            key=task.c.key + f"#{task_id}",
        )
    ).rowcount
    if changed:
        return True
    if connection.execute(select(task.c.id).where(task.c.id == task_id)).scalar() is None:
        raise BadInput(f"there is no task {task_id}; `dunwell tasks` lists them")
    return False
