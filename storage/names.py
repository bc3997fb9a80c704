"""Who and what is named: customers by what an asker may see, people of ours, invoices, purchase orders and orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from domain.parties import Customer, User, UserRole
from domain.questions import Scope
from storage.accounts import visible, whole
from storage.sql import among
from storage.tables import app_user, customer, document, ledger_entry, legal_entity, sales_order


def load_names(connection: Connection) -> list[tuple[int, str, str]]:
    """(id, number, name) of every customer, for the index."""
    return list(
        connection.execute(select(customer.c.id, customer.c.number, customer.c.name).order_by(customer.c.number))
    )


def names_version(connection: Connection) -> tuple[int, datetime | None]:
    """How many customers there are and when one last changed: an index of another version is stale."""
    count, newest = connection.execute(select(func.count(), func.max(customer.c.updated_at))).one()
    return int(count), newest


def visible_ids(connection: Connection, scope: Scope) -> frozenset[int] | None:
    """Ids of the customers that the asker may see; None when it is all of them."""
    if scope.everything:
        return None
    return frozenset(connection.execute(select(customer.c.id).where(*visible(scope))).scalars())


def _user(row: Any) -> User:
    return User(
        row.id, row.code, row.name, UserRole(row.role), row.email, row.territory, row.slack_id, row.limit_minor,
        row.limit_currency,
    )  # fmt: skip


def load_user(connection: Connection, code: str) -> User | None:
    """The person of ours with this code (case aside), if there is one."""
    row = connection.execute(select(app_user).where(func.lower(app_user.c.code) == code.strip().lower())).first()
    return None if row is None else _user(row)


def load_user_by_slack(connection: Connection, slack_id: str) -> User | None:
    """The person of ours who is this member in Slack, if there is one."""
    row = connection.execute(select(app_user).where(app_user.c.slack_id == slack_id)).first()
    return None if row is None else _user(row)


def load_users(connection: Connection, ids: Sequence[int]) -> dict[int, User]:
    """People of ours by id."""
    rows = connection.execute(select(app_user).where(among(connection, app_user.c.id, ids)))
    return {row.id: _user(row) for row in rows}


def user_codes(connection: Connection, limit: int = 20) -> list[str]:
    """Codes of people of ours, for a message that says whom one may be."""
    return list(connection.execute(select(app_user.c.code).order_by(app_user.c.code).limit(limit)).scalars())


def load_customers(connection: Connection, ids: Sequence[int]) -> list[Customer]:
    """Customers by id, in the order of their numbers."""
    rows = connection.execute(select(customer).where(among(connection, customer.c.id, ids)).order_by(customer.c.number))
    return [
        Customer(
            r.id, r.number, r.name, r.country, r.locale, r.timezone, r.currency, r.territory, r.segment,
            r.collector_id, r.sales_rep_id, r.parent_id, r.credit_limit_minor, r.terms_days,
        )
        for r in rows
    ]  # fmt: skip


def load_children(connection: Connection, customer_id: int) -> list[int]:
    """Ids of the companies whose group parent this is."""
    rows = connection.execute(select(customer.c.id).where(customer.c.parent_id == customer_id).order_by(customer.c.id))
    return list(rows.scalars())


def entity_zone(connection: Connection) -> str:
    """The time zone whose day is 'today' when nobody names a day: the first legal entity's, else UTC."""
    zone = connection.execute(select(legal_entity.c.timezone).order_by(legal_entity.c.id).limit(1)).scalar()
    return zone or "UTC"


def find_documents(connection: Connection, scope: Scope, reference: str, limit: int = 50) -> list[int]:
    """Ids of visible documents that `reference` names: by number, else purchase order, else order, else number's end.

    A looser way is tried only when a stricter one finds nothing; the end of a number needs three characters.
    """
    typed = reference.strip().lstrip("#")
    d = document.c
    ways: list[ColumnElement[bool]] = [
        d.number.in_(sorted({typed, typed.upper(), typed.lower()})),
        or_(func.lower(d.po_number) == typed.lower(), func.lower(d.order_number) == typed.lower()),
    ]
    if len(typed) >= 3:
        ways.append(func.lower(d.number).endswith(typed.lower(), autoescape=True))
    for way in ways:
        found = connection.execute(
            select(d.id)
            .join(customer, customer.c.id == d.customer_id)
            .where(way, *visible(scope))
            .order_by(d.due_on, d.id)
            .limit(limit)
        ).scalars()
        ids = list(found)
        if ids:
            return ids
    return []


def find_orders(connection: Connection, scope: Scope, reference: str) -> list[Row[Any]]:
    """Visible orders of exactly this number (case aside)."""
    return list(
        connection.execute(
            select(sales_order.c.id, sales_order.c.customer_id, sales_order.c.number)
            .join(customer, customer.c.id == sales_order.c.customer_id)
            .where(func.lower(sales_order.c.number) == reference.strip().lower(), *visible(scope))
        )
    )


def documents_as_of(connection: Connection, ids: Sequence[int]) -> list[Row[Any]]:
    """Documents by id with their customer and entity, open or not, by number and instalment."""
    return list(
        connection.execute(
            select(
                document,
                customer.c.number.label("customer_number"),
                customer.c.name,
                legal_entity.c.code.label("entity"),
            )
            .join(customer, customer.c.id == document.c.customer_id)
            .join(legal_entity, legal_entity.c.id == document.c.entity_id)
            .where(among(connection, document.c.id, ids))
            .order_by(document.c.number, document.c.instalment)
        )
    )


def open_minor_as_of(connection: Connection, ids: Sequence[int], day: date) -> dict[int, int]:
    """What was open of these documents on `day`, in minor units, from the ledger's entries."""
    rows = connection.execute(
        select(ledger_entry.c.document_id, whole(ledger_entry.c.amount_minor))
        .where(among(connection, ledger_entry.c.document_id, ids), ledger_entry.c.effective_on <= day)
        .group_by(ledger_entry.c.document_id)
    )
    return {document_id: int(total) for document_id, total in rows}


def find_customer_id(connection: Connection, scope: Scope, number: str) -> int | None:
    """The id of the visible customer of exactly this number, or None."""
    return connection.execute(
        select(customer.c.id).where(customer.c.number == number.strip(), *visible(scope))
    ).scalar()


def zone_of_first_entity(connection: Connection) -> ZoneInfo:
    """The same as a zone."""
    return ZoneInfo(entity_zone(connection))


def manager_of(connection: Connection, user_id: int) -> User | None:
    """Whom somebody escalates to: the own manager, else an AR manager, else an administrator; never oneself."""
    own = connection.execute(select(app_user.c.manager_id).where(app_user.c.id == user_id)).scalar()
    if own is not None:
        return load_users(connection, [own]).get(own)
    for role in (UserRole.AR_MANAGER, UserRole.ADMIN):
        row = connection.execute(
            select(app_user).where(app_user.c.role == str(role), app_user.c.id != user_id).order_by(app_user.c.id)
        ).first()
        if row is not None:
            return _user(row)
    return None


def first_with_role(connection: Connection, role: str) -> int | None:
    """The id of the first user (by code) of a role; None where nobody has it."""
    found: int | None = connection.execute(
        select(app_user.c.id).where(app_user.c.role == role).order_by(app_user.c.code).limit(1)
    ).scalar()
    return found
