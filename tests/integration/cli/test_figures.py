"""Every figure that is told equals the one counted by plain Python over the same rows."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.cli.books import CUSTOMERS, DAY, Books, Sums, total
from tests.integration.cli.shell import Shell

TOMS = ("C01", "C03", "C05")


def ask(office: Shell, text: str, user: str = "boss") -> dict[str, Any]:
    answer: dict[str, Any] = office.ok("ask", text, "--as", user, "--as-of", DAY.isoformat(), "--json").json
    return answer


def amounts(answer: dict[str, Any]) -> Sums:
    sums: Sums = defaultdict(Decimal)
    for each in answer["amounts"]:
        sums[each["currency"]] += Decimal(each["amount"])
    return {currency: amount for currency, amount in sums.items() if amount}


@pytest.mark.parametrize(
    "text",
    [
        "what does Acme Freight owe?",
        "acme freight balance",
        "Acme Frieght owes how much",
        "c01 balance",
        "hey, can you tell me what acme freight owes us right now?",
        "total outstanding for Acme Freight Inc.",
    ],
)
def test_the_balance_of_an_account_however_it_is_asked_for(office: Shell, books: Books, text: str) -> None:
    assert amounts(ask(office, text)) == total(books.open_items("C01"))


@pytest.mark.parametrize(
    ("text", "customer"),
    [
        ("balance of mueller maschinenbau", "C04"),
        ("combien doit société lumière", "C05"),
        ("アクメの残高は？", "C06"),
        ("kuwait gulf owes", "C07"),
        ('what does "Total Energy Supplies" owe', "C08"),
    ],
)
def test_names_of_any_spelling_and_currencies_of_any_decimals(
    office: Shell, books: Books, text: str, customer: str
) -> None:
    assert amounts(ask(office, text)) == total(books.open_items(customer))


@pytest.mark.parametrize(
    ("text", "late"),
    [
        ("everything overdue", (1, 9999)),
        ("who is over 90 days", (91, 9999)),
        ("how much is 31-60 days past due", (31, 60)),
        ("at least 30 days overdue", (30, 9999)),
        ("less than 30 days overdue", (1, 29)),
        ("invoices exactly 1 day overdue", (1, 1)),
        ("overdue over 10 but under 61 days", (11, 60)),
        ("more than 2 weeks overdue", (15, 9999)),
        ("how much is not due yet", (-9999, 0)),
    ],
)
def test_the_edges_of_days_past_due(office: Shell, books: Books, text: str, late: tuple[int, int]) -> None:
    assert amounts(ask(office, text)) == total(books.open_items(late=late))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("what is due in the next 7 days", DAY, DAY + timedelta(days=6)),
        ("due this week", date(2026, 6, 15), date(2026, 6, 21)),
        ("what falls due today", DAY, DAY),
        ("due by the end of the month", DAY, date(2026, 6, 30)),
        ("due next month", date(2026, 7, 1), date(2026, 7, 31)),
    ],
)
def test_what_falls_due_in_a_span(office: Shell, books: Books, text: str, first: date, last: date) -> None:
    assert amounts(ask(office, text)) == total(books.open_items(due=(first, last)))


@pytest.mark.parametrize("text", ["northwind balance as of 31 may", "northwind's balance on 2026-05-31"])
def test_figures_of_an_earlier_day(office: Shell, books: Books, text: str) -> None:
    day = date(2026, 5, 31)
    assert amounts(ask(office, text)) == total(books.open_items("C03", day=day), day)


def test_credits_and_unapplied_cash_stand_apart(office: Shell, books: Books) -> None:
    assert amounts(ask(office, "unapplied cash")) == {c: a for c, a in books.unapplied.items() if a}
    assert amounts(ask(office, "credit notes")) == {c: a for c, a in books.memos.items() if a}


def test_overdue_invoices_over_an_amount_are_invoices_not_customers(office: Shell, books: Books) -> None:
    wanted = [i for i in books.open_items(late=(1, 9999)) if i.currency == "EUR" and i.open_on(DAY) > 5000]
    answer = ask(office, "overdue invoices over 5,000 euros")
    assert amounts(answer) == total(wanted)
    assert {row["invoice"] for row in answer["rows"]} == {i.number for i in wanted}


def test_a_sales_rep_sees_own_accounts_and_nothing_of_others(office: Shell, books: Books) -> None:
    assert amounts(ask(office, "how much do my accounts owe", "tom")) == total(books.open_items(*TOMS))
    assert amounts(ask(office, "everything overdue", "tom")) == total(books.open_items(*TOMS, late=(1, 9999)))
    hidden, missing = ask(office, "balance of C04", "tom"), ask(office, "balance of C44", "tom")
    assert hidden["answer"].replace("C04", "C44") == missing["answer"]
    assert not hidden["amounts"]


def test_two_good_matches_are_asked_about_and_one_may_be_clear_to_a_rep(office: Shell, books: Books) -> None:
    answer = ask(office, "what does acme owe")
    assert {c["number"] for c in answer["choices"]} == {"C01", "C02"}
    assert not answer["amounts"]
    assert amounts(ask(office, "what does acme owe", "tom")) == total(books.open_items("C01"))


@pytest.mark.parametrize(
    "text",
    [
        "who is not overdue",
        "customers with no overdue invoices",
        "invoices without a PO number",
        "undisputed overdue of northwind",
        "overdue excluding acme freight",
        "what will northwind owe next month",
        "average balance",
        "percentage overdue",
        "who owes nothing",
        "overdue in USD and GBP",
        "customers with less than 1000 EUR",
        "northwind over 5000",
        "northwind disputes over 1000",
        "overdue this week",
        "balance of northwind in May",
        "payments over 1000 USD this month",
        "written off this year",
        "forecast for next month",
    ],
)
def test_what_would_be_answered_in_part_is_not_understood(office: Shell, text: str) -> None:
    answer = ask(office, text)
    assert not answer["understood"]
    assert not answer["amounts"]
    assert not answer["rows"]


KEYS = {"customer": 0, "country": 2, "currency": 4, "collector": 5}


@pytest.mark.parametrize("by", KEYS)
@pytest.mark.parametrize("user", [None, "tom"])
def test_the_aging_report_by_any_dimension(office: Shell, books: Books, by: str, user: str | None) -> None:
    labels = {"current": (-9999, 0), "1-30": (1, 30), "31-60": (31, 60), "61-90": (61, 90), "over 90": (91, 9999)}
    wanted: dict[tuple[str, str], Sums] = {}
    for customer in CUSTOMERS:
        if user and customer[0] not in TOMS:
            continue
        for label, late in labels.items():
            for currency, amount in total(books.open_items(customer[0], late=late)).items():
                line = wanted.setdefault((str(customer[KEYS[by]]), currency), dict.fromkeys(labels, Decimal(0)))
                line[label] += amount
    words = ["report", "aging", "--by", by, "--as-of", DAY, "--format", "csv", *(["--as", user] if user else [])]
    rows = list(csv.DictReader(io.StringIO(office.ok(*words).out)))
    lines = [r for r in rows if r[by] != "total"] if by != "currency" else rows[: len(wanted)]
    found = {(r[by], r["currency"]): {label: Decimal(r[label]) for label in labels} for r in lines}
    assert {key: line for key, line in found.items() if any(line.values())} == wanted
