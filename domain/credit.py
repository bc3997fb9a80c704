"""Exposure against the limit, and the rule that says which disputes block an order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from domain.documents import Order, OrderStatus
from domain.money import exponent, round_minor


@dataclass(frozen=True, slots=True)
class CreditStanding:
    """An account's credit in the currency of its limit, in minor units. `limit` None: no limit was set.

    `balance` and `orders` (open and blocked) are in that currency, or converted into it by stated rates.
    """

    currency: str
    balance: int
    overdue: int
    orders: int
    limit: int | None = None

    @property
    def exposure(self) -> int:
        """Balance plus orders open or blocked (rules.md, "Figures")."""
        return self.balance + self.orders

    @property
    def headroom(self) -> int | None:
        """Limit less exposure; negative when over, None without a limit."""
        return None if self.limit is None else self.limit - self.exposure

    @property
    def over_limit(self) -> bool:
        """Whether exposure is beyond the limit. Exactly at the limit is within it."""
        return self.limit is not None and self.exposure > self.limit

    def without(self, balance: int, overdue: int) -> CreditStanding:
        """The standing with these parts of balance and overdue taken out, never below nothing."""
        return CreditStanding(
            self.currency, max(0, self.balance - balance), max(0, self.overdue - overdue), self.orders, self.limit
        )


def must_block(standing: CreditStanding, overdue_allowed: int = 0) -> bool:
    """Whether an order of this account is stopped: something past due above what policy allows, or over the limit."""
    return standing.overdue > overdue_allowed or standing.over_limit


def accepts_order(standing: CreditStanding, amount: int) -> bool:
    """Whether another `amount` fits: no limit accepts all, a limit of zero nothing, not even an order of zero."""
    if standing.limit is None:
        return True
    if standing.limit == 0:
        return False
    return standing.exposure + amount <= standing.limit


def orders_total(orders: Iterable[Order], currency: str) -> int:
    """Minor units of orders open or blocked in `currency`."""
    counted = (OrderStatus.OPEN, OrderStatus.BLOCKED)
    return sum(o.amount_minor for o in orders if o.currency == currency and o.status in counted)


@dataclass(frozen=True, slots=True)
class DisputedPart:
    """What one open dispute holds of an account in one currency; `overdue` is the past-due part. Minor units."""

    dispute_id: int
    currency: str
    amount: int
    overdue: int


def blocking_disputes(
    standings: Iterable[CreditStanding], disputed: Iterable[DisputedPart], overdue_allowed: int = 0
) -> tuple[int, ...]:
    """Ids of the disputes that block an account's orders; none when disputes are not what stops them.

    A dispute blocks an order if taking out the disputed amounts would release it (rules.md, "Disputes and orders"):
    the account is stopped as it stands, in one currency or several, and in none of them without what is disputed.
    """
    held: dict[str, list[DisputedPart]] = {}
    for part in disputed:
        held.setdefault(part.currency, []).append(part)
    found: list[int] = []
    for standing in standings:
        if not must_block(standing, overdue_allowed):
            continue
        parts = held.get(standing.currency, [])
        freed = standing.without(sum(p.amount for p in parts), sum(p.overdue for p in parts))
        if must_block(freed, overdue_allowed):
            return ()
        late = standing.overdue > overdue_allowed
        found += [p.dispute_id for p in parts if (late and p.overdue) or (standing.over_limit and p.amount)]
    return tuple(sorted(set(found)))


def convert_minor(minor: int, currency: str, into: str, rate: Decimal) -> int:
    """`minor` units of `currency` at `rate` (units of `into` for one unit of `currency`) → minor units of `into`.

    For limits and reports only, never for what a customer is asked: rounded once, half away from zero.
    """
    scale = Decimal(10) ** (exponent(into) - exponent(currency))
    return round_minor(Decimal(minor) * rate * scale)
