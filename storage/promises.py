"""Promises in the database: writing them, keeping the documents' `promised_minor`, and the facts they're judged by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update
from uuid6 import uuid7

from domain.promises import Promise, PromiseFacts, PromiseStatus
from storage.sql import ZERO, among
from storage.tables import document, payment, promise, promise_document


@dataclass(frozen=True, slots=True)
class NewPromise:
    """One dated part of a promise. `parts` are (document id, promised minor units). `source_ref` makes it once."""

    customer_id: int
    entity_id: int
    currency: str
    made_on: date
    promised_on: date
    parts: tuple[tuple[int, int], ...]
    source: str
    source_ref: str
    status: PromiseStatus = PromiseStatus.OPEN
    plan: str | None = None
    evidence: Any = None

    @property
    def amount_minor(self) -> int:
        """What was promised in all, in minor units."""
        return sum(amount for _, amount in self.parts)


def insert_promise(connection: Connection, new: NewPromise, now: datetime) -> tuple[int, bool]:
    """Write a promise once per (source, source_ref, entity, currency, day). Returns (its id, whether it is new)."""
    known = connection.execute(
        select(promise.c.id).where(
            promise.c.source == new.source,
            promise.c.source_ref == new.source_ref,
            promise.c.entity_id == new.entity_id,
            promise.c.currency == new.currency,
            promise.c.promised_on == new.promised_on,
        )
    ).scalar()
    if known is not None:
        return int(known), False
    made = connection.execute(
        insert(promise)
        .values(
            public_id=str(uuid7()),
            plan=new.plan,
            customer_id=new.customer_id,
            entity_id=new.entity_id,
            currency=new.currency,
            amount_minor=new.amount_minor,
            made_on=new.made_on,
            promised_on=new.promised_on,
            status=str(new.status),
            source=new.source,
            source_ref=new.source_ref,
            evidence=new.evidence,
            created_at=now,
        )
        .returning(promise.c.id)
    ).scalar_one()
    documents = [number for number, _ in new.parts]
    rows = connection.execute(
        select(document.c.id, document.c.open_minor).where(among(connection, document.c.id, documents))
    )
    open_now = {row.id: row.open_minor for row in rows}
    if new.parts:
        connection.execute(
            insert(promise_document),
            [
                {"promise_id": made, "document_id": d, "amount_minor": amount, "open_at_minor": open_now[d]}
                for d, amount in new.parts
            ],
        )
    refresh_promised(connection, documents)
    return int(made), True


def refresh_promised(connection: Connection, document_ids: Iterable[int]) -> None:
    """Set `document.promised_minor` to the sum of the open promises' parts, at most what is open."""
    held = (
        select(func.coalesce(func.sum(promise_document.c.amount_minor), 0))
        .select_from(promise_document)
        .join(promise, promise.c.id == promise_document.c.promise_id)
        .where(promise_document.c.document_id == document.c.id, promise.c.status == str(PromiseStatus.OPEN))
        .scalar_subquery()
    )
    least = func.least if connection.dialect.name == "postgresql" else func.min
    connection.execute(
        update(document)
        .where(among(connection, document.c.id, document_ids))
        .values(promised_minor=least(document.c.open_minor, held))
    )


def set_status(connection: Connection, promise_id: int, status: PromiseStatus, judged_on: date) -> list[int]:
    """Give a promise its status and free or hold its documents. Returns the ids of those documents."""
    connection.execute(
        update(promise).where(promise.c.id == promise_id).values(status=str(status), judged_on=judged_on)
    )
    documents = [
        int(i)
        for i in connection.execute(
            select(promise_document.c.document_id).where(promise_document.c.promise_id == promise_id)
        ).scalars()
    ]
    refresh_promised(connection, documents)
    return documents


def promises_to_judge(connection: Connection, entity_id: int, today: date) -> list[tuple[Promise, PromiseFacts, int]]:
    """Open promises that may change: their day is gone, or something came in on what they bind.

    Each with the facts it is judged by (`cash_loaded_to` left None) and its customer.
    """
    came_in = (
        select(promise_document.c.promise_id)
        .join(document, document.c.id == promise_document.c.document_id)
        .where(promise_document.c.promise_id == promise.c.id, document.c.open_minor < promise_document.c.open_at_minor)
    )
    rows = connection.execute(
        select(
            promise,
            promise_document.c.document_id,
            promise_document.c.amount_minor.label("part_minor"),
            promise_document.c.open_at_minor,
            document.c.open_minor,
        )
        .outerjoin(promise_document, promise_document.c.promise_id == promise.c.id)
        .outerjoin(document, document.c.id == promise_document.c.document_id)
        .where(
            promise.c.entity_id == entity_id,
            promise.c.status == str(PromiseStatus.OPEN),
            or_(promise.c.promised_on < today, came_in.exists()),
        )
        .order_by(promise.c.promised_on, promise.c.id)
    ).all()
    unapplied = _unapplied(connection, entity_id, sorted({row.customer_id for row in rows}))
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.id, []).append(row)
    claimed: dict[int, int] = {}
    return [_with_facts(key, parts, unapplied, claimed) for key, parts in grouped.items()]


def _with_facts(
    key: int, parts: Sequence[Any], unapplied: dict[tuple[int, str], int], claimed: dict[int, int]
) -> tuple[Promise, PromiseFacts, int]:
    """What came in on a document since is given to its promises in order of their days, never twice."""
    first = parts[0]
    named = [p for p in parts if p.document_id is not None]
    paid = 0
    for part in named:
        came_in = max(0, part.open_at_minor - part.open_minor) - claimed.get(part.document_id, 0)
        share = max(0, min(came_in, part.part_minor))
        claimed[part.document_id] = claimed.get(part.document_id, 0) + share
        paid += share
    made = Promise(
        key, first.currency, first.amount_minor, first.made_on, first.promised_on, PromiseStatus.OPEN,
        tuple((p.document_id, p.part_minor) for p in named), first.plan,
    )  # fmt: skip
    left = sum(p.open_minor for p in named)
    facts = PromiseFacts(paid, left, unapplied.get((first.customer_id, first.currency), 0), None)
    return made, facts, first.customer_id


def _unapplied(connection: Connection, entity_id: int, customers: list[int]) -> dict[tuple[int, str], int]:
    # Cash alone: a credit memo keeps no promise.
    rows = connection.execute(
        select(payment.c.customer_id, payment.c.currency, func.sum(payment.c.unapplied_minor).label("total"))
        .where(
            payment.c.entity_id == entity_id,
            payment.c.unapplied_minor > ZERO,
            among(connection, payment.c.customer_id, customers),
        )
        .group_by(payment.c.customer_id, payment.c.currency)
    )
    return {(owner, currency): int(total) for owner, currency, total in rows}
