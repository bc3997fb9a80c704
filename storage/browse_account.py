"""What the desk shows of one account: who it is, what is open, promised and contested, and why it was left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.documents import OrderStatus
from storage.tables import (
    app_user,
    contact,
    contact_log,
    customer,
    dispute,
    dispute_document,
    document,
    legal_entity,
    opt_out,
    promise,
    promise_document,
    run,
    sales_order,
    skip,
)


def find_customer(connection: Connection, number: str) -> Row[Any] | None:
    """A customer with the names of its collector, sales rep and parent."""
    collector, rep, parent = app_user.alias("collector"), app_user.alias("rep"), customer.alias("parent")
    return connection.execute(
        select(
            customer,
            collector.c.name.label("collector"),
            rep.c.name.label("sales_rep"),
            parent.c.number.label("parent_number"),
            parent.c.name.label("parent_name"),
        )
        .outerjoin(collector, collector.c.id == customer.c.collector_id)
        .outerjoin(rep, rep.c.id == customer.c.sales_rep_id)
        .outerjoin(parent, parent.c.id == customer.c.parent_id)
        .where(customer.c.number == number)
    ).first()


def contacts_of(connection: Connection, customer_id: int) -> list[Row[Any]]:
    """A customer's contacts."""
    return list(
        connection.execute(
            select(contact).where(contact.c.customer_id == customer_id).order_by(contact.c.role, contact.c.id)
        )
    )


def open_items_of(connection: Connection, customer_id: int, limit: int = 500) -> list[Row[Any]]:
    """Open items, oldest due first."""
    return list(
        connection.execute(
            select(document, legal_entity.c.code.label("entity"))
            .join(legal_entity, legal_entity.c.id == document.c.entity_id)
            .where(document.c.customer_id == customer_id, document.c.open_minor > 0)
            .order_by(legal_entity.c.code, document.c.currency, document.c.due_on, document.c.id)
            .limit(limit)
        )
    )


def orders_of(connection: Connection, customer_id: int) -> list[Row[Any]]:
    """Orders that are open or blocked."""
    waiting = [str(OrderStatus.OPEN), str(OrderStatus.BLOCKED)]
    return list(
        connection.execute(
            select(sales_order)
            .where(sales_order.c.customer_id == customer_id, sales_order.c.status.in_(waiting))
            .order_by(sales_order.c.ordered_on.desc())
        )
    )


def contact_log_of(connection: Connection, customer_id: int, limit: int = 50) -> list[Row[Any]]:
    """Calls and mails by hand, newest first, with who made them."""
    return list(
        connection.execute(
            select(contact_log, app_user.c.name.label("by_name"))
            .outerjoin(app_user, app_user.c.id == contact_log.c.by_user_id)
            .where(contact_log.c.customer_id == customer_id)
            .order_by(contact_log.c.on_day.desc(), contact_log.c.id.desc())
            .limit(limit)
        )
    )


def promises_of(connection: Connection, customer_id: int) -> list[Row[Any]]:
    """Promises with the numbers of what they bind, one row a promise and item."""
    return list(
        connection.execute(
            select(promise, document.c.number.label("document_number"))
            .outerjoin(promise_document, promise_document.c.promise_id == promise.c.id)
            .outerjoin(document, document.c.id == promise_document.c.document_id)
            .where(promise.c.customer_id == customer_id)
            .order_by(promise.c.made_on.desc(), promise.c.id.desc(), document.c.id)
        )
    )


def disputes_of(connection: Connection, customer_id: int) -> list[Row[Any]]:
    """Disputes with the numbers of what they contest, one row a dispute and item."""
    return list(
        connection.execute(
            select(dispute, document.c.number.label("document_number"))
            .outerjoin(dispute_document, dispute_document.c.dispute_id == dispute.c.id)
            .outerjoin(document, document.c.id == dispute_document.c.document_id)
            .where(dispute.c.customer_id == customer_id)
            .order_by(dispute.c.opened_on.desc(), dispute.c.id.desc(), document.c.id)
        )
    )


def skips_of(connection: Connection, customer_id: int, limit: int = 10) -> list[Row[Any]]:
    """The newest decisions not to contact: business day, entity, reasons."""
    return list(
        connection.execute(
            select(skip.c.reasons, run.c.business_day, legal_entity.c.code.label("entity"))
            .join(run, run.c.id == skip.c.run_id)
            .join(legal_entity, legal_entity.c.id == run.c.entity_id)
            .where(skip.c.customer_id == customer_id)
            .order_by(run.c.business_day.desc())
            .limit(limit)
        )
    )


def opt_outs_among(connection: Connection, addresses: Sequence[str]) -> list[Row[Any]]:
    """Opt-outs in force for these addresses."""
    return list(
        connection.execute(select(opt_out).where(opt_out.c.lifted_at.is_(None), opt_out.c.address.in_(list(addresses))))
    )


def document_numbers(connection: Connection, customer_id: int) -> dict[int, str]:
    """Item id → number, of one customer."""
    rows = connection.execute(select(document.c.id, document.c.number).where(document.c.customer_id == customer_id))
    return {row.id: row.number for row in rows}
