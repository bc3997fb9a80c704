"""Whether a database is whole: its schema as the migrations make it, what refers to what, sums that must agree."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, select, text

from storage.tables import document, ledger_entry, message, metadata, touch

SHOWN = 5
"""Examples that a problem names."""


def schema_problems(connection: Connection) -> list[str]:
    """Tables, columns, indexes and keys that are missing or differ: a key that wasn't restored lets doubles in."""
    context = MigrationContext.configure(connection, opts={"include_name": _ours})
    return [f"schema: {_shown(one)}" for one in compare_metadata(context, metadata)]


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "table" or name in metadata.tables


def _shown(difference: Any) -> str:
    if isinstance(difference, list):
        return "; ".join(_shown(one) for one in difference)
    act = str(difference[0]).replace("add_", "missing ").replace("remove_", "unknown ").replace("_", " ")
    return f"{act} {' '.join(str(getattr(part, 'name', None) or part) for part in difference[1:])[:200]}"


def reference_problems(connection: Connection) -> list[str]:
    """Rows that refer to rows which are not there. PostgreSQL holds its keys by itself, once they stand."""
    problems = []
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        if found != ["ok"]:
            problems.append(f"file: {found[0]}")
        lost = connection.execute(text("PRAGMA foreign_key_check")).all()
        if lost:
            problems.append(f"references: {len(lost)} rows refer to nothing, the first in {lost[0][0]}")
    else:
        loose = connection.execute(
            text("SELECT conname FROM pg_constraint WHERE NOT convalidated AND connamespace = 'public'::regnamespace")
        )
        problems += [f"references: {name} was restored without being checked" for name in loose.scalars()]
    carried = select(func.count()).where(
        touch.c.message_id.is_not(None), touch.c.message_id.not_in(select(message.c.id))
    )
    orphans = int(connection.execute(carried).scalar_one())
    return [*problems, *([f"references: {orphans} touches of messages that are not there"] if orphans else [])]


def ledger_problems(connection: Connection) -> list[str]:
    """Documents whose open amount isn't the sum of their ledger entries."""
    sums = (
        select(ledger_entry.c.document_id, func.sum(ledger_entry.c.amount_minor).label("total"))
        .group_by(ledger_entry.c.document_id)
        .subquery()
    )
    differ = (
        select(document.c.number, document.c.open_minor, func.coalesce(sums.c.total, 0).label("total"))
        .outerjoin(sums, sums.c.document_id == document.c.id)
        .where(document.c.open_minor != func.coalesce(sums.c.total, 0))
        .order_by(document.c.id)
    )
    rows = connection.execute(differ).all()
    if not rows:
        return []
    shown = ", ".join(f"{row.number} (open {row.open_minor}, entries {int(row.total)})" for row in rows[:SHOWN])
    return [f"ledger: {len(rows)} documents whose open amount isn't the sum of their entries: {shown}"]
