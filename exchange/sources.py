"""What a mapping makes of a row before its cells are read: conditions, and fields derived from other columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from exchange.amounts import amount_parser
from exchange.cells import Cell, normal_name
from exchange.dates import date_parser
from exchange.mapping import Condition, Derived, FileStyle
from exchange.refusal import BadCell
from exchange.values import as_text

Source: TypeAlias = Callable[[Sequence[Cell]], Cell]
Test: TypeAlias = Callable[[Sequence[Cell]], bool]
Missing: TypeAlias = Callable[[str], Exception]

_PLACE = re.compile(r"\{([^{}]+)\}")


class CellFault(Exception):
    """A cell that a condition looks at isn't what the condition needs."""

    def __init__(self, column: str, cell: Cell, expected: str) -> None:
        super().__init__(expected)
        self.column, self.cell, self.expected = column, cell, expected


def all_hold(
    conditions: Sequence[Condition],
    index: Mapping[str, int],
    style: FileStyle,
    as_of: date,
    missing: Missing,
    *,
    any_of: bool = False,
) -> Test | None:
    """One test of a row out of several conditions (all of them, or any). None when there are none."""
    tests = [_test(condition, index, style, as_of, missing) for condition in conditions]
    if not tests:
        return None
    if any_of:
        return lambda cells: any(test(cells) for test in tests)
    return lambda cells: all(test(cells) for test in tests)


def derived_source(
    derived: Derived, index: Mapping[str, int], style: FileStyle, as_of: date, missing: Missing
) -> Source:
    """The cell that a derived field has in a row: a column's or a text's, or `otherwise`, or empty."""
    holds = all_hold(derived.when, index, style, as_of, missing)
    make = _copied(derived.copy, index, missing) if derived.copy is not None else _written(derived.text, index, missing)
    otherwise: Cell = derived.otherwise or ""
    return lambda cells: make(cells) if holds is None or holds(cells) else otherwise


def _copied(column: str, index: Mapping[str, int], missing: Missing) -> Source:
    at = _at(column, index, missing)
    return lambda cells: cells[at]


def _written(text: str | None, index: Mapping[str, int], missing: Missing) -> Source:
    pieces = _PLACE.split(text or "")
    places = {column: _at(column, index, missing) for column in pieces[1::2]}

    def write(cells: Sequence[Cell]) -> Cell:
        return "".join(
            as_text(cells[places[piece]]).strip() if number % 2 else piece for number, piece in enumerate(pieces)
        )

    return write


def _at(column: str, index: Mapping[str, int], missing: Missing) -> int:
    found = index.get(normal_name(column))
    if found is None:
        raise missing(column)
    return found


def _test(condition: Condition, index: Mapping[str, int], style: FileStyle, as_of: date, missing: Missing) -> Test:
    at, words, column = _at(condition.column, index, missing), condition.words, condition.column

    def text(cells: Sequence[Cell]) -> str:
        return as_text(cells[at]).strip().lower()

    if condition.test == "equals":
        return lambda cells: text(cells) in words
    if condition.test == "not_equals":
        return lambda cells: text(cells) not in words
    if condition.test == "starts_with":
        return lambda cells: text(cells).startswith(words)
    if condition.test == "empty":
        return lambda cells: (text(cells) == "") == (words == ("true",))
    if condition.test == "sign":
        return _sign_test(at, column, words, style)
    return _day_test(at, condition, style, as_of)


def _day_test(at: int, condition: Condition, style: FileStyle, as_of: date) -> Test:
    parse, wanted = date_parser(style.date_format), condition.words == ("true",)
    later = condition.test == "after_as_of"

    def test(cells: Sequence[Cell]) -> bool:
        cell = cells[at]
        if as_text(cell).strip() == "":
            return not wanted
        try:
            day = parse(cell, "")
        except BadCell as fault:
            raise CellFault(condition.column, cell, str(fault)) from None
        assert isinstance(day, date)
        return ((day > as_of) if later else (day <= as_of)) == wanted

    return test


def _sign_test(at: int, column: str, words: tuple[str, ...], style: FileStyle) -> Test:
    parse = amount_parser(style.numbers, negative=True)

    def test(cells: Sequence[Cell]) -> bool:
        cell = cells[at]
        if as_text(cell).strip() == "":
            return False
        try:
            # The sign doesn't hang on the currency; CLF has the most decimals, so that none are refused here.
            minor = parse(cell, "CLF")
        except BadCell as fault:
            raise CellFault(column, cell, str(fault)) from None
        assert isinstance(minor, int)
        return ("negative" if minor < 0 else "positive" if minor else "zero") in words

    return test
