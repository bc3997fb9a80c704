"""The staging area of an import: temporary tables on one connection, filled without holding any lock on the ledger.

Temporary tables live in the session (PostgreSQL) or in a private file (SQLite): loading a million checked rows blocks
nobody. Only the transactions opened by `Stage.swap` write to the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    Connection,
    Date,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    text,
)
from sqlalchemy.exc import OperationalError

from domain.errors import NotReady
from storage.database import Database, UnitOfWork
from storage.types import UtcDateTime

_CHUNK = 5_000
_READ = "dunwell_read"

stage_metadata = MetaData()


def _stage(name: str, *columns: Column[Any]) -> Table:
    return Table(f"stage_{name}", stage_metadata, Column("line", Integer), *columns, prefixes=["TEMPORARY"])


def _text(name: str) -> Column[Any]:
    return Column(name, Text)


def _minor(name: str) -> Column[Any]:
    return Column(name, BigInteger)


def _day(name: str) -> Column[Any]:
    return Column(name, Date)


def _whole(name: str) -> Column[Any]:
    return Column(name, Integer)


STAGES: dict[str, Table] = {
    "entities": _stage(
        "entities", _text("code"), _text("name"), _text("country"), _text("timezone"), _text("address"),
        _text("registration"), _text("sender_name"), _text("sender_email"), _text("phone"),
        Column("currency", String(3)), _text("holder"), _text("bank_name"), _text("account"), _text("bic"),
    ),
    "users": _stage(
        "users", _text("id"), _text("name"), _text("email"), _text("role"), _text("territory"), _text("manager"),
        _text("slack_id"), _minor("limit"), _text("limit_currency"),
    ),
    "customers": _stage(
        "customers", _text("number"), _text("name"), _text("country"), _text("locale"), _text("timezone"),
        _text("currency"), _text("territory"), _text("segment"), _text("collector"), _text("sales_rep"),
        _text("parent"), _minor("credit_limit"), _whole("terms_days"), _text("email"), _text("phone"),
        _text("name_folded"), _text("default_locale"), _text("default_timezone"),
    ),
    "contacts": _stage(
        "contacts", _text("customer"), _text("name"), _text("role"), _text("email"), _text("phone"), _text("locale"),
        _text("key"),
    ),
    "invoices": _stage(
        "invoices", _text("number"), _text("customer"), _day("issued"), _day("due"), _minor("amount"),
        _text("currency"), _text("po_number"), _text("order"), _text("legal_entity"), _minor("paid_amount"),
        _minor("disputed_amount"), _whole("instalment"), _text("kind"),
    ),
    "credits": _stage(
        "credits", _text("number"), _text("customer"), _day("date"), _minor("amount"), _text("currency"),
        _text("invoice"), _text("legal_entity"),
    ),
    "payments": _stage(
        "payments", _text("reference"), _text("customer"), _day("date"), _minor("amount"), _text("currency"),
        _text("invoice"), _text("method"), _text("legal_entity"),
    ),
    "orders": _stage(
        "orders", _text("number"), _text("customer"), _day("date"), _minor("amount"), _text("currency"),
        _text("sales_rep"), _text("status"), _text("legal_entity"),
    ),
    "rates": _stage("rates", _day("date"), _text("base"), _text("quote"), _text("rate"), _text("source")),
}  # fmt: skip
"""Kind → its staging table: the line, the fields of the form in their order, then what is worked out of them."""


def staged_columns(kind: str) -> tuple[str, ...]:
    """The names of a kind's staged columns after `line`."""
    return tuple(column.name for column in STAGES[kind].columns)[1:]


class Stage:
    """One connection with its temporary tables. Nothing reaches the ledger but through `swap`."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self._database = database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads the ledger and writes temporary tables only: it locks nobody out."""
        self.connection.execution_options(**{_READ: True})
        with self.connection.begin():
            yield self.connection

    @contextmanager
    def swap(self) -> Iterator[UnitOfWork]:
        """A transaction that writes the ledger. Rolls back unless committed."""
        self.connection.execution_options(**{_READ: False})
        try:
            self.connection.begin()
        except OperationalError as error:
            raise NotReady(f"the database is busy with another writer ({error.orig}); run the import again") from None
        unit = UnitOfWork(self.connection)
        try:
            if self.dialect == "postgresql":
                # One import after the other; readers and senders go on.
                self.connection.execute(text("LOCK TABLE import_batch IN SHARE ROW EXCLUSIVE MODE"))
            yield unit
        finally:
            if not unit.committed:
                self.connection.rollback()

    def create(self) -> None:
        """Make every staging table, empty. Call within `reading`."""
        stage_metadata.create_all(self.connection, checkfirst=False)
        self.connection.execute(text("CREATE INDEX ix_stage_customers ON stage_customers (number)"))

    def load(self, table: Table, rows: Iterable[Sequence[Any]]) -> int:
        """Copy rows (in the order of the table's columns) into a temporary table. Returns how many."""
        names = [column.name for column in table.columns]
        loader = _copy if self.dialect == "postgresql" else _insert_many
        return loader(self.connection, table.name, names, rows)

    def analyze(self, *tables: str) -> None:
        """Tell PostgreSQL's planner what was loaded."""
        if self.dialect == "postgresql":
            for table in tables:
                self.connection.execute(text(f"ANALYZE {table}"))


@contextmanager
def open_stage(database: Database) -> Iterator[Stage]:
    """A stage on a connection of its own. Whatever happens, the connection and its temporary tables are gone after."""
    try:
        connection = database.engine.connect()
    except OperationalError as error:
        raise NotReady(f"the database can't be reached: {error.orig}") from error
    try:
        if database.is_sqlite:
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA temp_store=FILE")  # a million staged rows don't belong into memory
            cursor.close()
        yield Stage(connection, database)
    finally:
        connection.invalidate()
        connection.close()


def _insert_many(connection: Connection, name: str, names: list[str], rows: Iterable[Sequence[Any]]) -> int:
    columns = ", ".join(f'"{column}"' for column in names)
    statement = f"INSERT INTO {name} ({columns}) VALUES ({', '.join('?' * len(names))})"
    cursor = connection.connection.cursor()
    total, source = 0, iter(rows)
    while chunk := [[_sqlite(value) for value in row] for row in islice(source, _CHUNK)]:
        cursor.executemany(statement, chunk)
        total += len(chunk)
    cursor.close()
    return total


def _sqlite(value: Any) -> Any:
    """Dates go into SQLite as ISO text, as SQLAlchemy writes them."""
    return value.isoformat() if type(value) is date else value


def _copy(connection: Connection, name: str, names: list[str], rows: Iterable[Sequence[Any]]) -> int:
    columns = ", ".join(f'"{column}"' for column in names)
    driver: Any = connection.connection.driver_connection
    total = 0
    with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            total += 1
    return total


def run(connection: Connection, statement: str, **bound: Any) -> Any:
    """Execute SQL text with bound values of the right types: aware instants, days, and everything else as it is."""
    made = text(statement)
    typed: list[BindParameter[Any]] = []
    for name, value in bound.items():
        of: Any = UtcDateTime() if isinstance(value, datetime) else Date() if isinstance(value, date) else None
        typed.append(bindparam(name, value, type_=of))
    return connection.execute(made.bindparams(*typed))
