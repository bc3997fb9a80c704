"""A ledger to import into, asked in the words of the stories."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from exchange.fields import Kind
from storage.database import Database
from storage.tables import metadata
from workflows.import_ledger import import_file
from workflows.import_request import ImportReport, ImportRequest

CUSTOMERS = """number,name,country,locale,timezone,currency,collector,email
C1,Acme Ltd,GB,en-GB,Europe/London,EUR,kim,ap@acme.example
C2,Müller GmbH,DE,de-DE,Europe/Berlin,EUR,kim,ap@mueller.example
"""
INVOICES = "number,customer,issued,due,amount,currency"


class Ledger:
    """Imports texts as files, and answers what the database then says."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.today = date(2026, 6, 15)
        self._count = 0

    def load(self, kind: str, content: str | bytes, *, name: str | None = None, **options: Any) -> ImportReport:
        """Import `content` as a file of `kind`, as of `self.today` unless told otherwise."""
        self._count += 1
        path = self.folder / (name or f"{kind}-{self._count}.csv")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.load_file(kind, path, **options)

    def load_file(self, kind: str, path: Path, **options: Any) -> ImportReport:
        """Import a file. Each import happens a second after the one before."""
        self._count += 1
        mapping = options.pop("mapping", None)
        if mapping is not None and not isinstance(mapping, Path):
            place = self.folder / f"mapping-{self._count}.toml"
            place.write_text(mapping, encoding="utf-8")
            mapping = place
        request = ImportRequest(Kind(kind), path, options.pop("as_of", self.today), mapping, **options)
        now = datetime(
            self.today.year, self.today.month, self.today.day, 6, self._count // 60, self._count % 60, tzinfo=UTC
        )
        return import_file(self.database, request, now=now)

    def rows(self, statement: str, **bound: Any) -> list[Any]:
        """Rows of a query, as plain tuples."""
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(text(statement), bound)]

    def one(self, statement: str, **bound: Any) -> Any:
        """The single value of a query."""
        [[value]] = self.rows(statement, **bound)
        return value

    def open(self, number: str, instalment: int = 1) -> int:
        """What is open of an invoice, in minor units; the sum of its ledger entries says the same."""
        projected = self.one(
            "SELECT open_minor FROM document WHERE number = :n AND instalment = :i", n=number, i=instalment
        )
        summed = self.one(
            """SELECT SUM(l.amount_minor) FROM ledger_entry l JOIN document d ON d.id = l.document_id
            WHERE d.number = :n AND d.instalment = :i""",
            n=number,
            i=instalment,
        )
        assert projected == summed
        return int(projected)

    def open_on(self, number: str, day: str) -> int:
        """What was open of an invoice at the end of a day, by its ledger entries."""
        return int(
            self.one(
                """SELECT COALESCE(SUM(l.amount_minor), 0) FROM ledger_entry l JOIN document d ON d.id = l.document_id
                WHERE d.number = :n AND l.effective_on <= :day""",
                n=number,
                day=date.fromisoformat(day),
            )
        )

    def unapplied(self) -> int:
        """All unapplied cash and credit, in minor units."""
        return int(
            self.one(
                """SELECT (SELECT COALESCE(SUM(unapplied_minor), 0) FROM payment)
                + (SELECT COALESCE(SUM(unapplied_minor), 0) FROM credit_memo)"""
            )
        )

    def everything(self) -> dict[str, list[Any]]:
        """Every row of every table that an import may touch: to see that nothing changed."""
        tables = (
            "legal_entity entity_bank app_user customer contact document ledger_entry payment credit_memo application "
            "sales_order exchange_rate dispute dispute_document task import_batch audit_entry"
        )
        return {name: sorted(map(repr, self.rows(f"SELECT * FROM {name}"))) for name in tables.split()}

    def total(self, table: str) -> int:
        """Rows of a table."""
        return int(self.one(f"SELECT COUNT(*) FROM {table}"))


@pytest.fixture(scope="session")
def emptied_postgres_url(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """One migrated PostgreSQL database for all stories: making one for each costs more than the story."""
    name = f"dunwell_import_{uuid.uuid4().hex[:12]}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {postgres_template}"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated database, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        made = Database(request.getfixturevalue("sqlite_url"))
    else:
        made = Database(request.getfixturevalue("emptied_postgres_url"))
    yield made
    if request.param == "postgresql":
        with made.write() as unit:
            for table in reversed(metadata.sorted_tables):
                unit.connection.execute(table.delete())
            unit.commit()
    made.dispose()


@pytest.fixture
def ledger(database: Database, tmp_path: Path) -> Ledger:
    """A ledger with customers C1 and C2, on SQLite and on PostgreSQL."""
    made = Ledger(database, tmp_path)
    made.load("customers", CUSTOMERS)
    return made


@pytest.fixture
def small_ledger(sqlite_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """The same on SQLite only: for the many cases that don't reach the database."""
    database = Database(sqlite_url)
    made = Ledger(database, tmp_path)
    made.load("customers", CUSTOMERS)
    yield made
    database.dispose()


@pytest.fixture(scope="module")
def kept_ledger(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """One ledger with C1 and C2 for all tests of a module: for what is refused and changes nothing."""
    folder = tmp_path_factory.mktemp("kept")
    shutil.copy(sqlite_template, folder / "dunwell.db")
    database = Database(f"sqlite:///{folder / 'dunwell.db'}")
    made = Ledger(database, folder)
    made.load("customers", CUSTOMERS)
    yield made
    database.dispose()
