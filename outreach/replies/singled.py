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
    "en": rf"(?:the |\b)(?:(?P<{_SMALL}>small(?:er|est)?|little)|(?P<{_LARGE}>big(?:g(?:er|est))?|large[rst]*))"
    r"(?: (?:one|invoice|bill|amount)\b| of the two\b)",
    "es": rf"\bla (?:factura )?(?:mas )?(?:(?P<{_SMALL}>pequena|chica|chiquita|menor)"
    rf"|(?P<{_LARGE}>grande|mayor|gorda))\b(?! parte)",
    "fr": rf"\bla (?:facture )?(?:plus )?(?:(?P<{_SMALL}>petite)|(?P<{_LARGE}>grosse|grande))\b"
    r"(?= (?:facture|des deux|est|sera|part|a|a ete|le|la|au|d'ici|sous|apres|en|fin|demain|vendredi"
    r"|lundi|mardi|mercredi|jeudi|on|je|nous)\b|\s*[,.;:\n(]|$)",
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
    "de": (r"\bdie (?:rechnung |re |rg )?(?:uber|ueber|mit|zu|von)(?: den| die)? (?:€|eur )?", r"(?![\d.,']*\d)"),
    "ja": ("", r"円の(?:方|ほう|分|請求)"),
}


_TAILED = {
    "en": (r"(?:\bthe |\binvoices? |\band |\b& ?|\bno\.? ?)", r"(?! ?(?:one|invoice) (?:for|of) )"),
    "es": (r"(?:\b[dl]?e?l?a |\by (?:la )?|\bfactura )", ""),
    "fr": (r"(?:\bl[ae] |\bet (?:la )?|\bfacture )", ""),
    "de": (r"(?:\bdie |\bder |\bund (?:die )?|\bre\.? |\brechnung )", ""),
    "ja": (r"(?:(?<![\d,.\-/年月])|番号)", r"(?=の(?:方|ほう|分|請求|件)|番|[と、・]\d{2,4}(?!\d|[月日/]))"),
}
"""What stands before (and after) the last digits of a number, where nothing else tells that they are some."""
_UNITS = (
    r"(?!\d|[.,:/\-]\d| ?(?:€|\$|£|¥|%|eur|usd|gbp|chf|euro|dollar|pound|quid|peso|franc|franken|balles"
    r"|mil\b|k\b|円|万|千"
    r"|kg|km|m2|stuck|st\b|pcs|uds?\b|unidades|units|pieces|cajas|boxes|cartons|kartons|days|dias|jours|tage|h\b|uhr))"
)
_THE_OTHER = {
    "en": r"\bthe other (?:one|invoice|bill)\b|\bthe other(?= (?:on|by|at|next|this|in|end|will|goes|is"
    r"|has|gets|we|i)\b|\W*$)",
    "es": r"\bla otra(?! (?:parte|mitad|semana|vez|cara))(?: factura)?\b",
    "fr": r"\bl'autre(?! (?:moitie|partie|part|jour|semaine|fois|cote))(?: facture)?\b",
    "de": r"\bdie andere(?! (?:halfte|woche|seite))(?: rechnung)?\b",
    "ja": r"もう(?:一|1)(?:方|件|枚|通)|他方|もう片方",
}


def find_the_other(
    text: str, language: str, invoices: tuple[OpenInvoice, ...], mentions: list[Mention]
) -> list[Mention]:
    """ "The other one", where two are open and one of them alone was named before."""
    if len(invoices) != 2 or not mentions:
        return []
    found = []
    for match in re.finditer(_THE_OTHER[language], fold(text).replace("’", "'")):
        before = [m.number for m in mentions if m.span[1] <= match.start()]
        if before:
            found.append(Mention(match.span(), next(i.number for i in invoices if i.number != before[-1])))
    return found


_TWO_DIGITS = re.compile(r"(?:\bla |\bdie )$")
"""What stands before two digits that are no day: "la 88"."""


def _ends_in(number: str, digits: str) -> bool:
    """Whether a number with other digits before ends in these; two of them only as a group of their own."""
    if len(digits) == 2 and number[-3:-2].isalnum():
        return False
    return number.endswith(digits) and bool(re.search(r"\d", number[: -len(digits)]))


def _find_tails(folded: str, language: str, invoices: tuple[OpenInvoice, ...]) -> list[Mention]:
    """ "Die 417 und die 431", "la 88": two to four last digits that one open invoice only has, and that are no sum."""
    before, after = _TAILED[language]
    found = []
    for match in re.finditer(rf"{before}(?:\.\.+ ?|…|#|-)?(?P<n>\d{{2,4}})(?![\w]){_UNITS}{after}", folded):
        digits = match["n"]
        if len(digits) == 2 and not _TWO_DIGITS.search(folded, max(0, match.start("n") - 4), match.start("n")):
            continue
        ends = [i.number for i in invoices if _ends_in(i.number, digits)]
        owed = any(i.amount == int(digits) for i in invoices)
        if len(ends) == 1 and not owed and not re.fullmatch(r"(?:19|20)\d\d", digits):
            found.append(Mention(match.span("n"), ends[0]))
    return found


_LISTED_BEHIND = re.compile(r"[と、・](?P<n>\d{2,4})(?!\d|[.,:/月日年円万千件枚]| ?%)")


def find_listed_behind(folded: str, invoices: tuple[OpenInvoice, ...], mentions: list[Mention]) -> list[Mention]:
    """4488と91: the ends of other numbers, listed right behind one that is named."""
    found = []
    for mention in mentions:
        end, taken = mention.span[1], {mention.number}
        while match := _LISTED_BEHIND.match(folded, end):
            ends = [i.number for i in invoices if i.number.endswith(match["n"]) and i.number not in taken]
            if len(ends) == 1 and not any(m.span[0] <= match.start("n") < m.span[1] for m in mentions):
                found.append(Mention(match.span("n"), ends[0]))
                taken.add(ends[0])
            end = match.end()
    return found


def find_singled(text: str, language: str, invoices: tuple[OpenInvoice, ...]) -> list[Mention]:
    """Invoices that `text` singles out by size, sum or last digits, where several are open and one only fits."""
    amounts = [invoice.amount for invoice in invoices]
    if len(invoices) < 2:
        return []
    folded = fold(text)
    found = _find_tails(folded, language, invoices)
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
        if "万円" in folded and invoice.amount % 1000 == 0 and amounts.count(invoice.amount) == 1:
            pattern = re.compile(rf"(?<![\d.万]){invoice.amount / 10000:f}万円?の(?:方|ほう|分|請求|やつ)")
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
