"""Delivery events applied: customers locked in order, messages moved, steps freed or taken back, events finished."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from domain.touches import TouchStatus
from storage.database import UnitOfWork
from storage.messages import drop_touches, restore_stage
from storage.sql import among
from storage.tables import customer, delivery_event, message, touch

NOT_ON_THE_WIRE = (TouchStatus.PLANNED, TouchStatus.AWAITING_APPROVAL, TouchStatus.CLAIMED)
"""States in which a message can still be kept from going by taking its touches."""

_MOVE = (
    update(message)
    .where(message.c.id == bindparam("which"))
    .values(
        status=bindparam("new_status"),
        status_reason=bindparam("new_reason"),
        sent_at=bindparam("new_sent_at"),
        provider_ref=bindparam("new_ref"),
        lease_owner=None,
        lease_until=None,
    )
)
_FINISH = (
    update(delivery_event)
    .where(delivery_event.c.id == bindparam("which"))
    # Who it was about is known by the message, or isn't ours to keep.
    .values(
        status="done",
        outcome=bindparam("new_outcome"),
        message_id=bindparam("new_message"),
        address=None,
        error=None,
        lease_until=None,
    )
)


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
    """Write what messages became: `which`, and `new_` status, reason, sent_at, ref of each."""
    if moves:
        connection.execute(_MOVE, list(moves))


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
        connection.execute(_FINISH, list(done))


def fail_event(connection: Connection, event_id: int, error: str) -> None:
    """Leave an event to a person: it could not be applied, however often it was tried."""
    connection.execute(
        update(delivery_event)
        .where(delivery_event.c.id == event_id, delivery_event.c.status == "new")
        .values(status="failed", error=error, lease_until=None)
    )
