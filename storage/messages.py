"""Message rows: what one carries, what became of it, and the projections that follow when part of it is dropped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, literal, select, union, update

from domain.errors import BadInput
from domain.tasks import TaskCause, TaskStatus
from domain.touches import TouchStatus
from storage.database import Database
from storage.letter_rows import touches_of
from storage.sql import among
from storage.tables import (
    app_user,
    customer,
    cycle,
    document,
    legal_entity,
    message,
    message_attempt,
    pause,
    run,
    task,
    touch,
)
from storage.tables.ledger import NO_STAGE

_LOCKED = select(message).where(message.c.id == bindparam("message")).with_for_update()
_REFUSED = (
    select(message.c.id)
    .join(task, task.c.key == literal(f"{TaskCause.SEND_FAILED}:") + message.c.public_id)
    .where(
        message.c.customer_id == bindparam("customer"),
        message.c.planned_on >= bindparam("since"),
        message.c.status == TouchStatus.FAILED,
        message.c.channel == bindparam("channel"),
        message.c.address == bindparam("address"),
        task.c.status == TaskStatus.OPEN,
    )
    .limit(1)
)
_BEGIN = insert(message_attempt)
_END = (
    update(message_attempt)
    .where(message_attempt.c.message_id == bindparam("of_message"), message_attempt.c.number == bindparam("try_number"))
    .values(
        outcome=bindparam("new_outcome"),
        provider_ref=bindparam("new_ref"),
        error=bindparam("new_error"),
        ended_at=bindparam("new_end"),
    )
)


def lock_message(connection: Connection, message_id: int) -> Row[Any]:
    """A message, locked. The customer's row is locked before it, by everybody."""
    return connection.execute(_LOCKED, {"message": message_id}).one()


def address_was_refused(connection: Connection, row: Row[Any], since: date) -> bool:
    """Whether a message of this customer to the same address failed since a day, its task still open."""
    about = {"customer": row.customer_id, "since": since, "channel": row.channel, "address": row.address}
    return connection.execute(_REFUSED, about).scalar() is not None


def set_message(connection: Connection, which: int, /, **values: Any) -> None:
    """Change columns of the message whose id is `which`."""
    connection.execute(update(message).where(message.c.id == which).values(**values))


def set_asked(connection: Connection, touch_id: int, asked_minor: int) -> None:
    """What a touch asks for, read again at the moment of sending (minor units)."""
    connection.execute(update(touch).where(touch.c.id == touch_id).values(asked_minor=asked_minor))


def drop_touches(connection: Connection, touch_ids: Iterable[int], reason: str) -> None:
    """Take touches out of their message before it went: their steps are free again, their fees were not charged.

    `reason` is a SkipReason or a cause of ours, at most 30 characters.
    """
    ids = list(touch_ids)
    if not ids:
        return
    chosen = among(connection, touch.c.id, ids)
    documents = connection.execute(select(touch.c.document_id).where(chosen)).scalars().all()
    connection.execute(update(touch).where(chosen).values(dropped_reason=reason))
    restore_stage(connection, [d for d in documents if d is not None])


def drop_message_touches(connection: Connection, message_id: int, reason: str) -> None:
    """Drop every touch that a message still carries."""
    drop_touches(connection, [row.id for row in touches_of(connection, message_id)], reason)


def restore_stage(connection: Connection, document_ids: Iterable[int]) -> None:
    """Make `stage_offset` and `touched_on` of documents agree again with the touches left in their open cycles.

    As planning writes them: steps count, the planner's own touches (`promise_broken:…`) don't.
    """
    ids = list(document_ids)
    if not ids:
        return
    newest = (
        select(
            touch.c.document_id,
            func.max(touch.c.stage_offset).label("stage_offset"),
            func.max(touch.c.planned_on).label("touched_on"),
        )
        .join(cycle, cycle.c.id == touch.c.cycle_id)
        .where(
            among(connection, touch.c.document_id, ids),
            touch.c.dropped_reason.is_(None),
            touch.c.stage.not_like("%:%"),
            cycle.c.closed_on.is_(None),
        )
        .group_by(touch.c.document_id)
    )
    found = {row.document_id: row for row in connection.execute(newest)}
    for document_id in ids:
        row = found.get(document_id)
        connection.execute(
            update(document)
            .where(document.c.id == document_id)
            .values(
                stage_offset=row.stage_offset if row else NO_STAGE,
                touched_on=row.touched_on if row else None,
            )
        )


def begin_attempt(connection: Connection, row: Row[Any], number: int, provider: str, at: datetime) -> None:
    """Write down an attempt before it is made: without its result it is the trace of a crash."""
    connection.execute(
        _BEGIN,
        {
            "message_id": row.id,
            "number": number,
            "channel": row.channel,
            "address": row.address,
            "provider": provider,
            "outcome": "started",
            "started_at": at,
        },
    )


def end_attempt(
    connection: Connection,
    message_id: int,
    number: int,
    *,
    outcome: str,
    at: datetime,
    provider_ref: str | None = None,
    error: str | None = None,
) -> None:
    """Write an attempt's result."""
    connection.execute(
        _END,
        {
            "of_message": message_id,
            "try_number": number,
            "new_outcome": outcome,
            "new_ref": provider_ref,
            "new_error": error,
            "new_end": at,
        },
    )


def find_message(connection: Connection, public_id: str, *, lock: bool = False) -> Row[Any]:
    """A message by its public id. Raises BadInput when there is none."""
    statement: Select[Any] = select(message).where(message.c.public_id == public_id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise BadInput(f"no message {public_id!r}; `dunwell waiting` lists those that wait")
    return row


def find_user(connection: Connection, code: str) -> Row[Any]:
    """A person of ours by code. Raises BadInput when there is none."""
    row = connection.execute(select(app_user).where(app_user.c.code == code)).one_or_none()
    if row is None:
        raise BadInput(f"no user {code!r}; import users first, or give the code of one")
    return row


def approved_at_of(connection: Connection, row: Row[Any]) -> datetime | None:
    """When a message got its yes: its own, else its plan's; None when it needed none."""
    if row.approved_at is not None or row.run_id is None:
        own: datetime | None = row.approved_at
        return own
    found: datetime | None = connection.execute(select(run.c.approved_at).where(run.c.id == row.run_id)).scalar()
    return found


def last_attempt_at(connection: Connection, message_id: int) -> datetime | None:
    """When a message was last handed over, or began to be; None when it never was."""
    found: datetime | None = connection.execute(
        select(func.max(message_attempt.c.started_at)).where(message_attempt.c.message_id == message_id)
    ).scalar()
    return found


def pause_documents_of(
    connection: Connection, row: Row[Any], kind: str, from_on: date, until_on: date, cause: str, at: datetime
) -> None:
    """Silence about the items of a message, from a day to another inclusive."""
    documents = {
        d for t in touches_of(connection, row.id) for d in ([t.document_id] if t.document_id else t.document_ids)
    }
    if documents:
        pauses = [
            {
                "customer_id": row.customer_id,
                "entity_id": row.entity_id,
                "document_id": document_id,
                "kind": str(kind),
                "from_on": from_on,
                "until_on": until_on,
                "cause": cause,
                "created_at": at,
            }
            for document_id in sorted(documents)
        ]
        connection.execute(insert(pause), pauses)


def timezones_in_use(database: Database) -> list[str]:
    """Time zones of entities and customers, for the doctor."""
    with database.read() as connection:
        zones = union(select(legal_entity.c.timezone), select(customer.c.timezone))
        return sorted(str(zone) for zone in connection.execute(zones).scalars())
