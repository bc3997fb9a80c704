"""An upgrade loses nothing: a database of the first version, data in every table, brought to the newest."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    create_engine,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import Integer

from storage import migrate
from storage.database import Database
from storage.tables import metadata

FIRST = "0001"
DAY = date(2026, 3, 9)
NOW = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
EMPTY = {
    ("application", "credit_memo_id"),
    ("cycle", "closed_on"),
    ("opt_out", "lifted_at"),
    ("touch", "dropped_reason"),
}
"""Columns left empty: a check wants one of two, and partial keys hold for what is in force."""


@pytest.fixture(params=["sqlite", "postgresql"])
def first_version(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database as the first version left it, without data."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'old.db'}")
        migrate.upgrade(database, FIRST)
        yield database
        database.dispose()
        return
    url = str(request.getfixturevalue("postgres_url"))
    name = f"dunwell_old_{uuid.uuid4().hex[:12]}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = Database(make_url(url).set(database=name).render_as_string(hide_password=False))
    migrate.upgrade(database, FIRST)
    yield database
    database.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def reflect(connection: Connection) -> list[Table]:
    """The tables that are there, those that are referred to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def a_value(table: Table, column: Any) -> Any:
    """Something of the column's type that is recognised afterwards; the one row of whatever it refers to."""
    if (table.name, column.name) in EMPTY:
        return None
    if column.foreign_keys:
        return 1
    kind = column.type
    if isinstance(kind, JSON):
        return {"of": [table.name, 1]}
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, DateTime):
        return NOW if kind.timezone else NOW.replace(tzinfo=None)
    if isinstance(kind, Date):
        return DAY
    if isinstance(kind, LargeBinary):
        return b"\x00\xff raw"
    if isinstance(kind, (Integer, Numeric)):
        return 1
    assert isinstance(kind, (String, Text)), f"{table.name}.{column.name}: {kind!r}"
    return f"{column.name} ü"[: kind.length]


def rows_of(connection: Connection, tables: list[Table]) -> dict[str, dict[str, Any]]:
    """The one row of each table."""
    return {table.name: dict(connection.execute(select(table)).mappings().one()) for table in tables}


@pytest.fixture
def filled(first_version: Database) -> tuple[Database, dict[str, dict[str, Any]]]:
    """A row in every table of the first version; what they say."""
    with first_version.write() as unit:
        tables = reflect(unit.connection)
        for table in tables:
            row = {column.name: a_value(table, column) for column in table.columns}
            unit.connection.execute(insert(table).values(row))
        unit.commit()
    with first_version.read() as connection:
        return first_version, rows_of(connection, tables)


def test_an_upgrade_keeps_every_row_of_every_table(filled: tuple[Database, dict[str, dict[str, Any]]]) -> None:
    database, before = filled
    assert migrate.current(database) == FIRST
    assert len(before) > 30
    migrate.upgrade(database)
    migrate.require_head(database)
    with database.read() as connection:
        after = rows_of(connection, [t for t in reflect(connection) if t.name in before])
    assert set(after) == set(before)
    for name, row in before.items():
        assert {column: after[name][column] for column in row} == row, name
    migrate.upgrade(database)
    with database.read() as connection:
        assert rows_of(connection, [t for t in reflect(connection) if t.name in before]) == after


REFUSED = [
    ("document", {"number": "other", "open_minor": -1}),
    ("document", {"number": "other", "customer_id": 99}),
    ("payment", {"reference": "other", "unapplied_minor": -1}),
    ("application", {"credit_memo_id": 1}),
    ("touch", {"stage": "other", "cycle_id": 99}),
    ("message", {"public_id": "2", "reply_token": "2", "message_id": "2", "answer_key": "2", "customer_id": None}),
]


def test_after_an_upgrade_every_key_and_check_holds(filled: tuple[Database, dict[str, dict[str, Any]]]) -> None:
    database, before = filled
    migrate.upgrade(database)
    with database.read() as connection:
        found = inspect(connection)
        unique = {
            name
            for name in before
            if found.get_unique_constraints(name) or any(index["unique"] for index in found.get_indexes(name))
        }
    assert len(unique) > 15
    again = [(name, {}) for name in before if name in unique or "id" not in before[name]]
    for name, change in again + REFUSED:
        table = metadata.tables[name]
        with database.write() as unit:
            row = dict(unit.connection.execute(select(table)).mappings().one())
            other = {"id": 2} if "id" in row else {}
            with pytest.raises(IntegrityError):
                unit.connection.execute(insert(table).values({**row, **other, **change}))


def test_after_an_upgrade_a_step_has_one_touch_and_a_dropped_one_frees_it(
    filled: tuple[Database, dict[str, dict[str, Any]]],
) -> None:
    database, _ = filled
    migrate.upgrade(database)
    touch = metadata.tables["touch"]
    with database.write() as unit:
        row = dict(unit.connection.execute(select(touch)).mappings().one())
        unit.connection.execute(update(touch).values(dropped_reason="rejected"))
        unit.connection.execute(insert(touch).values({**row, "id": 2}))
        with pytest.raises(IntegrityError):
            unit.connection.execute(insert(touch).values({**row, "id": 3}))
