"""Tables of invoices with a day of payment in each row: what a customer's system prints, or a clerk types."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from outreach.replies.dates import DateFinding
from outreach.replies.message import Message


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: an invoice, the day it is paid, the sum in the line (None: all of the invoice)."""

    start: int
    end: int
    number: str
    finding: DateFinding
    amount: Decimal | None


def read_table(message: Message) -> list[Row]:
    """Rows that name one open invoice and one day ahead, below a heading that says these are days of payment.

    Empty where there is no such heading, or where a row names two days: which is the day of payment is then not sure.
    """
    lines, start = [], 0
    for line in message.text.split("\n"):
        lines.append((start, start + len(line)))
        start += len(line) + 1
    rows, heading = [], None
    for first, last in lines:
        numbers = {m.number for m in message.mentions if first <= m.span[0] < last}
        days = [d for d in message.dates if first <= d.span[0] < last]
        if not numbers and not days and message.says("table_pay_date", first, last):
            heading = first
        if heading is None or len(numbers) != 1 or not days:
            continue
        if len(days) > 1 or days[0].date <= message.reply.today or not _is_row(message, first, last):
            return []
        sums = [a.amount for a in message.amounts if first <= a.span[0] < last and a.amount >= 1]
        rows.append(Row(first, last, numbers.pop(), days[0], sums[0] if len(sums) == 1 else None))
    return rows


def _is_row(message: Message, first: int, last: int) -> bool:
    """Cells, not a sentence: few words, and columns apart by spaces, tabs, bars or colons."""
    line = message.text[first:last]
    words = re.findall(r"[^\W\d_]{4,}", line)
    return len(words) <= 4 and bool(re.search(r"\s{2,}|\t|[|;:：　]|→|->| - ", line.strip()))
