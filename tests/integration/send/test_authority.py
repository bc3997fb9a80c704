"""Final demands are approved within an authority limit (invariant 10)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select

from domain.errors import NotAllowed
from storage.database import Database
from storage.tables import app_user, exchange_rate
from workflows.deciding import within_authority

DAY = date(2026, 3, 9)
NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)


def decide(database: Database, limit: int | None, minor: int, currency: str) -> None:
    with database.write() as unit:
        unit.connection.execute(
            insert(app_user).values(
                code="boss", name="Boss", role="credit_manager", limit_minor=limit, limit_currency="EUR", updated_at=NOW
            )
        )
        unit.connection.execute(
            insert(exchange_rate).values(base="USD", quote="EUR", on_day=DAY, rate="0.90", source="ECB")
        )
        user = unit.connection.execute(select(app_user)).one()
        within_authority(unit, user, minor, currency, DAY)


def test_up_to_the_limit_and_at_it_one_may_decide(database: Database) -> None:
    decide(database, 1_000_000, 1_000_000, "EUR")


def test_a_cent_beyond_the_limit_somebody_with_more_must_decide(database: Database) -> None:
    with pytest.raises(NotAllowed, match=r"10000\.01 EUR is beyond boss's limit of 10000\.00 EUR"):
        decide(database, 1_000_000, 1_000_001, "EUR")


def test_another_currency_is_compared_at_a_rate_that_is_shown(database: Database) -> None:
    decide(database, 1_000_000, 1_100_000, "USD")


def test_beyond_the_limit_by_its_rate(database: Database) -> None:
    with pytest.raises(NotAllowed, match=r"rate 0\.90 of 2026-03-09, ECB"):
        decide(database, 1_000_000, 1_120_000, "USD")


def test_without_a_rate_nothing_is_guessed(database: Database) -> None:
    with pytest.raises(NotAllowed, match="no rate for JPY"):
        decide(database, 1_000_000, 1, "JPY")


def test_who_has_no_limit_on_file_decides_by_role(database: Database) -> None:
    decide(database, None, 10**12, "JPY")
