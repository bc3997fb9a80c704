"""Exact money: integer minor units and a currency. Different currencies are never added or compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from domain.currencies import EXPONENTS
from domain.errors import BadInput

MAX_MINOR = 10**15
"""Amounts beyond this (ten trillion of a two-decimal currency) are taken for a slip of the file, not for money."""


class CurrencyMismatch(ArithmeticError):
    """Two currencies met in one sum: a bug, never something to convert away."""


def exponent(currency: str) -> int:
    """Number of decimals of `currency` by ISO 4217. Raises BadInput for a code that the standard doesn't have."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise BadInput(f"currency {currency!r} is not an ISO 4217 code; write three capitals such as EUR") from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, yen, fils) of one currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are whole numbers, got {self.minor!r}")
        exponent(self.currency)

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} in one sum")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def from_decimal(value: Decimal, currency: str) -> Money:
    """`value` in major units → Money. Raises BadInput when it has more decimals than the currency, or is not finite."""
    digits = exponent(currency)
    if not value.is_finite():
        raise BadInput(f"amount {value} is not a number")
    scaled = value.scaleb(digits)
    minor = int(scaled)
    if minor != scaled:
        raise BadInput(f"amount {value} has more decimals than {currency} has ({digits})")
    if abs(minor) > MAX_MINOR:
        raise BadInput(f"amount {value} {currency} is beyond any invoice; check the decimal mark")
    return Money(minor, currency)


def parse_amount(text: str, currency: str) -> Money:
    """A plain decimal such as `1234.50` → Money. Raises BadInput for anything else; files' marks are exchange's."""
    try:
        return from_decimal(Decimal(text.strip()), currency)
    except InvalidOperation:
        raise BadInput(f"amount {text!r} is not a number such as 1234.50") from None


def round_minor(value: Decimal) -> int:
    """A fraction of minor units → whole ones, half away from zero (commercial rounding, as invoices do)."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def percent_of(minor: int, percent: Decimal) -> int:
    """`percent` of an amount in minor units, rounded once, half away from zero."""
    return round_minor(Decimal(minor) * percent / 100)


def total(moneys: Iterable[Money], currency: str) -> Money:
    """Sum of amounts that are all in `currency`; zero for none. Raises CurrencyMismatch otherwise."""
    result = Money(0, currency)
    for money in moneys:
        result = result + money
    return result


def split_evenly(money: Money, parts: int) -> list[Money]:
    """`money` in `parts` whose sum is exact: equal parts rounded down, what is left goes to the last.

    100.00 in three is 33.33, 33.33, 33.34 (as Tryton's reschedule does). Raises ValueError for fewer than one part.
    """
    if parts < 1:
        raise ValueError("at least one part")
    sign = -1 if money.minor < 0 else 1
    each = abs(money.minor) // parts * sign
    return [Money(each, money.currency)] * (parts - 1) + [Money(money.minor - each * (parts - 1), money.currency)]


def split_by_amount(money: Money, each: Money) -> list[Money]:
    """`money` in parts of `each`, the remainder last: 100 in 30s is 30, 30, 30, 10. Both must be positive."""
    if money.minor <= 0 or each.minor <= 0:
        raise ValueError("only a positive amount can be cut into positive parts")
    money._same(each)
    full, rest = divmod(money.minor, each.minor)
    return [each] * full + ([Money(rest, money.currency)] if rest else [])


def allocate_oldest_first(available: int, open_amounts: Sequence[int]) -> list[int]:
    """Minor units → how much of `available` goes to each open amount, in the order given (oldest first).

    Never more than an amount is open, never more than is available; the rest stays with whoever asked.
    """
    shares = []
    for amount in open_amounts:
        share = max(0, min(available, amount))
        shares.append(share)
        available -= share
    return shares
