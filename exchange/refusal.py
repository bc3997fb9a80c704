"""What is wrong with a file: cell by cell, in words for the person who has to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import BadInput

SHOWN = 50
"""How many refusals a message shows; all of them go into the report file."""

_VALUE_CHARS = 80


class BadCell(Exception):
    """A cell doesn't hold what its field takes. The message says what was expected."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One bad cell, row (`column` None) or file (`line` 0). `line` counts from 1 as an editor or Excel shows it."""

    file: str
    line: int
    column: str | None
    value: str | None
    expected: str

    def __str__(self) -> str:
        where = self.file if not self.line else f"{self.file}, line {self.line}"
        if self.column is not None:
            where += f", column {self.column}"
        read = "" if self.value is None else f": read {self.value!r}"
        return f"{where}{read}: {self.expected}"


class FileRefused(BadInput):
    """The file as a whole can't be taken: damaged, of another kind, too large, or without the columns."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def refuse_file(file: str, expected: str, *, line: int = 0, value: object = None) -> FileRefused:
    """The error for a fault of the file itself; raise what it returns."""
    return FileRefused(Refusal(file, line, None, None if value is None else shorten(value), expected))


def shorten(value: object) -> str:
    """A cell's value as a message shows it: one line, at most 80 characters."""
    text = str(value)
    return text if len(text) <= _VALUE_CHARS else f"{text[:_VALUE_CHARS]}… ({len(text)} characters)"
