"""Aging and DSO reports: the same figures in every format, sums of lines equal totals, nothing runs as a formula."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from domain.aging import AgedItem, age_items
from domain.errors import BadInput
from domain.money import Money
from domain.questions import Scope
from exchange.reports import harmless, write_csv, write_json, write_xlsx
from storage.accounts import Wanted, list_items
from storage.reports import DIMENSIONS
from tests.integration.bot.ledger import TODAY, Ledger, day
from workflows.answer_question import find_asker
from workflows.build_report import Narrowing, aging_report, dso_report


def as_json(ledger: Ledger, **more: object) -> dict:
    who = find_asker(ledger.database, str(more.pop("who", "ann")))
    narrowing = more.pop("narrowing", None)
    stream = io.StringIO()
    with aging_report(ledger.services, who, TODAY, narrowing, **more) as report:
        write_json(report, stream)
    return json.loads(stream.getvalue())


def test_every_dimension_adds_up_to_the_same_totals(ledger: Ledger) -> None:
    totals = {by: as_json(ledger, by=by)["totals"] for by in DIMENSIONS}
    for found in totals.values():
        assert [t["balance"] for t in found] == ["16745.67", "120000", "70.00"]
        assert [t["net"] for t in found] == ["16620.67", "120000", "70.00"]
    euro = totals["customer"][0]
    assert (euro["current"], euro["1-30"], euro["61-90"], euro["over 90"], euro["balance"], euro["overdue"]) == (
        "3100.00", "1000.00", "300.00", "12345.67", "16745.67", "13645.67",
    )  # fmt: skip
    assert (euro["credit_memos"], euro["unapplied_cash"], euro["net"]) == ("25.00", "100.00", "16620.67")


@pytest.mark.parametrize("offset", [0, -3, -45, 15])
def test_the_statement_ages_as_the_pure_rule_does(ledger: Ledger, offset: int) -> None:
    as_of = day(offset)
    with ledger.database.read() as connection:
        items = list_items(connection, Wanted(Scope()), as_of)
    pure = age_items(
        [AgedItem(i.customer_number, i.currency, i.due_on, i.open_minor, i.disputed_minor) for i in items], as_of
    )
    found = as_json(ledger, narrowing=Narrowing(as_of=as_of))
    rows = {(r["customer"], r["currency"]): r for r in found["rows"] if r["open_items"]}
    assert set(rows) == {(line.key, line.currency) for line in pure.lines}
    for line in pure.lines:
        row = rows[line.key, line.currency]
        shown = [row[b] for b in ("current", "1-30", "31-60", "61-90", "over 90")]
        assert shown == [f"{Money(b, line.currency).amount:f}" for b in line.buckets]


def test_a_rep_sees_the_aging_of_own_accounts_only(lite: Ledger) -> None:
    assert {r["customer"] for r in as_json(lite, who="sue")["rows"]} == {"C-002", "C-003"}
    with pytest.raises(BadInput, match="no customer 'C-003'"):
        as_json(lite, who="sam", narrowing=Narrowing(customer="C-003"))


def test_buckets_are_a_choice(lite: Ledger) -> None:
    euro = as_json(lite, bounds=(29, 91))["totals"][0]
    assert (euro["1-29"], euro["30-91"], euro["over 91"]) == ("0.00", "13645.67", "0.00")


def test_csv_and_xlsx_hold_the_same_rows_and_run_nothing(lite: Ledger, tmp_path: Path) -> None:
    lite.customer("C-666", '=HYPERLINK("http://x.example")', collector="maria")
    lite.invoice("INV-666", "C-666", -5, 12_345)
    stream = io.StringIO()
    with aging_report(lite.services, None, TODAY) as report:
        count = write_csv(report, stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    bad = next(r for r in rows if r["customer"] == "C-666")
    assert (bad["name"][:2], bad["1-30"]) == ("'=", "123.45")
    path = tmp_path / "aging.xlsx"
    with aging_report(lite.services, None, TODAY) as report:
        assert write_xlsx(report, path) == count
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("aging").to_python()
    place = sheet[0].index("balance")
    cells = {(r[0], r[2]): r[place] for r in sheet[1:]}
    assert cells["C-666", "EUR"] == 123.45
    assert cells["C-004", "JPY"] == 120_000
    assert [r[1] for r in sheet if r[0] == "C-666"] == ['=HYPERLINK("http://x.example")']


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_begins_like_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_dso_is_told_per_entity_and_currency_with_its_definition(lite: Ledger) -> None:
    report = dso_report(lite.services, None, TODAY, days=365)
    rows = {(r["entity"], r["currency"]): r for r in report.rows}
    assert set(rows) == {("MAIN", "EUR"), ("MAIN", "JPY"), ("US", "USD")}
    # Yen: 120,000 open of 120,000 invoiced on 29 January: 365 days simple; countback 10 + 28 days and exhausted.
    yen = rows["MAIN", "JPY"]
    assert (str(yen["dso_simple"]), str(yen["bpdso"]), str(yen["add"])) == ("365.0", "0.0", "365.0")
    assert any("÷" in note for note in report.notes)


def test_a_report_that_is_not_known_is_refused_with_what_is(lite: Ledger) -> None:
    with pytest.raises(BadInput, match="choose one of customer, collector"):
        as_json(lite, by="colour")
    with pytest.raises(BadInput, match="EURO"):
        as_json(lite, narrowing=Narrowing(currency="EURO"))
    with pytest.raises(BadInput, match="no window"):
        dso_report(lite.services, None, TODAY, days=0)
