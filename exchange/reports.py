"""Reports out: CSV, XLSX and JSON. Rows stream; text that a spreadsheet would run as a formula is made harmless."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import xlsxwriter

from domain.errors import NotReady
from domain.money import Money, exponent
from domain.questions import Cell
from domain.reports import Column, ColumnKind, Report

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that make a spreadsheet run a cell."""

XLSX_MOST_ROWS = 1_048_576
"""Rows of a sheet in Excel, the heading included."""


def harmless(text: str) -> str:
    """Text that a spreadsheet shows instead of running: an apostrophe before what would begin a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def plain(cell: Cell) -> str | int | None:
    """A cell as JSON and CSV have it: amounts as decimals with exactly their currency's places, days in ISO form."""
    if isinstance(cell, Money):
        return f"{cell.amount:f}"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, date):
        return cell.isoformat()
    return cell


def write_csv(report: Report, stream: TextIO) -> int:
    """The rows as CSV (UTF-8 is the stream's matter), then the totals. Returns how many rows, totals not counted."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.key for column in report.columns])
    count = 0
    for row in report.rows:
        writer.writerow([_csv_cell(row.get(column.key)) for column in report.columns])
        count += 1
    for row in report.totals:
        writer.writerow([_csv_cell(row.get(column.key)) for column in report.columns])
    return count


def _csv_cell(cell: Cell) -> str | int | None:
    return harmless(cell) if isinstance(cell, str) else plain(cell)


def json_row(row: Mapping[str, Cell]) -> dict[str, str | int | None]:
    """A row as a JSON object."""
    return {key: plain(cell) for key, cell in row.items()}


def write_json(report: Report, stream: TextIO) -> int:
    """One object: report, as_of, parameters, notes, rows, totals. Rows are written as they come."""
    head = {
        "report": report.name,
        "as_of": report.as_of.isoformat(),
        "parameters": {key: value for key, value in report.parameters.items() if value is not None},
        "notes": list(report.notes),
    }
    stream.write(json.dumps(head, ensure_ascii=False, default=str)[:-1] + ', "rows": [')
    count = 0
    for row in report.rows:
        stream.write((",\n" if count else "\n") + json.dumps(json_row(row), ensure_ascii=False))
        count += 1
    totals = [json_row(row) for row in report.totals]
    stream.write('\n], "totals": ' + json.dumps(totals, ensure_ascii=False) + "}\n")
    return count


def write_xlsx(report: Report, path: Path) -> int:
    """A workbook: the rows and totals on one sheet, what the figures mean on another. Memory stays constant.

    Amounts are numbers in their currency's own decimals. Raises NotReady when the rows don't fit into a sheet.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(report.name)
        bold = book.add_format({"bold": True})
        formats = {
            digits: book.add_format({"num_format": "#,##0" + ("." + "0" * digits if digits else "")})
            for digits in (0, 2, 3, 4)
        }
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(report.columns):
            sheet.set_column(place, place, 26 if column.key == "name" else 15)
            sheet.write_string(0, place, column.title, bold)
        count = line = 0
        for row in report.rows:
            line += 1
            if line >= XLSX_MOST_ROWS - 100:
                raise NotReady(f"the report has more rows than a sheet of Excel takes ({XLSX_MOST_ROWS}); write csv")
            _xlsx_row(sheet, line, row, report.columns, formats, day)
            count += 1
        for row in report.totals:
            line += 1
            _xlsx_row(sheet, line, row, report.columns, formats, day)
        notes = book.add_worksheet("what it means")
        notes.set_column(0, 0, 110)
        for place, note in enumerate((f"As of {report.as_of.isoformat()}", *report.notes)):
            notes.write_string(place, 0, note)
    return count


def _xlsx_row(
    sheet: xlsxwriter.worksheet.Worksheet,
    line: int,
    row: Mapping[str, Cell],
    columns: tuple[Column, ...],
    formats: Mapping[int, xlsxwriter.format.Format],
    day: xlsxwriter.format.Format,
) -> None:
    for place, column in enumerate(columns):
        cell = row.get(column.key)
        if isinstance(cell, Money):
            sheet.write_number(line, place, float(cell.amount), formats[exponent(cell.currency)])
        elif isinstance(cell, int | Decimal):
            sheet.write_number(line, place, float(cell))
        elif isinstance(cell, date):
            sheet.write_datetime(line, place, cell, day)
        elif cell is not None and column.kind is ColumnKind.TEXT:
            sheet.write_string(line, place, cell)
