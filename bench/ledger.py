"""Ledgers to measure on: 10,000, 100,000 or 1,000,000 open invoices, made once and kept under `bench/data/`.

`python -m bench.ledger SIZE [--postgres]` makes one beforehand. PostgreSQL is used where DUNWELL_BENCH_DATABASE_URL (or
DUNWELL_TEST_DATABASE_URL) names a server on which databases may be made.
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bench.bulk import postgres_loader, sqlite_loader
from bench.fill import fill
from storage import migrate
from storage.database import Database

SIZES = (10_000, 100_000, 1_000_000)
DATA = Path(__file__).parent / "data"
EDITION = 4
"""Counted up when what is written changes: older files are made anew."""


def server_url() -> str | None:
    """The PostgreSQL server to measure on; None where none is named."""
    return os.environ.get("DUNWELL_BENCH_DATABASE_URL") or os.environ.get("DUNWELL_TEST_DATABASE_URL")


def cached_ledger(size: int, dialect: str = "sqlite") -> str:
    """The URL of the kept ledger of `size` invoices, made if need be. Only read it: `copied_ledger` is for writing."""
    return _cached_sqlite(size) if dialect == "sqlite" else _cached_postgres(size)


@contextmanager
def copied_ledger(size: int, dialect: str = "sqlite") -> Iterator[str]:
    """The URL of a copy of the kept ledger that may be written, gone afterwards."""
    kept = make_url(cached_ledger(size, dialect))
    name = f"{kept.database}_{uuid.uuid4().hex[:8]}"
    if dialect == "sqlite":
        shutil.copy(str(kept.database), name)
        yield f"sqlite:///{name}"
        for end in ("", "-wal", "-shm"):
            Path(name + end).unlink(missing_ok=True)
        return
    _admin(f"CREATE DATABASE {name} TEMPLATE {kept.database}")
    try:
        yield kept.set(database=name).render_as_string(hide_password=False)
    finally:
        _admin(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def empty_ledger(dialect: str, folder: Path) -> Iterator[str]:
    """The URL of a migrated, empty database, gone afterwards; the SQLite file lies in `folder`."""
    if dialect == "sqlite":
        url = f"sqlite:///{folder}/bench.db"
        _migrate(url)
        yield url
        return
    name = f"dunwell_bench_{uuid.uuid4().hex[:8]}"
    _admin(f"CREATE DATABASE {name}")
    try:
        made = make_url(str(server_url())).set(drivername="postgresql+psycopg", database=name)
        text = made.render_as_string(hide_password=False)
        _migrate(text)
        yield text
    finally:
        _admin(f"DROP DATABASE {name} WITH (FORCE)")


def _cached_sqlite(size: int) -> str:
    path = DATA / f"ledger-{size}-{EDITION}.{migrate.head()}.db"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        making = path.with_suffix(".making")
        for end in ("", "-wal", "-shm"):
            Path(f"{making}{end}").unlink(missing_ok=True)
        _migrate(f"sqlite:///{making}")
        with sqlite_loader(str(making)) as loader:
            fill(loader, size)
        making.rename(path)
    return f"sqlite:///{path}"


def _cached_postgres(size: int) -> str:
    server = server_url()
    assert server, "name a server by DUNWELL_BENCH_DATABASE_URL"
    name = f"dunwell_bench_{size}_{EDITION}_{migrate.head()}"
    url = make_url(server).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)
    with _server() as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    if not there:
        making = f"{name}_making"
        _admin(f"DROP DATABASE IF EXISTS {making} WITH (FORCE)")
        _admin(f"CREATE DATABASE {making}")
        making_url = make_url(url).set(database=making).render_as_string(hide_password=False)
        _migrate(making_url)
        with postgres_loader(making_url) as loader:
            fill(loader, size)
        _admin(f"ALTER DATABASE {making} RENAME TO {name}")
    return url


def _migrate(url: str) -> None:
    database = Database(url)
    migrate.upgrade(database)
    database.dispose()


def _server() -> psycopg.Connection[Any]:
    url = make_url(str(server_url())).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(url, autocommit=True)


def _admin(statement: str) -> None:
    with _server() as connection:
        connection.execute(statement.encode())


if __name__ == "__main__":
    print(cached_ledger(int(sys.argv[1]), "postgresql" if "--postgres" in sys.argv else "sqlite"))
