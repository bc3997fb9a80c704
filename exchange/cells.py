"""What a cell may hold, how a reader may be told to read, and the line of column names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeAlias

from exchange.refusal import refuse_file

Cell: TypeAlias = str | int | float | bool | date | datetime | time | timedelta
"""CSV cells are text; XLSX cells keep the type that the workbook gives them. An empty cell is ''."""

Rows: TypeAlias = Iterator[tuple[int, list[Cell]]]
Opened: TypeAlias = tuple[tuple[str, ...], Rows, str, Callable[[], float]]

MAX_COLUMNS = 512


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file where detection shall not decide. `known` are column names expected in it, normalised."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_line: int = 1
    known: frozenset[str] = frozenset()


def normal_name(name: str) -> str:
    """A column name as it is compared: without case, outer blanks, and with `_` for blanks and hyphens."""
    return "_".join(name.replace("-", " ").replace("_", " ").casefold().split())


def header(path: Path, line: int, cells: Sequence[Cell]) -> tuple[str, ...]:
    """The line of column names, trimmed; '' where a column has none. Raises FileRefused for doubled or no names."""
    names = [str(cell).strip().removeprefix("\ufeff").strip() for cell in cells]
    if not any(names):
        raise refuse_file(path.name, "the line of column names is empty", line=line)
    if len(names) > MAX_COLUMNS:
        raise refuse_file(path.name, f"{len(names):,} columns; at most {MAX_COLUMNS} are read", line=line)
    seen: set[str] = set()
    for name in names:
        if name and normal_name(name) in seen:
            raise refuse_file(path.name, f"the column name {name!r} occurs twice; rename or remove one", line=line)
        seen.add(normal_name(name))
    return tuple(names)
