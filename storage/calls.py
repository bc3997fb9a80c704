"""Calls and mails by hand: contacts that a person of ours had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select

from domain.errors import BadInput
from domain.parties import Channel
from domain.tasks import TaskCause, TaskStatus
from storage.tables import app_user, contact_log, document, task

UNVERIFIED = "unverified"
"""The outcome of a mail by hand whose sender nobody vouches for: it is shown, and doesn't count as contact."""


def user_id(connection: Connection, code: str | None) -> int | None:
    """A user's id by code; None for None. Raises BadInput for a code that nobody has."""
    if code is None:
        return None
    found = connection.execute(select(app_user.c.id).where(app_user.c.code == code)).scalar()
    if found is None:
        raise BadInput(f"there is no user {code!r}; users come by `dunwell import users FILE`")
    return int(found)


def insert_call(
    connection: Connection,
    customer_id: int,
    entity_id: int | None,
    day: date,
    outcome: str,
    note: str,
    by_user_id: int | None,
    now: datetime,
    *,
    channel: Channel = Channel.CALL,
) -> int:
    """Write a call, or a mail by hand. Returns its id."""
    made = connection.execute(
        insert(contact_log)
        .values(
            customer_id=customer_id,
            entity_id=entity_id,
            channel=str(channel),
            on_day=day,
            by_user_id=by_user_id,
            outcome=outcome,
            note=note,
            created_at=now,
        )
        .returning(contact_log.c.id)
    )
    return int(made.scalar_one())


def open_call_tasks(connection: Connection, customer_id: int, entity_id: int) -> list[int]:
    """Ids of the open tasks to call this customer about this entity's invoices."""
    found = connection.execute(
        select(task.c.id).where(
            task.c.customer_id == customer_id,
            or_(task.c.entity_id.is_(None), task.c.entity_id == entity_id),
            task.c.cause == str(TaskCause.CALL),
            task.c.status == str(TaskStatus.OPEN),
        )
    ).scalars()
    return [int(i) for i in found]


def items_to_promise(
    connection: Connection, customer_id: int, entity_id: int, day: date, numbers: Sequence[str]
) -> list[Row[Any]]:
    """Open items of these numbers, or all that are overdue on `day`, oldest due first."""
    d = document.c
    which = d.number.in_(list(numbers)) if numbers else d.due_on < day
    return list(
        connection.execute(
            select(d.id, d.number, d.currency, d.open_minor)
            .where(d.customer_id == customer_id, d.entity_id == entity_id, d.open_minor > 0, which)
            .order_by(d.due_on, d.id)
        )
    )
