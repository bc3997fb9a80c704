"""Invariants 7 and 8: decent hours where the recipient is; one language, one currency, one creditor a message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.scenarios.stories.house import CUSTOMERS, ENTITIES, MONDAY, House, at, day_after
from workflows.run_cadence import run_cadence, the_entity
from workflows.send_messages import drain

HEADER = CUSTOMERS.splitlines()[0]
DUE = day_after(-7)


def customers(*rows: str) -> str:
    return "\n".join([HEADER, *rows])


def customer(number: str, country: str, locale: str, zone: str, currency: str = "EUR") -> str:
    return f"{number},{country} Company,{country},{locale},{zone},{currency},kim,sam,ap@{number.lower()}.example"


def sent_between(house: House, instants: Iterable[datetime]) -> list[datetime]:
    """At which of these instants the house's sender found something to send."""
    found = []
    for instant in instants:
        if drain(house.services, instant).get("sent"):
            found.append(instant)
    return found


def hours(start: datetime, count: int, minutes: int = 30) -> list[datetime]:
    return [start + timedelta(minutes=minutes * n) for n in range(count)]


def test_7_on_a_friday_evening_in_tokyo_nothing_goes_before_monday_morning_there(house: House) -> None:
    house.load("customers", customers(customer("C1", "JP", "ja-JP", "Asia/Tokyo", "JPY")), day_after(-30))
    house.invoice("INV-1", due=day_after(-10), amount="50000", currency="JPY")
    friday = day_after(4)
    house.export(friday)
    services = house.on(friday, 10)  # ten o'clock in Dublin, seven in the evening in Tokyo
    run_cadence(services, the_entity(services, "MAIN"), friday)
    assert sent_between(house, hours(at(friday, 10), 2 * 60)) == []
    assert house.why(friday) == {"INV-1": ("skipped", "not_a_business_day")}

    monday = day_after(7)
    house.export(monday)
    services = house.on(monday, 10)
    run_cadence(services, the_entity(services, "MAIN"), monday)
    [sent] = sent_between(house, hours(at(monday, 10), 96))
    assert sent.astimezone(ZoneInfo("Asia/Tokyo")) == datetime(2026, 3, 17, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("country", "zone", "day"),
    [
        ("KW", "Asia/Kuwait", date(2026, 3, 13)),  # Friday is the weekend there
        ("FR", "Europe/Paris", date(2026, 7, 14)),
        ("US", "America/New_York", date(2026, 11, 26)),
        ("GB", "Europe/London", date(2026, 4, 6)),
        ("JP", "Asia/Tokyo", date(2026, 12, 29)),
    ],
)
def test_7_a_day_off_where_the_recipient_is_brings_nothing(
    small_house: House, country: str, zone: str, day: date
) -> None:
    small_house.load("customers", customers(customer("C1", country, "en-GB", zone)), day_after(-30))
    small_house.invoice("INV-1", due=day - timedelta(days=10), amount="10000")
    assert small_house.day(day) == []
    assert small_house.why(day) == {"INV-1": ("skipped", "not_a_business_day")}


@pytest.mark.parametrize(
    ("country", "zone", "day", "utc_hour"),
    [
        ("US", "America/New_York", date(2026, 3, 6), 14),
        ("US", "America/New_York", date(2026, 3, 9), 13),  # clocks went forward the day before
        ("IE", "Europe/Dublin", date(2026, 3, 27), 9),
        ("IE", "Europe/Dublin", date(2026, 3, 30), 8),
        ("IE", "Europe/Dublin", date(2026, 10, 27), 9),  # back again
    ],
)
def test_7_nine_in_the_morning_is_nine_there_on_both_sides_of_a_change_of_the_clock(
    small_house: House, country: str, zone: str, day: date, utc_hour: int
) -> None:
    small_house.load("customers", customers(customer("C1", country, "en-GB", zone)), date(2026, 1, 5))
    small_house.invoice("INV-1", due=day - timedelta(days=10))
    small_house.export(day)
    small_house.plan(day)
    [sent] = sent_between(small_house, hours(at(day, 4), 96, 15))
    assert sent == datetime(day.year, day.month, day.day, utc_hour, tzinfo=UTC)


TWO_ENTITIES = (
    ENTITIES + "SOLE,Sole Traders SA,FR,Europe/Paris,compta@sole.example,EUR,FR7630006000011234567890189,AGRIFRPP\n"
)


def test_7_the_weekly_cap_counts_every_entity_and_channel(house: House) -> None:
    house.load("entities", TWO_ENTITIES, day_after(-60))
    house.invoice("INV-1", due=DUE)
    house.invoice("FAC-1", due=day_after(-6), entity="SOLE")
    house.invoice("INV-2", due=day_after(-4))
    house.invoice("FAC-2", due=day_after(-1), entity="SOLE")
    first = house.days([0, 1, 2], "MAIN", "SOLE")
    assert {number: len(mails) for number, mails in first.items()} == {0: 2}
    assert house.why(day_after(2))["INV-2"] == ("skipped", "contact_cap")
    later = house.days([4, 7], "MAIN", "SOLE")
    assert {number: len(mails) for number, mails in later.items()} == {7: 2}


FIVE = {
    "C1": ("IE", "en-IE", "Europe/Dublin", "Invoice", "€1,234.50"),
    "C2": ("ES", "es-ES", "Europe/Madrid", "Factura", "1234,50\xa0€"),
    "C3": ("FR", "fr-FR", "Europe/Paris", "Facture", "1\u202f234,50\xa0€"),
    "C4": ("DE", "de-DE", "Europe/Berlin", "Rechnung", "1.234,50\xa0€"),
    "C5": ("JP", "ja-JP", "Asia/Tokyo", "請求書", "€1,234.50"),
}
OTHERS = {
    "en": r"\b(invoice|overdue|dear|payment)\b",
    "es": r"\b(factura|vencid|estimad|pago)",
    "fr": r"\b(facture|échéance|madame|paiement)\b",
    "de": r"\b(rechnung|fällig|damen|zahlung)",
    "ja": r"[\u3040-\u30ff]",
}


def plain(text: str) -> str:
    return re.sub(r"[\s\xa0\u202f]+", " ", text)


def test_8_a_message_is_wholly_in_its_recipients_language_whoever_was_written_to_before(small_house: House) -> None:
    rows = [customer(number, *told[:3]) for number, told in FIVE.items()]
    small_house.load("customers", customers(*rows, customer("C6", "FR", "fr-FR", "Europe/Paris")), day_after(-30))
    # One French customer has an English-speaking clerk.
    contact = "customer,name,role,email,locale\nC6,Zoe,ap,zoe@c6.example,en-GB\n"
    small_house.load("contacts", contact, day_after(-30))
    for number in (*FIVE, "C6"):
        small_house.invoice(f"X-{number}", number, due=day_after(-10), amount="1234.50")
    mails = {mail.to: mail for mail in small_house.day(MONDAY)}
    assert len(mails) == 6
    for number, (_, locale, _, word, amount) in FIVE.items():
        mail = mails[f"ap@{number.lower()}.example"]
        assert mail.parsed["Content-Language"].startswith(locale[:2])
        for part in (mail.text, mail.html):
            assert word.lower() in part.lower()
            assert plain(amount) in plain(part)
        told = f"{mail.subject}\n{mail.text}".lower().replace("emerald supplies ltd", "")
        for language, words in OTHERS.items():
            if language != locale[:2]:
                assert not re.search(words, re.sub(r"\S+@\S+", "", told)), (number, language)
    assert "Dear" in mails["zoe@c6.example"].text


def test_8_currencies_are_never_added_or_relabelled(house: House) -> None:
    house.invoice("EUR-1", due=DUE, amount="20907.15")
    house.invoice("USD-1", due=DUE, amount="24530.36", currency="USD")
    mails = house.day(MONDAY)
    assert len(mails) == 2
    euro, dollar = sorted(mails, key=lambda mail: "USD-1" in mail.text)
    assert "€20,907.15" in euro.text
    assert "USD-1" not in euro.text
    assert "24,530.36" in dollar.text
    assert "20,907.15" not in dollar.text
    for mail in mails:
        assert "45,437.51" not in mail.text


def test_8_legal_entities_never_share_a_message_and_each_has_its_own_sender_and_bank(small_house: House) -> None:
    small_house.load("entities", TWO_ENTITIES, day_after(-60))
    small_house.invoice("INV-1", due=DUE)
    small_house.invoice("FAC-1", due=DUE, entity="SOLE")
    mails = {str(mail.parsed["From"].addresses[0].addr_spec): mail for mail in small_house.day(MONDAY, "MAIN", "SOLE")}
    assert set(mails) == {"ar@emerald.example", "compta@sole.example"}
    main, sole = mails["ar@emerald.example"], mails["compta@sole.example"]
    assert "INV-1" in main.text
    assert "FAC-1" not in main.text
    assert "IE29" in main.text
    assert "FR76" in sole.text
    assert "Emerald" not in sole.text + sole.html
