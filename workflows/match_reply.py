"""Whose reply it is: the token it was sent to, the thread, the sender on file; else hints, for a person only.

The first of these that names anybody decides. Where it names two customers, it is nobody's until a person has chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.parties import Channel
from storage import replies
from storage.database import Connection
from workflows.read_inbound import Inbound

_FREE_MAIL = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com",
    "icloud.com", "me.com", "aol.com", "proton.me", "protonmail.com", "mail.com", "zoho.com", "gmx.de", "gmx.net",
    "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de", "posteo.de", "orange.fr", "wanadoo.fr", "free.fr",
    "laposte.net", "sfr.fr", "hotmail.fr", "yahoo.fr", "yahoo.es", "hotmail.es", "telefonica.net", "yahoo.de",
    "hotmail.de", "yahoo.co.uk", "hotmail.co.uk", "btinternet.com", "yahoo.co.jp", "nifty.com", "docomo.ne.jp",
    "ezweb.ne.jp", "softbank.ne.jp",
})  # fmt: skip
"""Domains at which everybody may have an address: no hint at a company."""
_MOST = 10


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
    for by, found in (("token", _by_token(connection, inbound)), ("thread", _by_thread(connection, inbound))):
        customers = list(dict.fromkeys(m.customer_id for m in found))
        if len(customers) == 1:
            return _of_message(inbound, found[0], senders, by)
        if customers:
            why = "the addresses it went to belong" if by == "token" else "the mails it answers belong"
            told = _listed(connection, customers, f"{why} there")
            return Match(candidates=_candidates(connection, inbound, senders, told))
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
    return Match(candidates=_candidates(connection, inbound, senders, []))


def _by_token(connection: Connection, inbound: Inbound) -> list[Any]:
    tokens = inbound.tokens[:_MOST] or ((inbound.token,) if inbound.token else ())
    found = [replies.message_by_token(connection, token) for token in tokens]
    return [message for message in found if message is not None]


def _by_thread(connection: Connection, inbound: Inbound) -> list[Any]:
    """Our messages that a mail hangs on, the nearest first: what it answers at once, before what that had answered."""
    found = {m.message_id: m for m in replies.messages_by_rfc_id(connection, inbound.thread)}
    answered = [found[one] for one in inbound.answers if one in found]
    return answered or [found[one] for one in inbound.thread if one in found]


def _of_message(inbound: Inbound, answered: Any, senders: Sequence[replies.Sender], by: str) -> Match:
    mine = [s for s in senders if s.customer_id == answered.customer_id]
    written_to = answered.address.lower() == inbound.sender.lower()
    contact_id = next((s.contact_id for s in mine if s.contact_id is not None), None)
    if contact_id is None and written_to:
        contact_id = answered.contact_id
    return Match(answered.customer_id, answered.entity_id, contact_id, answered, by, on_file=bool(mine) or written_to)


def _candidates(
    connection: Connection, inbound: Inbound, senders: Sequence[replies.Sender], found: list[dict[str, Any]]
) -> tuple[Mapping[str, Any], ...]:
    """Who may be meant, the surest hint first."""
    customers = sorted({sender.customer_id for sender in senders})
    found = [*found, *_listed(connection, customers, "the sender's address is on file there")]
    domain = inbound.sender.rpartition("@")[2]
    if not found and inbound.channel is Channel.EMAIL and domain and domain not in _FREE_MAIL:
        for row in replies.customers_at_domain(connection, domain):
            found.append({"customer": row.number, "name": row.name, "why": f"others at {domain} are on file there"})
    for row in replies.accounts_of_numbers(connection, numbers_in(f"{inbound.subject}\n{inbound.text[:4000]}")):
        found.append({"customer": row.customer, "why": f"invoice {row.number} is named"})
    return tuple(found)


def _listed(connection: Connection, customers: Iterable[int], why: str) -> list[dict[str, Any]]:
    rows = [replies.customer_row(connection, customer_id) for customer_id in list(customers)[:_MOST]]
    return [{"customer": row.number, "name": row.name, "why": why} for row in rows]


def numbers_in(text: str) -> list[str]:
    """What may be numbers of documents in a text of at most some thousand characters."""
    words = re.split(r"[^A-Za-z0-9_\-/.]+", text[:5000])
    return sorted({word.strip(".-/") for word in words if len(word) <= 42 and any(c.isdigit() for c in word)})[:60]


def is_reachable(channel: Channel, sender: str) -> bool:
    """Whether an answer could go back to this sender at all."""
    return bool(sender) and (channel is Channel.SMS or "@" in sender)
