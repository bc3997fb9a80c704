"""Whom a creditor's mails are from, and the domain that its reply addresses and Message-IDs lie in.

A legal entity has one sender of its own (imported with it); here it may have another for each language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parseaddr
from urllib.parse import quote

from domain.errors import BadInput
from outreach.compose.context import Creditor
from outreach.compose.mail import MailAddress

ANY = "*"
_PLACE = re.compile(r"(?P<entity>[^/:,]+)/(?P<language>[a-z]{2}|\*)")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}")


@dataclass(frozen=True, slots=True)
class Senders:
    """`mail`: place ('DE01/de', 'DE01/*', '*/ja') → sender. `domains`: entity → domain; `domain` for all others.

    `unsubscribe`: whether mails say how to ask for no more of them (List-Unsubscribe, RFC 2369).
    """

    domain: str = "dunwell.example"
    mail: Mapping[str, MailAddress] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)
    unsubscribe: bool = False

    def written_by(self, creditor: Creditor, entity: str, locale: str) -> Creditor:
        """The creditor with its sender for this language; itself where it has no other."""
        language = locale[:2].lower()
        places = (f"{entity}/{language}", f"{entity}/{ANY}", f"{ANY}/{language}")
        found = next((self.mail[place] for place in places if place in self.mail), None)
        if found is None:
            return creditor
        return replace(creditor, sender_email=found.email, sender_name=found.name or creditor.sender_name)

    def domain_of(self, entity: str) -> str:
        """Where replies to this entity's mails go to."""
        return self.domains.get(entity, self.domain)

    def reply_address(self, entity: str, token: str) -> str:
        """The address that brings an answer back to its customer and message, whoever's mailbox it is written from."""
        return f"reply+{token}@{self.domain_of(entity)}"

    def unsubscribe_link(self, entity: str, token: str) -> str | None:
        """A mail that says STOP to the address it is about; None where it isn't offered.

        By mail only: one-click links (RFC 8058) are for advertising, and would silence reminders with one wrong click.
        """
        if not self.unsubscribe:
            return None
        return f"mailto:{quote(self.reply_address(entity, token), safe='@')}?subject=STOP&body=STOP"


def read_mail_senders(text: str) -> dict[str, MailAddress]:
    """`DE01/de:Mahnwesen <mahnung@nordwind.example>,DE01/*:ar@nordwind.example` → place → sender.

    Raises BadInput naming the part that is none.
    """
    found: dict[str, MailAddress] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        where, colon, who = (piece.strip() for piece in part.partition(":"))
        name, email = parseaddr(who)
        if not colon or not _PLACE.fullmatch(where) or not email:
            raise BadInput(
                f"{part!r} names no sender of mails; write ENTITY/LANGUAGE:ADDRESS, as in DE01/de:ar@us.example"
            )
        if where in found:
            raise BadInput(f"mails of {where} have two senders, {found[where].email} and {email}; keep one")
        found[where] = MailAddress(email, name or None)
    return found


def read_mail_domains(text: str) -> dict[str, str]:
    """`DE01:antwort.nordwind.example,US01:reply.us.example` → entity → domain. Raises BadInput for another form."""
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        entity, _, domain = (piece.strip() for piece in part.partition(":"))
        if not entity or not _DOMAIN.fullmatch(domain) or entity in found:
            raise BadInput(f"{part!r} names no domain of a legal entity; write ENTITY:DOMAIN, each entity once")
        found[entity] = domain
    return found
