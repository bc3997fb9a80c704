"""What faults happen to: premises with a provider of their own, and servers that only faults need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import migrate
from storage.database import Database
from tests.faults.premises import Premises
from tests.faults.provider import Provider
from tests.faults.servers import NotHere, OwnPostgres, OwnRabbit


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database. Faults take seconds each: on PostgreSQL they are left to `make faults`."""
    fixture = "sqlite_url" if request.param == "sqlite" else "fresh_postgres_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider in a process of its own, that has accepted nothing yet."""
    made = Provider()
    yield made
    made.stop()


@pytest.fixture
def premises(database: Database, tmp_path: Path, provider: Provider) -> Premises:
    """A migrated database without a ledger, and the provider."""
    return Premises(database, tmp_path, provider)


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[OwnPostgres]:
    """A PostgreSQL that may be stopped; skips, visibly, where there are no programs for one."""
    try:
        made = OwnPostgres()
    except NotHere as why:
        pytest.skip(str(why))
    yield made
    made.remove()


@pytest.fixture(scope="module")
def own_rabbit() -> Iterator[OwnRabbit]:
    """A RabbitMQ that may be stopped; skips, visibly, where there are no programs for one."""
    try:
        made = OwnRabbit()
    except NotHere as why:
        pytest.skip(str(why))
    yield made
    made.remove()


@pytest.fixture
def on_own_postgres(own_postgres: OwnPostgres, tmp_path: Path, provider: Provider) -> Iterator[Premises]:
    """Premises over the PostgreSQL that may be stopped."""
    database = Database(own_postgres.new_database())
    migrate.upgrade(database)
    yield Premises(database, tmp_path, provider)
    database.dispose()
