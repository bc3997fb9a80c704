"""How long the law makes a creditor keep business letters, and so what an erasure may take away at once.

Personal data goes when it isn't needed any more (GDPR art. 5(1)(e), 17); letters of trade that the law says to keep are
excepted until their term ends (art. 17(3)(b)). Ledger, promises, disputes and the audit trail are books: they stay, and
hold no personal data beyond what a letter holds.
"""

from __future__ import annotations

from datetime import date

DEFAULT_YEARS = 10
"""Where no law is listed here: the longest of those that are."""

LETTER_YEARS: dict[str, int] = {
    "AT": 7,  # UGB § 212
    "CH": 10,  # OR art. 958f
    "DE": 6,  # HGB § 257 (4): letters of trade
    "ES": 6,  # Código de Comercio art. 30
    "FR": 10,  # Code de commerce art. L123-22
    "GB": 6,  # Companies Act 2006 s. 388 (public companies), Limitation Act 1980 s. 5
    "IE": 6,  # Companies Act 2014 s. 285
    "JP": 10,  # Companies Act art. 432
}
"""Country of the legal entity → years that letters are kept after the calendar year in which they were written."""


def letter_years(country: str, chosen: int | None = None) -> int:
    """Years that an entity of `country` keeps letters; `chosen` (a setting) may lengthen the law's term, never cut it.

    Raises nothing: an unknown country keeps them for DEFAULT_YEARS.
    """
    lawful = LETTER_YEARS.get(country, DEFAULT_YEARS)
    return max(lawful, chosen or 0)


def letters_expire_before(today: date, years: int) -> date:
    """Letters written before this day may go. A term runs from the end of the year in which a letter was written."""
    return date(today.year - years, 1, 1)


def kept_until(written: date, years: int) -> date:
    """The last day on which a letter must still be there."""
    return date(written.year + years, 12, 31)
