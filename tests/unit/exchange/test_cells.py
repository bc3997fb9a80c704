"""What a cell may hold: exact values, and what is refused instead of guessed."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.amounts import NumberStyle, amount_parser
from exchange.dates import date_parser
from exchange.refusal import BadCell
from exchange.values import (
    choice_parser,
    key_parser,
    parse_country,
    parse_currency,
    parse_email,
    parse_locale,
    parse_phone,
    parse_text,
    parse_timezone,
)

PLAIN = amount_parser(NumberStyle())
SIGNED = amount_parser(NumberStyle(), negative=True)
EUROPEAN = amount_parser(NumberStyle(",", "."), negative=True)
SWISS = amount_parser(NumberStyle(".", "'"))
FRENCH = amount_parser(NumberStyle(",", " "))
INDIAN = amount_parser(NumberStyle(".", ","))


@pytest.mark.parametrize(
    ("parse", "cell", "currency", "minor"),
    [
        (PLAIN, "1234.50", "EUR", 123450),
        (PLAIN, "0", "EUR", 0),
        (PLAIN, "1234.5", "EUR", 123450),
        (PLAIN, "1234.5000", "EUR", 123450),
        (PLAIN, "1234.567", "KWD", 1234567),
        (PLAIN, "5000", "JPY", 5000),
        (PLAIN, "5000.00", "JPY", 5000),
        (PLAIN, 1234.5, "EUR", 123450),
        (PLAIN, 0.1 + 0.2, "EUR", 30),
        (PLAIN, 1001, "USD", 100100),
        (PLAIN, "１２３４．５０", "JPY", None),
        (PLAIN, "１２３４", "JPY", 1234),
        (SIGNED, "-12.00", "EUR", -1200),
        (SIGNED, "12.00-", "EUR", -1200),
        (SIGNED, "(12.00)", "EUR", -1200),
        (SIGNED, "−12.00", "EUR", -1200),
        (EUROPEAN, "1.234,56", "EUR", 123456),
        (EUROPEAN, "1234,56", "EUR", 123456),
        (EUROPEAN, "1.234.567,8-", "EUR", -123456780),
        (EUROPEAN, "1.234", "EUR", 123400),
        (SWISS, "1’234.50", "CHF", 123450),
        (FRENCH, "1\u202f234,50", "EUR", 123450),
        (FRENCH, "1\xa0234,50", "EUR", 123450),
        (INDIAN, "12,34,567.00", "INR", 123456700),
    ],
)
def test_amounts_are_read_exactly(parse, cell, currency, minor):
    if minor is None:
        with pytest.raises(BadCell):
            parse(cell, currency)
    else:
        assert parse(cell, currency) == minor


@pytest.mark.parametrize(
    ("parse", "cell"),
    [
        (PLAIN, "1,234.50"),
        (PLAIN, "1.234,50"),
        (PLAIN, "12,50"),
        (PLAIN, "-1"),
        (PLAIN, "1e3"),
        (PLAIN, "1 000"),
        (PLAIN, "EUR 5"),
        (PLAIN, "NaN"),
        (PLAIN, "0x10"),
        (PLAIN, "12.345"),
        (PLAIN, "99999999999999.00"),
        (PLAIN, True),
        (PLAIN, date(2026, 1, 1)),
        (EUROPEAN, "1,234.56"),
        (EUROPEAN, "12.34"),
        (EUROPEAN, "1.23.456,00"),
        (INDIAN, "1,23.00"),
    ],
)
def test_what_is_no_amount_in_the_style_is_refused(parse, cell):
    with pytest.raises(BadCell):
        parse(cell, "EUR")


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_a_written_amount_is_read_back(minor, currency):
    decimals = {"EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4}[currency]
    written = f"{Decimal(minor).scaleb(-decimals):.{decimals}f}"
    assert SIGNED(written, currency) == minor


@given(st.integers(0, 10**15))
def test_a_european_amount_is_read_back(minor):
    written = f"{Decimal(minor).scaleb(-2):,.2f}".translate({ord(","): ".", ord("."): ","})
    assert EUROPEAN(written, "EUR") == minor


@pytest.mark.parametrize(
    ("style", "cell", "day"),
    [
        (None, "2024-02-29", date(2024, 2, 29)),
        (None, "2026-04-30 00:00:00", date(2026, 4, 30)),
        (None, "2026-04-30T00:00:00Z", date(2026, 4, 30)),
        (None, date(2026, 4, 30), date(2026, 4, 30)),
        (None, datetime(2026, 4, 30), date(2026, 4, 30)),
        ("%m/%d/%Y", "1/2/2013", date(2013, 1, 2)),
        ("%d.%m.%Y", "01.02.2013", date(2013, 2, 1)),
        ("%d.%m.%y", "01.02.13", date(2013, 2, 1)),
        ("%d-%b-%Y", "03-Mar-2026", date(2026, 3, 3)),
        ("%Y年%m月%d日", "２０２６年4月1日", date(2026, 4, 1)),
        ("%Y%m%d", "20260430", date(2026, 4, 30)),
        ("%Y%m%d", 20260430, date(2026, 4, 30)),
        ("%d/%m/%Y %H:%M", "30/04/2026 13:45", date(2026, 4, 30)),
        ("excel", 46142.0, date(2026, 4, 30)),
        ("excel", "46142", date(2026, 4, 30)),
    ],
)
def test_days_are_read_as_declared(style, cell, day):
    assert date_parser(style)(cell, "") == day


@pytest.mark.parametrize(
    ("style", "cell"),
    [
        (None, "2023-02-29"),
        (None, "2026-04-31"),
        (None, "03/04/2026"),
        (None, "2026-4-3"),
        (None, "20260403"),
        (None, "2026-04-30 13:45:00"),
        (None, "9999-12-31"),
        (None, "0213-01-01"),
        (None, 46142),
        (None, datetime(2026, 4, 30, 13, 45)),
        ("%m/%d/%Y", "30/04/2026"),
        ("%m/%d/%Y", "2026-04-30"),
        ("%d-%b-%Y", "03-Mär-2026"),
        ("excel", "46142.5"),
    ],
)
def test_a_day_in_another_form_is_refused_not_guessed(style, cell):
    with pytest.raises(BadCell):
        date_parser(style)(cell, "")


@pytest.mark.parametrize("style", ["%d.%m", "%Q", "%d %d %m %Y", "dd.mm.yyyy"])
def test_a_date_format_must_name_day_month_and_year(style):
    with pytest.raises(ValueError, match="date_format"):
        date_parser(style)


@pytest.mark.parametrize(
    "cell",
    [
        "=HYPERLINK(1)",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd",
        "#REF!",
        "a\x00b",
        "Mü\ufffdler",
        "a\u202eb",
    ],
)
def test_text_that_a_spreadsheet_would_run_or_that_hides_something_is_refused(cell):
    with pytest.raises(BadCell):
        parse_text(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  Acme  ", "Acme"),
        ("two\r\nlines", "two lines"),
        ("-", "-"),
        ("Müller", "Müller"),
        ("a\xa0", "a"),
        (12.0, "12"),
    ],
)
def test_text_is_trimmed_and_kept(cell, text):
    assert parse_text(cell) == text


@pytest.mark.parametrize(
    ("cell", "key"),
    [("007", "007"), (1001.0, "1001"), ("Ｃ１００", "C100"), (" A-1/2 ", "A-1/2"), ("-5", "-5")],
)
def test_numbers_that_identify_keep_their_zeros(cell, key):
    assert key_parser(20)(cell, "") == key


@pytest.mark.parametrize("cell", ["1.23E+12", "a\nb", "x" * 21, date(2026, 1, 1), 1e17, True])
def test_numbers_that_excel_spoiled_are_refused(cell):
    with pytest.raises(BadCell):
        key_parser(20)(cell, "")


def test_codes_are_checked_against_their_standards():
    assert parse_currency("eur", "") == "EUR"
    assert parse_country("de", "") == "DE"
    assert parse_locale("de-AT", "") == "de_AT"
    assert parse_locale("zh_hant_tw", "") == "zh_Hant_TW"
    assert parse_timezone("Asia/Tokyo", "") == "Asia/Tokyo"
    assert parse_email("AP@Example.COM", "") == "ap@example.com"
    assert parse_phone("030 123456", "DE") == "+4930123456"
    assert parse_phone("+81 3-1234-5678", "") == "+81312345678"
    assert choice_parser(("credit_manager",))("Credit Manager", "") == "credit_manager"


@pytest.mark.parametrize(
    ("parse", "cell"),
    [
        (parse_currency, "EURO"),
        (parse_currency, "€"),
        (parse_country, "UK"),
        (parse_country, "Germany"),
        (parse_locale, "german"),
        (parse_locale, "xx"),
        (parse_timezone, "CET"),
        (parse_timezone, "Europe/Munich"),
        (parse_email, "ap@example"),
        (parse_email, "a@x.com; b@x.com"),
        (parse_email, "x@y.com\nBcc: z@z.com"),
        (parse_phone, "030 123456"),
        (parse_phone, "n/a"),
    ],
)
def test_what_no_standard_knows_is_refused(parse, cell):
    with pytest.raises(BadCell):
        parse(cell, "")
