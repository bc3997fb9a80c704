"""What a country implies where a file leaves it open: its main business language and, if it has one, its zone."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

_MAIN_ZONE = {
    "AR": "America/Argentina/Buenos_Aires",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "GB": "Europe/London",
    "IL": "Asia/Jerusalem",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PS": "Asia/Hebron",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
    "VN": "Asia/Ho_Chi_Minh",
    "CL": "America/Santiago",
    "EC": "America/Guayaquil",
}
"""Countries whose further zones are islands, exclaves or equal by now."""

_BUSINESS_LANGUAGE = {"IN": "en", "PK": "en", "PH": "en", "MT": "en", "SG": "en"}

_WRITTEN_LANGUAGES = frozenset({"de", "en", "es", "fr", "ja"})
"""Languages that Dunwell comes with. Elsewhere business between countries is done in English."""


@lru_cache(maxsize=1)
def _zones() -> dict[str, list[str]]:
    """Country → its zones, from the tz database's own table (zone.tab of the tzdata package)."""
    found: dict[str, list[str]] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return found


def default_timezone(country: str) -> str | None:
    """The country's time zone; None where it has several that differ."""
    if country in _MAIN_ZONE:
        return _MAIN_ZONE[country]
    zones = _zones().get(country, [])
    return zones[0] if len(zones) == 1 else None


@lru_cache(maxsize=512)
def default_locale(country: str) -> str:
    """The country's first official language in the country's form (de_AT); English where we don't write that one."""
    if country in _BUSINESS_LANGUAGE:
        return f"{_BUSINESS_LANGUAGE[country]}_{country}"
    languages = get_official_languages(country, de_facto=True)
    language = languages[0].split("_")[0] if languages else "en"
    if language in _WRITTEN_LANGUAGES:
        return f"{language}_{country}"
    try:
        return str(Locale.parse(f"en_{country}"))
    except UnknownLocaleError:
        return "en"  # CLDR has no English of that country: British forms
