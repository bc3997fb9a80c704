"""Files out of a refused import: the report of every refusal, and the rejected rows to be mended."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from domain.errors import BadInput
from exchange.cells import Cell
from exchange.check import REASON_COLUMN
from exchange.refusal import SHOWN, Refusal
from exchange.values import as_text


def harmless(text: str) -> str:
    """Text that no spreadsheet runs as a formula: an apostrophe before what would begin one. Numbers stay."""
    if text[:1] in ("=", "@", "\t", "\r") or (text[:1] in ("+", "-") and not text[1:2].isdigit()):
        return f"'{text}"
    return text


class RefusalLog:
    """Keeps the first refusals for the message, and writes all of them to a report file, made with the first one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.shown: list[Refusal] = []
        self._where = f"told in {path}"
        self._file: TextIO | None = None
        self._writer: Any = None

    def __enter__(self) -> RefusalLog:
        with suppress(OSError):
            self.path.unlink(missing_ok=True)  # what an earlier import left must not be taken for this one's
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, refusal: Refusal) -> None:
        """Keep one refusal."""
        if self.count == 0:
            self._begin()
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(refusal)
        if self._writer is None:
            return
        cells = (refusal.file, str(refusal.line), refusal.column or "", refusal.value or "", refusal.expected)
        self._writer.writerow([harmless(cell) for cell in cells])

    def _begin(self) -> None:
        try:
            self._file = _open(self.path)
        except BadInput as error:
            self._where = f"not all written down: {error}"  # the faults themselves matter more
            return
        self._writer = csv.writer(self._file)
        self._writer.writerow(["file", "line", "column", "read", "expected"])

    def message(self) -> str:
        """The refusals in words: the first fifty by line, and where all of them are."""
        lines = [str(refusal) for refusal in sorted(self.shown, key=lambda each: each.line)]
        if self.count > len(lines):
            lines.append(f"… and {self.count - len(lines):,} more")
        what = "1 fault" if self.count == 1 else f"{self.count:,} faults"
        return "\n".join([f"refused, nothing was changed: {what} ({self._where})", *lines])


class RejectedFile:
    """The rows that were not taken, with the file's own columns and why; mended, it can be imported as it is."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self._file = _open(path)
        self._writer = csv.writer(self._file)
        self._writer.writerow([*(harmless(name) for name in columns if name != REASON_COLUMN), REASON_COLUMN])
        self._skip = [at for at, name in enumerate(columns) if name == REASON_COLUMN]

    def __enter__(self) -> RejectedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, cells: Sequence[Cell], reasons: Sequence[str]) -> None:
        """Write one row."""
        kept = [harmless(as_text(cell)) for at, cell in enumerate(cells) if at not in self._skip]
        self._writer.writerow([*kept, harmless("; ".join(reasons))])


def _open(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise BadInput(f"{path} can't be written ({error.strerror}); name another folder (--reports FOLDER)") from None
