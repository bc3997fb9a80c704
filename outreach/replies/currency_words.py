"""How currencies and scales are written in the five languages; patterns over folded text."""

from __future__ import annotations

import re
from decimal import Decimal

from domain.currencies import EXPONENTS
from outreach.replies.locales import dollar_of, peso_of, rupee_of

CODES = "|".join(sorted(EXPONENTS)).lower()
_SYMBOLS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₡": "CRC", "₭": "LAK", "₩": "KRW", "฿": "THB", "₺": "TRY"}
_DOLLARS = {
    "us": "USD", "usd": "USD", "u.s.": "USD", "c": "CAD", "ca": "CAD", "cad": "CAD", "a": "AUD", "au": "AUD",
    "aud": "AUD", "nz": "NZD", "nzd": "NZD", "hk": "HKD", "hkd": "HKD", "sg": "SGD", "sgd": "SGD", "mx": "MXN",
    "mxn": "MXN", "mex": "MXN", "r": "BRL", "cop": "COP", "col": "COP", "nt": "TWD",
}  # fmt: skip
_WORDS = {
    "euros?|eur|€ur": "EUR", "(?:us|u\\.s\\.|american) dollars?": "USD", "canadian dollars?": "CAD",
    "kanadische[nr]? dollar": "CAD", "dolares canadienses": "CAD", "australian dollars?": "AUD",
    "pounds?(?: sterling)?|quid|libras?|livres?|pfund": "GBP", "yens?|yenes": "JPY",
    "swiss francs?|(?:schweizer )?franken|francs? suisses?|s?fr\\.|stutz": "CHF",
    "(?:colombian pesos?|pesos? colombianos?)": "COP", "(?:pesos? mexicanos?|mexican pesos?|m\\.n\\.)": "MXN",
    "yuan(?:es)?|rmb|renminbi": "CNY", "円": "JPY", "ドル": "USD", "ユーロ": "EUR", "人民元|元": "CNY",
    "スイス・?フラン": "CHF", "ナイラ": "NGN", "ポンド": "GBP", "ウォン": "KRW",
}  # fmt: skip
_LOCAL = {
    "dollar": "dollars?|dolares|dolar|piastres?|bucks",
    "peso": "pesos?|pesitos",
    "rupee": "rupees?|rupias?|roupies?|rupien?|rs\\.?",
}


def _spaced(source: str) -> str:
    return source.replace(" ", r"\s+")


_WORD = "|".join(f"(?:{_spaced(source)})" for source in _WORDS)
_LOCAL_WORD = "|".join(f"(?P<{name}>{source})" for name, source in _LOCAL.items())
_DOLLAR = "|".join(re.escape(prefix) for prefix in sorted(_DOLLARS, key=len, reverse=True))

BEFORE = re.compile(
    rf"(?:(?:(?<!\w)(?P<sign>{_DOLLAR}) ?)?\$|(?P<symbol>[{''.join(_SYMBOLS)}])|(?<!\w)(?P<code>{CODES}) ?\$?"
    rf"|(?<!\w)(?P<word>{_WORD})|(?<!\w)(?:{_LOCAL_WORD}))\s*$"
)
AFTER = re.compile(
    rf"\s*(?:de\s+|d'|of\s+)?(?:(?:(?P<sign>{_DOLLAR}) ?)?\$(?: ?(?P<code2>{CODES})(?!\w))?|(?P<word>{_WORD})(?![a-z])"
    rf"|(?P<symbol>[{''.join(_SYMBOLS)}])(?!ur)|(?P<code>{CODES})(?!\w)\$?|(?:{_LOCAL_WORD})(?!\w))"
)
_SCALES = {
    "en": {
        "k|thousand|grand": 10**3, "mm|mn|mio|millions?": 10**6, "bn|billions?": 10**9, "trillions?": 10**12,
        "lakhs?|lacs?|lkhs?": 10**5, "crores?|crs?": 10**7, "dozens?": 12, "hundred": 100,
    },
    "es": {"mil\\s+millones": 10**9, "k|mil": 10**3, "mill[oó]n(?:es)?": 10**6, "bill[oó]n(?:es)?": 10**12},
    "fr": {"k|mille": 10**3, "millions?": 10**6, "milliards?": 10**9, "billions?": 10**12},
    "de": {"k|tausend|tsd\\.?": 10**3, "mio\\.?|million(?:en)?": 10**6, "mrd\\.?|milliarden?": 10**9},
    "ja": {"k": 10**3},
}  # fmt: skip
SCALES = {
    language: [(re.compile(rf"\s?(?:{source})(?!\w)"), Decimal(value)) for source, value in values.items()]
    for language, values in _SCALES.items()
}
CENTS = re.compile(
    r"\s?(?:(?:cents?|cts?\.?|c|¢|pence|pennies|penny|p|centimes?|centavos?|centimos?|rappen)(?!\w)|セント|銭)"
)


def currency_of(match: re.Match[str], locale: str) -> str | None:
    """ISO code of a match of BEFORE or AFTER; what `$`, pesos and rupees are follows the country."""
    groups = match.groupdict()
    if groups.get("code2"):
        return groups["code2"].upper()
    if groups.get("code"):
        return groups["code"].upper()
    if groups.get("sign"):
        return _DOLLARS[groups["sign"]]
    if groups.get("symbol"):
        return _SYMBOLS[groups["symbol"]]
    if groups.get("word"):
        return next(code for source, code in _WORDS.items() if re.fullmatch(_spaced(source), groups["word"]))
    if groups.get("peso"):
        return peso_of(locale)
    if groups.get("rupee"):
        return rupee_of(locale)
    return dollar_of(locale)
