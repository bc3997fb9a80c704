"""Which invoices a text names, and whom it tells us to turn to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from outreach.replies.folding import fold
from outreach.replies.masking import EMAIL, PHONE
from outreach.replies.model import ContactReading, OpenInvoice

_TITLES = re.compile(
    r"(?i)\b(?:herrn?|frau|mr|mrs|ms|miss|mme|madame|monsieur|mlle|sra?|srta|don|doña|dr|dra|lic|ing|cp|prof)\b\.?\s+"
)
_NAME = re.compile(
    r"(?<![\w@.])((?:[A-ZÀ-ÖØ-Þ][\wÀ-ÿ'’\-]+)(?:[ \u00a0]+(?:de |del |la |von |van |der |le |Le |El"
    r" )*[A-ZÀ-ÖØ-Þ][\wÀ-ÿ'’\-]+){1,3})"
)
_TITLED = re.compile(
    r"(?i:\b(?:herrn?|frau|mr|mrs|ms|mme|madame|monsieur|sra?|srta|don|doña|lic|dr"
    r"|dra)\b\.?)\s+([A-ZÀ-ÖØ-Þ][\wÀ-ÿ'’\-]+(?:\s+[A-ZÀ-ÖØ-Þ][\wÀ-ÿ'’\-]+){0,2})"
)
_JAPANESE_NAME = re.compile(
    r"([一-龠々]{1,4}(?:[ 　][一-龠々ぁ-んァ-ヶ]{1,5})?)\s?(?:さん|様|氏)"
    r"|([一-龠々]{1,4}[ 　][一-龠々ぁ-んァ-ヶ]{1,5})(?=\s*\n|[（(])"
)
_NOT_NAMES = re.compile(
    r"(?i)\b(?:accounts?|payable|payables|department|dept|team|invoice|invoices|kreditoren|buchhaltung|gmbh|ltd"
    r"|limited|inc|tel|phone|email|mail"
    r"|comptabilit|service|departamento|cuentas|please|bitte|best|kind|regards|rechnung|finance|office|group|billing"
    r"|company|street|straße)\b"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """An open invoice named in a text at `span`; `left_out` where it is named as the one that is not meant."""

    span: tuple[int, int]
    number: str
    left_out: bool = False


def find_invoices(text: str, invoices: tuple[OpenInvoice, ...]) -> list[Mention]:
    """Open invoices that `text` names: by full number, by purchase order, or by an ending that only one of them has."""
    folded, taken, found = fold(text), bytearray(len(text)), []

    def mark(pattern: re.Pattern[str], number: str) -> None:
        for match in pattern.finditer(folded):
            start, end = match.span()
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(Mention((start, end), number))

    if len(invoices) > 1 and not any("/" in i.number for i in invoices):
        for match in _SLASHED.finditer(folded):
            found += _listed_by_slashes(match, invoices, taken)
    for invoice in sorted(invoices, key=lambda i: -len(i.number)):
        mark(_whole(invoice.number), invoice.number)
    for invoice in invoices:
        orders = [i for i in invoices if i.po_number == invoice.po_number]
        if invoice.po_number and len(orders) == 1:
            mark(_whole(invoice.po_number), invoice.number)
    for ending, number in _endings(invoices).items():
        if ending in folded:
            mark(_ending(ending), number)
    for match in _ENDS.finditer(folded):
        for digits in re.finditer(r"\d+", match["digits"]):
            first, last = match.start("digits") + digits.start(), match.start("digits") + digits.end()
            numbers = [i.number for i in invoices if i.number.endswith(digits.group())]
            if len(numbers) == 1 and not any(taken[first:last]):
                found.append(Mention((first, last), numbers[0]))
    for match in _ARTICLE_AND_DIGITS.finditer(folded):
        numbers = [i.number for i in invoices if i.number.endswith(match["digits"])]
        if len(numbers) == 1 and len(invoices) > 1 and not any(taken[slice(*match.span("digits"))]):
            found.append(Mention(match.span("digits"), numbers[0]))
    return sorted(found, key=lambda m: m.span)


_SLASHED = re.compile(r"(?<![\w/])[\w\-]*\d(?:\s?/\s?[\w\-]*\d)+(?![\w/])")


def _listed_by_slashes(match: re.Match[str], invoices: tuple[OpenInvoice, ...], taken: bytearray) -> list[Mention]:
    """ "417/419", "4471/72": numbers with bars between them, the later ones perhaps by their last digits."""
    found: list[Mention] = []
    for piece in re.finditer(r"[^/\s]+", match.group()):
        text, start, end = piece.group(), match.start() + piece.start(), match.start() + piece.end()
        same = [i.number for i in invoices if fold(i.number) == text]
        if not same and len(text) > (1 if found else 2):
            same = [i.number for i in invoices if fold(i.number).endswith(text)]
        if len(same) != 1 or any(taken[start:end]):
            return []
        found.append(Mention((start, end), same[0]))
    for mention in found:
        taken[slice(*mention.span)] = b"\1" * (mention.span[1] - mention.span[0])
    return found


@lru_cache(maxsize=4096)
def _whole(number: str) -> re.Pattern[str]:
    body = r"\s?".join(re.escape(part) for part in fold(number).split())
    return re.compile(rf"(?<![a-z0-9]){body}(?![a-z0-9]|[\-/][a-z0-9])")


@lru_cache(maxsize=4096)
def _ending(digits: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?<![\w/.,\-])|(?<=[ぁ-んァ-ヶ一-龠]))(?:n[r°o]\.?\s?|#|\.\.\.|…|-)?{re.escape(digits)}(?![a-z0-9\-/円]|[.,]\d)"
    )


_ENDS = re.compile(
    r"(?:(?:ending|ends?)(?: in| with| on)?|(?:finissant|finit|termin\w+) (?:par|en|con)|acab\w+ en"
    r"|(?:endet|endend|hinten) (?:auf|mit)|endziffern?|末尾|下[3-6三四五六]桁)[が:：]?\s*(?:\.\.\.|…|-|#)?"
    r"(?P<digits>\d{2,6}(?:(?:\s?[、,・]\s?|\s?(?:and|y|et|und|と)\s?)\d{2,6})*)(?!\d)"
)
"""Words that say that digits are the end of a number, with these."""
_ARTICLE_AND_DIGITS = re.compile(
    r"(?:(?<![\w.,])(?:the|la|le|die|der|zur|und die|y la|et la|and the|invoice|bill|rechnung|rg\.?|facture|factura"
    r"|fra\.?|number|nummer|numero)\s|^[-*•]?\s?)(?P<digits>\d{3,6})"
    r"(?![\w%€$£¥]|[.,/\-]\d|\s?(?:€|\$|£|euros?|eur|chf|usd|gbp|mxn|cop|pesos|dollars?|francs?|franken|円|mil"
    r"|\w+ (?:euros?|€)))",
    re.MULTILINE,
)
"""Digits that stand as a name would: "die 417 und die 431", "La 412 : bonne à payer"."""


def _endings(invoices: tuple[OpenInvoice, ...]) -> dict[str, str]:
    """Last digits (three at least) after a mark within the number, where one invoice only ends so."""
    endings: dict[str, list[str]] = {}
    for invoice in invoices:
        match = re.search(r"[^\d](\d{3,})$", invoice.number)
        if match:
            endings.setdefault(match[1], []).append(invoice.number)
    return {
        ending: numbers[0]
        for ending, numbers in endings.items()
        if len(numbers) == 1 and not re.fullmatch(r"(?:19|20)\d\d", ending)
    }


_OLD = re.compile(
    r"(?i)(?:\b(?:old|former|previous|alte?n?|bisherige?n?|antigu[ao]|anterior|ancienn?e?)\b|旧|今までの?|これまでの?|従来の?)[^\n@。]{0,16}$"
)
"""What stands before an address that is no longer used."""


def read_contact(text: str, from_name: str) -> ContactReading | None:
    """Name, mail address and telephone that `text` gives, None without a way to reach somebody."""
    addresses = list(EMAIL.finditer(text))
    email = next((m for m in addresses if not _OLD.search(text[: m.start()])), addresses[0] if addresses else None)
    masked = EMAIL.sub(lambda m: " " * len(m.group()), text)
    phones = [m for m in PHONE.finditer(fold(masked)) if sum(c.isdigit() for c in m.group()) >= 7]
    phone = masked[phones[0].start() : phones[0].end()].strip(" .,;()") if phones else None
    if not email and not phone:
        return None
    anchor = email.start() if email else phones[0].start()
    return ContactReading(_nearest_name(masked, anchor, from_name), email.group().rstrip(".") if email else None, phone)


def _nearest_name(text: str, anchor: int, from_name: str) -> str | None:
    names = []
    for pattern in (_TITLED, _JAPANESE_NAME, _NAME):
        for match in pattern.finditer(text):
            name = next(group for group in match.groups() if group)
            name = _TITLES.sub("", name).strip()
            if fold(name) in fold(from_name) or _NOT_NAMES.search(name):
                continue
            names.append((abs(anchor - match.end()), name))
        if names and min(names)[0] < 120:
            return min(names)[1]
    return min(names)[1] if names and min(names)[0] < 160 else None
