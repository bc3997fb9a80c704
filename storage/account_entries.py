"""What stands beside an account's open items: unapplied cash and credit memos, payments, orders, limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal, or_, select

from domain.documents import OrderStatus
from domain.questions import Scope
from storage.accounts import Wanted, visible, whole
from storage.sql import among
from storage.tables import app_user, application, credit_memo, customer, legal_entity, payment, sales_order

UNSETTLED_ORDERS = (str(OrderStatus.OPEN), str(OrderStatus.BLOCKED))
"""Orders that count towards exposure."""


def credits_of(connection: Connection, wanted: Wanted, as_of: date | None) -> list[Row[Any]]:
    """Unapplied cash and credit memos: kind, number, on_day, customer, currency, unapplied_minor, by day."""
    found: list[Row[Any]] = []
    for table, kind, key, day, source in (
        (payment, "unapplied_cash", payment.c.reference, payment.c.received_on, application.c.payment_id),
        (credit_memo, "credit_memo", credit_memo.c.number, credit_memo.c.issued_on, application.c.credit_memo_id),
    ):
        left = _unapplied(table, day, source, as_of)
        statement = (
            select(
                customer.c.number.label("customer_number"),
                customer.c.name,
                customer.c.territory,
                customer.c.country,
                customer.c.segment,
                app_user.c.code.label("collector_code"),
                app_user.c.name.label("collector_name"),
                legal_entity.c.code.label("entity"),
                legal_entity.c.name.label("entity_name"),
                key.label("number"),
                day.label("on_day"),
                table.c.currency,
                left.label("unapplied_minor"),
                table.c.amount_minor,
                literal(kind).label("kind"),
            )
            .join(customer, customer.c.id == table.c.customer_id)
            .join(legal_entity, legal_entity.c.id == table.c.entity_id)
            .outerjoin(app_user, app_user.c.id == customer.c.collector_id)
            .where(left > 0, *visible(wanted.scope))
            .order_by(day, key)
        )
        if as_of is not None:
            statement = statement.where(day <= as_of)
        if wanted.customer_ids is not None:
            statement = statement.where(among(connection, table.c.customer_id, wanted.customer_ids))
        if wanted.currency is not None:
            statement = statement.where(table.c.currency == wanted.currency)
        found.extend(connection.execute(statement))
    return found


def _unapplied(table: Any, day: ColumnElement[Any], source: ColumnElement[Any], as_of: date | None) -> Any:
    """What is unapplied of a payment or memo now, or was on a day: its amount less what was applied up to it."""
    if as_of is None:
        return table.c.unapplied_minor
    applied = (
        select(whole(application.c.amount_minor))
        .where(
            source == table.c.id,
            application.c.effective_on <= as_of,
            or_(application.c.reversed_on.is_(None), application.c.reversed_on > as_of),
        )
        .scalar_subquery()
    )
    return table.c.amount_minor - applied


def payments_of(
    connection: Connection, wanted: Wanted, first: date | None, last: date | None, limit: int | None
) -> list[Row[Any]]:
    """Payments received in a span, the newest first."""
    statement = (
        select(
            customer.c.number.label("customer_number"),
            customer.c.name,
            payment.c.reference,
            payment.c.received_on,
            payment.c.currency,
            payment.c.amount_minor,
            payment.c.unapplied_minor,
            payment.c.names_invoice,
        )
        .join(customer, customer.c.id == payment.c.customer_id)
        .where(*visible(wanted.scope))
        .order_by(payment.c.received_on.desc(), payment.c.id.desc())
        .limit(limit)
    )
    if wanted.customer_ids is not None:
        statement = statement.where(among(connection, payment.c.customer_id, wanted.customer_ids))
    if wanted.currency is not None:
        statement = statement.where(payment.c.currency == wanted.currency)
    if first is not None:
        statement = statement.where(payment.c.received_on >= first)
    if last is not None:
        statement = statement.where(payment.c.received_on <= last)
    return list(connection.execute(statement))


def orders_of(
    connection: Connection, scope: Scope, customer_ids: Sequence[int] | None, statuses: Iterable[str]
) -> list[Row[Any]]:
    """Orders in these states with customer and sales rep (the order's own, else the account's), the oldest first."""
    rep = app_user.alias("rep")
    statement = (
        select(
            sales_order,
            customer.c.number.label("customer_number"),
            customer.c.name,
            customer.c.sales_rep_id.label("account_rep_id"),
            legal_entity.c.code.label("entity"),
            rep.c.name.label("rep_name"),
        )
        .join(customer, customer.c.id == sales_order.c.customer_id)
        .join(legal_entity, legal_entity.c.id == sales_order.c.entity_id)
        .outerjoin(rep, rep.c.id == func.coalesce(sales_order.c.sales_rep_id, customer.c.sales_rep_id))
        .where(sales_order.c.status.in_(list(statuses)), *visible(scope))
        .order_by(sales_order.c.ordered_on, sales_order.c.number)
    )
    if customer_ids is not None:
        statement = statement.where(among(connection, sales_order.c.customer_id, customer_ids))
    return list(connection.execute(statement))


def limited_customers(connection: Connection, scope: Scope) -> list[Any]:
    """Visible customers that have a credit limit: id."""
    return list(
        connection.execute(select(customer.c.id).where(customer.c.credit_limit_minor.is_not(None), *visible(scope)))
    )
