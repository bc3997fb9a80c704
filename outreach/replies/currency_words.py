"""How currencies and scales are written in the five languages; patterns over folded text."""

from __future__ import annotations

import re
from decimal import Decimal

from domain.currencies import EXPONENTS
from outreach.replies.folding import word_list
from outreach.replies.locales import country_of, dollar_of, peso_of, rupee_of

CODES = "|".join(sorted(EXPONENTS)).lower()
RAND = "¤"
"""Stands for the "R" of a sum in rand ("R11 240.00"), which in other countries begins the number of a document."""
_SYMBOLS = {
    RAND: "ZAR",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₡": "CRC",
    "₭": "LAK",
    "₩": "KRW",
    "฿": "THB",
    "₺": "TRY",
}
_DOLLARS = {
    "us": "USD", "usd": "USD", "u.s.": "USD", "c": "CAD", "ca": "CAD", "cad": "CAD", "a": "AUD", "au": "AUD",
    "aud": "AUD", "nz": "NZD", "nzd": "NZD", "hk": "HKD", "hkd": "HKD", "sg": "SGD", "sgd": "SGD", "mx": "MXN",
    "mxn": "MXN", "mex": "MXN", "r": "BRL", "cop": "COP", "col": "COP", "nt": "TWD",
}  # fmt: skip
_WORDS = {
    "euros?|eur|€ur|balles(?! de)": "EUR",
    "quid": "GBP", "yens?|yenes": "JPY", "(?:schweizer )?franken|s?fr\\.|stutz": "CHF",
    "m\\.n\\.": "MXN", "yuan(?:es)?|rmb|renminbi": "CNY", "円": "JPY", "ドル": "USD", "ユーロ": "EUR",
    "人民元|元": "CNY", "スイス・?フラン": "CHF", "ナイラ": "NGN", "ポンド": "GBP", "ウォン": "KRW", "バーツ": "THB",
    "ルピー": "INR",
    "香港ドル": "HKD", "豪ドル|オーストラリアドル": "AUD", "カナダドル": "CAD", "台湾ドル": "TWD", "米ドル": "USD",
    "シンガポールドル": "SGD", "フラン": "CHF", "ルーブル": "RUB", "ペソ": "MXN", "ディルハム": "AED",
    "リンギット": "MYR",
    "ringgits?|rm": "MYR", "bahts?": "THB", "zlot(?:ys?|y|ych)|zl": "PLN", "forints?|ft": "HUF", "kc|czk": "CZK",
    "hryvnias?": "UAH", "r[ou]ub(?:les?|los?|eln?)": "RUB", "shekels?|nis": "ILS", "nairas?": "NGN", "cedis?": "GHS",
    "rands?": "ZAR", "wons?": "KRW", "dongs?": "VND", "reais|reales|real": "BRL", "tugriks?": "MNT",
    "l\\.?e\\.?": "EGP",
    "colones": "CRC", "soles": "PEN", "bolivares?": "VES", "quetzal(?:es)?": "GTQ", "lempiras?": "HNL",
    "guaranies?": "PYG", "balboas?": "PAB", "bolivianos?": "BOB", "taka": "BDT", "leva?": "BGN", "birrs?": "ETB",
}  # fmt: skip
# Money whose code its name alone doesn't tell, or that is no more: the country's name beside it may.
_MONEY = (
    "francs?|francos?|riyals?|rials?|riales?|dirhams?|dinars?|dinares?|rupiahs?|lira[s]?|lire|kron(?:or|er|en?|as?)|kr|crowns?|coronas?"
    "|couronnes?|pesetas?|ptas?|pts?|guilders?|marks?|marcos?|marques?|(?:d-)?mark|dm|schilling[es]*|shillings?"
    "|chelines|riels?|kips?|bitcoins?|btc|drachmas?|escudos?|gulden|genihat(?: masriya)?|gineih?|saudiriyals?"
)
_NATIONS = {
    "us[- ]?|u\\.s\\.|american|amerikanische[nr]?|americanos?|americain(?:e?s)?|estadounidenses": "USD",
    "canadian|kanadische[nr]?|canadienses?|canadien(?:ne)?s?": "CAD",
    "australian|australische[nr]?|australianos?|australien(?:ne)?s?": "AUD",
    "new zealand|neuseelandische[nr]?|neozelandes(?:es|as)?": "NZD", "hong ?kong|de hong ?kong": "HKD",
    "singapore|singapur": "SGD", "british|sterling|esterlinas?|britische[nr]?|britanicas?": "GBP",
    "swiss|schweizer|suizos?|suisses?": "CHF", "mexican|mexikanische[nr]?|mexicanos?|mexicains?": "MXN",
    "colombian|kolumbianische[nr]?|colombianos?|colombiens?": "COP", "argentine|argentinos?|argentins?": "ARS",
    "chilean|chilenos?|chiliens?": "CLP", "uruguayan|uruguayos?": "UYU", "philippine|filipinos?": "PHP",
    "indian|indische[nr]?|indi[ao]s|indiennes?": "INR", "pakistani|pakistanies": "PKR", "sri lankan": "LKR",
    "lebanese|libanesische[nr]?|libanesas?|libanaises?": "LBP", "egyptian|agyptische[nr]?|egipcias?": "EGP",
    "qatari": "QAR", "saudi|saudies|saoudiens?": "SAR", "kuwaiti|kuwaities|koweitiens?": "KWD", "jordanian": "JOD",
    "bahraini": "BHD", "emirati|uae": "AED", "moroccan|marroquies|marocains?": "MAD", "tunisian|tunisiens?": "TND",
    "algerian|algeriens?": "DZD", "omani": "OMR", "iranian|iranies": "IRR", "yemeni": "YER",
    "swedish|schwedische[nr]?|suecas?|suedoises?": "SEK", "norwegian|norwegische[nr]?|noruegas?": "NOK",
    "danish|danische[nr]?|danesas?|danoises?": "DKK", "czech|tschechische[nr]?|checas?": "CZK", "turkish|turkische[nr]?"
    "|turcas?|turques?": "TRY", "malaysian?": "MYR", "thai": "THB", "chinese|chinos?|chinesische[nr]?": "CNY",
    "japanese|japanische[nr]?|japoneses?|japonais": "JPY", "south african": "ZAR", "brazilian|brasilen[oa]s": "BRL",
    "dutch|belgian|french|german|italian|spanish|finnish|finlandeses|portuguese|kambodschanische[nr]?|cambodian": "",
}  # fmt: skip
_LOCAL = {
    "dollar": "dollars?|dolares|dolar|piastres?|piasses?|bucks",
    "pound": "pounds?(?: sterling)?|libras?|livres?|pfund",
    "peso": "pesos?|pesitos",
    "rupee": "rupees?|rupias?|roupies?|rupien?|rs\\.?",
}


def _spaced(source: str) -> str:
    return source.replace(" ", r"\s+")


_WORD = "|".join(f"(?:{_spaced(source)})" for source in _WORDS)
_NATION = "|".join(_spaced(source) for source in _NATIONS)
_LOCAL_WORD = "|".join(f"(?P<{name}>{source})" for name, source in _LOCAL.items())
_NOUN = f"(?:(?:{_LOCAL_WORD}|(?P<money>{_MONEY}))(?:\\s+(?P<nation2>{_NATION}))?)"
_DOLLAR = "|".join(re.escape(prefix) for prefix in sorted(_DOLLARS, key=len, reverse=True))

_SYMBOL = f"(?P<symbol>[{''.join(_SYMBOLS)}])"
# "TEUR 500", "48.5 MGBP", "12 k€": thousands and millions before a code or symbol.
_PREFIX = r"(?P<prefix>[tkm]|mio\.?\s|mln\.?\s|tsd\.?\s)"
BEFORE = re.compile(
    rf"(?:(?:(?<!\w)(?P<sign>{_DOLLAR}) ?)?\$|{_SYMBOL}|(?<!\w){_PREFIX}?(?P<code>{CODES}) ?\$?"
    rf"|(?<!\w)(?P<word>{_WORD})|(?<!\w)(?:(?P<nation>{_NATION})\s+)?{_NOUN})[^\S\x1f]*$"
)
AFTER = re.compile(
    rf"\s*(?:de\s+|d'|of\s+)?(?:(?:(?P<sign>{_DOLLAR}) ?)?\$(?: ?(?P<code2>{CODES})(?!\w)| c(?!\w))?"
    rf"|(?:(?P<nation>{_NATION})[\s\-]*)?(?:{_NOUN}(?!\w)|(?P<word>{_WORD})(?![a-z]))|{_PREFIX}?(?:{_SYMBOL}(?!ur)|(?P<code>{CODES})(?!\w)\$?))"
)
PREFIXES = {"t": 10**3, "k": 10**3, "tsd": 10**3, "m": 10**6, "mio": 10**6, "mln": 10**6}
# Codes and short forms that are words of some language, too ("le 1 240,50 qui reste"): in capitals alone.
_WORDS_TOO = frozenset(
    word_list(
        "all amd ars bam bif bob cop cup dop ern gel kes lak le mad mga mop mur mvr nad pen ron sar sos srd top try ves"
    )
)


def is_code(text: str) -> bool:
    """Whether a code or short form as it stands in the text, case and all, is one: "ALL 500" is, "all 500" is not."""
    return text.isupper() or text.lower() not in _WORDS_TOO


_SCALES = {
    "en": {
        "k|thousand|grand": 10**3, "mm|mn|mio|millions?": 10**6, "bn|billions?": 10**9, "trillions?": 10**12,
        "lakhs?|lacs?|lkhs?": 10**5, "crores?|crs?": 10**7, "dozens?": 12, "hundred": 100,
    },
    "es": {"docenas?|dz": 12,
           "mil\\s+millones": 10**9, "k|mil|lucas?|lks": 10**3, "palos?": 10**6,
           "mill[oó]n(?:es)?": 10**6, "bill[oó]n(?:es)?": 10**12},
    "fr": {"douzaines?": 12, "k|mille": 10**3, "millions?": 10**6, "milliards?|mds?": 10**9,
           "billions?": 10**12, "trillions?": 10**18,
           "lakhs?": 10**5, "crores?": 10**7},
    "de": {"dutzend": 12, "hunderter": 100, "k|tausend(?:er)?|tsd\\.?|mille|riesen": 10**3,
           "mio\\.?|million(?:en)?": 10**6, "mrd\\.?|milliarden?": 10**9, "billionen?": 10**12},
    "ja": {"k": 10**3},
}  # fmt: skip
SCALES = {
    language: [(re.compile(rf"\s{{0,3}}(?:{source})(?!\w)"), Decimal(value)) for source, value in values.items()]
    for language, values in _SCALES.items()
}
CENTS = re.compile(
    r"\s?(?:(?:cents?|cts?\.?|c|¢|pence|pennies|penny|p|centimes?|centavos?|centimos?|rappen|peniques?)(?!\w)|セント|銭|角)"
)


def currency_of(match: re.Match[str], locale: str) -> str | None:
    """ISO code of a match of BEFORE or AFTER; what `$`, pesos and rupees are follows the country."""
    groups = match.groupdict()
    nation = groups.get("nation") or groups.get("nation2")
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
    if nation:
        return next(code for source, code in _NATIONS.items() if re.fullmatch(_spaced(source), nation)) or None
    if groups.get("money"):
        return "CHF" if groups["money"].startswith("fran") and country_of(locale) in ("CH", "LI") else None
    if groups.get("pound"):
        return "GBP"
    if groups.get("peso"):
        return peso_of(locale)
    if groups.get("rupee"):
        return rupee_of(locale)
    return dollar_of(locale)
