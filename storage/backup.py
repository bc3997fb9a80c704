"""A copy of a SQLite database while others work on it. PostgreSQL has tools of its own (docs/operating.md)."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path

from domain.errors import BadInput
from storage.database import Database
from storage.sending_hold import stamp_copy

PAGES = 2_000
"""Pages copied at once: other writers get their turn between."""


def copy_sqlite(database: Database, path: Path, at: datetime) -> int:
    """Write a whole, consistent copy to `path`, readable by its owner alone, stamped as a copy. Returns its bytes.

    Raises BadInput where the file is there already, or the database isn't SQLite.
    """
    if not database.is_sqlite:
        raise BadInput("this database is PostgreSQL; back it up with `pg_dump --format=custom` (docs/operating.md)")
    if path.exists():
        raise BadInput(f"{path} is there already; name a new file")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        _copy(database, part)
        copied = Database(f"sqlite:///{part}")
        try:
            with copied.write() as unit:
                stamp_copy(unit, at)
                unit.commit()
        finally:
            copied.dispose()  # the last connection to go writes the log back: the file alone is whole
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return path.stat().st_size


def _copy(database: Database, part: Path) -> None:
    connection = database.engine.raw_connection()
    try:
        source = connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        target = sqlite3.connect(part)
        try:
            source.backup(target, pages=PAGES)
        finally:
            target.close()
    finally:
        connection.close()
