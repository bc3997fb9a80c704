"""Invoices that are singled out without their number: "the smaller one", "die größere", "the 1,150 one"."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from outreach.replies.folding import fold
from outreach.replies.model import OpenInvoice
from outreach.replies.references import Mention

_SMALL, _LARGE = "small", "large"
_BY_SIZE = {
    "en": rf"the (?:(?P<{_SMALL}>small(?:er|est)?|little)|(?P<{_LARGE}>bigg?(?:er|est)?|large[rst]*))"
    r"(?: (?:one|invoice|bill|amount)\b| of the two\b)",
    "es": rf"\bla (?:factura )?(?:mas )?(?:(?P<{_SMALL}>pequena|chica|chiquita|menor)"
    rf"|(?P<{_LARGE}>grande|mayor|gorda))\b(?! parte)",
    "fr": rf"\bla (?:facture )?(?:plus )?(?:(?P<{_SMALL}>petite)|(?P<{_LARGE}>grosse|grande))\b"
    r"(?= (?:facture|des deux|est|sera|part|a ete|le|la|en|fin|demain|on|je|nous)\b|\s*[,.;:\n(]|$)",
    "de": rf"\b(?:die|der) (?:(?P<{_SMALL}>kleiner?e|kleinsten?)"
    rf"|(?P<{_LARGE}>gro(?:ß|ss)er?e|gro(?:ß|ss)te|groe(?:ß|ss)(?:er|t)e))n?"
    r"\b(?= (?:rechnung|von beiden|der beiden|ist|wird|geht|bekommen|folgt|am|bis|zum|kommt|zahle\w*|uberweise\w*|ende"
    r"|nachste\w*|diese\w*|erst|dann|laut|davon)\b|\s*[,.;:\n(]|$)",
    "ja": rf"(?:(?P<{_SMALL}>小さい|少ない|少額の|安い)|(?P<{_LARGE}>大きい|多い|高額の|高い))"
    r"(?:金額の)?(?:方|ほう|請求)",
}  # fmt: skip
_BY_AMOUNT = {
    "en": (r"the (?:gbp |usd |eur |£|\$|€)?", r"(?: (?:quid|pounds|dollars|euros?))? (?:one|invoice|bill)\b"),
    "es": (r"\bla (?:factura )?de (?:los )?(?:€|\$)?", r"(?![\d.,]*\d)"),
    "fr": (r"\bcelle (?:de|a) (?:€|\$)?", r"(?![\d.,]*\d)"),
    "de": (r"\bdie (?:rechnung )?(?:uber|ueber|mit|zu|von) (?:€|eur )?", r"(?![\d.,']*\d)"),
    "ja": ("", r"円の(?:方|ほう|分|請求)"),
}


def find_singled(text: str, language: str, invoices: tuple[OpenInvoice, ...]) -> list[Mention]:
    """Invoices that `text` singles out by their size or their sum, where several are open and one only fits."""
    amounts = [invoice.amount for invoice in invoices]
    if len(invoices) < 2:
        return []
    folded, found = fold(text), []
    smallest, largest = min(invoices, key=lambda i: i.amount), max(invoices, key=lambda i: i.amount)
    for match in re.finditer(_BY_SIZE[language], folded):
        one = smallest if match[_SMALL] else largest
        if amounts.count(one.amount) == 1:
            found.append(Mention(match.span(), one.number))
    before, after = _BY_AMOUNT[language]
    digits = re.sub(r"\D", "", folded)
    for invoice in invoices:
        if f"{int(invoice.amount)}" in digits and amounts.count(invoice.amount) == 1:
            pattern = re.compile(before + _written(invoice.amount) + after)
            found += [Mention(match.span(), invoice.number) for match in pattern.finditer(folded)]
    return found


@cache
def _written(amount: Decimal) -> str:
    """A pattern for a sum in figures: with or without marks between thousands, with or without cents of 0."""
    whole, _, cents = f"{amount:f}".partition(".")
    groups: list[str] = []
    while whole:
        whole, group = whole[:-3], whole[-3:]
        groups.insert(0, group)
    body = r"[.,'’ \u00a0\u202f]?".join(groups)
    return body + (rf"[.,]{cents}" if cents.strip("0") else r"(?:[.,](?:00|-+|–))?")
