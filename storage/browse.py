"""What the desk's pages show: days, messages, an account's timeline, replies. Reading only, newest first."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Select, cast, func, select, true

from domain.tasks import TaskStatus
from domain.touches import TouchStatus
from storage.tables import (
    app_user,
    customer,
    dispute,
    document,
    legal_entity,
    message,
    message_attempt,
    reply,
    run,
    skip,
    task,
    touch,
)

_LIST_COLUMNS = (
    message.c.public_id,
    message.c.status,
    message.c.status_reason,
    message.c.channel,
    message.c.purpose,
    message.c.locale,
    message.c.template,
    message.c.subject,
    message.c.address,
    message.c.currency,
    message.c.asked_minor,
    message.c.segments,
    message.c.planned_on,
    message.c.sent_at,
    customer.c.number,
    customer.c.name,
    legal_entity.c.code.label("entity"),
)


def _messages(*extra: ColumnElement[Any]) -> Select[Any]:
    return (
        select(*_LIST_COLUMNS, *extra)
        .join(customer, customer.c.id == message.c.customer_id)
        .join(legal_entity, legal_entity.c.id == message.c.entity_id)
    )


def entities(connection: Connection) -> list[Row[Any]]:
    """Legal entities by code, with how fresh their ledger is."""
    return list(connection.execute(select(legal_entity).order_by(legal_entity.c.code)))


def newest_runs(connection: Connection, limit: int = 6) -> list[Row[Any]]:
    """The latest runs with their entity."""
    return list(
        connection.execute(
            select(run, legal_entity.c.code.label("entity"))
            .join(legal_entity, legal_entity.c.id == run.c.entity_id)
            .order_by(run.c.business_day.desc(), run.c.id.desc())
            .limit(limit)
        )
    )


def message_days(connection: Connection, limit: int = 60) -> list[date]:
    """Days for which messages were planned, newest first."""
    days = select(message.c.planned_on).distinct().order_by(message.c.planned_on.desc()).limit(limit)
    return list(connection.execute(days).scalars())


def counts_of_day(connection: Connection, day: date) -> list[Row[Any]]:
    """Messages of a day by language, channel, stage and status: how many."""
    m = message.c
    return list(
        connection.execute(
            select(m.locale, m.channel, m.template, m.status, func.count().label("messages"))
            .where(m.planned_on == day)
            .group_by(m.locale, m.channel, m.template, m.status)
            .order_by(m.locale, m.channel, m.template, m.status)
        )
    )


def skip_counts_of_day(connection: Connection, day: date) -> dict[str, int]:
    """Reason → how many items the runs of that day left alone, the most first. Counted where the rows lie."""
    on_postgres = connection.dialect.name == "postgresql"
    each, length = (
        (func.jsonb_each, func.jsonb_array_length) if on_postgres else (func.json_each, func.json_array_length)
    )
    reason = each(skip.c.reasons).table_valued("key", "value")
    items = cast(func.sum(length(reason.c.value)), BigInteger).label("items")
    rows = connection.execute(
        select(reason.c.key, items)
        .select_from(skip)
        .join(run, run.c.id == skip.c.run_id)
        .join(reason, true())
        .where(run.c.business_day == day)
        .group_by(reason.c.key)
        .order_by(items.desc(), reason.c.key)
    )
    return {row.key: row.items for row in rows}


def list_messages(
    connection: Connection,
    day: date,
    *,
    language: str | None = None,
    channel: str | None = None,
    stage: str | None = None,
    limit: int = 200,
    offset: int = 0,
) -> list[Row[Any]]:
    """Messages of a day by customer's name; `language` is the first part of a locale."""
    wanted: list[ColumnElement[bool]] = [message.c.planned_on == day]
    if language:
        wanted.append(message.c.locale.like(f"{language}%"))
    if channel:
        wanted.append(message.c.channel == channel)
    if stage:
        wanted.append(message.c.template == stage)
    statement = _messages().where(*wanted).order_by(message.c.locale, customer.c.name, message.c.id)
    return list(connection.execute(statement.limit(limit).offset(offset)))


def find_message(connection: Connection, public_id: str) -> Row[Any] | None:
    """One message with everything on its row."""
    return connection.execute(
        _messages(
            message.c.id,
            message.c.message_id,
            message.c.provider,
            message.c.provider_ref,
            message.c.content_sha256,
            message.c.not_before,
            message.c.not_after,
            message.c.approved_at,
            message.c.policy,
            message.c.tone,
        ).where(message.c.public_id == public_id)
    ).first()


def items_of_message(connection: Connection, message_id: int) -> list[Row[Any]]:
    """The open items that a message speaks of: number, days, what was asked, why one was dropped."""
    return list(connection.execute(
        select(
            document.c.number, document.c.instalment, document.c.due_on, document.c.currency,
            touch.c.stage, touch.c.asked_minor, touch.c.fee_minor, touch.c.dropped_reason,
        )
        .select_from(touch)
        .outerjoin(document, document.c.id == touch.c.document_id)
        .where(touch.c.message_id == message_id)
        .order_by(document.c.due_on, touch.c.id)
    ))  # fmt: skip


def attempts_of_message(connection: Connection, message_id: int) -> list[Row[Any]]:
    """Each handing-over to a provider, in order."""
    return list(
        connection.execute(
            select(message_attempt).where(message_attempt.c.message_id == message_id).order_by(message_attempt.c.number)
        )
    )


def messages_of(connection: Connection, customer_id: int, limit: int = 100) -> list[Row[Any]]:
    """A customer's messages, newest first."""
    return list(
        connection.execute(
            _messages()
            .where(message.c.customer_id == customer_id)
            .order_by(message.c.planned_on.desc(), message.c.id.desc())
            .limit(limit)
        )
    )


def list_replies(
    connection: Connection, *, status: str | None = None, customer_id: int | None = None, limit: int = 200
) -> list[Row[Any]]:
    """Replies with their customer, newest first."""
    statement = select(reply, customer.c.number, customer.c.name, message.c.public_id.label("answers")).outerjoin(
        customer, customer.c.id == reply.c.customer_id
    )
    statement = statement.outerjoin(message, message.c.id == reply.c.answers_message_id)
    if status:
        statement = statement.where(reply.c.status == status)
    if customer_id is not None:
        statement = statement.where(reply.c.customer_id == customer_id)
    return list(connection.execute(statement.order_by(reply.c.received_at.desc(), reply.c.id.desc()).limit(limit)))


def waiting(connection: Connection) -> dict[str, int]:
    """How much waits for a person: messages to approve, doubts to settle, replies, tasks, open disputes."""

    def count(statement: Select[Any]) -> int:
        return int(connection.execute(statement).scalar_one())

    messages = select(func.count()).select_from(message)
    return {
        "to_approve": count(messages.where(message.c.status == str(TouchStatus.AWAITING_APPROVAL))),
        "unknown": count(messages.where(message.c.status == str(TouchStatus.UNKNOWN))),
        "failed": count(messages.where(message.c.status == str(TouchStatus.FAILED))),
        "replies": count(select(func.count()).select_from(reply).where(reply.c.status == "waiting")),
        "tasks": count(select(func.count()).select_from(task).where(task.c.status == str(TaskStatus.OPEN))),
        "disputes": count(select(func.count()).select_from(dispute).where(dispute.c.closed_on.is_(None))),
    }


def open_tasks(connection: Connection, limit: int = 12, customer_id: int | None = None) -> list[Row[Any]]:
    """Open tasks by due day, with customer and owner."""
    statement = (
        select(task, customer.c.number, customer.c.name, app_user.c.name.label("owner"))
        .outerjoin(customer, customer.c.id == task.c.customer_id)
        .outerjoin(app_user, app_user.c.id == task.c.owner_id)
        .where(task.c.status == str(TaskStatus.OPEN))
    )
    if customer_id is not None:
        statement = statement.where(task.c.customer_id == customer_id)
    return list(connection.execute(statement.order_by(task.c.due_on, task.c.id).limit(limit)))


def list_customers(connection: Connection, text: str, limit: int = 50) -> list[Row[Any]]:
    """Customers whose number begins with `text` or whose folded name holds it; by name."""
    statement = select(customer.c.number, customer.c.name, customer.c.country, customer.c.locale)
    if text:
        statement = statement.where(
            customer.c.number.startswith(text.upper(), autoescape=True)
            | customer.c.name_folded.contains(text.casefold(), autoescape=True)
        )
    return list(connection.execute(statement.order_by(customer.c.name_folded).limit(limit)))
