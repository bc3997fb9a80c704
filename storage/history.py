"""What happened with accounts, as people ask about it: contacts, skips, replies, promises, opt-outs, people, tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from domain.questions import Scope
from domain.tasks import TaskStatus
from domain.touches import TouchStatus
from storage.accounts import promise_open_at, visible
from storage.sql import among
from storage.tables import (
    app_user,
    contact,
    contact_log,
    customer,
    document,
    legal_entity,
    message,
    opt_out,
    promise,
    promise_document,
    reply,
    run,
    skip,
    task,
    touch,
)

WENT = tuple(str(s) for s in (TouchStatus.SENT, TouchStatus.DELIVERED, TouchStatus.UNKNOWN, TouchStatus.BOUNCED))
"""States of a message that left, or may have."""


def _whose(connection: Connection, scope: Scope, column: Any, ids: Sequence[int] | None) -> list[ColumnElement[bool]]:
    found = visible(scope)
    if ids is not None:
        found.append(among(connection, column, ids))
    return found


def _within(column: ColumnElement[Any], first: Any, last: Any) -> list[ColumnElement[bool]]:
    return [c for c in (column >= first if first else None, column <= last if last else None) if c is not None]


def messages_in(
    connection: Connection,
    scope: Scope,
    customer_ids: Sequence[int] | None,
    *,
    first: date | None,
    last: date | None,
    statuses: Sequence[str] | None = None,
    limit: int | None = None,
) -> list[Row[Any]]:
    """Messages by the day they were planned for, the newest first."""
    statement = (
        select(
            message.c.id, message.c.public_id, message.c.customer_id, message.c.channel, message.c.address,
            message.c.template, message.c.planned_on, message.c.status, message.c.status_reason, message.c.currency,
            message.c.asked_minor, message.c.sent_at, message.c.purpose, message.c.not_before,
            customer.c.number.label("customer_number"), customer.c.name,
        )
        .join(customer, customer.c.id == message.c.customer_id)
        .where(
            *_whose(connection, scope, message.c.customer_id, customer_ids),
            *_within(message.c.planned_on, first, last),
        )
        .order_by(message.c.planned_on.desc(), message.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    if statuses is not None:
        statement = statement.where(message.c.status.in_(list(statuses)))
    return list(connection.execute(statement))


@dataclass(frozen=True, slots=True)
class Touched:
    """An invoice that a message speaks for, or spoke for until it was taken out (`dropped_reason`)."""

    document_id: int
    number: str
    stage: str
    dropped_reason: str | None


def touched_invoices(connection: Connection, message_ids: Sequence[int]) -> dict[int, list[Touched]]:
    """Invoices that each message carries, by due date; a touch of an account carries several."""
    touches = list(
        connection.execute(
            select(
                touch.c.message_id, touch.c.stage, touch.c.dropped_reason, touch.c.document_id, touch.c.document_ids
            ).where(among(connection, touch.c.message_id, message_ids))
        )
    )
    known = numbers_of(connection, [i for t in touches for i in (t.document_ids or [t.document_id]) if i])
    found: dict[int, list[Touched]] = {}
    for t in touches:
        items = [known[i] for i in (t.document_ids or [t.document_id]) if i in known]
        found.setdefault(t.message_id, []).extend(Touched(d.id, d.number, t.stage, t.dropped_reason) for d in items)
    for items in found.values():
        items.sort(key=lambda t: (known[t.document_id].due_on, t.number))
    return found


def calls_in(
    connection: Connection,
    scope: Scope,
    customer_ids: Sequence[int] | None,
    *,
    first: date | None,
    last: date | None,
    limit: int | None = None,
) -> list[Row[Any]]:
    """Calls and mails by hand, the newest first."""
    by = app_user.alias("by")
    return list(
        connection.execute(
            select(contact_log, customer.c.number.label("customer_number"), customer.c.name, by.c.name.label("by_name"))
            .join(customer, customer.c.id == contact_log.c.customer_id)
            .outerjoin(by, by.c.id == contact_log.c.by_user_id)
            .where(
                *_whose(connection, scope, contact_log.c.customer_id, customer_ids),
                *_within(contact_log.c.on_day, first, last),
            )
            .order_by(contact_log.c.on_day.desc(), contact_log.c.id.desc())
            .limit(limit)
        )
    )


def replies_in(
    connection: Connection,
    scope: Scope,
    customer_ids: Sequence[int] | None,
    *,
    since: datetime | None,
    until: datetime | None,
    waiting: bool = False,
    limit: int | None = None,
) -> list[Row[Any]]:
    """Replies of visible customers, the newest first; `waiting` only those that nobody handled."""
    statement = (
        select(reply, customer.c.number.label("customer_number"), customer.c.name)
        .join(customer, customer.c.id == reply.c.customer_id)
        .where(
            *_whose(connection, scope, reply.c.customer_id, customer_ids),
            *_within(reply.c.received_at, since, until),
        )
        .order_by(reply.c.received_at.desc(), reply.c.id.desc())
        .limit(limit)
    )
    if waiting:
        statement = statement.where(reply.c.status == "waiting")
    return list(connection.execute(statement))


def newest_run_day(connection: Connection, until: date) -> date | None:
    """The business day of the newest run up to a day."""
    return connection.execute(select(func.max(run.c.business_day)).where(run.c.business_day <= until)).scalar()


def skipped_on(connection: Connection, scope: Scope, day: date) -> list[Row[Any]]:
    """Visible customers skipped in the runs of a day, with their reasons → item ids."""
    return list(
        connection.execute(
            select(customer.c.id, customer.c.number, customer.c.name, skip.c.reasons)
            .join(run, run.c.id == skip.c.run_id)
            .join(customer, customer.c.id == skip.c.customer_id)
            .where(run.c.business_day == day, *visible(scope))
            .order_by(customer.c.number)
        )
    )


def numbers_of(connection: Connection, document_ids: Sequence[int]) -> dict[int, Any]:
    """Documents by id: number, due_on, currency, open_minor."""
    d = document.c
    rows = connection.execute(
        select(d.id, d.number, d.due_on, d.currency, d.open_minor, d.disputed_minor, d.promised_minor).where(
            among(connection, d.id, document_ids)
        )
    )
    return {row.id: row for row in rows}


def promises_in(
    connection: Connection,
    scope: Scope,
    customer_ids: Sequence[int] | None,
    *,
    statuses: Sequence[str] | None = None,
    open_as_of: date | None = None,
    day: str = "promised_on",
    first: date | None = None,
    last: date | None = None,
) -> list[Row[Any]]:
    """Promises by their day, the earliest first. `day` is the column that the span is about.

    `open_as_of` takes those that were open on a day, as far as recorded, instead of a list of statuses.
    """
    conditions = [
        *_whose(connection, scope, promise.c.customer_id, customer_ids),
        *_within(promise.c[day], first, last),
    ]
    if open_as_of is not None:
        conditions += promise_open_at(open_as_of)
    elif statuses is not None:
        conditions.append(promise.c.status.in_(list(statuses)))
    return list(
        connection.execute(
            select(
                promise,
                customer.c.number.label("customer_number"),
                customer.c.name,
                legal_entity.c.code.label("entity"),
            )
            .join(customer, customer.c.id == promise.c.customer_id)
            .join(legal_entity, legal_entity.c.id == promise.c.entity_id)
            .where(*conditions)
            .order_by(promise.c.promised_on, promise.c.id)
        )
    )


def promised_invoices(connection: Connection, promise_ids: Sequence[int]) -> dict[int, list[str]]:
    """Numbers of the invoices that each promise binds."""
    rows = connection.execute(
        select(promise_document.c.promise_id, document.c.number)
        .join(document, document.c.id == promise_document.c.document_id)
        .where(among(connection, promise_document.c.promise_id, promise_ids))
        .order_by(promise_document.c.promise_id, document.c.due_on, document.c.number)
    )
    found: dict[int, list[str]] = {}
    for promise_id, number in rows:
        found.setdefault(promise_id, []).append(number)
    return found


def opted_out(connection: Connection, scope: Scope, customer_ids: Sequence[int] | None) -> list[Row[Any]]:
    """Addresses that want no messages, with the customers on whose record or contacts they stand."""
    own = select(customer.c.id.label("customer_id"), func.lower(customer.c.email).label("address")).union(
        select(customer.c.id, customer.c.phone),
        select(contact.c.customer_id, func.lower(contact.c.email)),
        select(contact.c.customer_id, contact.c.phone),
    )
    known = own.subquery("known")
    return list(
        connection.execute(
            select(
                opt_out.c.channel, opt_out.c.address, opt_out.c.since, opt_out.c.source,
                customer.c.number.label("customer_number"), customer.c.name,
            )
            .join(known, known.c.address == opt_out.c.address)
            .join(customer, customer.c.id == known.c.customer_id)
            .where(opt_out.c.lifted_at.is_(None), *_whose(connection, scope, customer.c.id, customer_ids))
            .order_by(customer.c.number, opt_out.c.channel, opt_out.c.address)
        )
    )  # fmt: skip


def contacts_of(connection: Connection, customer_ids: Sequence[int]) -> list[Row[Any]]:
    """Contacts of customers: name, role, email, phone, locale; the customer's own address first."""
    own = select(
        customer.c.id.label("customer_id"),
        customer.c.number.label("customer_number"),
        customer.c.email,
        customer.c.phone,
    ).where(
        among(connection, customer.c.id, customer_ids),
        or_(customer.c.email.is_not(None), customer.c.phone.is_not(None)),
    )
    named = (
        select(contact, customer.c.number.label("customer_number"))
        .join(customer, customer.c.id == contact.c.customer_id)
        .where(among(connection, contact.c.customer_id, customer_ids))
        .order_by(contact.c.customer_id, contact.c.id)
    )
    return [*connection.execute(own), *connection.execute(named)]


def tasks_of(
    connection: Connection,
    scope: Scope,
    *,
    owner_id: int | None,
    customer_ids: Sequence[int] | None,
    closed: bool = False,
) -> list[Row[Any]]:
    """Tasks, the oldest due first: an owner's (anywhere), else those of the customers that the asker may see."""
    owner = app_user.alias("owner")
    conditions: list[ColumnElement[bool]] = [
        task.c.status != str(TaskStatus.OPEN) if closed else task.c.status == str(TaskStatus.OPEN)
    ]
    if owner_id is not None:
        conditions.append(task.c.owner_id == owner_id)
    elif not scope.everything:
        conditions.append(or_(and_(*visible(scope)), task.c.owner_id == scope.user_id))
    if customer_ids is not None:
        conditions.append(among(connection, task.c.customer_id, customer_ids))
    return list(
        connection.execute(
            select(
                task,
                customer.c.number.label("customer_number"),
                customer.c.name,
                owner.c.name.label("owner_name"),
            )
            .outerjoin(customer, customer.c.id == task.c.customer_id)
            .outerjoin(owner, owner.c.id == task.c.owner_id)
            .where(*conditions)
            .order_by(task.c.due_on, task.c.id)
        )
    )


def customers_of(connection: Connection, scope: Scope, limit: int | None = None) -> list[Row[Any]]:
    """Visible customers by number."""
    return list(
        connection.execute(
            select(customer.c.id, customer.c.number, customer.c.name, customer.c.country, customer.c.segment)
            .where(*visible(scope))
            .order_by(customer.c.number)
            .limit(limit)
        )
    )
