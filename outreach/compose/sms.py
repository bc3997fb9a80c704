"""Text messages: plain characters, and how many parts a carrier makes (and charges) of them.

A part holds 160 septets of the GSM alphabet or 70 units of UCS-2, a part of several 153 or 67; on North American
toll-free numbers 152 or 66. One character outside the GSM alphabet turns the whole message to UCS-2.
Source: 3GPP TS 23.038; the part sizes as Twilio and other carriers document them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import BadInput
from domain.money import Money

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic table without ESC; each costs one septet."""
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
"""The extension table; each costs an escape and itself, which are never parted."""

MAX_CHARACTERS = 1600
"""Longest body that a provider takes."""

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u202f\u2009\u2007\u2002\u2003\u200a\t", " "),
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", None),
        "…": "...",
    }
)
_GUILLEMETS = re.compile(r"« ?| ?»")
_SPACES = re.compile(r"[ \n\r]+")


class Alphabet(StrEnum):
    """How the characters travel."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class SmsSize:
    """`units` are septets or UCS-2 units, `segments` the parts that are charged, `outside` what forced UCS-2."""

    alphabet: Alphabet
    units: int
    segments: int
    outside: str = ""


def plain_for_sms(text: str) -> str:
    """`text` on one line, with hard spaces, curly quotes and long dashes as their plain likes; letters are kept."""
    return _SPACES.sub(" ", _GUILLEMETS.sub('"', text.translate(_PLAIN))).strip()


def _parts(costs: Sequence[int], single: int, several: int) -> int:
    """Parts for characters of these costs, none of them cut in two."""
    if sum(costs) <= single:
        return 1 if costs else 0
    parts, used = 1, 0
    for cost in costs:
        if used + cost > several:
            parts, used = parts + 1, 0
        used += cost
    return parts


def count_segments(text: str, *, toll_free: bool = False) -> SmsSize:
    """Alphabet, units and parts of a message as it stands; 0 parts for an empty one.

    `toll_free` is the smaller part size of North American toll-free numbers.
    """
    outside = "".join(dict.fromkeys(c for c in text if c not in GSM_BASIC and c not in GSM_EXTENSION))
    if outside:
        costs = [2 if ord(c) > 0xFFFF else 1 for c in text]
        return SmsSize(Alphabet.UCS2, sum(costs), _parts(costs, 70, 66 if toll_free else 67), outside)
    costs = [2 if c in GSM_EXTENSION else 1 for c in text]
    return SmsSize(Alphabet.GSM7, sum(costs), _parts(costs, 160, 152 if toll_free else 153))


def estimate_cost(text: str, price_per_segment: Money, *, toll_free: bool = False) -> Money:
    """Parts × the price of one, in the price's currency."""
    segments = count_segments(text, toll_free=toll_free).segments
    return Money(price_per_segment.minor * segments, price_per_segment.currency)


def check_sms(text: str, *, max_segments: int = 10) -> SmsSize:
    """The size of a message that may be sent. Raises BadInput for an empty one or one that no provider takes."""
    size = count_segments(text)
    if size.segments == 0:
        raise BadInput("the text message is empty; check the template's sms.txt")
    if len(text) > MAX_CHARACTERS or size.segments > max_segments:
        raise BadInput(
            f"the text message has {len(text)} characters in {size.segments} parts ({size.alphabet}); "
            f"at most {MAX_CHARACTERS} in {max_segments}"
        )
    return size
