"""Message rows: what one carries, what became of it, and the projections that follow when part of it is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, literal, select, union, update

from domain.errors import BadInput
from domain.tasks import TaskCause, TaskStatus
from domain.touches import TouchStatus
from storage.database import Database
from storage.letter_rows import touches_of
from storage.sql import among, as_list, listed
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
_BEGIN = insert(message_attempt).inline()  # nobody asks for the ids
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
_SENDING = (
    update(message)
    .where(message.c.id == bindparam("which"))
    .values(
        status_reason=None,
        **{
            name: bindparam(f"new_{name}")
            for name in (
                "status", "lease_until", "attempts", "message_id", "subject", "content_sha256", "asked_minor",
                "segments", "template", "provider",
            )
        },
    )
)  # fmt: skip
_RESULT = (
    update(message)
    .where(message.c.id == bindparam("which"))
    .values(
        lease_owner=None,
        lease_until=None,
        **{
            name: bindparam(f"new_{name}")
            for name in ("status", "status_reason", "not_before", "sent_at", "provider_ref")
        },
    )
)


@lru_cache(maxsize=2)
def _refusals(dialect: str) -> Select[Any]:
    failed = message.alias("failed")
    return (
        select(message.c.id, func.max(failed.c.planned_on).label("refused_on"))
        .join(
            failed,
            (failed.c.customer_id == message.c.customer_id)
            & (failed.c.channel == message.c.channel)
            & (failed.c.address == message.c.address),
        )
        .join(task, task.c.key == literal(f"{TaskCause.SEND_FAILED}:") + failed.c.public_id)
        .where(
            listed(dialect, message.c.id, "ids"),
            failed.c.status == TouchStatus.FAILED,
            task.c.status == TaskStatus.OPEN,
        )
        .group_by(message.c.id)
    )


@lru_cache(maxsize=2)
def _locked(dialect: str) -> Select[Any]:
    return select(message).where(listed(dialect, message.c.id, "ids")).order_by(message.c.id).with_for_update()


def lock_message(connection: Connection, message_id: int) -> Row[Any]:
    """A message, locked. The customer's row is locked before it, by everybody."""
    return connection.execute(_LOCKED, {"message": message_id}).one()


def lock_messages(connection: Connection, message_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Messages by id, locked."""
    dialect = connection.dialect.name
    return {row.id: row for row in connection.execute(_locked(dialect), {"ids": as_list(dialect, message_ids)})}


def refusals_of(connection: Connection, message_ids: Sequence[int]) -> dict[int, date]:
    """Message → the day of the newest message of its customer to the same address that failed, its task still open."""
    dialect = connection.dialect.name
    rows = connection.execute(_refusals(dialect), {"ids": as_list(dialect, message_ids)})
    return {row.id: row.refused_on for row in rows}


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


def mark_sending(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Mark messages `sending` with what they say: `id` and the columns of `_SENDING`."""
    connection.execute(_SENDING, [_bound(row) for row in rows])


def write_results(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give up the lease and write what became of messages: `id` and the columns of `_RESULT`."""
    if rows:
        connection.execute(_RESULT, [_bound(row) for row in rows])


def _bound(row: Mapping[str, Any]) -> dict[str, Any]:
    return {("which" if name == "id" else f"new_{name}"): value for name, value in row.items()}


def begin_attempts(connection: Connection, attempts: Sequence[Mapping[str, Any]]) -> None:
    """Write down attempts before they are made: without its result one is the trace of a crash."""
    connection.execute(_BEGIN, [{**attempt, "outcome": "started"} for attempt in attempts])


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """An attempt's result. `number` counts a message's attempts."""

    message_id: int
    number: int
    outcome: str
    at: datetime
    provider_ref: str | None = None
    error: str | None = None


def end_attempts(connection: Connection, ends: Sequence[AttemptEnd]) -> None:
    """Write attempts' results."""
    connection.execute(
        _END,
        [
            {
                "of_message": end.message_id,
                "try_number": end.number,
                "new_outcome": end.outcome,
                "new_ref": end.provider_ref,
                "new_error": end.error,
                "new_end": end.at,
            }
            for end in ends
        ],
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
