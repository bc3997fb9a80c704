"""Silence has a price: which overdue money is not asked for, by reason, and since when (rules.md, "Replies, promises").

Each unit of money is counted once, under the strongest reason that holds it: insolvency holds everything, then the
disputed part, then the promised part of the rest, then a pause what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.account import PauseKind

AGE_BOUNDS = (2, 7, 30)
"""Last days of the age buckets: silent for up to two days, up to a week, up to a month, longer."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What holds money of one item still: `reason` for the report, the day it began, at most how much (None: all)."""

    reason: str
    since: date
    minor: int | None = None


@dataclass(frozen=True, slots=True)
class Silenced:
    """Part of an item's residual that isn't asked for (minor units of `currency`)."""

    reason: str
    since: date
    minor: int
    currency: str
    document_id: int
    customer_id: int


def silenced_parts(
    item: tuple[int, int, str, int],
    disputes: Sequence[Hold],
    promises: Sequence[Hold],
    pauses: Sequence[tuple[PauseKind, date]],
) -> list[Silenced]:
    """An item (document id, customer id, currency, residual in minor units) and what holds it → its silent parts.

    The parts never add up to more than the residual.
    """
    document, customer, currency, left = item
    found: list[Silenced] = []
    for hold in _in_order(disputes, promises, pauses):
        part = left if hold.minor is None else min(left, hold.minor)
        if part > 0:
            found.append(Silenced(hold.reason, hold.since, part, currency, document, customer))
            left -= part
    return found


_PAUSE_ORDER = (
    PauseKind.REPLY, PauseKind.PROMISE_OFFERED, PauseKind.TRACE_PAYMENT, PauseKind.ACKNOWLEDGED, PauseKind.MANUAL,
)  # fmt: skip
_PAUSE_WORDS = {
    PauseKind.INSOLVENCY: "insolvency",
    PauseKind.REPLY: "reply waits",
    PauseKind.PROMISE_OFFERED: "promise offered",
    PauseKind.TRACE_PAYMENT: "payment traced",
    PauseKind.ACKNOWLEDGED: "acknowledged",
    PauseKind.MANUAL: "paused by hand",
}


def _in_order(
    disputes: Sequence[Hold], promises: Sequence[Hold], pauses: Sequence[tuple[PauseKind, date]]
) -> Iterable[Hold]:
    """Strongest first; of the same kind the one that began first."""
    began = {kind: min(day for k, day in pauses if k is kind) for kind, _ in pauses}
    if PauseKind.INSOLVENCY in began:
        yield Hold(_PAUSE_WORDS[PauseKind.INSOLVENCY], began[PauseKind.INSOLVENCY])
    for holds in (disputes, promises):
        yield from sorted(holds, key=lambda hold: (hold.since, hold.reason))
    for kind in _PAUSE_ORDER:
        if kind in began:
            yield Hold(_PAUSE_WORDS[kind], began[kind])


@dataclass(slots=True)
class SilenceLine:
    """A reason's money in one currency: `ages` is how much was silent up to each of `AGE_BOUNDS` days, then longer."""

    reason: str
    currency: str
    ages: list[int] = field(default_factory=lambda: [0] * (len(AGE_BOUNDS) + 1))
    items: set[int] = field(default_factory=set)
    customers: set[int] = field(default_factory=set)
    oldest: date | None = None

    @property
    def total(self) -> int:
        """All of it, in minor units."""
        return sum(self.ages)

    def add(self, part: Silenced, today: date) -> None:
        """Count one part."""
        days = (today - part.since).days
        self.ages[sum(days > bound for bound in AGE_BOUNDS)] += part.minor
        self.items.add(part.document_id)
        self.customers.add(part.customer_id)
        self.oldest = part.since if self.oldest is None else min(self.oldest, part.since)


def add_up_silence(parts: Iterable[Silenced], today: date) -> tuple[list[SilenceLine], list[SilenceLine]]:
    """Parts → a line a reason and currency, largest first within a currency, and a total line a currency."""
    lines: dict[tuple[str, str], SilenceLine] = {}
    totals: dict[str, SilenceLine] = {}
    for part in parts:
        lines.setdefault((part.currency, part.reason), SilenceLine(part.reason, part.currency)).add(part, today)
        totals.setdefault(part.currency, SilenceLine("total", part.currency)).add(part, today)
    ordered = sorted(lines.values(), key=lambda line: (line.currency, -line.total, line.reason))
    return ordered, [totals[currency] for currency in sorted(totals)]
