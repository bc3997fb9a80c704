"""Amounts of money in what customers write, in five languages: `find_amounts`.

The decimal mark follows the customer's country where the digits leave a doubt; `$` is that country's dollar or peso.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outreach.replies.currency_words import AFTER, BEFORE, CENTS, CODES, SCALES, currency_of
from outreach.replies.dates import find_dates
from outreach.replies.folding import fold
from outreach.replies.locales import has_decimal_point, language_of
from outreach.replies.masking import blank, find_tokens
from outreach.replies.numbers import find_written_numbers, japanese_value

_DIGITS = re.compile(
    rf"(?:(?<![\w/#])|(?<=\b(?:{CODES})))(?<![\d][.,:'])"
    r"(?:\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,']\d+)*|[.,]\d+)(?:[kmg](?!\w))?"
)
_JAPANESE = re.compile(
    r"(?<![a-z0-9_/#.,])(?<!\d[\-])(?:\d{1,3}(?: \d{3})+(?!\d)(?:\.\d+)?|(?:\d[\d,]*(?:\.\d+)?"
    r"|[〇零一二三四五六七八九十百千万億兆])"
    r"(?:\d[\d,]*(?:\.\d+)?|[〇零一二三四五六七八九十百千万億兆])*)"
)
_KANJI_ONLY = re.compile(r"[〇零一二三四五六七八九十百千万億兆]+$")
_TAIL = re.compile(r"\s?(?:[.,]-{1,2}|/-)")
_MINUS = re.compile(
    r"(?:(?:^\s*-\s?)|(?:(?<![\w)])|(?<=[ぁ-んァ-ヶ一-龠]))-|(?<!\w)(?:minus|negativ[eo]?|menos|moins)\s+|[▲△]\s?"
    r"|マイナス)$"
)
_NOT_AMOUNT = re.compile(
    r"\s?(?:%|‰|°|percent|prozent|por ciento|pour cent|パーセント|年|月|日|時|割|件|枚|回|個|名|台|週|営業|ヶ|か月"
    r"|つ目)|(?:h|uhr)(?!\w)|:\d"
    r"|\s?(?:(?:business |working |calendar )?days?|weeks?|months?|years?|hours?|hrs?|units?|pieces|pcs|pallets?"
    r"|boxes|cases|items"
    r"|tagen?|wochen?|monaten?|jahren?|stunden|std\.?|stuck|paletten?|kartons?|dias?|semanas?|mes(?:es)?|anos?|horas?"
    r"|unidades|piezas|pzas|cajas|jours?|semaines?|mois|ans|heures?|unites|pieces|cartons?|palettes?"
    r"|invoices?|rechnungen|facturas|factures)(?!\w)"
)
_SUFFIXED = {"k": Decimal(10**3), "m": Decimal(10**6), "g": Decimal(10**9)}
_UNIT_COLUMN = re.compile(r"単位 ?[::] ?(?P<unit>百万|千|万)円")
_UNITS = {"百万": Decimal(10**6), "千": Decimal(10**3), "万": Decimal(10**4)}


@dataclass(frozen=True, slots=True)
class AmountFinding:
    """An amount that stands in a text at `span`. `currency` is None where the text names none."""

    span: tuple[int, int]
    amount: Decimal
    currency: str | None
    text: str


def find_amounts(text: str, locale: str) -> list[AmountFinding]:
    """Amounts in `text`, in the order of the text. `locale` is a CLDR identifier such as `de_AT`.

    Dates, telephone and document numbers are no amounts. Numbers without a currency are findings only where their
    sentence names no amount with one; articles ("a", "un", "ein") only beside a currency or as the whole text.
    """
    masked = [f.span for f in find_dates(text, date(2000, 1, 3), locale) if any(c.isdigit() for c in f.text)]
    tokens = [t.span for t in find_tokens(text)]
    found = scan_amounts(text, locale, [*masked, *tokens])
    return [f for f in found if f.currency or not _money_beside(text, f, found)]


def _money_beside(text: str, bare: AmountFinding, found: list[AmountFinding]) -> bool:
    start = max((text.rfind(mark, 0, bare.span[0]) for mark in ("\n", ". ", "。", "? ")), default=-1)
    return any(
        f.currency and f is not bare and f.span[0] > start for f in found if "\n" not in text[bare.span[1] : f.span[0]]
    )


def scan_amounts(text: str, locale: str, masked: Iterable[tuple[int, int]]) -> list[AmountFinding]:
    """Every number that may be an amount, marked by a currency or not, outside the `masked` spans."""
    folded = blank(fold(text), masked)
    found: list[AmountFinding] = []
    reached = 0
    for (start, end), value, weak, decimals in sorted(_numbers(folded, locale)):
        if start < reached:
            continue
        finding = _finish(text, folded, start, end, value, decimals, locale, reached)
        if finding is None or (
            weak
            and finding.currency is None
            and finding.span[1] - finding.span[0] == end - start
            and folded.strip() != folded[start:end]
        ):
            continue
        found.append(finding)
        reached = finding.span[1]
    unit = _UNIT_COLUMN.search(folded)
    if unit:
        return [_scaled(f, _UNITS[unit["unit"]]) for f in found if f.span[0] > unit.end() or f.span[1] < unit.start()]
    return found


def _scaled(finding: AmountFinding, factor: Decimal) -> AmountFinding:
    if finding.currency:
        return finding
    return AmountFinding(finding.span, finding.amount * factor, "JPY", finding.text)


def _numbers(folded: str, locale: str) -> Iterator[tuple[tuple[int, int], Decimal, bool, bool]]:
    """(span, value, whether it is one only beside a currency, whether it has decimals)."""
    language = language_of(locale)
    if language == "ja":
        for match in _JAPANESE.finditer(folded):
            text = match.group().replace(" ", "")
            kanji = (
                bool(_KANJI_ONLY.match(text))
                and len(text) < 3
                and not re.search("です|は|であ", folded[match.end() : match.end() + 2])
            )
            yield match.span(), japanese_value(text), kanji, "." in text
        return
    point = has_decimal_point(locale)
    for match in _DIGITS.finditer(folded):
        digits = match.group()
        factor = _SUFFIXED.get(digits[-1], Decimal(1))
        value = read_number(digits.rstrip("kmg"), point)
        yield match.span(), value * factor, False, value != value.to_integral_value()
    for number in find_written_numbers(folded, language):
        yield number.span, number.value, number.weak, False


def read_number(digits: str, decimal_point: bool) -> Decimal:
    """ "1.234,50", "1'234.50", "4,13,000", "8 623,13" → the number.

    One mark before three digits groups them, unless it is the country's decimal mark.
    """
    digits = digits.replace(" ", "").replace("'", "")
    marks = [c for c in digits if c in ".,"]
    if not marks:
        return Decimal(digits)
    last = marks[-1]
    head, _, tail = digits.rpartition(last)
    mixed = len(set(marks)) == 2
    if mixed and marks.count(last) > 1:
        decimal = False
    elif mixed or not head or head == "0":
        decimal = True
    elif len(marks) > 1:
        decimal = False
    else:
        decimal = len(tail) != 3 or (last == "." if decimal_point else last == ",")
    if not decimal:
        head, tail = digits, ""
    whole = re.sub(r"[.,]", "", head) or "0"
    return Decimal(f"{whole}.{tail}" if tail else whole)


def _finish(
    text: str, folded: str, start: int, end: int, value: Decimal, decimals: bool, locale: str, reached: int
) -> AmountFinding | None:
    """Scale, currency and sign around a number; None for what counts something else than money."""
    language = language_of(locale)
    if _NOT_AMOUNT.match(folded, end):
        return None
    value, end = _scale(value, folded, end, language)
    tail = _TAIL.match(folded, end)
    end = tail.end() if tail else end
    currency: str | None = None
    before = BEFORE.search(folded, max(0, start - 24), start)
    if before and folded[before.start() : before.end()].strip() and before.start() < reached:
        before = None
    if before and folded[before.start() : start].strip():
        currency, start = currency_of(before, locale), before.start()
    after = AFTER.match(folded, end)
    if after and (
        currency is None or currency_of(after, locale) == currency or "$" in (before.group() if before else "")
    ):
        currency, end = currency_of(after, locale), after.end()
        value, end = _scale(value, folded, end, language)
    if currency and not decimals:
        value, end = _cents(value, folded, end, bool(after))
    sign = _MINUS.search(folded, max(0, start - 12), start)
    if sign and not re.search(r"\d\s*$", folded[: sign.start()]):
        value, start = -value, sign.start() + len(sign.group()) - len(sign.group().lstrip())
    return AmountFinding((start, end), value, currency, text[start:end])


def _scale(value: Decimal, folded: str, end: int, language: str) -> tuple[Decimal, int]:
    for pattern, factor in SCALES[language]:
        match = pattern.match(folded, end)
        if match:
            return value * factor, match.end()
    return value, end


def _cents(value: Decimal, folded: str, end: int, named: bool) -> tuple[Decimal, int]:
    """ "3 dollars 50 cents", "20 dollar 43": the cents behind a currency that is a word."""
    match = re.compile(r"\s+(?:and |et |y |und )?(\d{1,2})(?![\d/%:]|[.,]\d)|(?:と)?(\d{1,2})(?=銭|セント)").match(
        folded, end
    )
    if not match or not named:
        return value, end
    cents = CENTS.match(folded, match.end())
    if cents or re.match(r"\s*(?:$|[.;!?])", folded[match.end() :]):
        return value + Decimal(match[1] or match[2]) / 100, cents.end() if cents else match.end()
    return value, end
