"""Claims where providers are limited: from one lane, leaving out whatever has no room just now.

What has no room is left out by the query itself: a limit that is used up costs nobody else their turn, and the messages
that wait for it stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, not_, or_, select, update

from domain.touches import TouchEvent, TouchStatus, next_status
from storage.database import UnitOfWork
from storage.send_queue import LET_GO, Lease
from storage.sql import among
from storage.tables import customer, legal_entity, message, run

LOOKED_AT = 50
"""Rows that one query looks at: of those without room the next query leaves out all."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Messages that go by one provider: those of a channel, or of some policies alone (which fail over to it)."""

    channel: str
    policies: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Messages to one country, of one legal entity, or both."""

    country: str | None = None
    entity: str | None = None


def claim_in_lane(
    unit: UnitOfWork,
    now: datetime,
    lease: Lease,
    limit: int,
    lane: Lane,
    take: Callable[[str, str], bool],
    left_out: Callable[[], Collection[LeftOut]],
) -> list[tuple[int, int]]:
    """Claim up to `limit` due messages of a lane, oldest first. Returns (message id, customer id) of each.

    `take(country, entity)` says whether there is room for one more, and counts it; `left_out` what has none any more.
    """
    found: list[Row[Any]] = []
    while len(found) < limit:
        rows = unit.connection.execute(
            _due(now, lane, left_out())
            .limit(min(limit - len(found), LOOKED_AT))
            .with_for_update(skip_locked=True, of=message)
        ).all()
        chosen = [row for row in rows if take(row.country, row.code)]
        _mark(unit, lease, chosen)
        found += chosen
        if len(chosen) == len(rows) and len(rows) < LOOKED_AT:
            break
        if not chosen and not left_out():
            break
    return [(int(row.id), int(row.customer_id)) for row in found]


def anything_due(unit: UnitOfWork, now: datetime, lanes: Sequence[Lane]) -> bool:
    """Whether a message waits in one of the lanes."""
    return any(unit.connection.execute(_due(now, lane, ()).limit(1)).first() is not None for lane in lanes)


def _due(now: datetime, lane: Lane, left_out: Collection[LeftOut]) -> Select[Any]:
    let_go = select(run.c.id).where(run.c.status.in_(LET_GO))
    due = (
        select(message.c.id, message.c.customer_id, customer.c.country, legal_entity.c.code)
        .join(customer, customer.c.id == message.c.customer_id)
        .join(legal_entity, legal_entity.c.id == message.c.entity_id)
        .where(
            message.c.status == TouchStatus.PLANNED,
            message.c.not_before <= now,
            message.c.channel == lane.channel,
            or_(message.c.run_id.is_(None), message.c.run_id.in_(let_go)),
            *(not_(_matches(one)) for one in left_out),
        )
        .order_by(message.c.not_before, message.c.id)
    )
    return due if lane.policies is None else due.where(message.c.policy.in_(lane.policies))


def _matches(one: LeftOut) -> ColumnElement[bool]:
    parts = []
    if one.country is not None:
        parts.append(customer.c.country == one.country)
    if one.entity is not None:
        parts.append(legal_entity.c.code == one.entity)
    return and_(*parts)


def _mark(unit: UnitOfWork, lease: Lease, rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    unit.connection.execute(
        update(message)
        .where(among(unit.connection, message.c.id, [row.id for row in rows]))
        .values(
            status=next_status(TouchEvent.CLAIM, TouchStatus.PLANNED),
            lease_owner=lease.owner,
            lease_until=unit.database_now() + timedelta(seconds=lease.seconds),
        )
    )
