"""Weeks of runs as a team lives them: files in, mails out, answers back; judged by the mails alone."""

from __future__ import annotations

import re
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.integration.cli.shell import Shell, text_of

HEADS = "number,customer,issued,due,amount,currency,paid_amount"
MONDAY = date(2026, 6, 1)


def open_house(shell: Shell, *customers: tuple[str, ...], entities: tuple[str, ...] = ("MAIN",)) -> None:
    day = MONDAY.isoformat()
    rows = [(code, f"Orbis {code}", "DE", "Europe/Berlin") for code in entities]
    shell.load("entities", "code,name,country,timezone", *rows, day=day)
    shell.load("users", "id,name,role", ("maria", "Maria", "collector"), ("cm", "Carl", "credit_manager"), day=day)
    columns = "number,name,country,timezone,currency,collector,email"
    shell.load("customers", columns, *((*c, "maria", f"ap@{c[0].lower()}.example") for c in customers), day=day)


ALPHA = ("A1", "Alpha GmbH", "DE", "Europe/Berlin", "EUR")
KUWAIT = ("K1", "Kuwait Gulf Trading", "KW", "Asia/Kuwait", "KWD")
BOSTON = ("B1", "Boston Paper Inc", "US", "America/New_York", "USD")


def test_nothing_is_asked_twice_and_nothing_that_was_paid(shell: Shell) -> None:
    """1 June: three invoices ten days late. Half of one is paid on the 8th, all of another on the 15th."""
    open_house(shell, ALPHA, BOSTON)
    paid = {"1": "0", "2": "0", "3": "0"}
    owner = {"1": ("A1", "EUR"), "2": ("A1", "EUR"), "3": ("B1", "USD")}
    heads: list[tuple[str, str]] = []
    for count in (0, 5, 7, 8, 14, 15, 22):
        day = MONDAY + timedelta(days=count)
        paid["1"] = "50.00" if count >= 7 else "0"
        paid["2"] = "200.00" if count >= 14 else "0"
        rows = [
            (f"INV-900{n}", owner[n][0], "2026-04-22", "2026-05-22", f"{n}00.00", owner[n][1], paid[n]) for n in paid
        ]
        shell.load("invoices", HEADS, *rows, day=day.isoformat())
        shell.ok("run", "--date", day)
        if count in (0, 7):
            shell.ok("run", "--date", day)  # once more, as a nervous operator would
        for mail in shell.new_mails():
            words, customer = text_of(mail), mail["To"].split("@")[1][:2].upper()
            heads.append((customer, mail["Subject"]))
            zone = ZoneInfo((ALPHA if customer == "A1" else BOSTON)[3])
            sent = parsedate_to_datetime(mail["Date"]).astimezone(zone)
            assert sent.date() == day
            assert sent.weekday() < 5
            assert 9 <= sent.hour < 18
            assert ("INV-9002" in words) <= (count < 14), words
            if "INV-9001" in words and count >= 7:
                assert "50,00" in words
                assert "Offen: 100,00" not in words
    assert len(heads) == len(set(heads)) == 4  # first and second reminder each; final demands wait for a person
    waiting = shell.ok("waiting", "--json").json["messages"]
    assert {w["template"] for w in waiting} == {"final"}


def test_where_we_dont_write_the_countrys_language_it_is_english(shell: Shell) -> None:
    open_house(shell, KUWAIT)
    row = ("INV-1", "K1", "2026-04-22", "2026-05-22", "1234.567", "KWD", "0")
    shell.load("invoices", HEADS, row, day="2026-06-01")
    shell.ok("run", "--date", "2026-06-01")
    (mail,) = shell.new_mails()
    assert "KWD\u00a01,234.567" in text_of(mail)
    assert parsedate_to_datetime(mail["Date"]).astimezone(ZoneInfo("Asia/Kuwait")).hour == 9


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("Wir zahlen die Rechnung INV-1 am 15.06.2026.", "promised"),
        ("Wir zahlen die Rechnung INV-7 am 15.06.2026.", "reply_pending"),  # there is no INV-7: a person looks
    ],
)
def test_a_promise_is_silence_and_one_about_an_unknown_invoice_a_question(
    shell: Shell, answer: str, reason: str
) -> None:
    open_house(shell, ALPHA)
    rows = [(f"INV-{n}", "A1", "2026-04-22", "2026-05-22", "100.00", "EUR", "0") for n in (1, 2)]
    shell.load("invoices", HEADS, *rows, day="2026-06-01")
    shell.ok("run", "--date", "2026-06-01")
    (mail,) = shell.new_mails()
    with time_machine.travel("2026-06-02 09:00:00+00:00"):
        shell.receive(mail, answer)
    shell.load("invoices", HEADS, *rows, day="2026-06-08")
    shell.ok("run", "--date", "2026-06-08")
    items = shell.ok("why", "A1", "--date", "2026-06-08", "--json").json["items"]
    assert {i["invoice"]: i["reason"] for i in items}["INV-1"] == reason
    reminders = [m for m in shell.new_mails() if "INV-1" in text_of(m) and re.search("Mahnung", m["Subject"])]
    assert not reminders


def test_a_call_needs_no_entity_where_only_one_is_owed(shell: Shell) -> None:
    open_house(shell, ALPHA, BOSTON, entities=("E1", "E2"))
    columns = "number,customer,issued,due,amount,currency,legal_entity"
    rows = [("1", "A1", "2026-04-22", "2026-05-22", "100.00", "EUR", "E2")]
    rows += [("1", "B1", "2026-04-22", "2026-05-22", "100.00", "USD", entity) for entity in ("E1",)]
    rows += [("2", "B1", "2026-04-22", "2026-05-22", "100.00", "USD", "E2")]
    shell.load("invoices", columns, *rows, day="2026-06-01")
    shell.ok("log-call", "A1", "--promise", "2026-06-10", "--date", "2026-06-01", "--as", "maria")
    shell.ok("run", "--date", "2026-06-01")
    (item,) = shell.ok("why", "A1", "--date", "2026-06-01", "--json").json["items"]
    assert item["reason"] == "promised"
    asked = shell("log-call", "B1", "--date", "2026-06-01", "--as", "maria")
    assert asked.code == 2
    assert "--entity" in asked.err
