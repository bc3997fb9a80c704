"""Pings to sales reps, each once per dispute and order: reserved before it is sent, then what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from storage.sql import insert_ignore
from storage.tables import inbound_event, setting

_PREFIX = "ping:"


def reserve_ping(connection: Connection, dispute_id: int, order_id: int, now: datetime) -> bool:
    """Take the right to send this ping. False when somebody took it before: it is never sent again by itself."""
    made = connection.execute(
        insert_ignore(connection, setting)
        .values(key=f"{_PREFIX}{dispute_id}:{order_id}", value={"state": "reserved"}, updated_at=now)
        .returning(setting.c.key)
    )
    return made.first() is not None


def record_ping(connection: Connection, dispute_id: int, order_id: int, value: dict[str, Any], now: datetime) -> None:
    """What became of a reserved ping: sent with its channel and timestamp, or failed with the error."""
    connection.execute(
        update(setting).where(setting.c.key == f"{_PREFIX}{dispute_id}:{order_id}").values(value=value, updated_at=now)
    )


def pings_of(connection: Connection, dispute_id: int) -> list[dict[str, Any]]:
    """What became of a dispute's pings."""
    rows = connection.execute(
        select(setting.c.value).where(setting.c.key.like(f"{_PREFIX}{dispute_id}:%")).order_by(setting.c.key)
    )
    return [dict(value) for value in rows.scalars()]


def remember_event(connection: Connection, event_id: str, raw: bytes, now: datetime) -> bool:
    """Keep a Slack event once. False when it came before: Slack repeats what it thinks was lost."""
    made = connection.execute(
        insert_ignore(connection, inbound_event)
        .values(provider="slack", event_id=event_id, kind="slack", received_at=now, raw=raw, status="done", attempts=0)
        .returning(inbound_event.c.id)
    )
    return made.first() is not None


def count_events(connection: Connection) -> int:
    """How many Slack events were kept."""
    return int(
        connection.execute(
            select(func.count()).select_from(inbound_event).where(inbound_event.c.provider == "slack")
        ).scalar_one()
    )
