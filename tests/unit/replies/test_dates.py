"""Dates in five languages, told as a clerk would write them on Tuesday, 12 May 2026."""

from datetime import date

import pytest

from outreach.replies.dates import find_dates

TUESDAY = date(2026, 5, 12)


def days(text: str, locale: str, today: date = TUESDAY) -> list[str]:
    return [finding.date.isoformat() for finding in find_dates(text, today, locale)]


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("we pay on Friday", "en_GB", "2026-05-15"),
        ("on the 9th", "en_GB", "2026-06-09"),
        ("3/6", "en_GB", "2026-06-03"),
        ("3/6", "en_US", "2027-03-06"),
        ("6/3", "en_US", "2026-06-03"),
        ("by end of month", "en_US", "2026-05-31"),
        ("Thursday week", "en_GB", "2026-05-21"),
        ("within 10 business days", "en_US", "2026-05-26"),
        ("in a fortnight", "en_GB", "2026-05-26"),
        ("May 29th", "en_US", "2026-05-29"),
        ("close of the financial year", "en_IN", "2027-03-31"),
        ("el viernes", "es_ES", "2026-05-15"),
        ("el 5 del mes entrante", "es_CO", "2026-06-05"),
        ("a fin de mes", "es_MX", "2026-05-31"),
        ("la quincena", "es_MX", "2026-05-15"),
        ("dentro de quince días", "es_ES", "2026-05-27"),
        ("a mediados de junio", "es_ES", "2026-06-15"),
        ("vendredi en huit", "fr_FR", "2026-05-22"),
        ("fin juin", "fr_BE", "2026-06-30"),
        ("fin courant", "fr_FR", "2026-05-31"),
        ("la semaine du 25 mai", "fr_FR", "2026-05-29"),
        ("le 5 du mois", "fr_CA", "2026-06-05"),
        ("vendredi qui vient", "fr_CH", "2026-05-15"),
        ("d'aujourd'hui en huit", "fr_BE", "2026-05-20"),
        ("le vingt-cinq", "fr_FR", "2026-05-25"),
        ("sous huitaine", "fr_FR", "2026-05-20"),
        ("le 1er juin", "fr_FR", "2026-06-01"),
        ("3/6", "fr_CA", "2026-06-03"),
        ("bis zum 20.", "de_DE", "2026-05-20"),
        ("am 03.06.", "de_AT", "2026-06-03"),
        ("Ende KW 22", "de_DE", "2026-05-29"),
        ("innert 10 Tagen", "de_CH", "2026-05-22"),
        ("binnen fünf Werktagen", "de_DE", "2026-05-19"),
        ("Ende Feber", "de_AT", "2027-02-28"),
        ("übermorgen", "de_DE", "2026-05-14"),
        ("uebermorgen", "de_DE", "2026-05-14"),
        ("来週の金曜日", "ja_JP", "2026-05-22"),
        ("令和8年6月3日", "ja_JP", "2026-06-03"),
        ("来月10日", "ja_JP", "2026-06-10"),
        ("翌月末", "ja_JP", "2026-06-30"),
        ("10日以内", "ja_JP", "2026-05-22"),
        ("６月３日（水）", "ja_JP", "2026-06-03"),
        ("今月中旬", "ja_JP", "2026-05-20"),
        ("週明け", "ja_JP", "2026-05-18"),
    ],
)
def test_a_written_day_is_the_day_meant(text: str, locale: str, expected: str) -> None:
    assert days(text, locale) == [expected]


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("you may pay", "en_GB"),
        ("Guten Morgen", "de_DE"),
        ("Je suis absent", "fr_FR"),
        ("call 555-1212", "en_US"),
        ("0.8/15", "en_US"),
        ("soon", "en_GB"),
        ("umgehend", "de_DE"),
        ("なるべく早めに", "ja_JP"),
        ("一日に3回", "ja_JP"),
    ],
)
def test_what_names_no_day_is_no_date(text: str, locale: str) -> None:
    assert days(text, locale) == []


def test_day_and_month_follow_the_country_not_the_language() -> None:
    assert days("on 5/6", "en_GB") == ["2026-06-05"]
    assert days("el 5/6", "es_US") == ["2027-05-06"]
    assert days("el 5/6", "es_MX") == ["2026-06-05"]


def test_a_day_that_passed_can_be_read_backwards() -> None:
    (finding,) = find_dates("paid on 5 May", TUESDAY, "en_GB")
    assert (finding.date, finding.past) == (date(2027, 5, 5), date(2026, 5, 5))


def test_next_thursday_said_on_a_tuesday_is_ambiguous() -> None:
    (finding,) = find_dates("next Thursday", TUESDAY, "en_GB")
    assert finding.ambiguous
    (finding,) = find_dates("nächsten Donnerstag", TUESDAY, "de_DE")
    assert finding.ambiguous


def test_a_weekday_that_contradicts_its_date_is_ambiguous() -> None:
    (finding,) = find_dates("Montag, 20.05.2026", TUESDAY, "de_DE")
    assert finding.ambiguous


def test_the_span_points_at_the_words() -> None:
    text = "Zahlung erfolgt übermorgen früh."
    (finding,) = find_dates(text, TUESDAY, "de_DE")
    assert text[slice(*finding.span)] == "übermorgen früh"


def test_findings_come_in_the_order_of_the_text() -> None:
    assert days("half on 29 May, the rest tomorrow", "en_GB") == ["2026-05-29", "2026-05-13"]


@pytest.mark.parametrize(
    "name",
    ["montag", "mäntig", "zischtig", "mittwoch", "dunnschtig", "donnschtig", "freitog", "friitig", "fritig", "frytig",
     "samschtig", "sonnabend", "sunntig"],
)  # fmt: skip
def test_weekdays_of_every_dialect_are_days(name: str) -> None:
    assert find_dates(f"Ich zahl {name}.", date(2026, 5, 12), "de_CH")
