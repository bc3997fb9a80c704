"""The ledger that the assistant is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.fakes.ledgers import make_services
from tests.integration.bot.ledger import NOW, Ledger


@pytest.fixture
def ledger(database: Database, tmp_path: Path) -> Ledger:
    """The ledger, on SQLite and on PostgreSQL."""
    return _build(database, tmp_path)


@pytest.fixture
def lite(sqlite_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """The ledger on SQLite alone: for what doesn't depend on the database."""
    database = Database(sqlite_url)
    yield _build(database, tmp_path)
    database.dispose()


def _build(database: Database, folder: Path) -> Ledger:
    """Five people, two creditors, six customers; every figure small enough to count."""
    made = Ledger(make_services(database, folder, NOW))
    with made.writing():
        _write(made)
    return made


def _write(made: Ledger) -> None:
    made.entity("MAIN")
    made.entity("US")
    made.user("maria", "collector", "U-MARIA", "Maria Keane")
    made.user("otto", "collector", "U-OTTO", "Otto Lind")
    made.user("sam", "sales", "U-SAM", "Sam Ruiz")
    made.user("sue", "sales", "U-SUE", "Sue Park")
    made.user("ann", "ar_manager", "U-ANN", "Ann Moor")
    made.customer("C-001", "Acme GmbH", collector="maria", sales_rep="sam", credit_limit_minor=500_000, country="DE")
    made.customer("C-002", "Acme France SAS", collector="otto", sales_rep="sue", country="FR")
    made.customer("C-003", "Northwind Traders Ltd", collector="maria", sales_rep="sue")
    made.customer("C-004", "株式会社アクメ商事", collector="otto", currency="JPY", country="JP")
    made.customer("C-005", "Balance Systems Inc.", collector="otto", sales_rep="sam", credit_limit_minor=100_000)
    made.customer("C-006", "Globex Corporation", collector="maria")
    # Acme GmbH: 1,000.00 30 days late, 500.00 due today, 2,500.00 due in 5 days, USD 70.00 one day late.
    made.invoice("INV-101", "C-001", -30, 150_000, paid=50_000, paid_on=-2, po_number="PO-77")
    made.invoice("INV-102", "C-001", 0, 50_000)
    made.invoice("INV-103", "C-001", 5, 250_000)
    made.invoice("US-1", "C-001", -1, 7_000, "USD", entity="US")
    made.invoice("INV-100", "C-001", -60, 80_000, paid=80_000, paid_on=-3)
    made.cash("PAY-1", "C-001", -2, 60_000, 10_000, "INV-101")
    made.credit("CN-1", "C-001", -4, 2_500)
    # Acme France: 90 days late, 300.00. Northwind: 91 days late, 12,345.67. Japan: 10 days late, 120,000 yen.
    made.invoice("INV-201", "C-002", -90, 30_000)
    made.invoice("INV-301", "C-003", -91, 1_234_567)
    made.invoice("INV-302", "C-003", 20, 10_000)
    made.invoice("JP-1", "C-004", -10, 120_000, "JPY")
