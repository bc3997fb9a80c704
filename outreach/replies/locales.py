"""What follows from a locale: language, country, the order of day and month, the decimal mark, what `$` means."""

from __future__ import annotations

LANGUAGES = ("en", "es", "fr", "de", "ja")

_HOME = {"en": "US", "es": "ES", "fr": "FR", "de": "DE", "ja": "JP"}
# Countries that write the month before the day when there is no year to tell by.
_MONTH_FIRST = frozenset({"US", "PH", "PR", "GU", "AS", "VI", "JP", "KR", "CN", "TW"})
_DECIMAL_POINT = frozenset(
    [
        "US",
        "GB",
        "IE",
        "AU",
        "NZ",
        "IN",
        "JP",
        "MX",
        "CH",
        "LI",
        "HK",
        "SG",
        "MY",
        "PH",
        "TH",
        "PK",
        "LK",
        "KE",
        "NG",
        "GH",
        "IL",
        "KR",
        "CN",
        "TW",
        "GT",
        "HN",
        "NI",
        "PA",
        "PE",
        "PR",
        "SV",
        "DO",
        "MT",
        "AE",
        "SA",
    ]
)
_DOLLARS = {
    "US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "TW": "TWD", "MX": "MXN",
    "CO": "COP", "AR": "ARS", "CL": "CLP", "UY": "UYU", "DO": "DOP", "EC": "USD", "SV": "USD", "PR": "USD", "PA": "USD",
}  # fmt: skip
_PESOS = {"MX": "MXN", "CO": "COP", "AR": "ARS", "CL": "CLP", "UY": "UYU", "DO": "DOP", "CU": "CUP", "PH": "PHP"}
_RUPEES = {"IN": "INR", "PK": "PKR", "LK": "LKR", "NP": "NPR", "MU": "MUR"}


def _parts(locale: str) -> list[str]:
    return locale.replace("-", "_").split("_")


def language_of(locale: str) -> str:
    """`de_AT` or `de-AT` → `de`; English for anything outside the five."""
    language = _parts(locale)[0].lower()
    return language if language in LANGUAGES else "en"


def country_of(locale: str) -> str:
    """`de_AT` → `AT`; a language alone stands for its largest country."""
    for part in _parts(locale)[1:]:
        if len(part) == 2 and part.isalpha():
            return part.upper()
    return _HOME.get(_parts(locale)[0].lower(), "")


def is_day_first(locale: str) -> bool:
    """Whether 3/7 is the third of July: a matter of the country, not of the language."""
    return country_of(locale) not in _MONTH_FIRST


def has_decimal_point(locale: str) -> bool:
    """Whether a point, not a comma, divides cents. Canada follows the language."""
    country = country_of(locale)
    return country in _DECIMAL_POINT or (country in ("CA", "ZA", "") and language_of(locale) == "en")


def dollar_of(locale: str) -> str:
    """ISO code that a bare `$` means there."""
    return _DOLLARS.get(country_of(locale), "USD")


def peso_of(locale: str) -> str | None:
    """ISO code of "pesos" there, None where the country has none."""
    return _PESOS.get(country_of(locale))


def rupee_of(locale: str) -> str:
    """ISO code of "rupees" there."""
    return _RUPEES.get(country_of(locale), "INR")
