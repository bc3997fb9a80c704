"""The living specification: what words mean, language by language, in tables anybody can read (`spec/`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from outreach.replies.amounts import find_amounts
from outreach.replies.dates import find_dates

SPEC = Path(__file__).parent / "spec"
TUESDAY = date(2026, 5, 12)


LANGUAGES = ("en", "es", "fr", "de", "ja")


def rows(kind: str, language: str) -> Iterator[tuple[str, str, str]]:
    """(locale, text, what is expected) of every line of a language's table."""
    locale = ""
    for line in (SPEC / f"{kind}-{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            locale = line.strip("[]")
        elif line and not line.startswith("#"):
            text, _, expected = line.rpartition(" | ")
            yield locale, text, "" if expected == "-" else expected


def _days(text: str, locale: str, today: date = TUESDAY) -> list[str]:
    return [finding.date.isoformat() for finding in find_dates(text, today, locale)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_is_the_one_that_the_table_says(language: str) -> None:
    wrong = {
        (locale, text): _days(text, locale)
        for locale, text, expected in rows("dates", language)
        if _days(text, locale) != expected.split()
    }
    assert wrong == {}


def _amount(written: str) -> tuple[Decimal, str | None]:
    number, _, currency = written.strip().partition(" ")
    return Decimal(number), currency or None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_amount_is_the_one_that_the_table_says(language: str) -> None:
    wrong = {}
    for locale, text, expected in rows("amounts", language):
        found = [(finding.amount, finding.currency) for finding in find_amounts(text, locale)]
        if found != [_amount(part) for part in expected.split(";") if part]:
            wrong[locale, text] = found
    assert wrong == {}


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 1)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_expression_falls_over_on_an_awkward_day(language: str, today: date) -> None:
    for locale, text, _ in rows("dates", language):
        for finding in find_dates(text, today, locale):
            assert text[slice(*finding.span)] == finding.text
