"""A report as a table: columns, rows that may stream, totals, and what the figures mean in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from domain.questions import Cell


class ColumnKind(StrEnum):
    """How a column is written in a file."""

    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in the rows and how it is written."""

    key: str
    kind: ColumnKind = ColumnKind.TEXT

    @property
    def title(self) -> str:
        """The heading."""
        return self.key.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Report:
    """`rows` are read once, in order; `totals` are complete only after that. `notes` define the figures."""

    name: str
    as_of: date
    columns: tuple[Column, ...]
    rows: Iterable[Mapping[str, Cell]]
    totals: list[Mapping[str, Cell]] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
