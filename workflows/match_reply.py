"""Whose reply it is: the token it was sent to, the thread, the sender on file; an invoice number is a hint only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.parties import Channel
from storage import replies
from storage.database import Connection
from workflows.read_inbound import Inbound


@dataclass(frozen=True, slots=True)
class Match:
    """The account of a reply. `on_file`: the sender is a contact of this customer, or whom we had written to.

    Without a customer, `candidates` are for a person to choose from; account data goes to none of them.
    """

    customer_id: int | None = None
    entity_id: int | None = None
    contact_id: int | None = None
    message: Any = None
    by: str | None = None
    on_file: bool = False
    candidates: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)


def match_reply(connection: Connection, inbound: Inbound) -> Match:
    """Whose reply this is. Two customers that could be meant are none."""
    senders = replies.senders_by_address(connection, inbound.sender) if inbound.sender else []
    answered = replies.message_by_token(connection, inbound.token) if inbound.token else None
    by = "token"
    if answered is None:
        found = replies.messages_by_rfc_id(connection, inbound.thread)
        if len({m.customer_id for m in found}) == 1:
            answered, by = found[0], "thread"
    if answered is not None:
        return _of_message(connection, inbound, answered, senders, by)
    customers = sorted({sender.customer_id for sender in senders})
    if len(customers) == 1:
        entities = replies.entities_of(connection, customers[0])
        return Match(
            customers[0],
            entities[0] if len(entities) == 1 else None,
            next((s.contact_id for s in senders if s.contact_id is not None), None),
            by="sender",
            on_file=True,
        )
    return Match(candidates=tuple(_candidates(connection, inbound, customers)))


def _of_message(
    connection: Connection, inbound: Inbound, answered: Any, senders: list[replies.Sender], by: str
) -> Match:
    mine = [s for s in senders if s.customer_id == answered.customer_id]
    written_to = answered.address.lower() == inbound.sender.lower()
    contact_id = next((s.contact_id for s in mine if s.contact_id is not None), None)
    if contact_id is None and written_to:
        contact_id = answered.contact_id
    return Match(answered.customer_id, answered.entity_id, contact_id, answered, by, on_file=bool(mine) or written_to)


def _candidates(connection: Connection, inbound: Inbound, customers: list[int]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for customer_id in customers[:10]:
        row = replies.customer_row(connection, customer_id)
        found.append({"customer": row.number, "name": row.name, "why": "the sender's address is on file there"})
    numbers = re.findall(r"[\w\-/.]{0,20}\d[\w\-/.]{0,20}", f"{inbound.subject}\n{inbound.text[:4000]}")
    cleaned = sorted({n.strip(".-/,") for n in numbers})[:60]
    for row in replies.accounts_of_numbers(connection, cleaned):
        found.append({"customer": row.customer, "why": f"invoice {row.number} is named"})
    return found


def is_reachable(channel: Channel, sender: str) -> bool:
    """Whether an answer could go back to this sender at all."""
    return bool(sender) and (channel is Channel.SMS or "@" in sender)
