"""What every answer works with: the question with its names resolved, the day, and ways to say money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.money import Money
from domain.parties import Customer, User
from domain.questions import Answer, Cell, Question, Scope
from storage.accounts import Wanted
from storage.database import Connection
from workflows.services import Services

MOST_ROWS = 200
"""Rows of an answer; the text says how many more there are."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question whose names are resolved. `customers` None is everything that the asker may see.

    `as_of` is the day whose figures are asked for, None for the ledger as it stands; `today` is that day
    or the present.
    """

    services: Services
    connection: Connection
    question: Question
    scope: Scope
    today: date
    now: datetime
    as_of: date | None = None
    customers: tuple[Customer, ...] | None = None
    asker: User | None = None
    zone: str = "UTC"

    @property
    def ids(self) -> tuple[int, ...] | None:
        """Ids of the customers asked about; None is everything visible."""
        return None if self.customers is None else tuple(c.id for c in self.customers)

    def wanted(self, *, due_from: date | None = None, due_to: date | None = None) -> Wanted:
        """Whose items, in the question's currency, due in a span."""
        return Wanted(self.scope, self.ids, self.question.currency, due_from, due_to)

    def whom(self) -> str:
        """How the subject is said back: the account taken is always named."""
        if self.customers is None:
            return "All accounts" if self.scope.everything else "Your accounts"
        named = [f"{c.name} ({c.number})" for c in self.customers[:3]]
        more = len(self.customers) - len(named)
        return " and ".join(named) + (f" and {more} more" if more > 0 else "")

    def nothing(self) -> tuple[Money, ...]:
        """Zero in the currency asked for, or the account's own: what is owed where nothing is."""
        if self.question.currency:
            return (Money(0, self.question.currency),)
        if self.customers:
            return tuple(Money(0, c) for c in sorted({c.currency for c in self.customers}))
        return ()

    def day(self) -> str:
        """`` or ` as of 2026-03-09`, for a sentence."""
        return f" as of {self.as_of.isoformat()}" if self.as_of else ""


def say(money: Money) -> str:
    """`1,234.50 EUR`: all decimals of the currency, thousands apart."""
    return f"{money.amount:,f} {money.currency}"


def say_all(moneys: Sequence[Money], none: str = "nothing") -> str:
    """Amounts of several currencies side by side, never added."""
    return ", ".join(say(m) for m in moneys) or none


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 invoice`, `2 invoices`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def sum_by_currency(pairs: Iterable[tuple[str, int]], *, zero: bool = False) -> tuple[Money, ...]:
    """(currency, minor units) → one Money a currency, by code; nothing-amounts left out unless `zero`."""
    sums: dict[str, int] = {}
    for currency, minor in pairs:
        sums[currency] = sums.get(currency, 0) + int(minor)
    return tuple(Money(sums[c], c) for c in sorted(sums) if sums[c] or zero)


def answer(
    ask: Ask,
    text: str,
    *,
    amounts: Sequence[Money] = (),
    rows: Sequence[Mapping[str, Cell]] = (),
    total: int | None = None,
) -> Answer:
    """An answer with its rows cut to MOST_ROWS; `total` is how many there are where not all were read."""
    shown = tuple(rows[:MOST_ROWS])
    count = len(rows) if total is None else total
    return Answer(text=text, amounts=tuple(amounts), rows=shown, more_rows=max(0, count - len(shown)))
