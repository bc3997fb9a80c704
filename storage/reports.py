"""Statements behind reports: aging by any dimension, sales and receivables for DSO, exchange rates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal_column, select

from domain.aging import DEFAULT_BOUNDS, AgingLine, bucket_cutoffs
from domain.errors import BadInput
from storage.account_entries import credits_of
from storage.accounts import Wanted, is_wide, narrowed, open_items, visible, whole
from storage.sql import among
from storage.tables import app_user, customer, document, exchange_rate, legal_entity

DIMENSIONS = ("customer", "collector", "territory", "entity", "currency", "country", "segment")
"""What an aging can be broken down by."""

_BATCH = 2_000


def _key_columns(by: str, item: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Key and name of a line."""
    # Constants, not bound values: PostgreSQL takes two bound values in SELECT and GROUP BY for two expressions.
    none: ColumnElement[str] = literal_column("'(none)'")
    empty: ColumnElement[str] = literal_column("''")
    if by == "customer":
        return customer.c.number, customer.c.name
    if by == "collector":
        return func.coalesce(app_user.c.code, none), func.coalesce(app_user.c.name, empty)
    if by == "entity":
        return legal_entity.c.code, legal_entity.c.name
    if by == "currency":
        return item.c.currency, item.c.currency
    if by in ("territory", "country", "segment"):
        key = func.coalesce(func.nullif(customer.c[by], empty), none)
        return key, key
    raise BadInput(f"aging by {by!r} is not known; choose one of {', '.join(DIMENSIONS)}")


def aging_lines(
    connection: Connection,
    wanted: Wanted,
    today: date,
    as_of: date | None,
    *,
    by: str = "customer",
    bounds: Sequence[int] = DEFAULT_BOUNDS,
) -> Iterator[AgingLine]:
    """A line a key and currency, by key; read in batches, so that a big ledger never stands in memory whole."""
    item = open_items(as_of, wide=is_wide(wanted))
    i = item.c
    key, name = _key_columns(by, item)
    buckets = [
        whole(case((_in_span(i.due_on, first, last), i.open_minor), else_=0)).label(f"b{place}")
        for place, (first, last) in enumerate(bucket_cutoffs(today, bounds))
    ]
    statement = (
        select(
            key.label("key"), name.label("name"), i.currency, *buckets,
            whole(i.disputed_minor).label("disputed_minor"), func.count().label("items"),
        )
        .join(customer, customer.c.id == i.customer_id)
        .join(legal_entity, legal_entity.c.id == i.entity_id)
        .outerjoin(app_user, app_user.c.id == customer.c.collector_id)
        .where(*narrowed(connection, item, wanted))
        .group_by(key, name, i.currency)
        .order_by(key, i.currency)
    )  # fmt: skip
    for row in connection.execute(statement.execution_options(yield_per=_BATCH)):
        amounts = [int(row[3 + place]) for place in range(len(buckets))]
        yield AgingLine(
            str(row.key), row.currency, amounts, str(row.name), disputed=int(row.disputed_minor), open_items=row.items
        )


def _in_span(column: ColumnElement[date], first: date | None, last: date | None) -> ColumnElement[bool]:
    if first is not None and last is not None:
        return and_(column >= first, column <= last)
    return column >= first if first is not None else column <= last


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of `quote` for one of `base`, as of a day, from a source: always shown with both."""

    base: str
    quote: str
    rate: Decimal
    on_day: date
    source: str


def rate_on(connection: Connection, base: str, quote: str, day: date) -> Rate | None:
    """The newest rate up to `day`, direct or the inverse of the other direction; None when there is none."""
    e = exchange_rate.c
    for first, second, inverse in ((base, quote, False), (quote, base, True)):
        row = connection.execute(
            select(e.rate, e.on_day, e.source)
            .where(e.base == first, e.quote == second, e.on_day <= day)
            .order_by(e.on_day.desc())
            .limit(1)
        ).first()
        if row is not None:
            value = Decimal(row.rate)
            return Rate(base, quote, 1 / value if inverse else value, row.on_day, row.source)
    return None


def credit_lines(
    connection: Connection, wanted: Wanted, as_of: date | None, *, by: str = "customer"
) -> dict[tuple[str, str], tuple[str, int, int]]:
    """(key, currency) → (name, open credit memos, unapplied cash), in minor units: an aging's columns of credits."""
    found: dict[tuple[str, str], tuple[str, int, int]] = {}
    for entry in credits_of(connection, wanted, as_of):
        key, name = _credit_key(entry, by)
        held = found.get((key, entry.currency), (name, 0, 0))
        memo = entry.unapplied_minor if entry.kind == "credit_memo" else 0
        cash = entry.unapplied_minor if entry.kind == "unapplied_cash" else 0
        found[key, entry.currency] = (name, held[1] + memo, held[2] + cash)
    return found


def _credit_key(entry: Any, by: str) -> tuple[str, str]:
    if by == "customer":
        return entry.customer_number, entry.name
    if by == "collector":
        return entry.collector_code or "(none)", entry.collector_name or ""
    if by == "entity":
        return entry.entity, entry.entity_name
    if by == "currency":
        return entry.currency, entry.currency
    key = getattr(entry, by) or "(none)"
    return key, key


def receivables(connection: Connection, wanted: Wanted, today: date, as_of: date | None) -> list[Any]:
    """A row an entity and currency: entity, currency, open_minor, current_minor (not overdue)."""
    item = open_items(as_of, wide=is_wide(wanted))
    i = item.c
    statement = (
        select(
            legal_entity.c.code.label("entity"),
            i.currency,
            whole(i.open_minor).label("open_minor"),
            whole(case((i.due_on >= today, i.open_minor), else_=0)).label("current_minor"),
        )
        .join(customer, customer.c.id == i.customer_id)
        .join(legal_entity, legal_entity.c.id == i.entity_id)
        .where(*narrowed(connection, item, wanted))
        .group_by(legal_entity.c.code, i.currency)
        .order_by(legal_entity.c.code, i.currency)
    )
    return list(connection.execute(statement))


def daily_sales(connection: Connection, wanted: Wanted, first: date, last: date) -> list[Any]:
    """What was invoiced (invoices and debit memos) a day, entity and currency: entity, currency, day, amount_minor."""
    d = document.c
    conditions = [*visible(wanted.scope), d.issued_on >= first, d.issued_on <= last]
    if wanted.customer_ids is not None:
        conditions.append(among(connection, d.customer_id, wanted.customer_ids))
    if wanted.currency is not None:
        conditions.append(d.currency == wanted.currency)
    statement = (
        select(
            legal_entity.c.code.label("entity"),
            d.currency,
            d.issued_on.label("day"),
            whole(d.amount_minor).label("amount_minor"),
        )
        .join(customer, customer.c.id == d.customer_id)
        .join(legal_entity, legal_entity.c.id == d.entity_id)
        .where(*conditions)
        .group_by(legal_entity.c.code, d.currency, d.issued_on)
        .order_by(legal_entity.c.code, d.currency, d.issued_on)
    )
    return list(connection.execute(statement))
