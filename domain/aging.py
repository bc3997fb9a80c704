"""Aging: open amounts by days past due. Current includes what is due today (rules.md, "Figures")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from domain.errors import BadInput

DEFAULT_BOUNDS = (30, 60, 90)
"""Last day past due of each bucket but the open one: current, 1–30, 31–60, 61–90, over 90."""


def check_bounds(bounds: Sequence[int]) -> tuple[int, ...]:
    """Bucket bounds, checked. Raises BadInput unless they are positive and rising."""
    made = tuple(bounds)
    if not made or made[0] < 1 or any(b <= a for a, b in pairwise(made)):
        raise BadInput(f"buckets {','.join(map(str, made)) or '(none)'} must be rising days such as 30,60,90")
    return made


def parse_bounds(text: str) -> tuple[int, ...]:
    """`30,60,90` → bounds. Raises BadInput for anything else."""
    try:
        return check_bounds([int(part) for part in text.split(",")])
    except ValueError:
        raise BadInput(f"buckets {text!r} are not days such as 30,60,90") from None


def bucket_labels(bounds: Sequence[int] = DEFAULT_BOUNDS) -> tuple[str, ...]:
    """Names of the buckets: `current`, `1-30`, `31-60`, `61-90`, `over 90`."""
    starts = [1, *(b + 1 for b in bounds)]
    named = [f"{start}-{end}" for start, end in zip(starts, bounds, strict=False)]
    return ("current", *named, f"over {bounds[-1]}")


def bucket_of(days_past_due: int, bounds: Sequence[int] = DEFAULT_BOUNDS) -> int:
    """Place of the bucket, 0 for current (due today or later)."""
    if days_past_due <= 0:
        return 0
    for place, bound in enumerate(bounds, start=1):
        if days_past_due <= bound:
            return place
    return len(bounds) + 1


def bucket_cutoffs(today: date, bounds: Sequence[int] = DEFAULT_BOUNDS) -> tuple[tuple[date | None, date | None], ...]:
    """First and last due date of each bucket on `today` (None: open on that side), for statements over the ledger."""
    spans: list[tuple[date | None, date | None]] = [(today, None)]
    newest = 1
    for bound in bounds:
        spans.append((today - timedelta(days=bound), today - timedelta(days=newest)))
        newest = bound + 1
    spans.append((None, today - timedelta(days=newest)))
    return tuple(spans)


@dataclass(slots=True)
class AgingLine:
    """One line of an aging in one currency, in minor units. Credits are apart: never netted into a bucket."""

    key: str
    currency: str
    buckets: list[int]
    name: str = ""
    disputed: int = 0
    credit_memos: int = 0
    unapplied_cash: int = 0
    open_items: int = 0

    @property
    def balance(self) -> int:
        """All buckets together."""
        return sum(self.buckets)

    @property
    def overdue(self) -> int:
        """All but current."""
        return sum(self.buckets[1:])

    @property
    def net(self) -> int:
        """Balance less credit memos and unapplied cash."""
        return self.balance - self.credit_memos - self.unapplied_cash


@dataclass(frozen=True, slots=True)
class AgedItem:
    """What aging needs of an open item."""

    key: str
    currency: str
    due_on: date
    residual: int
    disputed: int = 0


@dataclass(frozen=True, slots=True)
class AgingTable:
    """Lines by key and currency, and a total a currency."""

    today: date
    bounds: tuple[int, ...]
    lines: tuple[AgingLine, ...]
    totals: tuple[AgingLine, ...] = field(default=())


def age_items(items: Iterable[AgedItem], today: date, bounds: Sequence[int] = DEFAULT_BOUNDS) -> AgingTable:
    """Open items → aging by key and currency, days counted from the due date. Zero residuals don't count."""
    checked = check_bounds(bounds)
    lines: dict[tuple[str, str], AgingLine] = {}
    for item in items:
        if item.residual <= 0:
            continue
        place = (item.key, item.currency)
        line = lines.get(place)
        if line is None:
            line = lines[place] = AgingLine(item.key, item.currency, [0] * (len(checked) + 2))
        line.buckets[bucket_of((today - item.due_on).days, checked)] += item.residual
        line.disputed += min(item.disputed, item.residual)
        line.open_items += 1
    ordered = tuple(lines[place] for place in sorted(lines))
    return AgingTable(today, checked, ordered, total_lines(ordered, checked))


def total_lines(lines: Iterable[AgingLine], bounds: Sequence[int] = DEFAULT_BOUNDS) -> tuple[AgingLine, ...]:
    """Lines summed per currency, by code. Currencies are never added."""
    totals: dict[str, AgingLine] = {}
    for line in lines:
        total = totals.setdefault(line.currency, AgingLine("total", line.currency, [0] * (len(bounds) + 2)))
        add_line(total, line)
    return tuple(totals[currency] for currency in sorted(totals))


def add_line(total: AgingLine, line: AgingLine) -> None:
    """Add a line's amounts to a total of the same currency. Raises ValueError for another currency."""
    if total.currency != line.currency:
        raise ValueError(f"{line.currency} into a total of {total.currency}")
    total.buckets = [a + b for a, b in zip(total.buckets, line.buckets, strict=True)]
    total.disputed += line.disputed
    total.credit_memos += line.credit_memos
    total.unapplied_cash += line.unapplied_cash
    total.open_items += line.open_items
