"""Signs of life: which processes there are, when they were last seen, when there was last a tick. In database time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import UnitOfWork
from storage.tables import process_heartbeat, setting

_TICK = "tick.last"
FORGET = timedelta(days=7)
"""Processes not seen for so long are forgotten."""

WORKING = ("serve", "worker")
"""Kinds of processes that send, read and plan."""


@dataclass(frozen=True, slots=True)
class Process:
    """Who a process is. `public_id` is drawn anew at each start."""

    public_id: str
    kind: str
    host: str
    pid: int
    version: str


def beat(unit: UnitOfWork, process: Process) -> None:
    """Write that a process lives; forget those that haven't for a week."""
    now = unit.database_now()
    seen = update(process_heartbeat).where(process_heartbeat.c.public_id == process.public_id)
    if not unit.connection.execute(seen.values(seen_at=now)).rowcount:
        unit.connection.execute(
            insert(process_heartbeat).values(
                public_id=process.public_id, kind=process.kind, host=process.host, pid=process.pid,
                version=process.version, started_at=now, seen_at=now,
            )
        )  # fmt: skip
        unit.connection.execute(delete(process_heartbeat).where(process_heartbeat.c.seen_at < now - FORGET))


def note_stop(unit: UnitOfWork, public_id: str) -> None:
    """Write that a process ended by itself."""
    now = unit.database_now()
    row = process_heartbeat.c
    unit.connection.execute(update(process_heartbeat).where(row.public_id == public_id).values(stopped_at=now))


def processes(connection: Connection, since: datetime) -> list[Row[Any]]:
    """Processes that run, or were seen since an instant, the newest sign first."""
    row = process_heartbeat.c
    wanted = or_(row.stopped_at.is_(None), row.stopped_at >= since)
    return list(connection.execute(select(process_heartbeat).where(wanted).order_by(row.seen_at.desc(), row.kind)))


def last_worker(connection: Connection) -> datetime | None:
    """When a process that works was last seen; None: never."""
    row = process_heartbeat.c
    found: datetime | None = connection.execute(
        select(func.max(row.seen_at)).where(row.kind.in_(WORKING), row.stopped_at.is_(None))
    ).scalar()
    return found


def note_tick(unit: UnitOfWork) -> None:
    """Write that there was a tick, now."""
    now = unit.database_now()
    dialect = postgresql if unit.dialect == "postgresql" else sqlite
    made = dialect.insert(setting).values(key=_TICK, value={}, updated_at=now)
    unit.connection.execute(made.on_conflict_do_update(index_elements=["key"], set_={"updated_at": now}))


def last_tick(connection: Connection) -> datetime | None:
    """When there was last a tick; None: never."""
    found: datetime | None = connection.execute(select(setting.c.updated_at).where(setting.c.key == _TICK)).scalar()
    return found
