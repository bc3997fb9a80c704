"""The database: engines for SQLite and PostgreSQL, and the unit of work that rolls back unless committed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from domain.errors import BadInput, NotReady
from storage.tables import customer

BUSY_TIMEOUT_MS = 60_000
"""How long one SQLite process waits for another's write transaction."""

IDLE_TIMEOUT_MS = 600_000
"""How long a PostgreSQL transaction may wait for its process: longer than ours ever think between two statements."""

_READ = "dunwell_read"


class Overtaken(Exception):
    """Somebody else writes, or has written since this unit began to read: what it read may be so no longer."""


class UnitOfWork:
    """One transaction. Leaving it without `commit()` rolls back; only a workflow opens one."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.committed = False
        self.take_turn: Callable[[], object] | None = None

    @property
    def dialect(self) -> str:
        """'sqlite' or 'postgresql'."""
        return self.connection.dialect.name

    def commit(self) -> None:
        """Keep what was done. The unit is over afterwards."""
        self.connection.commit()
        self.committed = True

    def begin_writing(self) -> None:
        """From here on this unit writes. To be called before the first change in one that `write_later` gave.

        Raises Overtaken where what was read may be so no longer; then the unit is to be left.
        """
        if self.take_turn is None:
            return
        self.take_turn()
        try:
            # Changes no row, yet takes the write lock, which SQLite refuses to whoever has read an older state.
            self.connection.exec_driver_sql("UPDATE message SET id = id WHERE 0")
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                raise Overtaken from None
            raise
        self.take_turn = None

    def database_now(self) -> datetime:
        """The database's clock, in UTC: what leases are measured by, whatever the hosts' clocks say."""
        if self.dialect == "sqlite":
            stamp = self.connection.execute(text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")).scalar_one()
            return datetime.fromisoformat(str(stamp)).replace(tzinfo=UTC)
        now: datetime = self.connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return now.astimezone(UTC)

    def lock_customer(self, customer_id: int) -> None:
        """Take the customer's row: sends, replies and payments about one customer happen one after the other.

        PostgreSQL locks the row. On SQLite a write transaction excludes every other writer already.
        """
        if self.dialect == "postgresql":
            self.connection.execute(select(customer.c.id).where(customer.c.id == customer_id).with_for_update())


class Database:
    """A database by URL. Writers on SQLite queue in the process, and wait for other processes by a busy timeout."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = _checked(url)
        self.engine = _engine(self.url, pool_size)
        self._writer = threading.RLock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A unit of work that may write. Rolls back unless `commit()` was called."""
        if self._writer is not None:
            with self._writer, self._unit(read=False) as unit:
                yield unit
            return
        with self._unit(read=False) as unit:
            yield unit

    @contextmanager
    def write_later(self) -> Iterator[UnitOfWork]:
        """A unit of work that reads first and keeps nobody from writing until its `begin_writing()`.

        On PostgreSQL, where rows are locked and not the database, it is `write`.
        """
        if self._writer is None:
            with self.write() as unit:
                yield unit
            return
        writer = self._writer
        # The lock is let go after the transaction's end.
        with ExitStack() as turn, self._unit(read=True) as unit:
            unit.take_turn = lambda: turn.enter_context(writer)
            yield unit

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view (one snapshot) for reading; whatever is written through it is rolled back."""
        with self._unit(read=True) as unit:
            yield unit.connection

    @contextmanager
    def _unit(self, *, read: bool) -> Iterator[UnitOfWork]:
        try:
            connection = self.engine.connect()
        except OperationalError as error:
            raise NotReady(
                f"database {self.url.render_as_string(hide_password=True)} can't be reached: {_first_line(error)}; "
                "check DUNWELL_DATABASE_URL and that the server runs"
            ) from error
        with connection:
            if read:
                options: dict[str, Any] = {_READ: True}
                if not self.is_sqlite:
                    options["isolation_level"] = "REPEATABLE READ"
                connection = connection.execution_options(**options)
            connection.begin()
            unit = UnitOfWork(connection)
            try:
                yield unit
            finally:
                if not unit.committed:
                    connection.rollback()

    def dispose(self) -> None:
        """Close the pool's connections."""
        self.engine.dispose()


def _first_line(error: OperationalError) -> str:
    return str(error.orig).strip().splitlines()[0] if error.orig else "no connection"


def _checked(url: str) -> URL:
    try:
        made = make_url(url)
    except ArgumentError:
        # Not repeated: it may hold a password.
        raise BadInput(
            "DUNWELL_DATABASE_URL is not a database URL; write sqlite:///file.db or postgresql://user@host/name"
        ) from None
    if made.get_backend_name() == "postgresql":
        return made.set(drivername="postgresql+psycopg")
    if made.get_backend_name() == "sqlite":
        return made
    raise BadInput(f"database {made.get_backend_name()!r} is not supported; use sqlite:///… or postgresql://…")


def _engine(url: URL, pool_size: int) -> Engine:
    if url.get_backend_name() == "postgresql":
        # Solid-state disks read at random nearly as fast as in order; the server's default of 4 makes it scan whole
        # tables for a few thousand rows. Compiling a query takes longer than most of ours run.
        # A process that stands still in mid transaction, or whose machine is gone, doesn't hold its rows for ever.
        settings = f"-c random_page_cost=1.1 -c jit=off -c idle_in_transaction_session_timeout={IDLE_TIMEOUT_MS}"
        options = {"options": settings}
        return create_engine(url, pool_size=pool_size, pool_pre_ping=True, connect_args=options, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is deferred and deadlocks writers; ours is below
    cursor = connection.cursor()
    # FULL: NORMAL can forget a committed `sending` when the power goes.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "temp_store=MEMORY",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read = connection.get_execution_options().get(_READ)
    connection.exec_driver_sql("BEGIN" if read else "BEGIN IMMEDIATE")
