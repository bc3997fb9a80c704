"""Which orders are blocked, what stops them, and whether a dispute does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.credit import CreditStanding, DisputedPart, blocking_disputes
from domain.documents import OrderStatus
from domain.money import Money
from domain.parties import Customer
from domain.questions import Scope
from storage import account_entries, accounts, disputes, names
from storage.database import Connection


@dataclass(frozen=True, slots=True)
class BlockedOrder:
    """A blocked order: what stops it in words, the disputes without which it would be free, and whom to tell.

    `free`: nothing overdue and no limit stops it (any more); only the source still has it blocked.
    """

    id: int
    number: str
    customer_id: int
    customer_number: str
    customer_name: str
    ordered_on: date
    currency: str
    amount_minor: int
    why: str
    dispute_ids: tuple[int, ...]
    rep_id: int | None
    rep_name: str | None
    free: bool = False

    @property
    def amount(self) -> Money:
        """The order's amount."""
        return Money(self.amount_minor, self.currency)


def find_blocked_orders(
    connection: Connection, scope: Scope, customer_ids: Sequence[int] | None, today: date
) -> list[BlockedOrder]:
    """Blocked orders that an asker may see, the oldest first."""
    rows = account_entries.orders_of(connection, scope, customer_ids, [str(OrderStatus.BLOCKED)])
    owners = sorted({row.customer_id for row in rows})
    standings = load_standings(connection, owners, today)
    parts = load_disputed_parts(connection, owners, today)
    return [_judged(row, standings.get(row.customer_id, []), parts.get(row.customer_id, [])) for row in rows]


def load_standings(connection: Connection, customer_ids: Sequence[int], today: date) -> dict[int, list[CreditStanding]]:
    """A standing a customer and currency; the limit stands with its own currency's alone, unconverted."""
    everything = Scope()
    wanted = accounts.Wanted(everything, tuple(customer_ids))
    owed: dict[int, dict[str, Any]] = {}
    for line in accounts.totals_by_customer(connection, wanted, today, None):
        owed.setdefault(line.id, {})[line.currency] = line
    ordered: dict[int, dict[str, int]] = {}
    for order in account_entries.orders_of(connection, everything, customer_ids, account_entries.UNSETTLED_ORDERS):
        mine = ordered.setdefault(order.customer_id, {})
        mine[order.currency] = mine.get(order.currency, 0) + order.amount_minor
    return {
        owner.id: _standings(owner, owed.get(owner.id, {}), ordered.get(owner.id, {}))
        for owner in names.load_customers(connection, customer_ids)
    }


def _standings(owner: Customer, owed: dict[str, Any], ordered: dict[str, int]) -> list[CreditStanding]:
    made = []
    for currency in sorted({owner.currency, *owed, *ordered}):
        line = owed.get(currency)
        made.append(
            CreditStanding(
                currency=currency,
                balance=int(line.open_minor) if line else 0,
                overdue=int(line.overdue_minor) if line else 0,
                orders=ordered.get(currency, 0),
                limit=owner.credit_limit_minor if currency == owner.currency else None,
            )
        )
    return made


def load_disputed_parts(
    connection: Connection, customer_ids: Sequence[int], today: date
) -> dict[int, list[DisputedPart]]:
    """What each open dispute holds of money still open, by customer."""
    found = disputes.list_disputes(connection, Scope(), customer_ids=customer_ids)
    owner = {d.id: d.customer_id for d in found}
    parts: dict[int, list[DisputedPart]] = {}
    for part in disputes.parts_of(connection, list(owner)):
        amount = min(part.part_minor, part.open_minor)
        late = amount if part.due_on < today else 0
        parts.setdefault(owner[part.dispute_id], []).append(DisputedPart(part.dispute_id, part.currency, amount, late))
    return parts


def _judged(row: Any, standings: Sequence[CreditStanding], parts: Sequence[DisputedPart]) -> BlockedOrder:
    blocking = blocking_disputes(standings, parts)
    why = []
    for s in standings:
        if s.overdue > 0:
            why.append(f"{Money(s.overdue, s.currency).amount:,f} {s.currency} overdue")
        if s.over_limit and s.limit is not None:
            over = Money(s.exposure - s.limit, s.currency)
            why.append(f"{over.amount:,f} {s.currency} over the credit limit")
    free = not why
    said = " and ".join(why) or "blocked in the source, nothing overdue and within the limit"
    if blocking:
        said += "; without the disputed amounts it would be released"
    return BlockedOrder(
        row.id, row.number, row.customer_id, row.customer_number, row.name, row.ordered_on, row.currency,
        row.amount_minor, said, blocking, row.sales_rep_id or row.account_rep_id, row.rep_name, free,
    )  # fmt: skip
