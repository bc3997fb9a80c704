"""Tokens whose digits are neither dates nor amounts: addresses, links, phone numbers, document numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain.currencies import EXPONENTS
from outreach.replies.folding import fold

EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,8}", re.ASCII)
_URL = re.compile(r"(?:https?://|www\.)\S+")
PHONE = re.compile(
    r"(?<![\w.,])(?:\+\d{1,3}[\s()/.\-]*\d(?:[\s()/.\-]{0,2}\d){6,13}"
    r"|\(0?\d{1,4}\)[\s\-]?\d{2,5}(?:[ \-]\d{2,5}){1,3}"
    r"|0\d{1,5}[ /\-]\d{2,8}(?:[ \-]\d{2,5}){0,4}"
    r"|0\d(?:[ .]\d\d){4}"
    r"|\d{2,4}[ \-]\d{3,4}[ \-]\d{4})(?![\w]|[.,]\d)"
)
_CODES = "|".join(sorted(EXPONENTS)).lower()
_DOCUMENT = re.compile(
    rf"(?<![\w.,])(?!(?:{_CODES})\d)(?:[a-z]{{1,8}}[a-z0-9]{{0,20}}[\-/#]?\d[a-z0-9]{{0,30}}"
    rf"(?:[\-/.][a-z0-9]{{0,12}}\d[a-z0-9]{{0,20}}){{0,6}}"
    rf"|\d{{2,}}[a-z]{{1,3}}\d{{3,}}"
    r"|\d{2,4}[\-/](?:\d{1,2}[\-/])?\d{3,}\b|\d{3,}[\-/]\d{1,6}(?![\d/\-])|[a-z]{1,20}(?:[\-/][a-z0-9]{0,12}\d[a-z0-9]{0,20}){1,6})"
)
_LABELLED = re.compile(
    r"(?<!\w)(?:invoices?|inv|bills?|rechnungs?|rechnung(?:en)?|rg|re|rgn?r|factures?|fact?|facturas?|fra|fras|folio"
    r"|ref"
    r"|refer\w+|po|p\.o|order|bestell\w*|auftrag\w*|kd|kunden\w*|konto\w*|hrb|hra|gnr|no|nr|num|numero|nummer|n|#"
    r"|cheque|trace|txn|transaction|confirmation|utr|auth\w*|transaktion\w*|operacion|operation"
    r"|check|chq|ch|chk|beleg\w*|pedido|commande|ticket|case|vorgang\w*|請求書(?:番号|no)?|番号|第"
    r"|account(?!\s\d{1,2}/\d{1,2}(?![\d/]))|code|vat"
    r"|iban"
    r"|plz|az|paragraph|section|clause|article|art|artikel|abs|absatz|§§?|clausula|page|seite|pag|unit|suite|halle)"
    r"(?:\.|º|°|o\.)?(?:\s?(?:nr|no|num|number|numero|nummer|n)(?:\.|º|°"
    r"|o)?)?\s?[:#]?\s?(?P<n>\d(?:[a-z0-9/\-.]|,(?=\d\d\d))*[a-z0-9]|\d)"
)
_TELEPHONE = re.compile(
    r"(?<!\w)(?:tel|telefono|telefon|telephone|phone|tlf|movil|mobil|mobile|cell|fax|handy|portable|電話|携帯)(?:番号)?"
    r"[.:]{0,2} ?(?P<n>\+?\(?\d(?:[ ()./\-]{0,2}\d){5,14})(?![\d%])"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A masked stretch of text; `kind` is email, url, phone or document."""

    span: tuple[int, int]
    kind: str
    text: str


def find_tokens(text: str) -> list[Token]:
    """Addresses, links, phone and document numbers in `text`, in order, without overlaps."""
    folded, taken, found = fold(text), bytearray(len(text)), []
    for kind, pattern in (
        ("email", EMAIL),
        ("url", _URL),
        ("phone", _TELEPHONE),
        ("phone", PHONE),
        ("document", _DOCUMENT),
        ("document", _LABELLED),
    ):
        for match in pattern.finditer(folded):
            start, end = match.span("n") if "n" in pattern.groupindex else match.span()
            if any(taken[start:end]) or (pattern is PHONE and not _is_phone(match.group())):
                continue
            if kind == "document" and not _is_document(match.group()):
                continue
            taken[start:end] = b"\1" * (end - start)
            found.append(Token((start, end), kind, text[start:end]))
    return sorted(found, key=lambda t: t.span)


def _is_phone(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    # 1 414 021 100 is a number in groups of three and 09-05-2026 a date, neither a telephone.
    other = r"[1-9]\d{0,2}(?: \d{3})+|\d{1,2}([\-/. ])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d([\-/. ])\d{1,2}\2\d{1,2}"
    return 8 <= digits <= 15 and not re.fullmatch(other, text)


def _is_document(text: str) -> bool:
    # "3/4", "24/7" or "july-4" are no document numbers; nor is a day with its ordinal, nor R8.5.13 in Japan's era.
    return sum(c.isdigit() for c in text) >= 2 and not re.fullmatch(
        r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|okt|nov|dec|dez|ene|abr|ago|dic)[a-z]*[\-/]?\d{1,4}"
        r"|\d{4}[\-/]\d{1,2}[\-/]\d{1,2}"
        r"|\d{1,2}[\-/]\d{1,2}[\-/]\d{2,4}"
        r"|r\d{1,2}([./])(?:1[0-2]|0?[1-9])\1(?:[12]\d|3[01]|0?[1-9])",
        text,
    )


def blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with every span replaced by as many `\\x1f`: offsets stay, digits and words there are gone."""
    characters = list(text)
    for start, end in spans:
        characters[start:end] = "\x1f" * (end - start)
    return "".join(characters)
