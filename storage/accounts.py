"""Accounts as people ask about them: open items now or as of a day, balances, credits, orders, the summary of one.

Today's figures come from the ledger's projections; those of an earlier day from `ledger_entry` (what counted up to it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Row,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)

from domain.promises import PromiseStatus
from domain.questions import Scope
from storage.sql import ZERO, among
from storage.tables import (
    customer,
    dispute,
    dispute_document,
    document,
    ledger_entry,
    legal_entity,
    promise,
    promise_document,
)


def whole(expression: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as a bigint, zero for none: PostgreSQL's own sum of bigints is a Decimal."""
    return cast(func.coalesce(func.sum(expression), 0), BigInteger)


def capped(part: ColumnElement[Any], limit: ColumnElement[Any]) -> ColumnElement[Any]:
    """The smaller of two columns, in the words of both databases."""
    return case((part > limit, limit), else_=part)


def visible(scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions on `customer` for what an asker may see."""
    found: list[ColumnElement[bool]] = []
    if scope.collector_id is not None:
        found.append(customer.c.collector_id == scope.collector_id)
    if scope.sales_rep_id is not None:
        found.append(customer.c.sales_rep_id == scope.sales_rep_id)
    return found


def open_at(day: date | None) -> tuple[Any, list[ColumnElement[bool]]]:
    """When a dispute suspended its part: now (`day` None), or as far as recorded on `day`. For `dispute` joins."""
    if day is None:
        return dispute, [dispute.c.closed_on.is_(None)]
    return dispute, [dispute.c.opened_on <= day, or_(dispute.c.closed_on.is_(None), dispute.c.closed_on > day)]


def promise_open_at(day: date | None) -> list[ColumnElement[bool]]:
    """Conditions under which a promise was open now (`day` None) or on `day`, as far as recorded."""
    is_open = promise.c.status == str(PromiseStatus.OPEN)
    if day is None:
        return [is_open]
    settled = (str(PromiseStatus.KEPT), str(PromiseStatus.PARTLY_KEPT), str(PromiseStatus.BROKEN))
    later = and_(promise.c.status.in_(settled), promise.c.judged_on > day)
    return [promise.c.made_on <= day, or_(is_open, later)]


def open_items(as_of: date | None, *, wide: bool) -> Subquery:
    """Open items now (`as_of` None) or as of a day, one row each, amounts in minor units; disputed and promised capped.

    `wide` is for many accounts: the ledger is then summed in one pass instead of item by item.
    """
    d = document.c
    columns = [
        d.id, d.entity_id, d.customer_id, d.number, d.instalment, d.kind, d.issued_on, d.due_on, d.currency,
        d.amount_minor, d.po_number, d.order_number,
    ]  # fmt: skip
    if as_of is None:
        return (
            select(
                *columns,
                d.open_minor,
                capped(d.disputed_minor, d.open_minor).label("disputed_minor"),
                capped(d.promised_minor, d.open_minor).label("promised_minor"),
            )
            .where(d.open_minor > ZERO, d.written_off.is_(False))
            .subquery("item")
        )
    held = _held_on(as_of, wide)
    if wide:
        sums = (
            select(ledger_entry.c.document_id, whole(ledger_entry.c.amount_minor).label("open_minor"))
            .where(ledger_entry.c.effective_on <= as_of)
            .group_by(ledger_entry.c.document_id)
            .having(func.sum(ledger_entry.c.amount_minor) > 0)
            .subquery("sums")
        )
        base = select(*columns, sums.c.open_minor, *held).join(sums, sums.c.document_id == d.id).subquery("base")
    else:
        one = (
            select(whole(ledger_entry.c.amount_minor))
            .where(ledger_entry.c.document_id == d.id, ledger_entry.c.effective_on <= as_of)
            .scalar_subquery()
            .label("open_minor")
        )
        base = select(*columns, one, *held).subquery("base")
    b = base.c
    return (
        select(
            *[b[column.name] for column in columns],
            b.open_minor,
            capped(b.disputed_minor, b.open_minor).label("disputed_minor"),
            capped(b.promised_minor, b.open_minor).label("promised_minor"),
        )
        .where(b.open_minor > ZERO)
        .subquery("item")
    )


def _held_on(as_of: date, wide: bool) -> list[ColumnElement[Any]]:
    """What open disputes and promises held of `document` on a day."""
    _, suspended = open_at(as_of)
    disputed = (
        select(whole(dispute_document.c.amount_minor))
        .join(dispute, dispute.c.id == dispute_document.c.dispute_id)
        .where(dispute_document.c.document_id == document.c.id, *suspended)
    )
    promised = (
        select(whole(promise_document.c.amount_minor))
        .join(promise, promise.c.id == promise_document.c.promise_id)
        .where(promise_document.c.document_id == document.c.id, *promise_open_at(as_of))
    )
    return [disputed.scalar_subquery().label("disputed_minor"), promised.scalar_subquery().label("promised_minor")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose items: what the asker may see, narrowed to customers, a currency, a span of due dates or numbers."""

    scope: Scope
    customer_ids: tuple[int, ...] | None = None
    currency: str | None = None
    due_from: date | None = None
    due_to: date | None = None


def narrowed(connection: Connection, item: Subquery, wanted: Wanted) -> list[ColumnElement[bool]]:
    """`wanted` as conditions on an `open_items` subquery joined to `customer`."""
    found = visible(wanted.scope)
    if wanted.customer_ids is not None:
        found.append(among(connection, item.c.customer_id, wanted.customer_ids))
    if wanted.currency is not None:
        found.append(item.c.currency == wanted.currency)
    if wanted.due_from is not None:
        found.append(item.c.due_on >= wanted.due_from)
    if wanted.due_to is not None:
        found.append(item.c.due_on <= wanted.due_to)
    return found


def is_wide(wanted: Wanted) -> bool:
    """Whether the ledger is better summed in one pass than item by item."""
    return wanted.customer_ids is None or len(wanted.customer_ids) > 100


def totals(connection: Connection, wanted: Wanted, today: date, as_of: date | None) -> list[Row[Any]]:
    """A row a currency: open_minor, overdue_minor, disputed_minor, overdue_disputed_minor, promised_minor, items."""
    item = open_items(as_of, wide=is_wide(wanted))
    i = item.c
    late = i.due_on < today
    statement = (
        select(
            i.currency,
            whole(i.open_minor).label("open_minor"),
            whole(case((late, i.open_minor), else_=0)).label("overdue_minor"),
            whole(i.disputed_minor).label("disputed_minor"),
            whole(case((late, i.disputed_minor), else_=0)).label("overdue_disputed_minor"),
            whole(i.promised_minor).label("promised_minor"),
            func.count().label("items"),
            func.count(func.distinct(i.customer_id)).label("customers"),
        )
        .join(customer, customer.c.id == i.customer_id)
        .where(*narrowed(connection, item, wanted))
        .group_by(i.currency)
        .order_by(i.currency)
    )
    return list(connection.execute(statement))


def count_customers(connection: Connection, wanted: Wanted, as_of: date | None) -> int:
    """How many customers have such items."""
    item = open_items(as_of, wide=is_wide(wanted))
    statement = (
        select(func.count(func.distinct(item.c.customer_id)))
        .join(customer, customer.c.id == item.c.customer_id)
        .where(*narrowed(connection, item, wanted))
    )
    return int(connection.execute(statement).scalar_one())


def totals_by_customer(
    connection: Connection,
    wanted: Wanted,
    today: date,
    as_of: date | None,
    *,
    limit: int | None = None,
    beyond: tuple[int, bool] | None = None,
) -> list[Row[Any]]:
    """A row a customer and currency, the largest first: number, name, open, overdue, disputed, oldest due date.

    `beyond` keeps those whose sum is more than so many minor units (or as much, where True): for one currency only.
    """
    item = open_items(as_of, wide=is_wide(wanted))
    i = item.c
    statement = (
        select(
            customer.c.id,
            customer.c.number,
            customer.c.name,
            i.currency,
            whole(i.open_minor).label("open_minor"),
            whole(case((i.due_on < today, i.open_minor), else_=0)).label("overdue_minor"),
            whole(i.disputed_minor).label("disputed_minor"),
            whole(case((i.due_on < today, i.disputed_minor), else_=0)).label("overdue_disputed_minor"),
            func.min(i.due_on).label("oldest_due_on"),
            func.count().label("items"),
        )
        .join(customer, customer.c.id == i.customer_id)
        .where(*narrowed(connection, item, wanted))
        .group_by(customer.c.id, customer.c.number, customer.c.name, i.currency)
        .order_by(i.currency, func.sum(i.open_minor).desc(), customer.c.number)
        .limit(limit)
    )
    if beyond is not None:
        bound, equal = beyond
        summed = func.sum(i.open_minor)
        statement = statement.having(summed >= bound if equal else summed > bound)
    return list(connection.execute(statement))


def list_items(
    connection: Connection,
    wanted: Wanted,
    as_of: date | None,
    *,
    largest_first: bool = False,
    limit: int | None = None,
) -> list[Row[Any]]:
    """Open items with their customer and entity, the oldest due first (or the largest residual first, by currency)."""
    item = open_items(as_of, wide=is_wide(wanted))
    i = item.c
    order = [i.open_minor.desc(), i.due_on] if largest_first else [i.due_on, i.open_minor.desc()]
    statement = (
        select(item, customer.c.number.label("customer_number"), customer.c.name, legal_entity.c.code.label("entity"))
        .join(customer, customer.c.id == i.customer_id)
        .join(legal_entity, legal_entity.c.id == i.entity_id)
        .where(*narrowed(connection, item, wanted))
        .order_by(*order, i.number, i.instalment)
        .limit(limit)
    )
    return list(connection.execute(statement))


@lru_cache(maxsize=1)
def _summary_statement() -> Select[Any]:
    d = document.c
    late = d.due_on < bindparam("today")
    return (
        select(
            d.currency,
            func.sum(d.open_minor),
            func.sum(case((late, d.open_minor), else_=0)),
            func.sum(capped(d.disputed_minor, d.open_minor)),
            func.sum(capped(d.promised_minor, d.open_minor)),
            func.count(),
            func.min(d.due_on),
        )
        .where(d.customer_id == bindparam("customer"), d.open_minor > ZERO, d.written_off.is_(False))
        .group_by(d.currency)
        .order_by(d.currency)
    )


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What one customer owes in one currency, in minor units."""

    currency: str
    balance: int
    overdue: int
    disputed: int
    promised: int
    open_items: int
    oldest_due_on: date


@lru_cache(maxsize=4)
def _summary_text(dialect: Dialect) -> tuple[str, dict[str, Any], list[str] | None]:
    """The statement as the driver takes it, its constant values, and the values' order where they go by place."""
    compiled = _summary_statement().compile(dialect=dialect)
    return str(compiled), dict(compiled.params), compiled.positiontup


def account_summary(connection: Connection, customer_id: int, today: date) -> list[AccountLine]:
    """What one customer owes now, a line a currency. The fast path: compiled once, then the driver's own rows."""
    text, values, order = _summary_text(connection.dialect)
    if order is None:
        rows = connection.exec_driver_sql(text, {**values, "customer": customer_id, "today": today})
        return [AccountLine(r[0], int(r[1]), int(r[2]), int(r[3]), int(r[4]), r[5], r[6]) for r in rows.all()]
    named = {**values, "customer": customer_id, "today": today.isoformat()}
    rows = connection.exec_driver_sql(text, tuple(named[name] for name in order))
    return [AccountLine(r[0], r[1], r[2], r[3], r[4], r[5], date.fromisoformat(r[6])) for r in rows.all()]
