"""What holds overdue items still now: open disputes, open promises, pauses in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, or_, select

from domain.account import PauseKind
from domain.disputes import SUSPENDS
from domain.silence import Hold, Silenced, silenced_parts
from storage.accounts import Wanted, narrowed, open_items, promise_open_at
from storage.sql import among
from storage.tables import customer, dispute, dispute_document, pause, promise, promise_document

_CHUNK = 5_000


@dataclass
class _Holds:
    """By document: disputed and promised parts; by document and by (customer, entity, or None for all): pauses."""

    disputes: dict[int, list[Hold]] = field(default_factory=lambda: defaultdict(list))
    promises: dict[int, list[Hold]] = field(default_factory=lambda: defaultdict(list))
    by_document: dict[int, list[tuple[PauseKind, date]]] = field(default_factory=lambda: defaultdict(list))
    by_account: dict[tuple[int, int | None], list[tuple[PauseKind, date]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def silenced(connection: Connection, wanted: Wanted, today: date) -> Iterator[Silenced]:
    """Each part of an overdue residual that isn't asked for on `today`, within what is wanted."""
    holds = _load_holds(connection, today)
    documents = sorted({*holds.disputes, *holds.promises, *holds.by_document})
    customers = sorted({customer_id for customer_id, _ in holds.by_account})
    seen: set[int] = set()
    item = open_items(None, wide=False)
    base = (
        select(item.c.id, item.c.customer_id, item.c.entity_id, item.c.currency, item.c.open_minor)
        .join(customer, customer.c.id == item.c.customer_id)
        .where(item.c.due_on < today, *narrowed(connection, item, wanted))
    )
    for column, ids in ((item.c.id, documents), (item.c.customer_id, customers)):
        for start in range(0, len(ids), _CHUNK):
            chosen = base.where(among(connection, column, ids[start : start + _CHUNK]))
            for row in connection.execute(chosen):
                if row.id in seen:
                    continue
                seen.add(row.id)
                pauses = [
                    *holds.by_document.get(row.id, ()),
                    *holds.by_account.get((row.customer_id, row.entity_id), ()),
                    *holds.by_account.get((row.customer_id, None), ()),
                ]
                yield from silenced_parts(
                    (row.id, row.customer_id, row.currency, row.open_minor),
                    holds.disputes.get(row.id, ()),
                    holds.promises.get(row.id, ()),
                    pauses,
                )


def _load_holds(connection: Connection, today: date) -> _Holds:
    holds = _Holds()
    rows = connection.execute(
        select(
            dispute_document.c.document_id, dispute_document.c.amount_minor, dispute.c.reason, dispute.c.opened_on
        )
        .join(dispute, dispute.c.id == dispute_document.c.dispute_id)
        .where(dispute.c.status.in_([str(status) for status in SUSPENDS]))
    )  # fmt: skip
    for row in rows:
        hold = Hold(f"disputed: {str(row.reason).replace('_', ' ')}", row.opened_on, row.amount_minor)
        holds.disputes[row.document_id].append(hold)
    rows = connection.execute(
        select(promise_document.c.document_id, promise_document.c.amount_minor, promise.c.made_on)
        .join(promise, promise.c.id == promise_document.c.promise_id)
        .where(*promise_open_at(None))
    )
    for row in rows:
        holds.promises[row.document_id].append(Hold("promised", row.made_on, row.amount_minor))
    rows = connection.execute(
        select(pause).where(
            pause.c.lifted_at.is_(None),
            pause.c.from_on <= today,
            or_(pause.c.until_on.is_(None), pause.c.until_on >= today),
        )
    )
    for row in rows:
        kind = PauseKind(row.kind)
        if kind is PauseKind.OUT_OF_OFFICE or (kind is PauseKind.MANUAL and row.contact_id and not row.document_id):
            continue  # silences one contact: another is written to, the money is asked for
        if row.document_id is not None and kind is not PauseKind.INSOLVENCY:
            holds.by_document[row.document_id].append((kind, row.from_on))
        else:
            holds.by_account[row.customer_id, row.entity_id].append((kind, row.from_on))
    return holds


def overdue_items(connection: Connection, wanted: Wanted, today: date) -> Iterator[tuple[int, int, str, int]]:
    """Every overdue item within what is wanted, streamed: (document id, customer id, currency, residual)."""
    item = open_items(None, wide=False)
    statement = (
        select(item.c.id, item.c.customer_id, item.c.currency, item.c.open_minor)
        .join(customer, customer.c.id == item.c.customer_id)
        .where(item.c.due_on < today, *narrowed(connection, item, wanted))
        .execution_options(yield_per=_CHUNK)
    )
    for row in connection.execute(statement):
        yield row.id, row.customer_id, row.currency, row.open_minor
