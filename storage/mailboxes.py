"""Mailboxes in the database: whose turn it is, how far each was read, what went wrong; and mail known by what it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from storage.database import UnitOfWork
from storage.replies import DONE
from storage.sql import insert_ignore
from storage.tables import inbound_event, mail_seen, mailbox

_M = mailbox.c


def take_mailbox(unit: UnitOfWork, name: str, owner: str, lease_seconds: int, every: timedelta) -> Row[Any] | None:
    """The row of a mailbox whose turn it is, leased to `owner`; None when another reads it, or it isn't due yet."""
    now = unit.database_now()
    made = insert_ignore(unit.connection, mailbox)
    unit.connection.execute(made.values(name=name, next_at=now, last_uid=0, failures=0))
    free = or_(_M.lease_until.is_(None), _M.lease_until < now)
    taken = (
        update(mailbox)
        .where(_M.name == name, _M.next_at <= now, free)
        .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease_seconds), next_at=now + every)
    )
    return unit.connection.execute(taken.returning(mailbox)).one_or_none()


def keep_place(unit: UnitOfWork, name: str, owner: str, validity: int, last_uid: int, lease_seconds: int) -> bool:
    """Write how far a mailbox was read, and go on holding it. False when its lease went to another meanwhile."""
    until = unit.database_now() + timedelta(seconds=lease_seconds)
    moved = (
        update(mailbox)
        .where(_M.name == name, _M.lease_owner == owner)
        .values(uid_validity=validity, last_uid=last_uid, lease_until=until)
    )
    return bool(unit.connection.execute(moved).rowcount)


def mailbox_read(unit: UnitOfWork, name: str, owner: str, *, again_at_once: bool) -> None:
    """A mailbox was read, and is free; `again_at_once`: not to its end yet."""
    now = unit.database_now()
    values: dict[str, Any] = {"next_at": now} if again_at_once else {"polled_at": now}
    values |= {"failures": 0, "failing_since": None, "error": None, "lease_until": None, "lease_owner": None}
    unit.connection.execute(update(mailbox).where(_M.name == name, _M.lease_owner == owner).values(**values))


def mailbox_failed(unit: UnitOfWork, name: str, owner: str, error: str, again: timedelta) -> None:
    """A mailbox could not be read, or not to its end: next time from where reading stands."""
    now = unit.database_now()
    row = unit.connection.execute(select(mailbox).where(_M.name == name, _M.lease_owner == owner)).one_or_none()
    if row is None:
        return
    unit.connection.execute(
        update(mailbox)
        .where(_M.name == name)
        .values(
            failures=row.failures + 1, failing_since=row.failing_since or now, error=error, lease_until=None,
            lease_owner=None, next_at=now + again,
        )
    )  # fmt: skip


def mailboxes(connection: Connection, names: Sequence[str] | None = None) -> list[Row[Any]]:
    """All mailboxes that were ever read, or those of `names`."""
    statement = select(mailbox).order_by(_M.name)
    return list(connection.execute(statement if names is None else statement.where(_M.name.in_(list(names)))))


def first_of_its_kind(connection: Connection, key: str, event_id: int) -> int | None:
    """Note that a mail came by this event. Returns the event by which the same mail came before, None for a new one.

    Of two at once the second waits for the first's commit.
    """
    made = connection.execute(
        insert_ignore(connection, mail_seen).values(key=key, event_id=event_id).returning(mail_seen.c.key)
    ).scalar()
    if made is not None:
        return None
    before = connection.execute(select(mail_seen.c.event_id).where(mail_seen.c.key == key)).scalar_one()
    return int(before)


def close_double(connection: Connection, event_id: int, first: int) -> None:
    """An event is another way of the same mail: nothing follows from it, and its bytes are the first one's."""
    values = {"status": DONE, "error": f"the same mail as event {first}", "raw": b""}
    connection.execute(update(inbound_event).where(inbound_event.c.id == event_id).values(**values))
