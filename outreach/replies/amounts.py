"""Amounts of money in what customers write, in five languages: `find_amounts`.

The decimal mark follows the customer's country where the digits leave a doubt; `$` is that country's dollar or peso.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outreach.replies.compound_numbers import find_compounds
from outreach.replies.counts import counts_things
from outreach.replies.currency_words import (
    AFTER,
    BEFORE,
    CENTS,
    CODES,
    PREFIXES,
    RAND,
    SCALES,
    currency_of,
    is_code,
)
from outreach.replies.dates import find_dates
from outreach.replies.folding import fold
from outreach.replies.locales import country_of, dollar_of, has_decimal_point, language_of
from outreach.replies.masking import blank, find_tokens
from outreach.replies.numbers import find_written_numbers, japanese_value

_DIGITS = re.compile(
    rf"(?:(?<![\w/#])|(?<=\b(?:{CODES})))(?<![\d][.,:'])"
    r"(?:\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,']\d+)*|[.,]\d+)(?:[kmg](?!\w))?"
)
_JAPANESE = re.compile(
    r"(?<![a-z0-9_/#.,])(?<!\d[\-])(?:\d{1,3}(?: \d{3})+(?!\d)(?:\.\d+)?|\.\d+|(?:\d[\d,]*(?:\.\d+)?"
    r"|[〇零一二三四五六七八九十百千万億兆])"
    r"(?:\d[\d,]*(?:\.\d+)?|[〇零一二三四五六七八九十百千万億兆])*)"
)
_KANJI_ONLY = re.compile(r"[〇零一二三四五六七八九十百千万億兆]+$")
_TAIL = re.compile(r"\s?(?:[.,]-{1,2}|/-)")
_MINUS = re.compile(
    r"(?:(?:^\s*-\s*)|(?:(?<![\w)])|(?<=[ぁ-んァ-ヶ一-龠]))-|(?<!\w)(?:minus|negativ[eo]?|menos|moins)\s+|[▲△]\s?"
    r"|マイナス)$"
)
_CLOCK = re.compile(r"(?:1[0-2]|0?[1-9])\s?(?:[ap]\.?m|o'?clock)(?!\w)")
_YEAR = re.compile(
    r"(?:(?<=\bde )|(?<=\bdel )|(?<=\bof )|(?<=\bin )|(?<=\ben )|(?<=\bim jahr )|(?<=\bjahres ))"
    r"20[1-3]\d(?![\d.,]|\s?\d)"
)
_TEXTED = re.compile(r"(?:(?<=\d)e(?P<e>\d\d)|(?<=[2-9]\d)e)(?![\w€]| siecle| anniversaire)")
_VERSION = re.compile(r"\d+\.\d{1,2}\.\d")
_ENDS = re.compile(r"\s{0,5}(?:$|[.;!?]|です)")
_DIGIT_BEHIND = re.compile(r"\s?[\d.,]")
_SUFFIXED = {"k": Decimal(10**3), "m": Decimal(10**6), "g": Decimal(10**9)}
_UNIT_COLUMN = re.compile(r"単位 ?[::] ?(?P<unit>百万|千|万)円")
_FORMAL = str.maketrans("壱壹弐貳参參伍拾佰陌仟阡萬", "一一二二三三五十百百千千万")
"""Figures of deeds and cheques, 金弐拾参万円也, as those of everyday."""
_UNITS = {"百万": Decimal(10**6), "千": Decimal(10**3), "万": Decimal(10**4)}


@dataclass(frozen=True, slots=True)
class AmountFinding:
    """An amount that stands in a text at `span`. `currency` is None where the text names none, or one without a code.

    `is_money`: some word or sign of money stands beside it, whether or not that tells a currency.
    """

    span: tuple[int, int]
    amount: Decimal
    currency: str | None
    text: str
    is_money: bool = False


def find_amounts(text: str, locale: str) -> list[AmountFinding]:
    """Amounts in `text`, in the order of the text. `locale` is a CLDR identifier such as `de_AT`.

    Dates, telephone and document numbers are no amounts. Numbers without a currency are findings only where their
    sentence names no amount with one; articles ("a", "un", "ein") only beside a currency or as the whole text.
    """
    masked = [f.span for f in find_dates(text, date(2000, 1, 3), locale) if any(c.isdigit() for c in f.text)]
    tokens = [t.span for t in find_tokens(with_rand(text, locale))]
    found = scan_amounts(text, locale, [*masked, *tokens])
    return _without_bare_beside_money(text, found)


_SENTENCE_ENDS = re.compile(r"\n|\. |。|\? ")


def _without_bare_beside_money(text: str, found: list[AmountFinding]) -> list[AmountFinding]:
    """Numbers without a currency only where their sentence, and the rest of the line, names no amount with one."""
    money = [f.span[0] for f in found if f.is_money]
    ends = [match.end() - 1 for match in _SENTENCE_ENDS.finditer(text)]
    lines = [place for place, character in enumerate(text) if character == "\n"]

    def has_money_beside(bare: AmountFinding) -> bool:
        before, behind = bisect_left(ends, bare.span[0]), bisect_left(lines, bare.span[1])
        start = ends[before - 1] if before else -1
        end = lines[behind] if behind < len(lines) else len(text)
        return bisect_right(money, start) < bisect_left(money, end)

    return [f for f in found if f.is_money or not has_money_beside(f)]


_RAND = re.compile(
    r"(?<![\w/#\-.])(?<!invoice )(?<!inv )(?<!no )(?<!ref )(?<!order )[Rr]"
    r"(?= ?\d{1,3}(?:[ ,\u00a0]?\d{3})*(?![\d/\-\w]|\.\d{3}))"
)


def with_rand(text: str, locale: str) -> str:
    """`text` from South Africa with a sign of its own for the R of a sum, of the same length."""
    return _RAND.sub(RAND, text) if country_of(locale) == "ZA" else text


def scan_amounts(text: str, locale: str, masked: Iterable[tuple[int, int]]) -> list[AmountFinding]:
    """Every number that may be an amount, marked by a currency or not, outside the `masked` spans."""
    # What is hidden is no white space: "£1,000 end of April\n£" is no sum in the currency of the next line.
    folded = blank(fold(with_rand(text, locale)), masked).replace("\x1f", "\x00")
    if language_of(locale) == "ja":
        folded = folded.translate(_FORMAL)
    found: list[AmountFinding] = []
    reached, whole = 0, folded.strip()
    for (start, end), value, weak, decimals in sorted(_numbers(folded, locale), key=lambda n: (n[0][0], -n[0][1])):
        if start < reached:
            continue
        finding = _finish(text, folded, _Number(start, end, value, weak, decimals), locale, reached)
        if finding is None or (
            weak
            and not finding.is_money
            and finding.span[1] - finding.span[0] == end - start
            and (whole != folded[start:end] or whole in ("a", "an"))
        ):
            continue
        found.append(finding)
        reached = finding.span[1]
    unit = _UNIT_COLUMN.search(folded)
    if unit:
        return [_scaled(f, _UNITS[unit["unit"]]) for f in found if f.span[0] > unit.end() or f.span[1] < unit.start()]
    return found


def _scaled(finding: AmountFinding, factor: Decimal) -> AmountFinding:
    if finding.is_money:
        return finding
    return AmountFinding(finding.span, finding.amount * factor, "JPY", finding.text, is_money=True)


def _numbers(folded: str, locale: str) -> Iterator[tuple[tuple[int, int], Decimal, bool, bool]]:
    """(span, value, whether it is one only beside a currency, whether it has decimals)."""
    language = language_of(locale)
    for span, value in find_compounds(folded, language):
        yield span, value, False, value != value.to_integral_value()
    if language == "ja":
        for match in _JAPANESE.finditer(folded):
            text = match.group().replace(" ", "")
            if text == "万一":  # in the worst case
                continue
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
        if _VERSION.match(digits):
            continue
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


@dataclass(frozen=True, slots=True)
class _Number:
    start: int
    end: int
    value: Decimal
    weak: bool
    decimals: bool


def _finish(text: str, folded: str, number: _Number, locale: str, reached: int) -> AmountFinding | None:
    """Scale, currency and sign around a number; None for what counts something else than money."""
    language = language_of(locale)
    start, end = number.start, number.end
    if counts_things(text, folded, end, language) or (language == "en" and _CLOCK.match(folded, start)):
        return None
    value, end = _scale(number.value, folded, end, language)
    if end != number.end:
        value, end = _smaller_scale(value, folded, end, language)
    tail = _TAIL.match(folded, end)
    end = tail.end() if tail else end
    before, after = _currency_before(text, folded, number, reached), _currency_after(text, folded, number, end)
    currency = currency_of(before, locale) if before else None
    if before:
        start, value = before.start(), value * _prefix(before)
    if after and not (currency is None or currency_of(after, locale) in (currency, None) or "$" in before.group()):  # type: ignore[union-attr]
        after = None
    if after:
        currency, end = currency_of(after, locale) or currency, after.end()
        value, end = _scale(value * _prefix(after), folded, end, language)
    is_money = bool(before or after)
    texted = None if is_money or language != "fr" else _TEXTED.match(folded, end)
    if texted:  # French text messages: "88e20", "75e"
        value, end = value + Decimal(texted["e"] or 0) / 100, texted.end()
        currency, is_money = "EUR", True
    elif is_money and not number.decimals:
        value, end = _cents(value, folded, end, bool(after), language)
    elif not is_money and _YEAR.match(folded, start):
        return None
    cents = None if is_money else CENTS.match(folded, end)
    if cents:  # "34 cents" of whatever currency: the number as it stands
        is_money, end = True, cents.end()
    if language == "en" and not currency and not number.weak and folded.endswith("grand", 0, end):
        currency, is_money = "GBP" if country_of(locale) in ("GB", "IE") else dollar_of(locale), True
    sign = _MINUS.search(folded, max(0, start - 12), start)
    if sign and not re.search(r"\d\s*$", folded[max(0, sign.start() - 8) : sign.start()]):
        value, start = -value, sign.start() + len(sign.group()) - len(sign.group().lstrip())
    return AmountFinding((start, end), value, currency, text[start:end], is_money)


def _currency_before(text: str, folded: str, number: _Number, reached: int) -> re.Match[str] | None:
    """A currency right before the number, unless it belongs to the amount before; articles take none."""
    match = BEFORE.search(folded, max(0, number.start - 40), number.start)
    if match is None or number.weak or match.start() < reached or not folded[match.start() : number.start].strip():
        return None
    return match if _is_written_as_code(text, match) else None


def _currency_after(text: str, folded: str, number: _Number, end: int) -> re.Match[str] | None:
    match = AFTER.match(folded, end)
    if match is None or not _is_written_as_code(text, match):
        return None
    # "A US$4.7 billion deal": the currency is that of the number behind it.
    return None if number.weak and _DIGIT_BEHIND.match(folded, match.end()) else match


def _is_written_as_code(text: str, match: re.Match[str]) -> bool:
    return all(is_code(text[slice(*match.span(group))]) for group in ("code", "word") if match[group])


def _prefix(match: re.Match[str]) -> int:
    return PREFIXES[match["prefix"].strip(" .")] if match["prefix"] else 1


def _scale(value: Decimal, folded: str, end: int, language: str) -> tuple[Decimal, int]:
    for pattern, factor in SCALES[language]:
        match = pattern.match(folded, end)
        if match:
            return value * factor, match.end()
    return value, end


_HUNDREDS_BEHIND = re.compile(r"\s(\d{3})(?![\w%/:-]|[.,]\d|\s?(?:mil|mille|thousand|tausend|k|x)\b)")
_NUMBER_BEHIND = re.compile(r"\s+(?:and |et |y |und )?(\d{1,3})(?=\s?[a-z])")


def _smaller_scale(value: Decimal, folded: str, end: int, language: str) -> tuple[Decimal, int]:
    """ "1 Million 200 Tausend", "2 lakh 20 thousand", "3 mil 500": a smaller scale goes on with the same number."""
    rest = _HUNDREDS_BEHIND.match(folded, end)
    if rest and 1000 <= value < 10**6 and value % 1000 == 0 and folded[end - 1] not in "kdo":
        return value + int(rest[1]), rest.end()
    match = _NUMBER_BEHIND.match(folded, end)
    if match is None:
        return value, end
    more, behind = _scale(Decimal(match[1]), folded, match.end(), language)
    factor = more / Decimal(match[1]) if more else Decimal(0)
    fits = factor >= 1000 and value % (factor * 100) == 0 and more < value
    return (value + more, behind) if fits else (value, end)


_CENTS_BEHIND = re.compile(
    r"(?:\s+(?:and |et |y |con |und |mit )?|(?<=\d€))(\d{1,2})(?![\d/%:]|[.,]\d)"
    r"|と?(\d{1,2}|[一二三四五六七八九十]{1,3})(?=銭|セント|角|です)"
)


def _cents(value: Decimal, folded: str, end: int, named: bool, language: str) -> tuple[Decimal, int]:
    """ "3 dollars 50 cents", "20 dollar 43", 五元三角: the cents behind a currency that is a word."""
    match = _CENTS_BEHIND.match(folded, end)
    if not named and not (match and CENTS.match(folded, match.end())):
        return value, end
    if not match:
        return _written_cents(value, folded, end, language)
    cents = CENTS.match(folded, match.end())
    if cents or _ENDS.match(folded, match.end()):
        digits = Decimal(match[1]) if match[1] else japanese_value(match[2])
        return value + digits / (10 if cents and cents.group() == "角" else 100), cents.end() if cents else match.end()
    return value, end


def _written_cents(value: Decimal, folded: str, end: int, language: str) -> tuple[Decimal, int]:
    """ "Thirteen dollars forty-five cents"."""
    near = folded[end : end + 40]
    for number in find_written_numbers(near, language):
        cents = CENTS.match(near, number.span[1])
        if (
            not cents
            or number.value >= 100
            or not re.fullmatch(r"\s+(?:(?:and|et|y|und|con|mit) )?", near[: number.span[0]])
        ):
            break
        return value + number.value / 100, end + cents.end()
    return value, end
