"""The demo's customers: invented companies, mail under `.example`, telephone numbers set aside for fiction.

They stand in `companies.csv`. Telephone numbers are given only where a country reserves some for film and fiction (US,
CA, GB, FR, DE). An empty `contact` is the accounts-payable department.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO

from dunwell.demo_ledger.people import EU, US

ZONES = {
    "DE": "Europe/Berlin",
    "AT": "Europe/Vienna",
    "CH": "Europe/Zurich",
    "FR": "Europe/Paris",
    "BE": "Europe/Brussels",
    "LU": "Europe/Luxembourg",
    "CA": "America/Vancouver",
    "CA-QC": "America/Toronto",
    "ES": "Europe/Madrid",
    "MX": "America/Mexico_City",
    "CO": "America/Bogota",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "NL": "Europe/Amsterdam",
    "US": "America/New_York",
    "US-W": "America/Los_Angeles",
    "KW": "Asia/Kuwait",
    "SG": "Asia/Singapore",
    "JP": "Asia/Tokyo",
}
"""Place in `companies.csv` (a country, or a part of one) → time zone."""

_US_CURRENCIES = frozenset({"USD", "CAD", "MXN"})


@dataclass(frozen=True, slots=True)
class Company:
    """One customer. `story` names what its ledger looks like (stories.py); `size` scales its amounts."""

    number: str
    name: str
    place: str
    locale: str
    currency: str
    territory: str
    segment: str
    story: str
    size: int
    contact: str
    mail: str
    phone: str
    parent: str

    @property
    def country(self) -> str:
        """ISO 3166 code."""
        return self.place.partition("-")[0]

    @property
    def timezone(self) -> str:
        """IANA name."""
        return ZONES[self.place]

    @property
    def entity(self) -> str:
        """The legal entity that sells to it: the American one in American currencies."""
        return US if self.currency in _US_CURRENCIES else EU

    @property
    def terms_days(self) -> int:
        """Days of payment, by segment."""
        return {"key": 45, "small": 14}.get(self.segment, 30)


def read_companies() -> tuple[Company, ...]:
    """Every customer of the demo, by territory."""
    text = (files("dunwell.demo_ledger") / "companies.csv").read_text(encoding="utf-8")
    return tuple(Company(size=int(row.pop("size")), **row) for row in csv.DictReader(StringIO(text)))
