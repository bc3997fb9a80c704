"""What waits for a person's yes: runs and messages, who asked, who decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, func, literal, select, update
from uuid6 import uuid7

from domain.tasks import TaskStatus
from domain.touches import TouchStatus
from storage.sql import insert_ignore
from storage.tables import approval, customer, message, run, task


def ask(
    connection: Connection, kind: str, subject_id: int, at: datetime, amount: tuple[int | None, str | None]
) -> None:
    """Note that the system asks for a decision about a subject; once."""
    connection.execute(
        insert_ignore(connection, approval).values(
            public_id=str(uuid7()),
            subject_kind=kind,
            subject_id=subject_id,
            amount_minor=amount[0],
            currency=amount[1],
            requested_at=at,
        )
    )


def requester_of(connection: Connection, kind: str, subject_id: int) -> int | None:
    """The user who asked for a decision; None when the system did."""
    found: int | None = connection.execute(
        select(approval.c.requested_by).where(approval.c.subject_kind == kind, approval.c.subject_id == subject_id)
    ).scalar()
    return found


def decide(
    connection: Connection, kind: str, subject_id: int, by_user_id: int, verdict: str, reason: str, at: datetime
) -> None:
    """Write a decision down. The request is there (`ask`)."""
    connection.execute(
        update(approval)
        .where(approval.c.subject_kind == kind, approval.c.subject_id == subject_id, approval.c.decided_at.is_(None))
        .values(decided_by=by_user_id, decided_at=at, verdict=verdict, reason=reason)
    )


def unasked_runs(connection: Connection) -> list[Any]:
    """Runs that wait for a yes which nobody has been asked for yet."""
    asked = exists().where(approval.c.subject_kind == "run", approval.c.subject_id == run.c.id)
    return list(connection.execute(select(run).where(run.c.status == "awaiting_approval", ~asked).order_by(run.c.id)))


def unasked_messages(connection: Connection, limit: int = 1_000) -> list[Any]:
    """Messages that wait for a yes of their own which nobody has been asked for yet."""
    asked = exists().where(approval.c.subject_kind == "message", approval.c.subject_id == message.c.id)
    return list(
        connection.execute(
            select(message)
            .where(message.c.status == TouchStatus.AWAITING_APPROVAL, message.c.needs_approval, ~asked)
            .order_by(message.c.id)
            .limit(limit)
        )
    )


def waiting_messages(connection: Connection) -> list[Any]:
    """Messages that wait for a yes of their own, with their customer, the most money first."""
    return list(
        connection.execute(
            select(
                message.c.public_id,
                message.c.planned_on,
                message.c.template,
                message.c.channel,
                message.c.address,
                message.c.locale,
                message.c.asked_minor,
                message.c.currency,
                customer.c.number.label("customer"),
                customer.c.name.label("customer_name"),
            )
            .join(customer, customer.c.id == message.c.customer_id)
            .where(
                message.c.status == TouchStatus.AWAITING_APPROVAL,
                message.c.needs_approval,
                message.c.approved_by.is_(None),
            )
            .order_by(message.c.asked_minor.desc(), message.c.id)
        )
    )


def messages_in_doubt(connection: Connection) -> list[Any]:
    """Messages of which it can't be known whether they went, with their customer, the oldest first."""
    return list(
        connection.execute(
            select(
                message.c.public_id,
                message.c.planned_on,
                message.c.template,
                message.c.channel,
                message.c.address,
                message.c.provider,
                message.c.status_reason,
                message.c.asked_minor,
                message.c.currency,
                customer.c.number.label("customer"),
                customer.c.name.label("customer_name"),
            )
            .join(customer, customer.c.id == message.c.customer_id)
            .where(message.c.status == TouchStatus.UNKNOWN)
            .order_by(message.c.id)
        )
    )


def lock_run(connection: Connection, run_id: int) -> Row[Any] | None:
    """A run, locked; None when there is none."""
    return connection.execute(select(run).where(run.c.id == run_id).with_for_update()).one_or_none()


def runs_awaiting(connection: Connection) -> list[Any]:
    """Runs whose whole plan waits for a yes, oldest first."""
    return list(connection.execute(select(run).where(run.c.status == "awaiting_approval").order_by(run.c.id)))


def count_planned(connection: Connection, run_id: int) -> int:
    """How many messages of a run may go as soon as it is approved: not those that need a yes of their own."""
    return int(
        connection.execute(
            select(func.count()).where(message.c.run_id == run_id, message.c.status == TouchStatus.PLANNED)
        ).scalar_one()
    )


def unsent_of_run(connection: Connection, run_id: int) -> list[tuple[int, TouchStatus]]:
    """(id, state) of a run's messages that are planned, or wait for a yes of their own."""
    waiting = (TouchStatus.PLANNED, TouchStatus.AWAITING_APPROVAL)
    rows = connection.execute(
        select(message.c.id, message.c.status).where(message.c.run_id == run_id, message.c.status.in_(waiting))
    )
    return [(int(row.id), TouchStatus(row.status)) for row in rows]


def close_task_of(connection: Connection, key: str, outcome: str, by_user_id: int | None, at: datetime) -> None:
    """Close the open task of a key, where there is one."""
    connection.execute(
        update(task)
        .where(task.c.key == literal(key), task.c.status == TaskStatus.OPEN)
        .values(status=TaskStatus.DONE, outcome=outcome, closed_at=at, closed_by=by_user_id)
    )
