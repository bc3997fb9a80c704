"""From a cell to a value: each parser takes what a cell holds and returns one type, or says what it expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import available_timezones

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from domain.currencies import EXPONENTS
from exchange.cells import Cell
from exchange.countries import COUNTRIES
from exchange.refusal import BadCell

Parser: TypeAlias = Callable[[Cell, str], object]
"""(cell, what the field leans on: the row's currency for amounts, its country for phones) → value. Raises BadCell."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd]")
_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t]*|\t+")
_SIGNED_PLAIN = re.compile(r"[+\-][\d\s.,/()\-+]*")
_EXCEL_ERRORS = frozenset({"#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2212: 0x2D}
_EMAIL = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9._%+\-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?")

_LANGUAGE_CODES = (
    "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km "
    "kn ko ky lo lt lv mk ml mn mr ms my nb ne nl nn no pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tr uk ur uz "
    "vi yue zh zu"
)
LANGUAGES = frozenset(_LANGUAGE_CODES.split())
"""Languages that a locale may begin with: ISO 639 codes of the world's larger business languages."""


def narrow(text: str) -> str:
    """Full-width letters, digits and signs (as a Japanese keyboard writes them) → ASCII ones."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)


def _excel_number(value: float) -> str:
    """A number cell as Excel shows it: fifteen digits, whole ones without a point."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return format(value, ".15g")


def as_text(cell: Cell) -> str:
    """Any cell as text. Whole numbers lose Excel's .0; dates are ISO."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return _excel_number(float(cell)) if abs(cell) != float("inf") else str(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def parse_text(cell: Cell, _: str = "") -> str:
    """A name or remark: trimmed, line breaks to blanks. Refuses formulas, control characters and lost letters."""
    text = as_text(cell)
    if text and text[0] in "=@\t\r":
        raise BadCell("text that doesn't begin with = @ tab or return (a spreadsheet would run it as a formula)")
    text = _BREAKS.sub(" ", text).strip().strip("\u200b\ufeff").strip()
    if _CONTROL.search(text):
        lost = "\ufffd" in text
        raise BadCell(
            "text without � (a letter was lost before the file came here; export it again as UTF-8)"
            if lost
            else "text without control or direction-changing characters"
        )
    if text and text[0] in "+-=@" and not _SIGNED_PLAIN.fullmatch(text):
        raise BadCell("text that doesn't begin with = + - or @ (a spreadsheet would run it as a formula)")
    if text.startswith("#") and text in _EXCEL_ERRORS:
        raise BadCell("a value, not an Excel error; mend the formula in the export")
    return text


def text_parser(most: int) -> Parser:
    """Text of at most `most` characters."""

    def parse(cell: Cell, _: str) -> str:
        text = parse_text(cell)
        if len(text) > most:
            raise BadCell(f"text of at most {most} characters, this has {len(text)}")
        return text

    return parse


def lines_parser(most: int) -> Parser:
    """Text of several lines (an address), each like `parse_text`, joined by newlines; at most `most` characters."""
    whole = text_parser(most)

    def parse(cell: Cell, lean: str) -> str:
        whole(cell, lean)
        lines = [parse_text(line) for line in as_text(cell).splitlines()]
        return "\n".join(line for line in lines if line)

    return parse


def key_parser(most: int) -> Parser:
    """A number or reference that identifies: one line, leading zeros kept, full-width characters narrowed."""

    def parse(cell: Cell, _: str) -> str:
        if isinstance(cell, (bool, date, timedelta)):
            raise BadCell("a number or code; format the column as text, Excel made it something else")
        if isinstance(cell, str) and ("\n" in cell.strip() or "\r" in cell.strip()):
            raise BadCell("a number or code on one line")
        text = narrow(parse_text(cell)).strip()
        if len(text) > most:
            raise BadCell(f"a number or code of at most {most} characters, this has {len(text)}")
        if isinstance(cell, float) and (cell != int(cell) or abs(cell) >= 1e15):
            raise BadCell("a number or code; Excel rounded this one, format the column as text")
        if "E+" in text and re.fullmatch(r"\d(?:[.,]\d+)?E\+\d+", text):
            raise BadCell("a number or code; Excel shortened this one (1.23E+12), format the column as text")
        return text

    return parse


def parse_integer(cell: Cell, _: str) -> int:
    """A whole number from 0 to 32,000."""
    text = narrow(as_text(cell)).strip()
    if not re.fullmatch(r"\d{1,5}", text) or int(text) > 32_000:
        raise BadCell("a whole number from 0 to 32000")
    return int(text)


def parse_currency(cell: Cell, _: str) -> str:
    """An ISO 4217 code, in capitals."""
    code = narrow(as_text(cell)).strip().upper()
    if code not in EXPONENTS:
        raise BadCell("an ISO 4217 currency code such as EUR")
    return code


def parse_country(cell: Cell, _: str) -> str:
    """An ISO 3166-1 alpha-2 code, in capitals."""
    code = narrow(as_text(cell)).strip().upper()
    if code not in COUNTRIES:
        raise BadCell("an ISO 3166 country code of two letters such as DE (GB, not UK)")
    return code


def parse_locale(cell: Cell, _: str) -> str:
    """A language with an optional region (de, de-AT, en_GB) → CLDR's spelling (de_AT)."""
    found = _LOCALE.fullmatch(narrow(as_text(cell)).strip())
    expected = "a language, or language and region, such as de or de-AT"
    if not found or found.group(1).lower() not in LANGUAGES:
        raise BadCell(expected)
    language, script, region = found.groups()
    if region and region.isalpha() and region.upper() not in COUNTRIES:
        raise BadCell(expected)
    parts = [language.lower(), script.title() if script else "", region.upper() if region else ""]
    return "_".join(part for part in parts if part)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def parse_timezone(cell: Cell, _: str) -> str:
    """An IANA time zone such as Europe/Berlin. Abbreviations (CET, EST) know no summer time and are refused."""
    name = as_text(cell).strip()
    if name not in _zones():
        raise BadCell("an IANA time zone such as Europe/Berlin (not CET or GMT+1)")
    return name


def parse_email(cell: Cell, _: str) -> str:
    """One mail address, in lower case."""
    text = narrow(as_text(cell)).strip()
    if not (len(text) <= 254 and ".." not in text and _EMAIL.fullmatch(text)):
        try:
            text = validate_email(text, check_deliverability=False).normalized
        except EmailNotValidError:
            raise BadCell("one mail address such as ap@example.com") from None
    return text.lower()


def parse_phone(cell: Cell, country: str) -> str:
    """A telephone number → E.164 (+4930123456). A national number is read by the row's country."""
    text = narrow(as_text(cell)).strip()
    expected = "a telephone number such as +49 30 123456"
    if isinstance(cell, float) or (isinstance(cell, int) and not country):
        text = "+" + text if len(text) > 10 else text  # Excel drops the plus
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        raise BadCell(expected + ("" if country else "; without a country it must begin with +")) from None
    if not phonenumbers.is_possible_number(number):
        raise BadCell(expected)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


SAME_AS = {
    "accounts_payable": "ap", "accounting": "ap", "accountant": "ap", "billing": "ap", "bookkeeper": "ap",
    "bookkeeping": "ap", "payables": "ap", "accounts_payable_manager": "ap_manager", "payables_manager": "ap_manager",
    "cfo": "finance_head", "controller": "finance_head", "finance_director": "finance_head",
    "finance_manager": "finance_head", "head_of_finance": "finance_head", "treasurer": "finance_head",
    "procurement": "buyer", "purchasing": "buyer", "purchaser": "buyer", "sales_rep": "sales",
    "sales_representative": "sales", "on_hold": "blocked", "held": "blocked", "canceled": "cancelled",
    "delivered": "shipped", "invoiced": "shipped",
}  # fmt: skip
"""Words of other systems that mean one of ours beyond doubt."""


def choice_parser(choices: tuple[str, ...]) -> Parser:
    """One of `choices` or a word that means it, whatever the case; blanks and hyphens count as underscores."""

    def parse(cell: Cell, _: str) -> str:
        text = narrow(as_text(cell)).strip().lower().replace(" ", "_").replace("-", "_")
        text = text if text in choices else SAME_AS.get(text, text)
        if text not in choices:
            raise BadCell(f"one of {', '.join(choices)}")
        return text

    return parse


def parse_rate(cell: Cell, _: str) -> str:
    """A positive exchange rate with a decimal point, kept as it was printed."""
    text = narrow(as_text(cell)).strip()
    if not re.fullmatch(r"\d{1,12}(?:\.\d{1,12})?", text) or not text.strip("0."):
        raise BadCell("a positive rate such as 1.0842")
    return text
