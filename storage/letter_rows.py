"""What a letter shows beside the account: who writes, whom to pay, who signs, who is addressed. One query a message.

Statements are built once: building them anew for each message costs as much as running them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, select

from storage.tables import app_user, contact, customer, cycle, entity_bank, legal_entity, message, touch

_COLLECTOR = app_user.alias("collector")

_LETTERHEAD = (
    select(
        legal_entity.c.code,
        legal_entity.c.name,
        legal_entity.c.country,
        legal_entity.c.timezone,
        legal_entity.c.address,
        legal_entity.c.registration,
        legal_entity.c.sender_name,
        legal_entity.c.sender_email,
        legal_entity.c.phone,
        entity_bank.c.holder.label("bank_holder"),
        entity_bank.c.bank_name,
        entity_bank.c.account.label("bank_account"),
        entity_bank.c.bic.label("bank_bic"),
        _COLLECTOR.c.name.label("collector_name"),
        contact.c.name.label("contact_name"),
    )
    .select_from(message)
    .join(legal_entity, legal_entity.c.id == message.c.entity_id)
    .join(customer, customer.c.id == message.c.customer_id)
    .outerjoin(
        entity_bank,
        and_(entity_bank.c.entity_id == message.c.entity_id, entity_bank.c.currency == message.c.currency),
    )
    .outerjoin(_COLLECTOR, _COLLECTOR.c.id == customer.c.collector_id)
    .outerjoin(contact, contact.c.id == message.c.contact_id)
    .where(message.c.id == bindparam("message"))
)
_TOUCHES = (
    select(touch, cycle.c.scope, cycle.c.entity_id, cycle.c.currency)
    .join(cycle, cycle.c.id == touch.c.cycle_id)
    .where(touch.c.message_id == bindparam("message"), touch.c.dropped_reason.is_(None))
    .order_by(touch.c.id)
)
_EMAIL_OF_USER = select(app_user.c.email).where(app_user.c.id == bindparam("user"))
_TIMEZONE = select(legal_entity.c.timezone).where(legal_entity.c.id == bindparam("entity"))


def letterhead_of(connection: Connection, message_id: int) -> Any:
    """The entity with its account in the message's currency, the customer's collector, the contact addressed.

    `bank_account` is None without an account in that currency, `contact_name` for the customer's own address.
    """
    return connection.execute(_LETTERHEAD, {"message": message_id}).one()


def touches_of(connection: Connection, message_id: int) -> Sequence[Row[Any]]:
    """The touches that a message still carries, by id, each with its cycle's scope, entity and currency."""
    return connection.execute(_TOUCHES, {"message": message_id}).all()


def copies_of(connection: Connection, row: Row[Any]) -> tuple[str, ...]:
    """Mail addresses that get a copy: the sales rep whom the policy named, where one has an address."""
    rep = (row.copy_to or {}).get("rep_id")
    if rep is None:
        return ()
    address = connection.execute(_EMAIL_OF_USER, {"user": rep}).scalar()
    return (str(address),) if address else ()


def timezone_of(connection: Connection, entity_id: int) -> str:
    """An entity's time zone (IANA name)."""
    return str(connection.execute(_TIMEZONE, {"entity": entity_id}).scalar_one())
