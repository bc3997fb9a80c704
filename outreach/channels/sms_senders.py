"""Which number or messaging service an SMS is sent from, by the recipient's country and the legal entity."""

from __future__ import annotations

import re
from collections.abc import Mapping

import phonenumbers

from domain.errors import BadInput

ANYWHERE = "*"
_WHERE = re.compile(r"(?:(?P<entity>[^/:,]+)/)?(?P<country>[A-Z]{2}|\*)")
_SENDER = re.compile(r"\+\d{6,15}|MG[0-9a-f]{32}|(?!MG\d)[A-Za-z0-9 ]{1,11}|\d{3,8}")


def read_sms_senders(text: str) -> dict[str, str]:
    """`US:+1…,GB:+44…,DE01/*:MG…,*:MG…` → place → sender. A place is a country, `*`, or an entity's code before it.

    A sender is a number in E.164, a short code, a name of at most 11 letters, or a messaging service (MG…). Raises
    BadInput naming the part that is neither.
    """
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        where, colon, sender = (piece.strip() for piece in part.partition(":"))
        if not colon or not _WHERE.fullmatch(where) or not _SENDER.fullmatch(sender):
            raise BadInput(
                f"{part!r} names no sender of SMS; write COUNTRY:SENDER or ENTITY/COUNTRY:SENDER, as in US:+15005550006"
            )
        if where in found:
            raise BadInput(f"SMS to {where} have two senders, {found[where]} and {sender}; keep one")
        found[where] = sender
    return found


def choose_sms_sender(senders: Mapping[str, str], to: str, entity: str) -> str | None:
    """The sender for a number in E.164: the entity's own before the house's, a country's before `*`'s."""
    country = country_of_number(to) or ANYWHERE
    places = (f"{entity}/{country}", f"{entity}/{ANYWHERE}", country, ANYWHERE)
    return next((senders[place] for place in places if place in senders), None)


def country_of_number(number: str) -> str | None:
    """ISO code of the country that a number in E.164 belongs to; None for what is no number.

    A number outside the ranges known to be in use counts as its calling code's main country.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )
