"""What letters show beside the account: who writes, whom to pay, who signs, who is addressed. One query for many.

Statements are built once a dialect: building them anew for each message costs as much as running them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, select

from storage.sql import as_list, listed
from storage.tables import app_user, contact, customer, cycle, entity_bank, legal_entity, message, touch

_COLLECTOR = app_user.alias("collector")

_LETTERHEAD = (
    select(
        message.c.id,
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
)
_TOUCHES = (
    select(touch, cycle.c.scope, cycle.c.entity_id, cycle.c.currency)
    .join(cycle, cycle.c.id == touch.c.cycle_id)
    .where(touch.c.dropped_reason.is_(None))
    .order_by(touch.c.id)
)
_TIMEZONE = select(legal_entity.c.timezone).where(legal_entity.c.id == bindparam("entity"))


@dataclass(frozen=True)
class _Statements:
    letterheads: Select[Any]
    touches: Select[Any]
    emails: Select[Any]


@lru_cache(maxsize=2)
def _statements(dialect: str) -> _Statements:
    return _Statements(
        letterheads=_LETTERHEAD.where(listed(dialect, message.c.id, "ids")),
        touches=_TOUCHES.where(listed(dialect, touch.c.message_id, "ids")),
        emails=select(app_user.c.id, app_user.c.email).where(listed(dialect, app_user.c.id, "ids")),
    )


def letterheads_of(connection: Connection, message_ids: Sequence[int]) -> dict[int, Any]:
    """Message → the entity with its account in the message's currency, the collector, the contact addressed.

    `bank_account` is None without an account in that currency, `contact_name` for the customer's own address.
    """
    dialect = connection.dialect.name
    rows = connection.execute(_statements(dialect).letterheads, {"ids": as_list(dialect, message_ids)})
    return {row.id: row for row in rows}


def touches_of_all(connection: Connection, message_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Message → the touches that it still carries, by id, each with its cycle's scope, entity and currency."""
    dialect = connection.dialect.name
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_statements(dialect).touches, {"ids": as_list(dialect, message_ids)}):
        found[row.message_id].append(row)
    return found


def touches_of(connection: Connection, message_id: int) -> Sequence[Row[Any]]:
    """The touches that one message still carries."""
    return touches_of_all(connection, [message_id]).get(message_id, [])


def copies_of_all(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, tuple[str, ...]]:
    """Message → mail addresses that get a copy: the sales rep whom the policy named, where one has an address."""
    reps = {row.id: row.copy_to["rep_id"] for row in rows if (row.copy_to or {}).get("rep_id") is not None}
    if not reps:
        return {}
    dialect = connection.dialect.name
    found = connection.execute(_statements(dialect).emails, {"ids": as_list(dialect, {*reps.values()})})
    emails = {user: str(email) for user, email in found if email}
    return {message_id: (emails[rep],) for message_id, rep in reps.items() if rep in emails}


def timezone_of(connection: Connection, entity_id: int) -> str:
    """An entity's time zone (IANA name)."""
    return str(connection.execute(_TIMEZONE, {"entity": entity_id}).scalar_one())
