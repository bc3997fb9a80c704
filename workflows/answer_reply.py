"""The answer that tells a customer what was logged: planned as a message, at most one a thread and day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from domain.calendars import first_allowed
from domain.parties import Channel
from domain.touches import TouchStatus
from outreach.compose.context import Stage
from storage import replies
from storage.database import UnitOfWork
from workflows.read_inbound import Inbound
from workflows.reply_received import Done, Received

VALID_DAYS = 3
"""Days after which an answer that could not go is of no use any more."""


def plan_answer(unit: UnitOfWork, received: Received, done: Done) -> int | None:
    """Plan the answer that `done` calls for. None where none is due: a robot, a second one that day, nobody on file."""
    inbound, match = received.inbound, received.match
    if done.stage is None or match.entity_id is None or not match.on_file or received.reading.automatic:
        return None
    if done.stage is Stage.OPT_OUT_CONFIRMED and inbound.channel is Channel.SMS:
        return None  # the provider confirms it, and lets nothing of ours through any more
    connection = unit.connection
    if replies.answered_on(connection, received.customer_id, inbound.sender, received.today):
        return None
    customer = replies.customer_row(connection, received.customer_id)
    contact = replies.contact_row(connection, match.contact_id)
    address = _on_file(contact if contact is not None else customer, inbound)
    if address is None:
        return None
    not_before = received.now
    if inbound.channel is Channel.SMS:
        days = (received.today + timedelta(days=n) for n in range(VALID_DAYS + 7))
        window = first_allowed(customer.country, customer.timezone, days, received.now, Channel.SMS)
        if window is None:
            return None
        not_before = window[0]
    return replies.plan_answer(
        connection,
        customer_id=received.customer_id,
        entity_id=match.entity_id,
        currency=done.currency or customer.currency,
        purpose="answer",
        channel=str(inbound.channel),
        contact_id=match.contact_id,
        address=address,
        locale=(contact.locale if contact is not None else None) or customer.locale,
        template=str(done.stage),
        tone="standard",
        facts=done.facts,
        planned_on=received.today,
        status=str(TouchStatus.PLANNED),
        not_before=not_before,
        not_after=not_before + timedelta(days=VALID_DAYS),
        in_reply_to=inbound.rfc_id if inbound.channel is Channel.EMAIL else None,
        answer_key=received.cause,
        attempts=0,
        needs_approval=False,
        created_at=received.now,
    )


def _on_file(who: Any, inbound: Inbound) -> str | None:
    """The sender's address as it is on file; None where the reply came from another one."""
    address: str | None = who.email if inbound.channel is Channel.EMAIL else who.phone
    return address if address and address.lower() == inbound.sender.lower() else None


def plan_neutral_answer(unit: UnitOfWork, row: Any, stage: Stage, today: date, now: datetime) -> int | None:
    """Plan an answer to a stored reply that says nothing about the account. None where its sender isn't on file."""
    connection = unit.connection
    customer = replies.customer_row(connection, row.customer_id)
    contact = replies.contact_row(connection, row.contact_id)
    who = contact if contact is not None else customer
    address = who.email if row.channel == Channel.EMAIL else who.phone
    robot = (row.intents or []) == ["out_of_office"]
    if robot or not address or address.lower() != row.sender.lower():
        return None
    days = (today + timedelta(days=n) for n in range(VALID_DAYS + 7))
    window = first_allowed(customer.country, customer.timezone, days, now, Channel(row.channel))
    if window is None:
        return None
    return replies.plan_answer(
        connection,
        customer_id=row.customer_id,
        entity_id=row.entity_id,
        currency=customer.currency,
        purpose="answer",
        channel=row.channel,
        contact_id=row.contact_id,
        address=address,
        locale=(contact.locale if contact is not None else None) or customer.locale,
        template=str(stage),
        tone="standard",
        facts={},
        planned_on=today,
        status=str(TouchStatus.PLANNED),
        not_before=window[0],
        not_after=window[0] + timedelta(days=VALID_DAYS),
        in_reply_to=row.rfc_message_id if row.channel == Channel.EMAIL else None,
        answer_key=neutral_key(row.id, stage),
        attempts=0,
        needs_approval=False,
        created_at=now,
    )


def neutral_key(reply_id: int, stage: Stage) -> str:
    """What makes a neutral answer to a reply go once."""
    return f"reply:{reply_id}:{stage}"
