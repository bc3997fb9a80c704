"""Reports: aging by any dimension and days sales outstanding, as of any day, within what the asker may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from domain.aging import DEFAULT_BOUNDS, AgingLine, add_line, bucket_labels, check_bounds
from domain.errors import BadInput
from domain.metrics import (
    compute_add,
    compute_bpdso,
    compute_countback,
    compute_dso,
    month_sales,
    months_back,
)
from domain.money import Money, exponent
from domain.parties import User
from domain.questions import Cell, scope_of
from domain.reports import Column, ColumnKind, Report
from storage import names, reports
from storage.accounts import Wanted
from storage.database import Connection
from workflows.services import Services

DEFAULT_DSO_DAYS = 90
COUNTBACK_MONTHS = 24
"""How far back sales are counted before the countback says 'at least'."""

AGING_NOTES = (
    "Open residuals by days past due, counted from the due date; due today is current.",
    "Disputed amounts are included in the buckets and shown apart; credit memos and unapplied cash are not deducted.",
    "Currencies are never added.",
)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a report is about: a customer, a currency; a day as of which, None for the ledger as it stands."""

    customer: str | None = None
    currency: str | None = None
    as_of: date | None = None


@contextmanager
def aging_report(
    services: Services,
    asker: User | None,
    today: date,
    narrowing: Narrowing | None = None,
    *,
    by: str = "customer",
    bounds: Sequence[int] = DEFAULT_BOUNDS,
) -> Iterator[Report]:
    """The aging as a report whose rows stream while the context is open; its totals are whole after the last row.

    Raises BadInput for a dimension, bucket, currency or customer that there isn't.
    """
    if by not in reports.DIMENSIONS:
        raise BadInput(f"aging by {by!r} is not known; choose one of {', '.join(reports.DIMENSIONS)}")
    checked, narrow = check_bounds(bounds), narrowing or Narrowing()
    labels = bucket_labels(checked)
    day = narrow.as_of or today
    with services.database.read() as connection:
        wanted = wanted_by(connection, asker, narrow)
        totals: list[Mapping[str, Cell]] = []
        lines = _aging_lines(connection, wanted, day, narrow.as_of, by, checked)
        yield Report(
            "aging",
            day,
            _aging_columns(by, labels),
            _rows_and_totals(lines, by, labels, totals),
            totals,
            AGING_NOTES,
            {"by": by, "buckets": list(checked), "currency": narrow.currency, "customer": narrow.customer},
        )


def wanted_by(connection: Connection, asker: User | None, narrow: Narrowing) -> Wanted:
    """What a report is about, within what its asker may see. Raises BadInput for a currency or customer that isn't."""
    if narrow.currency is not None:
        exponent(narrow.currency)
    scope = scope_of(asker)
    if narrow.customer is None:
        return Wanted(scope, None, narrow.currency)
    found = names.find_customer_id(connection, scope, narrow.customer)
    if found is None:
        raise BadInput(f"there is no customer {narrow.customer!r} that you may see; give its number")
    return Wanted(scope, (found,), narrow.currency)


def _aging_columns(by: str, labels: Sequence[str]) -> tuple[Column, ...]:
    first = (Column(by),) if by == "currency" else (Column(by), Column("name"), Column("currency"))
    money = (*labels, "balance", "overdue", "disputed", "credit_memos", "unapplied_cash", "net")
    return (*first, *(Column(key, ColumnKind.MONEY) for key in money), Column("open_items", ColumnKind.NUMBER))


def _aging_lines(
    connection: Connection, wanted: Wanted, today: date, as_of: date | None, by: str, bounds: tuple[int, ...]
) -> Iterator[AgingLine]:
    """The lines with their credits; those that have credits alone come last."""
    credits = reports.credit_lines(connection, wanted, as_of, by=by)
    for line in reports.aging_lines(connection, wanted, today, as_of, by=by, bounds=bounds):
        _, line.credit_memos, line.unapplied_cash = credits.pop((line.key, line.currency), ("", 0, 0))
        yield line
    for (key, currency), (name, memos, cash) in sorted(credits.items()):
        empty = [0] * (len(bounds) + 2)
        yield AgingLine(key, currency, empty, name, credit_memos=memos, unapplied_cash=cash)


def _rows_and_totals(
    lines: Iterator[AgingLine], by: str, labels: Sequence[str], totals: list[Mapping[str, Cell]]
) -> Iterator[Mapping[str, Cell]]:
    sums: dict[str, AgingLine] = {}
    for line in lines:
        total = sums.setdefault(line.currency, AgingLine("total", line.currency, [0] * len(labels)))
        add_line(total, line)
        yield _aging_row(line, by, labels)
    totals.extend(_aging_row(sums[currency], by, labels) for currency in sorted(sums))


def _aging_row(line: AgingLine, by: str, labels: Sequence[str]) -> dict[str, Cell]:
    def money(minor: int) -> Money:
        return Money(minor, line.currency)

    name = "" if line.name == line.key else line.name
    row: dict[str, Cell] = {by: line.key, "name": name, "currency": line.currency}
    row |= {label: money(amount) for label, amount in zip(labels, line.buckets, strict=True)}
    row |= {
        "balance": money(line.balance),
        "overdue": money(line.overdue),
        "disputed": money(line.disputed),
        "credit_memos": money(line.credit_memos),
        "unapplied_cash": money(line.unapplied_cash),
        "net": money(line.net),
        "open_items": line.open_items,
    }
    return row


DSO_COLUMNS = (
    Column("entity"),
    Column("currency"),
    Column("receivable", ColumnKind.MONEY),
    Column("current", ColumnKind.MONEY),
    Column("sales", ColumnKind.MONEY),
    Column("days", ColumnKind.NUMBER),
    Column("dso_simple", ColumnKind.NUMBER),
    Column("dso_countback", ColumnKind.NUMBER),
    Column("countback_exhausted"),
    Column("bpdso", ColumnKind.NUMBER),
    Column("add", ColumnKind.NUMBER),
)


def dso_report(
    services: Services,
    asker: User | None,
    today: date,
    narrowing: Narrowing | None = None,
    *,
    days: int = DEFAULT_DSO_DAYS,
) -> Report:
    """Days sales outstanding per legal entity and currency. Raises BadInput for a window that is no span of days."""
    if not 1 <= days <= 3660:
        raise BadInput(f"a window of {days} days is no window; choose 1 to 3660, 90 or 365 for instance")
    narrow = narrowing or Narrowing()
    day = narrow.as_of or today
    with services.database.read() as connection:
        rows = dso_rows(connection, wanted_by(connection, asker, narrow), day, narrow.as_of, days)
    return Report("dso", day, DSO_COLUMNS, rows, [], dso_notes(days), {"days": days, "currency": narrow.currency})


def dso_notes(days: int) -> tuple[str, ...]:
    """What the columns mean."""
    return (
        f"dso_simple: receivables at the end ÷ what was invoiced in the last {days} days × {days}.",
        "dso_countback: receivables less the newest calendar months' invoices, their days counted, the last pro rata;",
        "the newest month counts the days that have passed. Exhausted: more is open than was invoiced, so at least.",
        "bpdso: what is not overdue ÷ the same sales × days. add: dso_simple less bpdso.",
        "Receivables are open residuals, credits not deducted; sales are invoices and debit memos issued.",
    )


def dso_rows(
    connection: Connection, wanted: Wanted, today: date, as_of: date | None, days: int = DEFAULT_DSO_DAYS
) -> list[Mapping[str, Cell]]:
    """A row an entity and currency that has receivables or sales."""
    spans = months_back(today, COUNTBACK_MONTHS)
    first = min(spans[-1][0], date.fromordinal(today.toordinal() - days + 1))
    sales: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for row in reports.daily_sales(connection, wanted, first, today):
        sales.setdefault((row.entity, row.currency), []).append((row.day, int(row.amount_minor)))
    owed = {(r.entity, r.currency): r for r in reports.receivables(connection, wanted, today, as_of)}
    window = date.fromordinal(today.toordinal() - days + 1)
    found: list[Mapping[str, Cell]] = []
    for entity, currency in sorted({*sales, *owed}):
        line = owed.get((entity, currency))
        by_day = sales.get((entity, currency), [])
        receivable, current = (int(line.open_minor), int(line.current_minor)) if line else (0, 0)
        sold = sum(amount for day, amount in by_day if day >= window)
        countback = compute_countback(receivable, month_sales(by_day, spans))
        simple, best = compute_dso(receivable, sold, days), compute_bpdso(current, sold, days)
        found.append(
            {
                "entity": entity,
                "currency": currency,
                "receivable": Money(receivable, currency),
                "current": Money(current, currency),
                "sales": Money(sold, currency),
                "days": days,
                "dso_simple": simple,
                "dso_countback": countback.days if countback else None,
                "countback_exhausted": "yes" if countback and countback.exhausted else None,
                "bpdso": best,
                "add": compute_add(simple, best),
            }
        )
    return found
