"""Which parser reads which field, in our own style or a mapped file's."""

from __future__ import annotations

from exchange.amounts import NumberStyle, amount_parser
from exchange.dates import date_parser
from exchange.fields import Field, Type
from exchange.mapping import FileStyle
from exchange.values import (
    Parser,
    choice_parser,
    key_parser,
    lines_parser,
    parse_country,
    parse_currency,
    parse_email,
    parse_integer,
    parse_locale,
    parse_phone,
    parse_rate,
    parse_timezone,
    text_parser,
)

_FIXED: dict[Type, Parser] = {
    Type.INTEGER: parse_integer,
    Type.CURRENCY: parse_currency,
    Type.COUNTRY: parse_country,
    Type.LOCALE: parse_locale,
    Type.TIMEZONE: parse_timezone,
    Type.EMAIL: parse_email,
    Type.PHONE: parse_phone,
    Type.RATE: parse_rate,
}


def parser_of(field: Field, style: FileStyle | None, date_format: str | None, negate: bool) -> Parser:
    """The parser of a field's cells. `style` is None for constants and defaults, which are written plainly."""
    if field.type is Type.TEXT:
        return text_parser(field.most)
    if field.type is Type.LINES:
        return lines_parser(field.most)
    if field.type is Type.KEY:
        return key_parser(field.most)
    if field.type is Type.CHOICE:
        return choice_parser(field.choices)
    if field.type is Type.DATE:
        return date_parser(date_format or (style.date_format if style else None))
    if field.type is Type.AMOUNT:
        numbers = style.numbers if style else NumberStyle()
        return amount_parser(numbers, negate=negate, hint=field.hint)
    return _FIXED[field.type]
