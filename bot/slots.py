"""Amounts in a question: days past due, money, currencies, how many. Pure; periods are in `bot/periods.py`.

Every `take_` function reads one slot from folded text and gives back the value and the text without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from bot.vocabulary import COUNT, GAP, read_count
from domain.currencies import EXPONENTS

_AGE_WORD = r"(?:days?|d|tage?|dias?|jours?)"
_AGES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[int | None, int | None]]], ...] = tuple(
    (re.compile(rf"(?<!\S){pattern}(?!\S)"), build)
    for pattern, build in (
        (
            rf"(?:over|above|more than) (\d{{1,3}})(?: {_AGE_WORD})? (?:but|and) "
            rf"(?:under|below|less than|fewer than) (\d{{1,3}}) {_AGE_WORD}",
            lambda m: (int(m[1]) + 1, int(m[2]) - 1),
        ),
        (rf"exactly (\d{{1,3}}) {_AGE_WORD}", lambda m: (int(m[1]), int(m[1]))),
        (
            rf"(?:by |since )?(?:over|more than|older than|longer than) ({COUNT}) (weeks?|months?)",
            lambda m: (read_count(m[1]) * (7 if m[2].startswith("week") else 30) + 1, None),
        ),
        (rf"(?:between )?(\d{{1,3}}) ?(?:-|–|to|and) ?(\d{{1,3}}) {_AGE_WORD}", lambda m: (int(m[1]), int(m[2]))),
        (r"(?:the )?(\d{1,3}) ?(?:-|–|to) ?(\d{1,3}) bucket", lambda m: (int(m[1]), int(m[2]))),
        (rf"(?:at least|>=|minimum|min) ?(\d{{1,3}}) {_AGE_WORD}", lambda m: (int(m[1]), None)),
        (rf"(\d{{1,3}}) {_AGE_WORD} (?:or|and) (?:more|older|over|above)", lambda m: (int(m[1]), None)),
        (
            r"(?:by )?(?:over|more than|older than|above|beyond|past|longer than|greater than|exceeding|>)"
            rf" ?(\d{{1,3}}) {_AGE_WORD}",
            lambda m: (int(m[1]) + 1, None),
        ),
        (rf"(\d{{1,3}}) ?\+ ?(?:{_AGE_WORD})?", lambda m: (int(m[1]) + 1, None)),
        (rf"(?:under|less than|below|fewer than|<) ?(\d{{1,3}}) {_AGE_WORD}", lambda m: (1, int(m[1]) - 1)),
        (rf"(?:up to|at most|<=) ?(\d{{1,3}}) {_AGE_WORD}", lambda m: (1, int(m[1]))),
        (rf"(\d{{1,3}}) {_AGE_WORD}(?= (?:late|overdue|past|old|in))", lambda m: (int(m[1]), None)),
        (
            r"(?:over|above|beyond|past|older than|more than) (30|60|90|120|150|180|360|365)",
            lambda m: (int(m[1]) + 1, None),
        ),
    )
)  # fmt: skip


def take_age(text: str) -> tuple[tuple[int | None, int | None], str]:
    """Days past due that are asked for: (from, to), both included, None for open. `over 60 days` is 61 and more."""
    for pattern, build in _AGES:
        found = pattern.search(text)
        if found:
            return build(found), text[: found.start()] + GAP + text[found.end() :]
    return (None, None), text


_SYMBOLS = {"€": "EUR", "£": "GBP", "$": "USD", "us$": "USD", "¥": "JPY", "₹": "INR"}
_CURRENCY_WORDS = {
    "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "bucks": "USD", "pound": "GBP", "pounds": "GBP",
    "sterling": "GBP", "yen": "JPY", "rupees": "INR", "円": "JPY",
}  # fmt: skip
_PLAIN_CODES = frozenset(
    [
        "eur",
        "usd",
        "gbp",
        "jpy",
        "chf",
        "cad",
        "aud",
        "nzd",
        "sek",
        "nok",
        "dkk",
        "pln",
        "czk",
        "huf",
        "ron",
        "bgn",
        "inr",
        "cny",
        "hkd",
        "sgd",
        "krw",
        "brl",
        "mxn",
        "clp",
        "cop",
        "pen",
        "zar",
        "aed",
        "sar",
        "kwd",
        "bhd",
        "omr",
        "jod",
        "tnd",
        "ils",
        "thb",
        "idr",
        "myr",
        "vnd",
        "twd",
        "uah",
    ]
) - {"ron", "pen"}
"""Codes that are no English word: read in small letters too."""

_CURRENCY = rf"(?:us\$|[€£$¥₹]|(?:{'|'.join(sorted(_PLAIN_CODES))}|{'|'.join(_CURRENCY_WORDS)})\b)"
_NUMBER = r"(\d[\d,.' ]*\d|\d)"
_AMOUNT = re.compile(
    r"(?<!\S)(at least|minimum|>=|no less than|over|more than|above|exceeding|exceeds|exceed|greater than|bigger than|"
    rf"larger than|>|beyond) ?({_CURRENCY})? ?{_NUMBER} ?(k|thousand|mn|million|m|mio)? ?({_CURRENCY})?(?!\S)"
)
_LESS = re.compile(
    rf"(?<!\S)(?:less than|lower than|under|below|fewer than|smaller than|at most|up to|no more than|<=?|exactly)"
    rf" ?(?:{_CURRENCY})? ?\d"
)
_SCALES = {"k": 1000, "thousand": 1000, "m": 10**6, "mn": 10**6, "mio": 10**6, "million": 10**6}


def currency_of(word: str) -> str | None:
    """A symbol, word or small-letter code → ISO 4217 code."""
    plain = word.strip()
    return _SYMBOLS.get(plain) or _CURRENCY_WORDS.get(plain) or (plain.upper() if plain in _PLAIN_CODES else None)


def read_number(text: str) -> Decimal:
    """`10,000`, `10.000`, `10 000`, `1,234.50` → a number. Groups of three are thousands."""
    plain = text.replace(" ", "").replace("'", "")
    last = max(plain.rfind(","), plain.rfind("."))
    if last >= 0 and len(plain) - last - 1 != 3:
        return Decimal(re.sub(r"[,.]", "", plain[:last]) + "." + plain[last + 1 :])
    return Decimal(re.sub(r"[,.]", "", plain))


def take_amount(text: str) -> tuple[tuple[Decimal, bool, str | None] | None, str]:
    """`more than 10,000 EUR` → (10000, whether equal counts, currency if named)."""
    found = _AMOUNT.search(text)
    if not found:
        return None, text
    value = read_number(found[3]) * _SCALES.get(found[4] or "", 1)
    code = currency_of(found[2] or "") or currency_of(found[5] or "")
    equal = found[1] in ("at least", "minimum", ">=", "no less than")
    return (value, equal, code), text[: found.start()] + GAP + text[found.end() :]


def bounded_above(text: str) -> bool:
    """Whether an amount is left that must not be exceeded: no list of ours goes downwards."""
    return bool(_LESS.search(text))


def take_currency(words: list[tuple[str, str]]) -> tuple[str | None, list[tuple[str, str]]]:
    """A currency among (as typed, folded) words: a code in capitals, a common one in small letters, or after `in`."""
    for place, (typed, folded) in enumerate(words):
        after_in = place > 0 and words[place - 1][1] in ("in", "en")
        capitals = typed.isupper() and len(typed) == 3 and typed in EXPONENTS and typed not in ("TOP", "ALL", "TRY")
        forced = after_in and folded.upper() in EXPONENTS and len(folded) == 3 and folded != "all"
        code = typed if capitals else folded.upper() if forced else currency_of(folded)
        if code:
            return code, [*words[:place], ("|", "|"), *words[place + 1 :]]
    return None, words


_LIMITS = (
    re.compile(rf"(?<!\S)(?:top|first|worst|biggest|largest|oldest|highest) ({COUNT})(?!\S)"),
    re.compile(rf"(?<!\S)({COUNT})(?= (?:most |biggest|largest|oldest|worst|highest|top|greatest))"),
    re.compile(r"(?<!\S)top-?(\d{1,3})(?!\S)"),
    re.compile(
        rf"(?<!\S)({COUNT})(?= (?:customers?|accounts?|debtors?|clients?|invoices?|items?|payers?) .*"
        r"(?:largest|biggest|most|highest|oldest|worst|top) )"
    ),
)


def take_limit(text: str) -> tuple[int | None, str]:
    """How many are asked for: `top 10`, `5 largest`. The word beside the number stays."""
    for pattern in _LIMITS:
        found = pattern.search(text)
        if found:
            kept = "top" if found[0].startswith("top") else found[0].replace(found[1], "").strip()
            return read_count(found[1]), f"{text[: found.start()]} {kept} {text[found.end() :]}"
    return None, text
