"""Small things that differ between SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, bindparam, func, literal_column, select
from sqlalchemy import Table as SaTable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import operators

ZERO: ColumnElement[int] = literal_column("0")
"""Zero as a word of the statement: SQLite uses a partial index (`WHERE open_minor > 0`) for no bound value."""


def among(connection: Connection, column: ColumnElement[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """`column` is one of `ids`, as one bound value: any number of ids, and one statement for all of them."""
    values = [int(i) for i in ids]
    if connection.dialect.name == "postgresql":
        return column == func.any(bindparam(None, values, type_=postgresql.ARRAY(BigInteger)))
    listed = func.json_each(bindparam(None, json.dumps(values))).table_valued("value")
    return column.in_(select(listed.c.value))


def among_texts(connection: Connection, column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """`column` is one of `values` (texts), as one bound value."""
    wanted = list(values)
    if connection.dialect.name == "postgresql":
        # By `operate`: of two functions (`lower(…) == any(…)`) Python would ask the right one, and turn them around.
        return column.operate(operators.eq, func.any(bindparam(None, wanted, type_=postgresql.ARRAY(Text))))
    listed = func.json_each(bindparam(None, json.dumps(wanted))).table_valued("value")
    return column.in_(select(listed.c.value))


def listed(dialect: str, column: ColumnElement[Any], name: str, of: Any = BigInteger) -> ColumnElement[bool]:
    """`column` is one of the values bound to `name` (see `as_list`): for statements that are built once."""
    if dialect == "postgresql":
        return column == func.any(bindparam(name, type_=postgresql.ARRAY(of)))
    return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))


def as_list(dialect: str, values: Iterable[Any]) -> Any:
    """Values as `listed` wants them bound: a list on PostgreSQL, a JSON list on SQLite."""
    wanted = list(values)
    return wanted if dialect == "postgresql" else json.dumps(wanted)


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Statements within, whose results nobody reads, go to PostgreSQL without waiting for each other's answers."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with driver.pipeline():
            yield
    else:
        yield


def insert_ignore(connection: Connection, table: SaTable) -> Any:
    """An INSERT that does nothing where a unique key is taken."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
