"""Counts behind the health of sending: messages by provider, channel and recipients' domain; events that wait."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal_column, select, text

from domain.delivery import DeliveryKind
from domain.parties import Channel
from domain.sending_health import Health
from domain.touches import TouchStatus
from storage.tables import delivery_event, message

_TAKEN = tuple(str(s) for s in (TouchStatus.SENT, TouchStatus.DELIVERED, TouchStatus.BOUNCED))
_REMEMBERED = {
    "deferred": (DeliveryKind.DEFERRED, DeliveryKind.SOFT_BOUNCED),
    "complained": (DeliveryKind.COMPLAINED,),
}
"""What a message's state doesn't keep, and its events do."""


def count_health(connection: Connection, since: date) -> list[Health]:
    """One line a provider, channel and domain, of the messages planned since a day that were handed over."""
    m, after_at = message.c, _domain(connection)
    wanted = and_(m.planned_on >= since, m.attempts > 0, m.channel.in_([Channel.EMAIL, Channel.SMS]))
    key = (m.provider, m.channel, after_at)

    def of(*states: str) -> ColumnElement[int]:
        return func.sum(case((m.status.in_(states), 1), else_=0))

    counted = select(
        m.provider, m.channel, after_at, of(*_TAKEN).label("accepted"), of(TouchStatus.DELIVERED).label("delivered"),
        of(TouchStatus.BOUNCED).label("bounced"), of(TouchStatus.UNKNOWN).label("unknown"),
        of(TouchStatus.FAILED).label("refused"),
    ).where(wanted).group_by(*key)  # fmt: skip
    lines: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in connection.execute(counted):
        which = (row.provider or "", row.channel, row.domain or "")
        lines[which] = {name: int(row._mapping[name]) for name in row._fields[3:]}
    for name, kinds in _REMEMBERED.items():
        told = (
            select(*key, func.count(func.distinct(m.id)).label("messages"))
            .join(delivery_event, delivery_event.c.message_id == m.id)
            .where(wanted, delivery_event.c.kind.in_([str(kind) for kind in kinds]))
            .group_by(*key)
        )
        for row in connection.execute(told):
            lines[row.provider or "", row.channel, row.domain or ""][name] = int(row.messages)
    return [Health(who, channel, domain, **counts) for (who, channel, domain), counts in lines.items()]


def _domain(connection: Connection) -> ColumnElement[Any]:
    """The part of a mail address after its @, in lower case; empty for a number. As text: it is grouped by."""
    if connection.dialect.name == "postgresql":
        after = "split_part(message.address, '@', 2)"
    else:
        after = "substr(message.address, instr(message.address, '@') + 1)"
    return literal_column(f"CASE WHEN message.channel = 'email' THEN lower({after}) ELSE '' END").label("domain")


def count_left(connection: Connection) -> tuple[int, int]:
    """Events that wait to be applied, and those that could not be."""
    e = delivery_event.c
    waiting = select(func.count()).where(e.status == text("'new'"))
    failed = select(func.count()).where(e.status == "failed")
    return int(connection.execute(waiting).scalar_one()), int(connection.execute(failed).scalar_one())
