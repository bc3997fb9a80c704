"""What a run wrote about one customer: its touches and its skips."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from storage.tables import customer, document, message, skip, task, touch


def fold(text: str) -> str:
    """Case and accents taken off: what names are compared by (`customer.name_folded`)."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def customers_named(connection: Connection, text: str, limit: int = 20) -> list[Any]:
    """The customer of that number alone; else those whose name holds the text."""
    c = customer.c
    exact = connection.execute(select(c.id, c.number, c.name).where(c.number == text.strip())).all()
    if exact:
        return list(exact)
    folded = fold(text)
    named = connection.execute(
        select(c.id, c.number, c.name)
        .where(or_(c.name_folded == folded, c.name_folded.contains(folded, autoescape=True)))
        .order_by(c.name)
        .limit(limit)
    ).all()
    same = [row for row in named if fold(row.name) == folded]
    return same if len(same) == 1 else list(named)


def item_numbers(connection: Connection, customer_id: int) -> dict[int, str]:
    """Item id → number as people say it (with its instalment where there are several)."""
    d = document.c
    rows = connection.execute(select(d.id, d.number, d.instalment).where(d.customer_id == customer_id)).all()
    several = {row.number for row in rows if row.instalment > 1}
    return {row.id: f"{row.number}/{row.instalment}" if row.number in several else row.number for row in rows}


@dataclass(frozen=True, slots=True)
class TouchedItem:
    """An item that a run's touch spoke for. `status` is the message's; None for a call."""

    document_id: int
    stage: str
    dropped_reason: str | None
    status: str | None
    status_reason: str | None
    channel: str | None
    address: str | None
    locale: str | None


def touches_of(connection: Connection, run_id: int, customer_id: int) -> list[TouchedItem]:
    """A run's touches of a customer, one row an item, with the state of the message or call that carries them."""
    rows = connection.execute(
        select(
            touch.c.document_id, touch.c.document_ids, touch.c.stage, touch.c.dropped_reason, message.c.status,
            message.c.status_reason, message.c.channel, message.c.address, message.c.locale, touch.c.task_id,
        )
        .outerjoin(message, message.c.id == touch.c.message_id)
        .outerjoin(task, task.c.id == touch.c.task_id)
        .where(touch.c.run_id == run_id, touch.c.customer_id == customer_id)
        .order_by(touch.c.id)
    ).all()  # fmt: skip
    return [
        TouchedItem(
            document_id=item,
            stage=row.stage,
            dropped_reason=row.dropped_reason,
            status=row.status,
            status_reason=row.status_reason,
            channel="call" if row.task_id is not None else row.channel,
            address=row.address,
            locale=row.locale,
        )
        for row in rows
        for item in (row.document_ids or [row.document_id])
    ]


def skips_of(connection: Connection, run_id: int, customer_id: int) -> dict[str, list[int]]:
    """A run's skips of a customer: reason → item ids."""
    found = connection.execute(
        select(skip.c.reasons).where(skip.c.run_id == run_id, skip.c.customer_id == customer_id)
    ).scalar()
    if found is None:
        return {}
    return dict(json.loads(found)) if isinstance(found, str) else dict(found)
