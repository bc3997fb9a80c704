"""XLSX in: measured before it is opened, so that a small file can't fill the memory, then read by calamine."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from exchange.cells import MAX_COLUMNS, Opened, ReadOptions, Rows, header, normal_name
from exchange.refusal import refuse_file

MAX_UNPACKED = 2**30
MAX_RATIO = 250
_RATIO_FROM = 20 * 2**20
MAX_ENTRIES = 2_000
MAX_CELLS = 40_000_000
"""A sheet is held as a full rectangle while it is read, 24 bytes a cell."""

_CHUNK = 1 << 20
_OVERLAP = 256
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d{1,9})"')
_WIDE = re.compile(rb'<c\b[^>]*?\br="([A-Z]{2,4})(\d{1,9})"')
_ERROR = re.compile(rb'<c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3}\d{1,7})"')
_SHEET = re.compile(rb'<sheet\b[^>]*?\bname="([^"]*)"[^>]*?\br:id="([^"]*)"')
_RELATION = re.compile(rb"<Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb'\b(Id|Target)="([^"]*)"')


@dataclass(slots=True)
class _SheetSize:
    """What a scan of a sheet's XML tells without building it."""

    rows: int = 0
    columns: int = 26
    bytes: int = 0
    error_cell: str | None = None


@dataclass(slots=True)
class _Package:
    sheets: dict[str, _SheetSize] = field(default_factory=dict)
    parts: dict[str, bytes] = field(default_factory=dict)


def open_xlsx(path: Path, options: ReadOptions) -> Opened:
    """Columns, rows, statement and progress of one sheet. Raises FileRefused for a bomb, damage, or a sheet unnamed."""
    package = _measure(path)
    try:
        workbook = CalamineWorkbook.from_path(path)
    except (CalamineError, OSError, ValueError) as error:
        raise refuse_file(path.name, f"can't be opened as XLSX ({error}); save it again from Excel") from None
    name = _choose_sheet(path, workbook, package, options)
    _refuse_error_cells(path, package, name)
    try:
        sheet = workbook.get_sheet_by_name(name)
    except (CalamineError, ValueError) as error:
        raise refuse_file(path.name, f"sheet {name!r} can't be read ({error}); save it again from Excel") from None
    columns, rows, done = _read_sheet(path, sheet, options.header_line)
    return columns, rows, f"read as XLSX, sheet {name!r}", done


def _read_sheet(
    path: Path, sheet: CalamineSheet, header_line: int
) -> tuple[tuple[str, ...], Rows, Callable[[], float]]:
    position, last = 0, max(1, sheet.total_height)
    numbered = enumerate(sheet.iter_rows(), start=1)
    columns: tuple[str, ...] | None = None
    for line, cells in numbered:
        if line >= header_line and any(cell != "" for cell in cells):
            columns = header(path, line, cells)
            break
    if columns is None:
        raise refuse_file(path.name, f"sheet {sheet.name!r} has no line {header_line} with column names")

    def rows() -> Rows:
        nonlocal position
        for line, cells in numbered:
            position = line
            if any(cell != "" and not (isinstance(cell, str) and not cell.strip()) for cell in cells):
                yield line, list(cells)

    return columns, rows(), lambda: min(1.0, position / last)


def _choose_sheet(path: Path, workbook: CalamineWorkbook, package: _Package, options: ReadOptions) -> str:
    """The sheet asked for; else the only visible one that holds rows."""
    paths = _sheet_paths(package)
    if options.sheet is not None:
        for name in workbook.sheet_names:
            if normal_name(name) == normal_name(options.sheet):
                return name
        raise refuse_file(
            path.name, f"has no sheet {options.sheet!r}; its sheets are {', '.join(workbook.sheet_names) or 'none'}"
        )
    filled = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
        if package.sheets.get(paths.get(sheet.name, ""), _SheetSize(rows=1)).rows > 0
    ]
    if len(filled) == 1:
        return filled[0]
    if not filled:
        raise refuse_file(path.name, "no visible sheet holds rows")
    raise refuse_file(path.name, f"holds {len(filled)} sheets ({', '.join(filled)}); say which one (--sheet NAME)")


def _refuse_error_cells(path: Path, package: _Package, name: str) -> None:
    """An Excel error (#REF!, #N/A) would be read as an empty cell: refused instead."""
    size = package.sheets.get(_sheet_paths(package).get(name, ""))
    if size is not None and size.error_cell is not None:
        raise refuse_file(
            path.name, f"sheet {name!r}, cell {size.error_cell} holds an Excel error such as #REF!; mend the formula"
        )


def _sheet_paths(package: _Package) -> dict[str, str]:
    """Sheet name → its part of the package, by workbook.xml and its relations."""
    targets = {}
    for relation in _RELATION.findall(package.parts.get("xl/_rels/workbook.xml.rels", b"")):
        found = dict(_ATTRIBUTE.findall(relation))
        target = found.get(b"Target", b"").decode("utf-8", "replace")
        targets[found.get(b"Id", b"")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets = _SHEET.findall(package.parts.get("xl/workbook.xml", b""))
    return {_unescape(name): targets[identifier] for name, identifier in sheets if identifier in targets}


def _unescape(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(entity, char)
    return text


def _measure(path: Path) -> _Package:
    """Unpack every part as a stream, counting. Raises FileRefused for a bomb, a damaged archive or a huge sheet."""
    package, unpacked = _Package(), 0
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise refuse_file(path.name, f"holds {len(entries):,} parts; a workbook has fewer: refused unopened")
            if not any(entry.filename == "xl/workbook.xml" for entry in entries):
                raise refuse_file(path.name, "this is a ZIP archive but no XLSX workbook; unpack it, or save as XLSX")
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise _bomb(path)
            for entry in entries:
                unpacked += _scan_entry(path, archive, entry, package)
                if unpacked > MAX_UNPACKED:
                    raise _bomb(path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise refuse_file(path.name, f"the XLSX is damaged ({error}); save it again from Excel") from None
    return package


def _bomb(path: Path) -> Exception:
    return refuse_file(
        path.name,
        f"unpacks to more than {MAX_UNPACKED >> 20} MiB or {MAX_RATIO} times its size: refused unopened; use CSV",
    )


def _scan_entry(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, package: _Package) -> int:
    name = entry.filename
    is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
    keep = name in {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
    size, count, tail, kept = _SheetSize(), 0, b"", b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            count += len(chunk)
            if count > _RATIO_FROM and count > MAX_RATIO * max(1, entry.compress_size):
                raise _bomb(path)
            if keep and count <= _RATIO_FROM:
                kept += chunk
            if is_sheet:
                _scan_sheet(tail + chunk, size)
                tail = chunk[-_OVERLAP:]
    if keep:
        package.parts[name] = kept
    if is_sheet:
        size.bytes = count
        _refuse_huge(path, name, size)
        package.sheets[name] = size
    return count


def _scan_sheet(xml: bytes, size: _SheetSize) -> None:
    for row in _ROW.findall(xml):
        size.rows = max(size.rows, int(row))
    if not size.rows and b"<row" in xml:
        size.rows = 1  # some writers don't number their rows
    for letters, row in _WIDE.findall(xml):
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        size.columns, size.rows = max(size.columns, column), max(size.rows, int(row))
    if size.error_cell is None and (found := _ERROR.search(xml)):
        size.error_cell = found.group(1).decode()


def _refuse_huge(path: Path, name: str, size: _SheetSize) -> None:
    """One cell far out makes a rectangle of billions: refused by its corner before it is built."""
    cells = size.rows * size.columns
    if size.columns > MAX_COLUMNS:
        raise refuse_file(
            path.name, f"{name} reaches column {size.columns:,}; at most {MAX_COLUMNS} are read: clear stray cells"
        )
    if cells > MAX_CELLS or cells > 2_000_000 + size.bytes // 4:
        raise refuse_file(
            path.name,
            f"{name} spans {size.rows:,} rows by {size.columns:,} columns, mostly empty or too many: clear stray cells "
            "or use CSV",
        )
