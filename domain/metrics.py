"""Measures of collection: DSO in its two forms, best possible DSO, days delinquent, CEI, promises kept, dispute time.

Amounts are in minor units of one currency; results are Decimals rounded half up to one place (days, percent). What
can't be said (no sales in the window) is None, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

_TENTH = Decimal("0.1")


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_TENTH, rounding=ROUND_HALF_UP)


def compute_dso(receivable: int, sales: int, days: int) -> Decimal | None:
    """DSO simple: receivables at the end ÷ credit sales of the last `days` × `days`. None without sales.

    150,000 ÷ 1,800,000 × 365 = 30.4; 600,000 ÷ 2,400,000 × 90 = 22.5.
    """
    return _rounded(Decimal(receivable) * days / sales) if sales > 0 else None


@dataclass(frozen=True, slots=True)
class MonthSales:
    """Credit sales of one month (or of what has passed of it) and how many days that is."""

    sales: int
    days: int


@dataclass(frozen=True, slots=True)
class Countback:
    """Days by the countback method. `exhausted`: receivables exceed all sales known, so it is at least that many."""

    days: Decimal
    exhausted: bool = False


def compute_countback(receivable: int, months: Sequence[MonthSales]) -> Countback | None:
    """DSO countback: take the newest months' sales off the receivables, count their days, the last month pro rata.

    `months` begin with the newest. 212,000 over 100,000, 80,000, 70,000 in months of 30 days is 30 + 30 + 13.7 = 73.7;
    2,100,000 over 900,000 (31 days), 800,000 (28), 700,000 (31) is 31 + 28 + 17.7 = 76.7. None without any sales.
    """
    left, days = Decimal(receivable), Decimal(0)
    if not any(month.sales > 0 for month in months):
        return Countback(Decimal("0.0")) if receivable <= 0 else None
    for month in months:
        if left <= 0:
            break
        if month.sales > left:
            days += left / month.sales * month.days
            left = Decimal(0)
        else:
            days += month.days
            left -= month.sales
    return Countback(_rounded(days), exhausted=left > 0)


def months_back(today: date, count: int) -> list[tuple[date, date]]:
    """The spans of `count` months, the newest first; the newest ends today."""
    spans = [(today.replace(day=1), today)]
    while len(spans) < count:
        last = spans[-1][0] - timedelta(days=1)
        spans.append((last.replace(day=1), last))
    return spans


def month_sales(sales_by_day: Iterable[tuple[date, int]], spans: Sequence[tuple[date, date]]) -> list[MonthSales]:
    """Sales by day, put into spans (newest first) with the days that each span has."""
    sums = [0] * len(spans)
    starts = {span[0].replace(day=1): place for place, span in enumerate(spans)}
    for day, amount in sales_by_day:
        place = starts.get(day.replace(day=1))
        if place is not None and spans[place][0] <= day <= spans[place][1]:
            sums[place] += amount
    return [MonthSales(total, (last - first).days + 1) for total, (first, last) in zip(sums, spans, strict=True)]


def compute_bpdso(current: int, sales: int, days: int) -> Decimal | None:
    """Best possible DSO: receivables that are not overdue ÷ credit sales × days. 4,000 ÷ 10,000 × 30 = 12."""
    return compute_dso(current, sales, days)


def compute_add(dso: Decimal | None, bpdso: Decimal | None) -> Decimal | None:
    """Average days delinquent: DSO less best possible DSO. 45 − 12 = 33."""
    return None if dso is None or bpdso is None else dso - bpdso


def compute_cei(begin: int, sales: int, end: int, end_current: int, months: int = 1) -> Decimal | None:
    """Collection effectiveness in percent: (begin + sales ÷ N − end) ÷ (begin + sales ÷ N − end not overdue) × 100.

    `sales` are those of N `months`, divided by N as the formula says: 6,200, 10,890 in 3 months, 6,340, 3,590 is 55.9;
    undivided it would be 79.6, the trap of this measure.
    """
    base = Decimal(begin) + Decimal(sales) / months
    collectable = base - end_current
    return _rounded((base - end) / collectable * 100) if collectable > 0 else None


def compute_share(part: int, whole: int) -> Decimal | None:
    """`part` of `whole` in percent: promises kept of promises judged. None of none."""
    return _rounded(Decimal(part) * 100 / whole) if whole > 0 else None


def compute_cycle(spans: Iterable[tuple[date, date]]) -> Decimal | None:
    """Mean days from opening to closing, of disputes that are closed: Σ(close − open) ÷ n."""
    lengths = [(closed - opened).days for opened, closed in spans]
    return _rounded(Decimal(sum(lengths)) / len(lengths)) if lengths else None
