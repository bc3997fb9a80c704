"""Alerts in the database: one row a trouble while it lasts, and what was told of it to whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from domain.alerts import Alert
from domain.parties import UserRole
from storage.database import UnitOfWork
from storage.sql import insert_ignore
from storage.tables import alert, app_user

LEASE = timedelta(minutes=2)
"""How long one process has the telling of an alert for itself."""
MAX_ATTEMPTS = 8


def open_alerts(connection: Connection) -> list[Row[Any]]:
    """Troubles that last, the oldest first."""
    return list(connection.execute(select(alert).where(alert.c.closed_at.is_(None)).order_by(alert.c.id)))


def raise_alerts(unit: UnitOfWork, found: Sequence[Alert]) -> list[Row[Any]]:
    """Write the troubles that are not there yet. Returns the rows that this call was first to write."""
    now: datetime = unit.database_now()
    new: list[Row[Any]] = []
    for one in found:
        row = {"key": one.key, "kind": one.kind, "text": one.text, "opened_at": now, "told": {}, "attempts": 0}
        made = insert_ignore(unit.connection, alert).values(**row, next_try_at=now).returning(alert)
        new += unit.connection.execute(made)
    return new


def close_alerts(unit: UnitOfWork, keys: Collection[str]) -> list[Row[Any]]:
    """Troubles of these keys are over. Returns the rows that this call closed."""
    now = unit.database_now()
    over = update(alert).where(alert.c.key.in_(sorted(keys)), alert.c.closed_at.is_(None))
    return list(unit.connection.execute(over.values(closed_at=now, attempts=0, next_try_at=now).returning(alert)))


def claim_untold(unit: UnitOfWork, limit: int = 20) -> list[Row[Any]]:
    """Alerts of which somebody is still to be told, each the caller's for two minutes."""
    now = unit.database_now()
    due = (
        select(alert.c.id)
        .where(alert.c.next_try_at <= now, alert.c.attempts < MAX_ATTEMPTS)
        .order_by(alert.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = [int(i) for i in unit.connection.execute(due).scalars()]
    if not ids:
        return []
    taken = update(alert).where(alert.c.id.in_(ids)).values(next_try_at=now + LEASE, attempts=alert.c.attempts + 1)
    return sorted(unit.connection.execute(taken.returning(alert)), key=lambda row: int(row.id))


def note_told(unit: UnitOfWork, row: Row[Any], told: dict[str, list[str]], *, complete: bool) -> None:
    """What was told by which way. When all is told that there is to tell, nothing is tried again."""
    values: dict[str, Any] = {"told": told}
    if complete:
        values["next_try_at"] = None
    else:
        values["next_try_at"] = unit.database_now() + timedelta(minutes=2 ** min(row.attempts, 6))
    # One that was closed meanwhile has something new to tell: its turn stays.
    same = alert.c.closed_at.is_(None) if row.closed_at is None else alert.c.closed_at == row.closed_at
    unit.connection.execute(update(alert).where(alert.c.id == row.id, same).values(**values))


def operator(connection: Connection) -> int | None:
    """Whose task an alert is: an admin, else an AR manager; None when there is neither."""
    for role in (UserRole.ADMIN, UserRole.AR_MANAGER):
        found = connection.execute(
            select(app_user.c.id).where(app_user.c.role == role).order_by(app_user.c.id).limit(1)
        ).scalar()
        if found is not None:
            return int(found)
    return None
