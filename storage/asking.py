"""Lists that are polled and messages in doubt that are asked about: whose turn it is, and what was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal_column, or_, select, update

from domain.tasks import TaskStatus
from storage.sql import insert_ignore
from storage.tables import message, message_attempt, message_inquiry, provider_poll, task

_IN_DOUBT = message.c.status == literal_column("'unknown'")

SHOWN = " · "
"""What stands before the latest news in a task's note."""


def take_poll(connection: Connection, name: str, now: datetime, next_at: datetime) -> Row[Any] | None:
    """The row of a list whose turn it is, its next turn moved to `next_at`; None when another was first, or not yet."""
    p = provider_poll.c
    connection.execute(insert_ignore(connection, provider_poll).values(list=name, next_at=now, failures=0))
    taken = update(provider_poll).where(p.list == name, p.next_at <= now).values(next_at=next_at)
    return connection.execute(taken.returning(provider_poll)).one_or_none()


def poll_done(connection: Connection, name: str, read_to: datetime) -> None:
    """A list was read up to an instant."""
    connection.execute(
        update(provider_poll)
        .where(provider_poll.c.list == name)
        .values(read_to=read_to, polled_at=read_to, failures=0, error=None)
    )


def poll_failed(connection: Connection, name: str, error: str) -> None:
    """A list could not be read: next time again, from where it was read to."""
    p = provider_poll.c
    connection.execute(update(provider_poll).where(p.list == name).values(failures=p.failures + 1, error=error))


def polls(connection: Connection) -> list[Row[Any]]:
    """All lists, with how far they were read and what went wrong last."""
    return list(connection.execute(select(provider_poll).order_by(provider_poll.c.list)))


def doubts_due(connection: Connection, providers: Sequence[str], now: datetime, most: int, limit: int) -> list[int]:
    """Ids of messages in doubt at one of `providers` that were never asked about, or whose turn has come; none that was
    asked about `most` times."""
    i = message_inquiry.c
    due: Select[Any] = (
        select(message.c.id)
        .outerjoin(message_inquiry, i.message_id == message.c.id)
        .where(_IN_DOUBT, message.c.provider.in_(providers))
        .where(or_(i.message_id.is_(None), (i.next_at <= now) & (i.asked < most)))
        .order_by(message.c.id)
        .limit(limit)
    )
    return list(connection.execute(due).scalars())


def asked_before(connection: Connection, message_id: int) -> int:
    """How often a message in doubt was asked about."""
    asked = select(message_inquiry.c.asked).where(message_inquiry.c.message_id == message_id)
    return int(connection.execute(asked).scalar() or 0)


def take_inquiry(connection: Connection, message_id: int, before: int, now: datetime, next_at: datetime) -> bool:
    """Take the turn to ask about a message that was asked about `before` times. False when another was first."""
    i = message_inquiry.c
    connection.execute(insert_ignore(connection, message_inquiry).values(message_id=message_id, next_at=now, asked=0))
    taken = (
        update(message_inquiry)
        .where(i.message_id == message_id, i.asked == before, i.next_at <= now)
        .values(asked=before + 1, next_at=next_at, asked_at=now)
    )
    return bool(connection.execute(taken).rowcount)


def note_told(connection: Connection, message_id: int, task_key: str, told: str, shown: str) -> None:
    """Keep what a provider told, and show it at the end of the open task about the message."""
    connection.execute(update(message_inquiry).where(message_inquiry.c.message_id == message_id).values(told=told))
    row = connection.execute(
        select(task.c.id, task.c.note).where(task.c.key == task_key, task.c.status == TaskStatus.OPEN)
    ).one_or_none()
    if row is not None:
        note = f"{row.note.partition(SHOWN)[0]}{SHOWN}{shown}"
        connection.execute(update(task).where(task.c.id == row.id).values(note=note))


def load_doubt(connection: Connection, message_id: int) -> Row[Any] | None:
    """A message that is still in doubt, with when its last hand-over began; None when it is settled."""
    began = (
        select(func.max(message_attempt.c.started_at))
        .where(message_attempt.c.message_id == message.c.id)
        .scalar_subquery()
    )
    doubt: Select[Any] = select(message, began.label("began")).where(message.c.id == message_id, _IN_DOUBT)
    return connection.execute(doubt).one_or_none()


def alike(connection: Connection, row: Row[Any], since: datetime) -> int:
    """How many other messages of ours with the same words to the same address were handed over since an instant."""
    tried = select(message_attempt.c.id).where(
        message_attempt.c.message_id == message.c.id, message_attempt.c.started_at >= since
    )
    same: Select[Any] = (
        select(func.count())
        .select_from(message)
        .where(
            message.c.address == row.address,
            message.c.content_sha256 == row.content_sha256,
            message.c.id != row.id,
            tried.exists(),
        )
    )
    return int(connection.execute(same).scalar_one())


def is_anothers(connection: Connection, provider: str, provider_ref: str, message_id: int) -> bool:
    """Whether a provider's id is known as another message's."""
    own = select(message.c.id).where(
        message.c.provider == provider, message.c.provider_ref == provider_ref, message.c.id != message_id
    )
    attempt = select(message_attempt.c.id).where(
        message_attempt.c.provider == provider,
        message_attempt.c.provider_ref == provider_ref,
        message_attempt.c.message_id != message_id,
    )
    return any(connection.execute(found.limit(1)).scalar() is not None for found in (own, attempt))
