"""Databases for stories that are told over the real workflows: one PostgreSQL for all of them, emptied after each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from storage.database import Database
from storage.tables import metadata
from tests.scenarios.stories.house import House


@pytest.fixture(scope="session")
def told_postgres_url(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """One migrated PostgreSQL database for all stories: making one for each costs more than the story."""
    name = f"dunwell_stories_{uuid.uuid4().hex[:12]}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {postgres_template}"))
        # Waiting for the disk at each commit shows nothing here, and takes most of a story's time.
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty, migrated database, on SQLite and on PostgreSQL."""
    fixture = "sqlite_url" if request.param == "sqlite" else "told_postgres_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database, on SQLite and on PostgreSQL."""
    made = Database(database_url)
    yield made
    if made.url.get_backend_name() == "postgresql":
        with made.write() as unit:
            for table in reversed(metadata.sorted_tables):
                unit.connection.execute(table.delete())
            unit.commit()
    made.dispose()


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """A house with the customer C1 and no invoice yet, on SQLite and on PostgreSQL."""
    return House(database, tmp_path).open()


@pytest.fixture
def small_house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """The same on SQLite alone: for stories that don't depend on the database."""
    database = Database(sqlite_url)
    yield House(database, tmp_path).open()
    database.dispose()
