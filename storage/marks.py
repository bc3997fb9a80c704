"""Marks: small facts about the installation itself, by key, such as the day on which something was last done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from storage.sql import insert_ignore
from storage.tables import setting


def get_mark(connection: Connection, key: str) -> Any:
    """A mark's value; None where there is none."""
    return connection.execute(select(setting.c.value).where(setting.c.key == key)).scalar()


def set_mark(connection: Connection, key: str, value: Any, now: datetime) -> None:
    """Set a mark, whether it is there or not."""
    values = {"value": value, "updated_at": now}
    connection.execute(insert_ignore(connection, setting).values(key=key, **values))
    connection.execute(update(setting).where(setting.c.key == key).values(**values))
