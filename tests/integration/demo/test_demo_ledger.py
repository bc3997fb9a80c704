"""The demo's ledger is the same for the same day, and holds what makes receivables awkward."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from domain.currencies import EXPONENTS
from dunwell.demo_ledger import write_ledger
from dunwell.demo_ledger.documents import latest_leap_day

DAY = date(2026, 11, 23)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    files = write_ledger(tmp_path_factory.mktemp("export"), DAY)
    return {kind: _rows(path) for kind, path in files.paths.items()}


def test_the_same_day_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = write_ledger(tmp_path / "a", DAY), write_ledger(tmp_path / "b", DAY)
    assert {k: p.read_bytes() for k, p in first.paths.items()} == {k: p.read_bytes() for k, p in second.paths.items()}


def test_sixty_customers_in_fifteen_countries_read_five_languages_and_owe_eight_currencies(export) -> None:
    customers = export["customers"]
    assert len(customers) >= 60
    assert len({c["country"] for c in customers}) >= 15
    assert {c["locale"][:2] for c in customers} == {"en", "es", "fr", "de", "ja"}
    currencies = {i["currency"] for i in export["invoices"]}
    assert len(currencies) >= 7
    assert {EXPONENTS[c] for c in currencies} == {0, 2, 3}


def test_amounts_have_exactly_the_decimals_of_their_currency(export) -> None:
    for invoice in export["invoices"]:
        decimals = len(invoice["amount"].partition(".")[2])
        assert decimals == EXPONENTS[invoice["currency"]], invoice


def test_natural_keys_are_unique(export) -> None:
    keys = [(i["legal_entity"], i["number"], i["instalment"]) for i in export["invoices"]]
    assert len(keys) == len(set(keys))
    references = [(p["legal_entity"], p["reference"]) for p in export["payments"]]
    assert len(references) == len(set(references))


def test_nothing_is_paid_that_was_not_invoiced_and_nothing_twice(export) -> None:
    owed: dict[str, float] = {}
    for invoice in export["invoices"]:
        owed[invoice["number"]] = owed.get(invoice["number"], 0) + float(invoice["amount"])
    for payment in export["payments"]:
        if payment["invoice"]:
            assert float(payment["amount"]) <= owed[payment["invoice"]]


def test_one_invoice_fell_due_on_a_29th_of_february(export) -> None:
    assert [i["number"] for i in export["invoices"] if i["due"].endswith("-02-29")]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 23), date(2024, 2, 29)),
        (date(2028, 2, 29), date(2024, 2, 29)),
        (date(2028, 3, 1), date(2028, 2, 29)),
        (date(2101, 1, 1), date(2096, 2, 29)),
    ],
)
def test_the_latest_29th_of_february_lies_before_the_day(day: date, expected: date) -> None:
    assert latest_leap_day(day) == expected


def test_an_earlier_export_knows_nothing_of_what_came_later(tmp_path: Path) -> None:
    earlier = write_ledger(tmp_path, DAY, as_of=date(2026, 10, 26))
    assert max(i["issued"] for i in _rows(earlier.paths["invoices"])) <= "2026-10-26"
    assert max(p["date"] for p in _rows(earlier.paths["payments"])) <= "2026-10-26"


def test_the_awkward_things_are_there(export) -> None:
    invoices, payments = export["invoices"], export["payments"]
    assert any(i["instalment"] == "3" for i in invoices)
    assert any(i["kind"] == "debit_memo" for i in invoices)
    assert any(float(i["disputed_amount"]) == float(i["amount"]) for i in invoices if float(i["disputed_amount"]))
    assert any(0 < float(i["disputed_amount"]) < float(i["amount"]) for i in invoices)
    assert any(not p["invoice"] for p in payments), "unapplied cash"
    assert {bool(c["invoice"]) for c in export["credits"]} == {True, False}, "credit memos with and without an invoice"
    assert any(not c["email"] for c in export["customers"]), "a customer without a mail address"
    assert any(c["parent"] for c in export["customers"]), "a group"
    assert "blocked" in {o["status"] for o in export["orders"]}
    entities = {i["customer"]: set() for i in invoices}
    for invoice in invoices:
        entities[invoice["customer"]].add(invoice["legal_entity"])
    assert {"EU", "US"} in entities.values(), "a customer of both legal entities"
