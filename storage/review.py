"""What people make of replies: proposed contacts, corrected readings; and the dated reasons for non-payment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from storage.sql import insert_ignore
from storage.tables import contact, contact_proposal, customer, inbound_event, item_reason, reply, reply_label

PROPOSED, ACCEPTED, REFUSED = "proposed", "accepted", "refused"
"""States of a proposed contact."""


def propose_contact(connection: Connection, reply_id: int, customer_id: int, told: Any, now: datetime) -> bool:
    """Keep a proposed contact (`name`, `email`, `phone`) once a reply. False when it was there already."""
    row = {
        "reply_id": reply_id, "customer_id": customer_id, "name": told.name, "email": told.email,
        "phone": told.phone, "status": PROPOSED, "created_at": now,
    }  # fmt: skip
    made = insert_ignore(connection, contact_proposal).values(row).returning(contact_proposal.c.id)
    return connection.execute(made).scalar() is not None


def proposal_of(connection: Connection, reply_id: int) -> Row[Any] | None:
    """The contact that a reply proposed and nobody has decided about."""
    statement = select(contact_proposal).where(
        contact_proposal.c.reply_id == reply_id, contact_proposal.c.status == PROPOSED
    )
    return connection.execute(statement).one_or_none()


def proposals(connection: Connection) -> dict[int, Row[Any]]:
    """Contacts that wait for a yes, by reply."""
    rows = connection.execute(select(contact_proposal).where(contact_proposal.c.status == PROPOSED))
    return {row.reply_id: row for row in rows}


def settle_proposal(connection: Connection, proposal: Row[Any], *, accept: bool, by_id: int, at: datetime) -> None:
    """Accept a proposed contact into the customer's contacts, for accounts payable, or refuse it."""
    verdict = ACCEPTED if accept else REFUSED
    connection.execute(
        update(contact_proposal)
        .where(contact_proposal.c.id == proposal.id)
        .values(status=verdict, decided_by=by_id, decided_at=at)
    )
    if not accept:
        return
    email = proposal.email.lower() if proposal.email else None
    key = email or proposal.phone or (proposal.name or "").casefold()
    values = {"name": proposal.name, "role": "ap", "email": email, "phone": proposal.phone, "updated_at": at}
    connection.execute(insert_ignore(connection, contact).values(customer_id=proposal.customer_id, key=key, **values))


def keep_label(
    connection: Connection, reply_id: int, expected: Mapping[str, Any], context: Mapping[str, Any], by_id: int,
    at: datetime,
) -> None:  # fmt: skip
    """Keep the reading that a person gave or confirmed; a later one replaces it."""
    row = {"expected": dict(expected), "context": dict(context), "by_id": by_id, "at": at}
    known = connection.execute(select(reply_label.c.id).where(reply_label.c.reply_id == reply_id)).scalar()
    if known is None:
        connection.execute(insert(reply_label).values(reply_id=reply_id, **row))
    else:
        connection.execute(update(reply_label).where(reply_label.c.id == known).values(**row))


def labelled(connection: Connection) -> Iterable[Row[Any]]:
    """Labelled replies whose words are still there, oldest first, streamed."""
    statement = (
        select(
            reply.c.public_id, reply.c.channel, reply.c.received_at, reply.c.subject, reply.c.text,
            customer.c.timezone, customer.c.locale, customer.c.country, inbound_event.c.raw, inbound_event.c.kind,
            reply_label.c.expected, reply_label.c.context,
        )
        .join(reply, reply.c.id == reply_label.c.reply_id)
        .join(inbound_event, inbound_event.c.id == reply.c.inbound_event_id)
        .outerjoin(customer, customer.c.id == reply.c.customer_id)
        .where(reply.c.text != "")
        .order_by(reply_label.c.id)
        .execution_options(yield_per=200)
    )  # fmt: skip
    return connection.execute(statement)


def note_reasons(
    connection: Connection, document_ids: Iterable[int], reason: str, on_day: date, cause: str, now: datetime
) -> None:
    """Write down why items aren't paid, once an item and cause."""
    rows = [
        {"document_id": d, "reason": reason, "on_day": on_day, "cause": cause, "created_at": now}
        for d in sorted(set(document_ids))
    ]
    if rows:
        connection.execute(insert_ignore(connection, item_reason), rows)


def newest_reasons(connection: Connection) -> dict[int, tuple[str, date]]:
    """Document → the reason told last, and its day."""
    newest = select(item_reason.c.document_id, func.max(item_reason.c.id).label("id")).group_by(
        item_reason.c.document_id
    )
    chosen = newest.subquery("newest")
    rows = connection.execute(select(item_reason).join(chosen, chosen.c.id == item_reason.c.id))
    return {row.document_id: (row.reason, row.on_day) for row in rows}
