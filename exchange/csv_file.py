"""CSV in: encoding and delimiter detected, read line by line, bounded whatever the file holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from exchange.cells import Cell, Opened, ReadOptions, Rows, header, normal_name
from exchange.encoding import declared_encoding, detect_encoding
from exchange.refusal import refuse_file

MAX_LINE_CHARS = 256 * 1024
"""A line longer than this is damage or an attack, not a row of a ledger; it is refused unread."""

MAX_FIELD_CHARS = 32 * 1024
"""Excel's own limit for a cell. A quote that never closes runs into it."""

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


def open_csv(path: Path, options: ReadOptions) -> Opened:
    """Columns, rows, statement and progress of a CSV file. Raises FileRefused for what can't be read as one."""
    encoding = declared_encoding(path, options.encoding) if options.encoding else detect_encoding(path)
    first, separator = _first_lines(path, encoding.codec, options.header_line)
    if separator is not None and options.header_line == 1:
        skip = 2  # Excel's own `sep=;` line stands before the names
    else:
        skip = options.header_line
    delimiter = options.delimiter or separator or _detect_delimiter(first[skip - 1 :], options.known)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise refuse_file(path.name, f"delimiter {delimiter!r} is not one character such as ; or ,")
    source = _Source(path, encoding.codec)
    rows = _records(source, delimiter)
    columns: tuple[str, ...] | None = None
    for line, cells in rows:
        if line >= skip:
            columns = header(path, line, cells)
            break
    if columns is None:
        raise refuse_file(path.name, f"has no line {skip}, where the column names should be")
    statement = f"read as {encoding.label}, delimiter {_DELIMITERS.get(delimiter, repr(delimiter))}"
    return columns, rows, statement, source.done


class _Source:
    """The file's lines with a limit on each, and how far they have been read."""

    def __init__(self, path: Path, codec: str) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.position = 0
        self._codec = codec
        self.line = 0

    def lines(self) -> Iterator[str]:
        with self.path.open("rb") as binary, io.TextIOWrapper(binary, encoding=self._codec, newline="") as text:
            while line := text.readline(MAX_LINE_CHARS + 1):
                self.line += 1
                if len(line) > MAX_LINE_CHARS:
                    raise refuse_file(
                        self.path.name,
                        f"the line is longer than {MAX_LINE_CHARS:,} characters: an unclosed quote, or no table",
                        line=self.line,
                    )
                if not self.line % 5000:
                    self.position = cast(BinaryIO, binary).tell()
                yield line
        self.position = self.size

    def done(self) -> float:
        return self.position / self.size


def _records(source: _Source, delimiter: str) -> Rows:
    csv.field_size_limit(MAX_FIELD_CHARS)
    reader = csv.reader(source.lines(), delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if cells and (cells[0].strip() or any(map(str.strip, cells))):
                yield line, cast("list[Cell]", cells)
    except csv.Error as error:
        raise refuse_file(source.path.name, _csv_words(str(error)), line=before + 1) from None


def _csv_words(error: str) -> str:
    if "field larger" in error:
        return f"a cell is longer than {MAX_FIELD_CHARS:,} characters, or its quote never closes"
    if "unexpected end" in error:
        return "a quote opens on this line and never closes"
    if "expected after" in error:
        return 'text stands after a closing quote; a quote inside a quoted cell is written twice ("")'
    return f"can't be read as CSV ({error})"


def _first_lines(path: Path, codec: str, header_line: int) -> tuple[list[str], str | None]:
    """The head of the file for detection, and the delimiter of an Excel `sep=` line."""
    with path.open("rb") as binary, io.TextIOWrapper(binary, encoding=codec, newline="") as text:
        lines = list(islice(iter(lambda: text.readline(MAX_LINE_CHARS), ""), header_line + 20))
    head = lines[0].strip("\ufeff\r\n") if lines else ""
    if len(head) == 5 and head.lower().startswith("sep="):
        return lines, head[4]
    return lines, None


def _detect_delimiter(lines: list[str], known: frozenset[str]) -> str:
    """The delimiter under which the line of names holds most expected names, then most columns."""

    def score(delimiter: str) -> tuple[int, int]:
        try:
            names = next(csv.reader(lines[:1], delimiter=delimiter), [])
        except csv.Error:
            return (0, 0)
        return (sum(1 for name in names if normal_name(name.strip("\ufeff")) in known), len(names))

    return max(_DELIMITERS, key=score)
