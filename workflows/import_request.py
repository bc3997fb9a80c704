"""What an import is asked to do, and what it tells afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from exchange.fields import Kind

Progress: TypeAlias = Callable[[str, float], None]
"""Told (what is being done, share done from 0 to 1)."""


def silent(_what: str, _share: float) -> None:
    """A progress that tells nobody."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """One file. `as_of` is the day that the export speaks of; `scope` the legal entity that a complete list covers.

    `complete`: open items of the scope that aren't in the file are closed. `yes` agrees to what else is refused: more
    than 20 % closed at once, or an older export that raises what is open. `authority` changes whose cash is believed.
    """

    kind: Kind
    path: Path
    as_of: date
    mapping: Path | None = None
    complete: bool = False
    scope: str | None = None
    accept_valid: bool = False
    dry_run: bool = False
    yes: bool = False
    authority: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    reports: Path | None = None
    actor: str = "system"

    def beside(self, suffix: str) -> Path:
        """The file's name with a suffix, in the reports' folder (default: the file's own)."""
        return (self.reports or self.path.parent) / f"{self.path.name}{suffix}"


@dataclass(frozen=True, slots=True)
class KindCounts:
    """What became of one kind's rows; `closed` counts open items that a complete list didn't have any more."""

    kind: Kind
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    closed: int = 0
    rejected: int = 0

    def __str__(self) -> str:
        text = f"{self.kind}: {self.inserted:,} inserted, {self.updated:,} updated, {self.unchanged:,} unchanged"
        if self.closed:
            text += f", {self.closed:,} closed"
        if self.rejected:
            text += f", {self.rejected:,} rejected"
        return text


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `statements` are sentences for people: how it was read, what was assumed, what to do."""

    file: str
    as_of: date
    dry_run: bool
    counts: tuple[KindCounts, ...]
    statements: tuple[str, ...] = ()
    created_users: tuple[str, ...] = ()
    rejected_file: Path | None = None
    batch: int | None = None
    lock_seconds: float = field(default=0.0, compare=False)

    def of(self, kind: Kind) -> KindCounts:
        """The counts of one kind. Raises KeyError when the import had none of it."""
        for counts in self.counts:
            if counts.kind == kind:
                return counts
        raise KeyError(kind)

    def as_json(self) -> dict[str, Any]:
        """The report in types that JSON knows."""
        told = asdict(self)
        told["as_of"] = self.as_of.isoformat()
        told["rejected_file"] = None if self.rejected_file is None else str(self.rejected_file)
        return told
