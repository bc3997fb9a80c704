"""Many rows at once into a migrated database: the drivers' own bulk paths, below SQLAlchemy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Protocol

import psycopg
from psycopg import sql

Row = Sequence[Any]


class Loader(Protocol):
    """Takes rows of a table, ids included."""

    def load(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        """Write `rows` of `columns` (names parted by blanks) to `table`."""
        ...


def _plain(row: Row) -> list[Any]:
    """Values as storage keeps them in SQLite: ISO days, instants without their UTC offset."""
    return [
        value.strftime("%Y-%m-%d %H:%M:%S.%f")
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for value in row
    ]


class SqliteLoader:
    """One transaction, no waiting for the disk: a database that is lost is made again."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def load(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        names = columns.split()
        marks = ",".join("?" * len(names))
        statement = f"INSERT INTO {table} ({','.join(names)}) VALUES ({marks})"
        self.connection.executemany(statement, (_plain(row) for row in rows))


class PostgresLoader:
    """COPY."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def load(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        names = [sql.Identifier(name) for name in columns.split()]
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(",").join(names))
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        if "id" in columns.split():
            self.connection.execute(
                sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}))").format(
                    sql.Literal(table), sql.Identifier(table)
                )
            )


@contextmanager
def sqlite_loader(path: str) -> Iterator[SqliteLoader]:
    """A loader of a migrated SQLite file; committed and analysed at the end."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-200000")
    connection.execute("BEGIN")
    yield SqliteLoader(connection)
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@contextmanager
def postgres_loader(url: str) -> Iterator[PostgresLoader]:
    """A loader of a migrated PostgreSQL database; committed, vacuumed and analysed at the end."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain) as connection:
        yield PostgresLoader(connection)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
