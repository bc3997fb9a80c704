"""Date cells → days: ISO, one declared format, or Excel's types and serial numbers. Never guessed."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from exchange.cells import Cell
from exchange.refusal import BadCell
from exchange.values import Parser, as_text, narrow

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2100, 12, 31)
"""Days outside are a slip (year 0213) or an ERP's word for "never" (9999-12-31)."""

_EPOCH = date(1899, 12, 30)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?")
_EXCEL_FORMAT = "excel"
_DIRECTIVES = {
    "d": r"(?P<d>\d{1,2})",
    "m": r"(?P<m>\d{1,2})",
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "b": r"(?P<b>[A-Za-z]{3})\.?",
    "B": r"(?P<B>[A-Za-z]{3,9})",
    "H": r"\d{1,2}",
    "M": r"\d{2}",
    "S": r"\d{2}(?:\.\d+)?",
    "p": r"[AaPp]\.?[Mm]\.?",
    "%": "%",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def date_parser(style: str | None = None) -> Parser:
    """Dates: ISO by default, else one declared format (%d.%m.%Y, or `excel` for serial numbers). Never guessed.

    Raises ValueError for a format that names no day, month and year, or knows an unknown directive.
    """
    shape = _ISO if style is None or style == _EXCEL_FORMAT else _date_shape(style)
    example = f"a date such as {_example(style)}"
    if style is None:
        example += " (another form is declared by date_format in a mapping)"
    known: dict[str, date] = {}

    def parse(cell: Cell, _: str) -> date:
        if isinstance(cell, str):
            found = known.get(cell)
            if found is None:
                found = _read_date(cell, shape, example, style)
                if len(known) < 50_000:
                    known[cell] = found
            return found
        if isinstance(cell, datetime):
            if cell.time() != datetime.min.time():
                raise BadCell("a date without a time of day")
            return _within(cell.date(), example)
        if isinstance(cell, date):
            return _within(cell, example)
        if style == _EXCEL_FORMAT and isinstance(cell, (int, float)) and not isinstance(cell, bool):
            return _serial(float(cell), example)
        if isinstance(cell, (int, float)) and not isinstance(cell, bool) and style is not None:
            return _read_date(as_text(cell), shape, example, style)
        raise BadCell(f'{example}; a number here may be an Excel serial date: declare date_format = "excel"')

    return parse


def _read_date(cell: str, shape: re.Pattern[str], example: str, style: str | None) -> date:
    text = narrow(cell).strip()
    if style == _EXCEL_FORMAT and re.fullmatch(r"\d{1,6}(?:\.0+)?", text):
        return _serial(float(text), example)
    found = shape.fullmatch(text)
    if found is None:
        raise BadCell(example)
    if shape is _ISO:
        year, month, day = (int(part) for part in found.groups())
    else:
        year, month, day = _parts(found.groupdict(), example)
    try:
        return _within(date(year, month, day), example)
    except ValueError:
        raise BadCell(f"a day that exists; {year}-{month:02}-{day:02} doesn't") from None


def _parts(found: dict[str, str | None], example: str) -> tuple[int, int, int]:
    short, name = found.get("y"), found.get("b") or found.get("B")
    year = int(found.get("Y") or 0)
    if short:
        year = int(short) + (2000 if int(short) < 70 else 1900)
    if name is None:
        return year, int(found["m"] or 0), int(found["d"] or 0)
    if name[:3].lower() not in _MONTHS:
        raise BadCell(example)
    return year, _MONTHS.index(name[:3].lower()) + 1, int(found["d"] or 0)


def _within(day: date, example: str) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadCell(f"a day from {FIRST_DAY} to {LAST_DAY}; {example}")
    return day


def _serial(number: float, example: str) -> date:
    if number != int(number) or not 0 < number < 80_000:
        raise BadCell(f"{example} or a whole Excel serial number")
    return _within(_EPOCH + timedelta(days=int(number)), example)


def _date_shape(style: str) -> re.Pattern[str]:
    pieces, position = [], 0
    while position < len(style):
        char = style[position]
        if char == "%":
            directive = style[position + 1 : position + 2]
            if directive not in _DIRECTIVES:
                raise ValueError(f"date_format {style!r}: %{directive} is not known; use %d %m %Y %y %b %B %H %M %S")
            pieces.append(_DIRECTIVES[directive])
            position += 2
        else:
            pieces.append(re.escape(char))
            position += 1
    names = set(re.findall(r"\(\?P<(\w)>", "".join(pieces)))
    if not ("d" in names and names & {"m", "b", "B"} and names & {"Y", "y"}):
        raise ValueError(f'date_format {style!r} must name day, month and year, such as "%d.%m.%Y" (or "excel")')
    if style in ("%d%m%y", "%y%m%d", "%m%d%y", "%d%m%Y", "%Y%m%d", "%m%d%Y"):
        pieces = [piece.replace("{1,2}", "{2}") for piece in pieces]  # run together: every part has its full width
    try:
        return re.compile("".join(pieces))
    except re.error:
        raise ValueError(f"date_format {style!r} names a part twice") from None


def _example(style: str | None) -> str:
    if style is None:
        return "2026-04-30"
    if style == _EXCEL_FORMAT:
        return "45000 (Excel serial)"
    return f"{date(2026, 4, 30).strftime(style)} (format {style})"
