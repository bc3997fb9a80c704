"""A small planned day: services on a fresh database, three customers with an invoice a week overdue each."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.database import Database
from tests.fakes.ledgers import make_services, plan_day, seed_ledger
from workflows.services import Services


@pytest.fixture
def empty(database: Database, tmp_path: Path) -> Services:
    """Services on a migrated, empty database."""
    return make_services(database, tmp_path)


@pytest.fixture
def planned(empty: Services) -> Services:
    """Three customers, each with one planned first reminder of 9 March 2026."""
    seed_ledger(empty.database, 3)
    plan_day(empty)
    return empty
