"""Amount cells in any style of writing → minor units, exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.currencies import EXPONENTS
from domain.money import MAX_MINOR
from exchange.cells import Cell
from exchange.refusal import BadCell
from exchange.values import Parser, narrow

_SPACES = " \u00a0\u202f\u2009\u3000"


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How amounts are written: decimal mark, and the thousands mark if there is one."""

    decimal: str = "."
    thousands: str | None = None


_PLAIN_AMOUNT = re.compile(r"-?\d{1,16}(?:\.\d{1,6})?")


def amount_parser(style: NumberStyle, *, negative: bool = False, negate: bool = False, hint: str = "") -> Parser:
    """Amount cells → minor units of the row's currency. `negate` turns the sign; `hint` tells where negatives belong.

    Signs may lead (-5), trail (5-) or be brackets ((5)). Decimals beyond the currency's are refused unless zero.
    """
    shape = _amount_shape(style)
    example = f"an amount such as 1234{style.decimal}50"
    if style.thousands:
        example = f"an amount such as 1{style.thousands}234{style.decimal}50"

    def parse(cell: Cell, currency: str) -> int:
        if isinstance(cell, str):
            text = cell.strip()
            digits = (
                _digits(text, shape, style) if not (style.decimal == "." and _PLAIN_AMOUNT.fullmatch(text)) else text
            )
        elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
            digits = _digits(format(cell, ".15g") if isinstance(cell, float) else str(cell), _FLOAT, NumberStyle())
        else:
            digits = None
        if digits is None:
            raise BadCell(example)
        minor = _minor(digits, currency)
        if negate:
            minor = -minor
        if minor < 0 and not negative:
            raise BadCell(f"an amount of zero or more{hint}")
        return minor

    return parse


_FLOAT = re.compile(r"\d+(?:\.\d+)?")


def _amount_shape(style: NumberStyle) -> re.Pattern[str]:
    mark = re.escape(style.decimal)
    whole = r"\d{1,16}"
    if style.thousands:
        group = re.escape(style.thousands)
        if style.thousands in _SPACES:
            group = f"[{_SPACES}]"
        elif style.thousands in "'’":
            group = "['’]"
        between = r"\d{2,3}" if style.thousands == "," else r"\d{3}"  # India groups by two: 12,34,567.00
        whole = rf"(?:\d{{1,3}}(?:{group}{between})*{group}\d{{3}}|\d{{1,16}})"
    return re.compile(rf"{whole}(?:{mark}\d{{1,6}})?")


def _digits(text: str, shape: re.Pattern[str], style: NumberStyle) -> str | None:
    """An amount in a style → plain decimal text with a leading minus, or None when it isn't one."""
    text = narrow(text)
    minus = False
    if text[:1] == "(" and text[-1:] == ")":
        minus, text = True, text[1:-1].strip()
    elif text[:1] in ("-", "+"):
        minus, text = text[0] == "-", text[1:].strip()
    elif text[-1:] in ("-", "+"):
        minus, text = text[-1] == "-", text[:-1].strip()
    if not shape.fullmatch(text):
        return None
    whole, _, fraction = text.partition(style.decimal)
    whole = "".join(char for char in whole if char.isdigit())
    return ("-" if minus else "") + whole + ("." + fraction if fraction else "")


def _minor(digits: str, currency: str) -> int:
    """Plain decimal text → minor units, exactly."""
    decimals = EXPONENTS[currency]
    whole, _, fraction = digits.partition(".")
    if len(fraction) > decimals:
        if fraction[decimals:].strip("0"):
            raise BadCell(f"an amount with at most {decimals} decimals, as {currency} has")
        fraction = fraction[:decimals]
    minor = int(whole + fraction.ljust(decimals, "0"))
    if abs(minor) > MAX_MINOR:
        raise BadCell(f"an amount below {MAX_MINOR // 10**decimals:,}; check the decimal mark")
    return minor
