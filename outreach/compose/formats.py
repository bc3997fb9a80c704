"""Money, dates, numbers and percents as a reader of one locale expects them.

Everything is taken from CLDR through Babel once per (locale, currency) and kept as plain strings, because Babel's own
calls are the hot spot of rendering. The results equal Babel's but for what is stated at `Formats`; a test holds them
equal on thousands of values. Decimals of a currency are ISO 4217's (`domain.currencies`), never CLDR's cash habits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_symbol, get_territory_currencies

from domain.errors import BadInput
from domain.money import exponent

NBSP = "\u00a0"
HOME_TERRITORY = {"en": "GB", "es": "ES", "fr": "FR", "de": "DE", "ja": "JP"}
"""The territory of a locale that names only a language."""

MISREADABLE = frozenset({"$", "¥", "￥", "元", "kr", "Rs"})
"""Symbols of several currencies: printed only where they are the money of the reader's own territory."""

GROUPS_FROM_FIVE_DIGITS = frozenset({"es_ES"})
"""Locales with CLDR's minimumGroupingDigits 2 (1234,50 but 12.345,00), which Babel 2.18 leaves out of account."""


def parse_locale(text: str) -> Locale:
    """`de_AT`, `de-at` or `de` → a Babel locale with a territory (de → de_DE). Raises BadInput for no locale at all."""
    try:
        locale = Locale.parse(text.strip().replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        raise BadInput(f"locale {text!r} is not known; write language and country such as de_AT") from None
    if locale.territory is None:
        locale = Locale(locale.language, HOME_TERRITORY.get(locale.language), locale.script)
    return locale


def _group_by(grouping: tuple[int, int], mark: str, from_digits: int) -> Callable[[int], str]:
    """A function from a whole number ≥ 0 to its digits, grouped when there are at least `from_digits` of them."""
    first, rest = grouping

    def plain(number: int) -> str:
        return f"{number:,}".replace(",", mark) if number >= threshold else str(number)

    def uneven(number: int) -> str:
        digits = str(number)
        if len(digits) < from_digits:
            return digits
        parts = [digits[-first:]]
        digits = digits[:-first]
        while digits:
            parts.append(digits[-rest:])
            digits = digits[:-rest]
        return mark.join(reversed(parts))

    threshold = 10 ** (from_digits - 1)
    return plain if grouping == (3, 3) else uneven


def _before(affix: str, symbol: str) -> str:
    """What stands before the digits; a letter never touches one (CLDR currencySpacing)."""
    gap = NBSP if affix.endswith("¤") and symbol[-1].isalpha() else ""
    return affix.replace("¤", symbol) + gap


def _after(affix: str, symbol: str) -> str:
    """What stands behind the digits, with the same rule."""
    gap = NBSP if affix.startswith("¤") and symbol[0].isalpha() else ""
    return gap + affix.replace("¤", symbol)


def printed_symbol(locale: Locale, currency: str) -> str:
    """The symbol that CLDR gives, or the ISO code where the symbol could be read as another currency."""
    symbol = get_currency_symbol(currency, locale=locale)
    if symbol not in MISREADABLE:
        return symbol
    own = get_territory_currencies(locale.territory) if locale.territory else []
    return symbol if currency in own else currency


def _affixes(locale: Locale, currency: str) -> tuple[str, str, str, str]:
    """(before, after, before when negative, after when negative) of an amount."""
    if locale.language == "ja" and currency == "JPY":
        return "", "円", "-", "円"
    pattern = locale.currency_formats["standard"]
    symbol = printed_symbol(locale, currency)
    before, before_negative = (_before(affix, symbol) for affix in pattern.prefix)
    after, after_negative = (_after(affix, symbol) for affix in pattern.suffix)
    if str(locale) == "es_MX" and currency == "MXN":
        after, after_negative = f"{after}{NBSP}MXN", f"{after_negative}{NBSP}MXN"
    return before, after, before_negative, after_negative


def _money_format(locale: Locale, currency: str) -> Callable[[int], str]:
    symbols = locale.number_symbols["latn"]
    digits = exponent(currency)
    unit = 10**digits
    mark = symbols.get("currencyDecimal") or symbols["decimal"]
    group = _group_by(
        locale.currency_formats["standard"].grouping,
        symbols.get("currencyGroup") or symbols["group"],
        5 if str(locale) in GROUPS_FROM_FIVE_DIGITS else 4,
    )
    before, after, before_negative, after_negative = _affixes(locale, currency)

    def money(minor: int) -> str:
        whole, fraction = divmod(abs(minor), unit)
        text = f"{group(whole)}{mark}{fraction:0{digits}d}" if digits else group(whole)
        if minor < 0:
            return f"{before_negative}{text}{after_negative}"
        return f"{before}{text}{after}"

    return money


_TOKEN = re.compile(r"'(?:[^']|'')*'|[a-zA-Z]+|[^a-zA-Z']+")


def _date_tokens(locale: Locale, pattern: str) -> list[Callable[[date], str]]:
    months = locale.months["format"]
    wide, short = dict(months["wide"]), dict(months["abbreviated"])
    first = "1er" if locale.language == "fr" and "MMM" in pattern else "1"
    fields: dict[str, Callable[[date], str]] = {
        "y": lambda day: str(day.year),
        "MMMM": lambda day: wide[day.month],
        "MMM": lambda day: short[day.month],
        "MM": lambda day: f"{day.month:02d}",
        "M": lambda day: str(day.month),
        "dd": lambda day: f"{day.day:02d}",
        "d": lambda day: first if day.day == 1 else str(day.day),
    }

    def literal(text: str) -> Callable[[date], str]:
        return lambda day: text

    tokens: list[Callable[[date], str]] = []
    for token in _TOKEN.findall(pattern):
        if token.startswith("'"):
            tokens.append(literal(token[1:-1].replace("''", "'") or "'"))
        elif token[0].isascii() and token[0].isalpha():
            tokens.append(fields[token])
        else:
            tokens.append(literal(token))
    return tokens


def _date_format(locale: Locale, pattern: str) -> Callable[[date], str]:
    tokens = _date_tokens(locale, pattern)

    @lru_cache(maxsize=4096)
    def write(day: date) -> str:
        return "".join(token(day) for token in tokens)

    return write


def _table_pattern(locale: Locale) -> str:
    """CLDR's medium date where day and month can't be swapped by a reader, else the long one."""
    medium = str(locale.date_formats["medium"].pattern)
    clear = "MMM" in medium or "." in medium or medium.startswith("y")
    return medium if clear else str(locale.date_formats["long"].pattern)


def _deadline_format(locale: Locale, long: Callable[[date], str]) -> Callable[[date], str]:
    if locale.language != "ja":
        return long
    weekdays = dict(locale.days["format"]["abbreviated"])
    return lambda day: f"{long(day)}({weekdays[day.weekday()]})"


def _percent_format(locale: Locale) -> Callable[[Decimal], str]:
    pattern = locale.percent_formats[None]
    mark = locale.number_symbols["latn"]["decimal"]

    def percent(value: Decimal) -> str:
        text = f"{value.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):f}".rstrip("0").rstrip(".")
        return f"{pattern.prefix[0]}{text.replace('.', mark)}{pattern.suffix[0]}"

    return percent


@dataclass(frozen=True, slots=True)
class Formats:
    """How one locale prints one currency, dates, whole numbers and percents.

    Differs from Babel where Babel is wrong or a reader could be: French `1er mars`; Spanish 1234,50 without a point;
    the ISO code for a symbol of several currencies; a space between code and digits; 1,234円; `$1,234.50 MXN`; the
    decimals of ISO 4217.
    """

    locale: str
    lang: str
    currency: str
    money: Callable[[int], str]
    number: Callable[[int], str]
    percent: Callable[[Decimal], str]
    date_long: Callable[[date], str]
    date_table: Callable[[date], str]
    date_deadline: Callable[[date], str]
    plural: Callable[[int], str]


@lru_cache(maxsize=1024)
def formats_for(locale: str, currency: str) -> Formats:
    """Formats of (`de_AT`, `EUR`), prepared once. `money` takes minor units, `percent` 10.15 for 10.15 %.

    Raises BadInput for an unknown locale or currency. Source of patterns: CLDR as packaged by Babel.
    """
    found = parse_locale(locale)
    symbols = found.number_symbols["latn"]
    long = _date_format(found, str(found.date_formats["long"].pattern))
    return Formats(
        locale=str(found),
        lang=str(found).replace("_", "-"),
        currency=currency,
        money=_money_format(found, currency),
        number=_group_by((3, 3), symbols["group"], 5 if str(found) in GROUPS_FROM_FIVE_DIGITS else 4),
        percent=_percent_format(found),
        date_long=long,
        date_table=_date_format(found, _table_pattern(found)),
        date_deadline=_deadline_format(found, long),
        plural=found.plural_form,
    )
