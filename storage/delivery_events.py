"""Delivery events in the database: stored once by set, claimed in chunks, found their messages, finished by set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, text, update

from domain.delivery import DeliveryEvent, domain_of, without_addresses
from storage.database import UnitOfWork
from storage.sql import among, among_texts
from storage.tables import delivery_event, message

NEW, DONE, FAILED = "new", "done", "failed"
"""States of a delivery event."""

_COLUMNS = (
    "provider", "event_id", "kind", "channel", "public_id", "provider_ref", "rfc_message_id", "address",
    "address_domain", "code", "reason", "occurred_at", "received_at", "status", "attempts",
)  # fmt: skip
_CASTS = {"occurred_at": "timestamptz", "received_at": "timestamptz", "attempts": "smallint"}


def _insert(dialect: str) -> str:
    names = ", ".join(_COLUMNS)
    if dialect == "postgresql":
        typed = ", ".join(f"{name} {_CASTS.get(name, 'text')}" for name in _COLUMNS)
        source = f"SELECT {names} FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS told({typed})"
    else:
        values = ", ".join(f"value->>'{name}'" for name in _COLUMNS)
        source = f"SELECT {values} FROM json_each(:rows) WHERE true"
    return f"INSERT INTO delivery_event ({names}) {source} ON CONFLICT (provider, event_id) DO NOTHING"


_INSERT = {dialect: text(_insert(dialect)) for dialect in ("sqlite", "postgresql")}


def insert_events(connection: Connection, events: Iterable[DeliveryEvent], received_at: datetime) -> int:
    """Store events once per (provider, event id), by one statement. Returns how many were new.

    In the order of their keys: two posts that repeat each other would else wait for each other for ever.
    """
    once = {(event.provider, event.event_id): event for event in events}
    rows = [_row(once[key], received_at, connection.dialect.name) for key in sorted(once)]
    if not rows:
        return 0
    made = connection.execute(_INSERT[connection.dialect.name], {"rows": json.dumps(rows)})
    return int(made.rowcount)


def _row(event: DeliveryEvent, received_at: datetime, dialect: str) -> dict[str, Any]:
    return {
        "provider": event.provider,
        "event_id": _clean(event.event_id),
        "kind": str(event.kind),
        "channel": str(event.channel),
        "public_id": _clean(event.public_id or "")[:36] or None,
        "provider_ref": _clean(event.provider_ref or "") or None,
        "rfc_message_id": _clean(event.rfc_message_id or "") or None,
        "address": _clean(event.address) or None,
        "address_domain": domain_of(event.channel, _clean(event.address)) or None,
        "code": _clean(event.code)[:40] or None,
        "reason": without_addresses(_clean(event.reason)) or None,
        "occurred_at": stamp(event.occurred_at, dialect),
        "received_at": stamp(received_at, dialect),
        "status": NEW,
        "attempts": 0,
    }


def _clean(value: str) -> str:
    """What both databases can keep: no zero bytes, no halves of characters."""
    return value.encode("utf-8", "replace").decode().replace("\x00", "")


def stamp(at: datetime, dialect: str) -> str:
    """An instant as its column holds it, for rows that go in as JSON."""
    utc = at.astimezone(UTC)
    return utc.isoformat() if dialect == "postgresql" else f"{utc:%Y-%m-%d %H:%M:%S.%f}"


def claim_delivery_events(unit: UnitOfWork, limit: int, lease_seconds: int) -> list[Row[Any]]:
    """Claim up to `limit` new events, oldest first; those whose lease ran out (a process died) are claimed again."""
    now = unit.database_now()
    e = delivery_event.c
    due = (
        select(e.id)
        .where(e.status == text("'new'"), or_(e.lease_until.is_(None), e.lease_until < now))
        .order_by(e.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(unit.connection.execute(due).scalars())
    if not ids:
        return []
    chosen = among(unit.connection, e.id, ids)
    unit.connection.execute(
        update(delivery_event)
        .where(chosen)
        .values(lease_until=now + timedelta(seconds=lease_seconds), attempts=e.attempts + 1)
    )
    return list(unit.connection.execute(select(delivery_event).where(chosen).order_by(e.id)))


def find_new(connection: Connection, provider: str, event_id: str) -> Row[Any] | None:
    """A stored event that isn't applied yet, by its key."""
    e = delivery_event.c
    wanted = select(delivery_event).where(e.provider == provider, e.event_id == event_id, e.status == NEW)
    return connection.execute(wanted).one_or_none()


def messages_named(connection: Connection, events: Sequence[Row[Any]]) -> dict[int, Row[Any]]:
    """Event id → (id, customer_id) of the message of ours that it names, by its own way of naming; three queries."""
    m = message.c
    columns = select(m.id, m.customer_id, m.public_id, m.provider, m.provider_ref, m.message_id)
    by_id = {
        row.public_id: row
        for row in _found(connection, columns, m.public_id, {e.public_id for e in events if e.public_id})
    }
    left = [e for e in events if e.public_id not in by_id]
    refs = {e.provider_ref for e in left if e.provider_ref}
    by_ref = {(row.provider, row.provider_ref): row for row in _found(connection, columns, m.provider_ref, refs)}
    left = [e for e in left if (e.provider, e.provider_ref) not in by_ref]
    rfc_ids = {e.rfc_message_id for e in left if e.rfc_message_id}
    by_rfc = {row.message_id: row for row in _found(connection, columns, m.message_id, rfc_ids)}
    found = {}
    for event in events:
        row = (
            by_id.get(event.public_id)
            or by_ref.get((event.provider, event.provider_ref))
            or by_rfc.get(event.rfc_message_id)
        )
        if row is not None:
            found[int(event.id)] = row
    return found


def _found(connection: Connection, columns: Any, column: Any, values: set[str]) -> list[Row[Any]]:
    if not values:
        return []
    return list(connection.execute(columns.where(among_texts(connection, column, sorted(values)))))


def waiting_events(connection: Connection) -> tuple[int, datetime | None]:
    """How many events wait to be applied, and when the oldest of them came."""
    e = delivery_event.c
    row = connection.execute(select(func.count(), func.min(e.received_at)).where(e.status == text("'new'"))).one()
    return int(row[0]), row[1]
