"""Due messages: claimed under a lease, given back or put in doubt when the lease runs out. Leases are database time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from domain.touches import TouchEvent, TouchStatus, next_status
from storage.database import UnitOfWork
from storage.sql import among, as_list, listed
from storage.tables import customer, message, run

TROUBLE = SQLAlchemyError
"""What the database may raise: about the moment (a deadlock, a lost connection), not about one message."""
LET_GO = ("sending", "finished")
"""States of a run whose messages may go: planned to its end, and approved where it takes a yes."""

ON_THEIR_WAY = (TouchStatus.PLANNED, TouchStatus.AWAITING_APPROVAL, TouchStatus.CLAIMED, TouchStatus.SENDING)
"""States in which something is still going to happen to a message by itself, or by an approval."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may work on a claimed row. `owner` is drawn anew for each claim: an old holder recognises its loss."""

    owner: str
    seconds: int


def claim_due(
    unit: UnitOfWork, now: datetime, lease: Lease, limit: int, channels: Collection[str]
) -> list[tuple[int, int]]:
    """Claim up to `limit` planned messages on `channels` whose time has come, oldest first.

    Returns (message id, customer id) of each.

    `now` is compared with `not_before` (a dated run gives another than the clock's); the lease runs in database time.
    Rows that another worker is claiming are passed over on PostgreSQL; on SQLite the write lock keeps others out.
    """
    let_go = select(run.c.id).where(run.c.status.in_(LET_GO))
    due = (
        select(message.c.id, message.c.customer_id)
        .where(
            message.c.status == TouchStatus.PLANNED,
            message.c.not_before <= now,
            message.c.channel.in_([str(channel) for channel in channels]),
            or_(message.c.run_id.is_(None), message.c.run_id.in_(let_go)),
        )
        .order_by(message.c.not_before, message.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=message)
    )
    found = [(int(row.id), int(row.customer_id)) for row in unit.connection.execute(due)]
    if found:
        unit.connection.execute(
            update(message)
            .where(among(unit.connection, message.c.id, [number for number, _ in found]))
            .values(
                status=next_status(TouchEvent.CLAIM, TouchStatus.PLANNED),
                lease_owner=lease.owner,
                lease_until=unit.database_now() + timedelta(seconds=lease.seconds),
            )
        )
    return found


@lru_cache(maxsize=2)
def _held(dialect: str) -> Select[Any]:
    return (
        select(message)
        .where(
            listed(dialect, message.c.id, "ids"),
            message.c.status == TouchStatus.CLAIMED,
            message.c.lease_until > bindparam("now"),
        )
        .order_by(message.c.id)
        .with_for_update()
    )


@lru_cache(maxsize=1)
def _free() -> Select[Any]:
    return (
        select(customer.c.id)
        .where(listed("postgresql", customer.c.id, "ids"))
        .order_by(customer.c.id)
        .with_for_update(skip_locked=True)
    )


def lock_free_customers(unit: UnitOfWork, customer_ids: Collection[int]) -> set[int]:
    """Lock those of the customers that nobody else works on, without waiting for the others. Returns which.

    Nobody else can on SQLite, whose write transaction keeps every other writer out.
    """
    if unit.dialect != "postgresql":
        return set(customer_ids)
    return set(unit.connection.execute(_free(), {"ids": list(customer_ids)}).scalars())


def hold_claims(unit: UnitOfWork, owners: Mapping[int, str], database_now: datetime) -> dict[int, Row[Any]]:
    """Lock those messages (id → owner of its claim) that are still claimed by their owner.

    A message is missing when its lease ran out or somebody else has it. The customers' rows are locked before, by
    everybody.
    """
    bound = {"ids": as_list(unit.dialect, owners), "now": database_now}
    rows = unit.connection.execute(_held(unit.dialect), bound)
    return {row.id: row for row in rows if row.lease_owner == owners[row.id]}


def give_back(unit: UnitOfWork, claims: Mapping[int, str]) -> None:
    """Return claims (message → owner) that aren't used: nothing was tried, nothing is counted."""
    for message_id, owner in claims.items():
        unit.connection.execute(
            update(message)
            .where(message.c.id == message_id, message.c.status == TouchStatus.CLAIMED, message.c.lease_owner == owner)
            .values(status=next_status(TouchEvent.RELEASE, TouchStatus.CLAIMED), lease_owner=None, lease_until=None)
        )


def take_back_claims(unit: UnitOfWork) -> int:
    """Claims whose lease ran out go back to planned: they were never on the wire. Returns how many.

    One that its holder has locked is passed over: a process that stands still in mid transaction holds up nobody.
    """
    lost = (
        select(message.c.id)
        .where(message.c.status == TouchStatus.CLAIMED, message.c.lease_until <= unit.database_now())
        .with_for_update(skip_locked=True)
    )
    return int(
        unit.connection.execute(
            update(message)
            .where(message.c.id.in_(lost))
            .values(
                status=next_status(TouchEvent.LEASE_EXPIRED, TouchStatus.CLAIMED), lease_owner=None, lease_until=None
            )
        ).rowcount
    )


def lost_on_the_wire(unit: UnitOfWork, limit: int = 1_000) -> list[tuple[int, int]]:
    """(message id, customer id) of `sending` rows whose lease ran out: what became of them can't be known."""
    rows = unit.connection.execute(
        select(message.c.id, message.c.customer_id)
        .where(message.c.status == TouchStatus.SENDING, message.c.lease_until <= unit.database_now())
        .order_by(message.c.id)
        .limit(limit)
    )
    return [(int(row.id), int(row.customer_id)) for row in rows]


def next_due(connection: Connection) -> datetime | None:
    """When the next planned message may go; None when none is planned."""
    found: datetime | None = connection.execute(
        select(func.min(message.c.not_before)).where(message.c.status == TouchStatus.PLANNED)
    ).scalar_one()
    return found


def count_by_status(connection: Connection) -> dict[str, int]:
    """Messages by state."""
    rows = connection.execute(select(message.c.status, func.count()).group_by(message.c.status)).all()
    return {str(status): int(count) for status, count in rows}


def finish_runs(connection: Connection, now: datetime) -> int:
    """Runs that are sending and have no message left on its way are finished. Returns how many."""
    under_way = select(message.c.id).where(message.c.run_id == run.c.id, message.c.status.in_(ON_THEIR_WAY))
    return int(
        connection.execute(
            update(run).where(run.c.status == "sending", ~under_way.exists()).values(status="finished", finished_at=now)
        ).rowcount
    )
