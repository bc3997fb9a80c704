"""A file as a table: its columns, its rows one by one, and a statement of how it was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from exchange.cells import ReadOptions, Rows
from exchange.csv_file import open_csv
from exchange.refusal import refuse_file
from exchange.xlsx_file import open_xlsx

MAX_FILE_BYTES = 2 * 2**30
"""Beyond two gigabytes it is hardly a list of open items."""

_OTHER_KINDS = (
    (b"\xd0\xcf\x11\xe0", "an old or password-protected Excel file; save it as XLSX without a password, or as CSV"),
    (b"%PDF", "a PDF; export the list as CSV or XLSX"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
    (b"SQLite format 3", "an SQLite database; export the table as CSV"),
    (b"{\\rtf", "a text document; export the list as CSV or XLSX"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` yields (line, cells) once, streaming; `done()` is the share read so far, 0 to 1."""

    path: Path
    columns: tuple[str, ...]
    rows: Rows
    statement: str
    done: Callable[[], float] = field(compare=False)


def read_table(path: Path, options: ReadOptions | None = None) -> Table:
    """Open a CSV or XLSX file. Blank rows are left out; lines count from 1 as an editor or Excel shows them.

    Raises FileRefused for what is no table: missing, empty, too large, another kind of file, damaged, no header.
    """
    options = options or ReadOptions()
    if not path.exists():
        raise refuse_file(str(path), "there is no such file")
    if not path.is_file():
        raise refuse_file(str(path), "is a folder or device; name one CSV or XLSX file")
    size = path.stat().st_size
    if size == 0:
        raise refuse_file(path.name, "the file is empty")
    if size > MAX_FILE_BYTES:
        raise refuse_file(path.name, f"{size:,} bytes is more than {MAX_FILE_BYTES:,}; split the file")
    with path.open("rb") as file:
        head = file.read(512)
    for magic, words in _OTHER_KINDS:
        if head.startswith(magic):
            raise refuse_file(path.name, f"this is {words}")
    if head.lstrip()[:1] == b"<":
        raise refuse_file(path.name, "this is HTML or XML, whatever its name says; export the list as CSV or XLSX")
    opened = open_xlsx if head.startswith(b"PK") else open_csv
    columns, rows, statement, done = opened(path, options)
    return Table(path, columns, rows, statement, done)
