"""What the cells of one row must hold together, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from exchange.fields import Kind, field_names

Rule: TypeAlias = Callable[[Sequence[Any]], Iterator[tuple[int, str]]]
"""A row's values → (position of the field at fault, what was expected). Called only when every cell was read."""


def _positions(kind: Kind, *names: str) -> tuple[int, ...]:
    order = field_names(kind)
    return tuple(order.index(name) for name in names)


_ISSUED, _DUE, _AMOUNT, _DISPUTED, _INSTALMENT = _positions(
    Kind.INVOICES, "issued", "due", "amount", "disputed_amount", "instalment"
)
(_PAID_AMOUNT,) = _positions(Kind.PAYMENTS, "amount")
(_CREDIT_AMOUNT,) = _positions(Kind.CREDITS, "amount")
_CONTACT = _positions(Kind.CONTACTS, "name", "email", "phone")
_NUMBER, _PARENT = _positions(Kind.CUSTOMERS, "number", "parent")
_ID, _MANAGER = _positions(Kind.USERS, "id", "manager")
_BASE, _QUOTE = _positions(Kind.RATES, "base", "quote")
_CURRENCY, _BANK = _positions(Kind.ENTITIES, "currency", "account")


def _invoice(row: Sequence[Any]) -> Iterator[tuple[int, str]]:
    if row[_DUE] < row[_ISSUED]:
        yield _DUE, f"a due day on or after the day of issue ({row[_ISSUED]})"
    if row[_DISPUTED] is not None and row[_DISPUTED] > row[_AMOUNT]:
        yield _DISPUTED, "a disputed amount of at most the invoice's amount"
    if row[_INSTALMENT] < 1:
        yield _INSTALMENT, "an instalment counted from 1"


def _payment(row: Sequence[Any]) -> Iterator[tuple[int, str]]:
    if row[_PAID_AMOUNT] == 0:
        yield _PAID_AMOUNT, "an amount above zero"


def _credit(row: Sequence[Any]) -> Iterator[tuple[int, str]]:
    if row[_CREDIT_AMOUNT] == 0:
        yield _CREDIT_AMOUNT, "an amount above zero"


def _contact(row: Sequence[Any]) -> Iterator[tuple[int, str]]:
    if all(row[at] is None for at in _CONTACT):
        yield _CONTACT[1], "a name, a mail address or a telephone number"


def _customer(row: Sequence[Any]) -> Iterator[tuple[int, str]]:
    if row[_PARENT] == row[_NUMBER]:
        yield _PARENT, "another customer's number; nobody is their own parent"


def _user(row: Sequence[Any]) -> Iterator[tuple[int, str]]:
    if row[_MANAGER] == row[_ID]:
        yield _MANAGER, "another user's id; nobody is their own manager"


def _rate(row: Sequence[Any]) -> Iterator[tuple[int, str]]:
    if row[_BASE] == row[_QUOTE]:
        yield _QUOTE, "another currency than the base"


def _entity(row: Sequence[Any]) -> Iterator[tuple[int, str]]:
    if row[_BANK] is not None and row[_CURRENCY] is None:
        yield _CURRENCY, "the currency of the bank account"


ROW_RULES: dict[Kind, Rule] = {
    Kind.INVOICES: _invoice,
    Kind.PAYMENTS: _payment,
    Kind.CREDITS: _credit,
    Kind.CONTACTS: _contact,
    Kind.CUSTOMERS: _customer,
    Kind.USERS: _user,
    Kind.RATES: _rate,
    Kind.ENTITIES: _entity,
}
