"""Delivery events applied: customers locked in order, messages moved, steps freed or taken back, events finished."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, TextClause, select, text, update

from domain.touches import TouchStatus
from storage.database import UnitOfWork
from storage.delivery_events import stamp
from storage.messages import drop_touches, restore_stage
from storage.sql import among
from storage.tables import customer, delivery_event, message, touch

NOT_ON_THE_WIRE = (TouchStatus.PLANNED, TouchStatus.AWAITING_APPROVAL, TouchStatus.CLAIMED)
"""States in which a message can still be kept from going by taking its touches."""

_MOVE = """UPDATE message SET status = told.new_status, status_reason = told.new_reason,
    sent_at = {sent_at}, provider_ref = told.new_ref, lease_owner = NULL, lease_until = NULL
    FROM ({told}) AS told WHERE message.id = told.which"""
# Who an event was about is known by its message, or isn't ours to keep.
_FINISH = """UPDATE delivery_event SET status = 'done', outcome = told.new_outcome, message_id = told.new_message,
    address = NULL, error = NULL, lease_until = NULL
    FROM ({told}) AS told WHERE delivery_event.id = told.which"""
_MOVED = {"which": "bigint", "new_status": "text", "new_reason": "text", "new_sent_at": "text", "new_ref": "text"}
_FINISHED = {"which": "bigint", "new_outcome": "text", "new_message": "bigint"}


def _by_set(statement: str, columns: Mapping[str, str], **parts: Mapping[str, str]) -> dict[str, TextClause]:
    """A statement over rows bound as one JSON list, by dialect: row by row would cost most of the work's time."""
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    picked = ", ".join(f"value->>'{name}' AS {name}" for name in columns)
    told = {
        "postgresql": f"SELECT * FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS listed({typed})",
        "sqlite": f"SELECT {picked} FROM json_each(:rows)",
    }
    return {
        dialect: text(statement.format(told=source, **{name: by[dialect] for name, by in parts.items()}))
        for dialect, source in told.items()
    }


_MOVE_BY_SET = _by_set(
    _MOVE, _MOVED, sent_at={"postgresql": "cast(told.new_sent_at AS timestamptz)", "sqlite": "told.new_sent_at"}
)
_FINISH_BY_SET = _by_set(_FINISH, _FINISHED)


def lock_customers(unit: UnitOfWork, customer_ids: Collection[int]) -> None:
    """Lock customers' rows as `UnitOfWork.lock_customer` does, in the order of their ids: two that lock several at once
    don't wait for each other for ever."""
    if unit.dialect == "postgresql" and customer_ids:
        rows = select(customer.c.id).where(among(unit.connection, customer.c.id, customer_ids)).order_by(customer.c.id)
        unit.connection.execute(rows.with_for_update(key_share=True))


def lock_told(connection: Connection, message_ids: Collection[int]) -> dict[int, Row[Any]]:
    """Messages by id, locked in the order of their ids. Their customers' rows are locked before."""
    if not message_ids:
        return {}
    rows = select(message).where(among(connection, message.c.id, message_ids)).order_by(message.c.id)
    return {int(row.id): row for row in connection.execute(rows.with_for_update())}


def move_messages(connection: Connection, moves: Sequence[Mapping[str, Any]]) -> None:
    """Write what messages became: `which`, and `new_` status, reason, sent_at (aware), ref of each."""
    if moves:
        dialect = connection.dialect.name
        rows = [{**move, "new_sent_at": stamp(move["new_sent_at"], dialect)} for move in moves]
        connection.execute(_MOVE_BY_SET[dialect], {"rows": json.dumps(rows)})


def free_steps(connection: Connection, message_ids: Collection[int], reason: str) -> None:
    """Drop the touches that messages still carry: nobody got them, their steps are open again."""
    if message_ids:
        carried = select(touch.c.id).where(
            among(connection, touch.c.message_id, message_ids), touch.c.dropped_reason.is_(None)
        )
        drop_touches(connection, connection.execute(carried).scalars().all(), reason)


def take_steps_back(connection: Connection, row: Row[Any]) -> list[str]:
    """A message given up (`row` as it was then) went after all: its touches count again. Another message that was
    planned for the same steps and hasn't gone loses them. Returns public ids of those that have gone: told twice.
    """
    given_up = {"send_failed", "not_sent", (row.status_reason or "").partition(":")[0]}
    mine = connection.execute(
        select(touch).where(touch.c.message_id == row.id, touch.c.dropped_reason.in_(given_up))
    ).all()
    twice: list[str] = []
    documents: list[int] = []
    for one in mine:
        other = connection.execute(
            select(touch.c.id, message.c.public_id, message.c.status)
            .join(message, message.c.id == touch.c.message_id)
            .where(touch.c.cycle_id == one.cycle_id, touch.c.stage == one.stage, touch.c.dropped_reason.is_(None))
        ).one_or_none()
        if other is not None and other.status not in NOT_ON_THE_WIRE:
            twice.append(str(other.public_id))
            continue
        if other is not None:
            drop_touches(connection, [other.id], "already_asked")
        connection.execute(update(touch).where(touch.c.id == one.id).values(dropped_reason=None))
        documents += [one.document_id] if one.document_id is not None else []
    restore_stage(connection, documents)
    return sorted(set(twice))


def finish_events(connection: Connection, done: Sequence[Mapping[str, Any]]) -> None:
    """Write what events did: `which`, `new_outcome`, `new_message`. Their addresses are forgotten."""
    if done:
        connection.execute(_FINISH_BY_SET[connection.dialect.name], {"rows": json.dumps(list(done))})


def fail_event(connection: Connection, event_id: int, error: str) -> None:
    """Leave an event to a person: it could not be applied, however often it was tried."""
    connection.execute(
        update(delivery_event)
        .where(delivery_event.c.id == event_id, delivery_event.c.status == "new")
        .values(status="failed", error=error, lease_until=None)
    )
