"""Set-based upsert: rows made ready in a temporary table go into a table of the ledger by two statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from storage.import_stage import run


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows of one kind."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.inserted + other.inserted, self.updated + other.updated, self.unchanged + other.unchanged)


def make_ready(connection: Connection, name: str, select: str, **bound: object) -> int:
    """Create the temporary table `name` from a SELECT that resolves references to ids. Returns its rows."""
    run(connection, f"CREATE TEMPORARY TABLE {name} AS {select}", **bound)
    if connection.dialect.name == "postgresql":
        run(connection, f"ANALYZE {name}")
    return int(run(connection, f"SELECT COUNT(*) FROM {name}").scalar_one())


def drop_ready(connection: Connection, *names: str) -> None:
    """Drop temporary tables that `make_ready` made."""
    for name in names:
        run(connection, f"DROP TABLE IF EXISTS {name}")


def upsert(
    connection: Connection,
    target: str,
    ready: str,
    *,
    insert: Sequence[str],
    update: Sequence[str],
    now: datetime | None,
) -> Counts:
    """Insert the ready rows without `existing_id`, update those whose `update` columns differ.

    The ready table's columns are named like the target's. `now` goes into `updated_at` (None: there is none).
    """
    total = int(run(connection, f"SELECT COUNT(*) FROM {ready}").scalar_one())
    stamp = {} if now is None else {"now": now}
    updated = 0
    if update:
        sets = ", ".join(
            [f"{column} = r.{column}" for column in update] + ([] if now is None else ["updated_at = :now"])
        )
        differs = " OR ".join(f"{target}.{column} IS DISTINCT FROM r.{column}" for column in update)
        updated = run(
            connection,
            f"UPDATE {target} SET {sets} FROM {ready} r WHERE {target}.id = r.existing_id AND ({differs})",
            **stamp,
        ).rowcount
    columns = ", ".join([*insert] + ([] if now is None else ["updated_at"]))
    values = ", ".join([f"r.{column}" for column in insert] + ([] if now is None else [":now"]))
    inserted = run(
        connection,
        f"INSERT INTO {target} ({columns}) SELECT {values} FROM {ready} r WHERE r.existing_id IS NULL ORDER BY r.line",
        **stamp,
    ).rowcount
    return Counts(inserted, updated, total - inserted - updated)
