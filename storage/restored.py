"""What was on its way in a database that turned out to be an older copy."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from domain.touches import TouchStatus
from storage.database import UnitOfWork
from storage.tables import inbound_event, message, run

UNSENT = (TouchStatus.PLANNED, TouchStatus.AWAITING_APPROVAL, TouchStatus.CLAIMED, TouchStatus.SENDING)
"""States of a message that was going to go, or was going, when the copy was made."""


def count_unsent(connection: Connection) -> dict[str, int]:
    """Messages in such a state: how many of each."""
    some = message.c.status.in_([str(status) for status in UNSENT])
    rows = connection.execute(select(message.c.status, func.count()).where(some).group_by(message.c.status))
    return {str(status): int(count) for status, count in rows}


def unsent(connection: Connection, limit: int) -> list[tuple[int, int]]:
    """(message id, customer id) of up to `limit` of them."""
    some = message.c.status.in_([str(status) for status in UNSENT])
    rows = connection.execute(
        select(message.c.id, message.c.customer_id).where(some).order_by(message.c.id).limit(limit)
    )
    return [(int(row.id), int(row.customer_id)) for row in rows]


def in_doubt(connection: Connection, why: str) -> list[str]:
    """Public ids of messages that are in doubt for this reason."""
    doubted = (message.c.status == TouchStatus.UNKNOWN) & (message.c.status_reason == why)
    return [
        str(i) for i in connection.execute(select(message.c.public_id).where(doubted).order_by(message.c.id)).scalars()
    ]


def refuse_open_plans(unit: UnitOfWork, now: datetime) -> list[tuple[int, str]]:
    """Runs that were being planned or waited for a yes are refused. Returns (id, public id) of each."""
    waiting = run.c.status.in_(["planning", "awaiting_approval"])
    done = update(run).where(waiting).values(status="refused", finished_at=now).returning(run.c.id, run.c.public_id)
    return [(int(row.id), str(row.public_id)) for row in unit.connection.execute(done)]


def leave_new_events(unit: UnitOfWork, error: str) -> list[tuple[int, str]]:
    """Events that nobody read yet are left to a person. Returns (id, provider) of each."""
    left = update(inbound_event).where(inbound_event.c.status == "new").values(status="failed", error=error)
    returned = unit.connection.execute(left.returning(inbound_event.c.id, inbound_event.c.provider))
    return [(int(row.id), str(row.provider)) for row in returned]
