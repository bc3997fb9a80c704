"""Amounts in five languages."""

from decimal import Decimal

import pytest

from outreach.replies.amounts import find_amounts, read_number


@pytest.mark.parametrize(
    ("text", "locale", "amount", "currency"),
    [
        ("we sent $1,250.50", "en_US", "1250.50", "USD"),
        ("we sent $1,250.50", "en_CA", "1250.50", "CAD"),
        ("£4.5k", "en_GB", "4500", "GBP"),
        ("Rs. 2.5 lakhs", "en_IN", "250000", "INR"),
        ("Rs. 4,13,000/-", "en_IN", "413000", "INR"),
        ("1.250,50 €", "de_DE", "1250.50", "EUR"),
        ("CHF 3'000.–", "de_CH", "3000", "CHF"),
        ("zwölfhundert Euro", "de_DE", "1200", "EUR"),
        ("$ 4.760.000", "es_CO", "4760000", "COP"),
        ("$87,232.00", "es_MX", "87232.00", "MXN"),
        ("mil quinientos euros", "es_ES", "1500", "EUR"),
        ("1 486,80 €", "fr_FR", "1486.80", "EUR"),
        ("mille deux cent nonante euros", "fr_BE", "1290", "EUR"),
        ("LE 1,240.50", "en_US", "1240.50", "EGP"),
        ("400 piasses", "fr_CA", "400", "CAD"),
        ("10万円", "ja_JP", "100000", "JPY"),
        ("３万2200円", "ja_JP", "32200", "JPY"),
        ("千円", "ja_JP", "1000", "JPY"),
    ],
)
def test_an_amount_is_read_as_its_country_writes_it(text: str, locale: str, amount: str, currency: str) -> None:
    (finding,) = find_amounts(text, locale)
    assert (finding.amount, finding.currency) == (Decimal(amount), currency)
    assert text[slice(*finding.span)] == finding.text


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("call +49 171 3920042", "de_DE"),
        ("invoice INV-20250544", "en_US"),
        ("on 12.05.2026", "de_DE"),
        ("write to ap1200@acme.example", "en_GB"),
        ("25 %", "fr_FR"),
    ],
)
def test_numbers_of_other_things_are_no_amounts(text: str, locale: str) -> None:
    assert find_amounts(text, locale) == []


def test_a_bare_number_counts_only_where_no_amount_has_a_currency() -> None:
    assert [f.amount for f in find_amounts("3 boxes for 200 EUR", "en_GB")] == [Decimal(200)]
    assert [f.amount for f in find_amounts("I can do 500", "en_GB")] == [Decimal(500)]


def test_a_column_in_thousand_yen_is_multiplied() -> None:
    assert [f.amount for f in find_amounts("（単位：千円）\n請求額 1,200", "ja_JP")] == [Decimal(1_200_000)]


@pytest.mark.parametrize(
    ("digits", "decimal_point", "value"),
    [
        ("1.234", True, "1.234"),
        ("1.234", False, "1234"),
        ("1,234", True, "1234"),
        ("12,34,567.89", True, "1234567.89"),
        ("1.234.567", True, "1234567"),
    ],
)
def test_one_mark_before_three_digits_follows_the_country(digits: str, decimal_point: bool, value: str) -> None:
    assert read_number(digits, decimal_point) == Decimal(value)


def test_a_short_form_that_is_an_article_is_no_currency() -> None:
    """ "LE" is Egyptian pounds, French "le" is "the"."""
    assert [f.currency for f in find_amounts("le 1187,45 qui reste", "fr_CA")] == [None]
