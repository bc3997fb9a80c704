"""The daily price of silence: overdue money that pauses, promises and disputes hold back; and why it isn't paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from domain.money import Money
from domain.parties import User
from domain.questions import Cell
from domain.reasons import NonPayment
from domain.reports import Column, ColumnKind, Report
from domain.silence import AGE_BOUNDS, Silenced, SilenceLine, add_up_silence
from storage import review
from storage.silence import overdue_items, silenced
from workflows.build_report import Narrowing, wanted_by
from workflows.services import Services

NOTES = (
    "Overdue residuals only; each unit of money is counted once, under the strongest reason that holds it.",
    "Days count from the day on which the silence began.",
    "Currencies are never added.",
)


def silenced_report(services: Services, asker: User | None, today: date, narrowing: Narrowing | None = None) -> Report:
    """The report as of now, within what the asker may see. Raises BadInput for a currency or customer that isn't."""
    narrow = narrowing or Narrowing()
    with services.database.read() as connection:
        parts = list(silenced(connection, wanted_by(connection, asker, narrow), today))
    lines, totals = add_up_silence(parts, today)
    columns = (
        Column("reason"),
        Column("currency"),
        *(Column(label, ColumnKind.MONEY) for label in age_labels()),
        Column("total", ColumnKind.MONEY),
        Column("items", ColumnKind.NUMBER),
        Column("customers", ColumnKind.NUMBER),
        Column("oldest", ColumnKind.DAY),
    )
    return Report(
        "silenced",
        today,
        columns,
        [_row(line) for line in lines],
        [_row(line) for line in totals],
        NOTES,
        {"currency": narrow.currency, "customer": narrow.customer},
    )


REASON_NOTES = (
    "Overdue residuals by the reason that the customer told last, silent where none was told.",
    "Oldest: the day on which the oldest of these reasons was told.",
    "Currencies are never added.",
)


def reasons_report(services: Services, asker: User | None, today: date, narrowing: Narrowing | None = None) -> Report:
    """Why overdue money isn't paid, as its customers told it, within what the asker may see.

    Raises BadInput for a currency or customer that isn't.
    """
    narrow = narrowing or Narrowing()
    with services.database.read() as connection:
        told = review.newest_reasons(connection)
        parts = [
            Silenced(*told.get(document, (str(NonPayment.SILENT), today)), minor, currency, document, customer)
            for document, customer, currency, minor in overdue_items(
                connection, wanted_by(connection, asker, narrow), today
            )
        ]
    lines, totals = add_up_silence(parts, today)
    columns = (
        Column("reason"),
        Column("currency"),
        Column("total", ColumnKind.MONEY),
        Column("items", ColumnKind.NUMBER),
        Column("customers", ColumnKind.NUMBER),
        Column("oldest", ColumnKind.DAY),
    )
    rows, sums = ([_row(line) for line in found] for found in (lines, totals))
    keys = {column.key for column in columns}
    narrowed = {"currency": narrow.currency, "customer": narrow.customer}
    return Report(
        "reasons",
        today,
        columns,
        [{key: row[key] for key in row if key in keys} for row in rows],
        [{key: row[key] for key in row if key in keys} for row in sums],
        REASON_NOTES,
        narrowed,
    )


def age_labels() -> list[str]:
    """Headings of the age buckets."""
    starts = (0, *(bound + 1 for bound in AGE_BOUNDS))
    spans = [f"{first}-{last} days" for first, last in zip(starts, AGE_BOUNDS, strict=False)]
    return [*spans, f"over {AGE_BOUNDS[-1]} days"]


def _row(line: SilenceLine) -> Mapping[str, Cell]:
    ages = dict(zip(age_labels(), (Money(age, line.currency) for age in line.ages), strict=True))
    return {
        "reason": line.reason,
        "currency": line.currency,
        **ages,
        "total": Money(line.total, line.currency),
        "items": len(line.items),
        "customers": len(line.customers),
        # Nobody told it on any day.
        "oldest": None if line.reason == NonPayment.SILENT else line.oldest,
    }
