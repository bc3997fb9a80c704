"""What is owed: balance, overdue, aging, open items, what falls due, the oldest, the largest, the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from domain.aging import DEFAULT_BOUNDS, bucket_labels
from domain.money import Money, exponent
from domain.questions import Answer, Cell
from storage import account_entries, accounts, reports
from workflows.answers.asking import MOST_ROWS, Ask, answer, plural, say_all, sum_by_currency
from workflows.answers.items import age_span, age_words, customer_row, item_row


def answer_balance(ask: Ask) -> Answer:
    """Residuals per currency, disputed parts included; credits and unapplied cash beside them, not netted."""
    if _lists_customers(ask):
        return _customers_owing(ask, overdue=False)
    rows = accounts.totals(ask.connection, ask.wanted(), ask.today, ask.as_of)
    amounts = sum_by_currency((r.currency, r.open_minor) for r in rows) or ask.nothing()
    credits = account_entries.credits_of(ask.connection, ask.wanted(), ask.as_of)
    table = [_total_row(r, credits) for r in rows]
    verb = "owe" if ask.customers is None or len(ask.customers) > 1 else "owes"
    if not rows:
        return answer(ask, f"{ask.whom()} {verb} nothing{ask.day()}." + _credit_words(credits), amounts=amounts)
    parts = [f"{ask.whom()} {verb} {say_all(amounts)}{ask.day()} in {plural(sum(r.items for r in rows), 'open item')}."]
    overdue = sum_by_currency((r.currency, r.overdue_minor) for r in rows)
    parts.append(f"Overdue: {say_all(overdue)}.")
    disputed = sum_by_currency((r.currency, r.disputed_minor) for r in rows)
    if disputed:
        parts.append(f"Disputed (included): {say_all(disputed)}.")
    return answer(ask, " ".join(parts) + _credit_words(credits), amounts=amounts, rows=table)


def _credit_words(credits: Sequence[Any]) -> str:
    cash = sum_by_currency((c.currency, c.unapplied_minor) for c in credits if c.kind == "unapplied_cash")
    memos = sum_by_currency((c.currency, c.unapplied_minor) for c in credits if c.kind == "credit_memo")
    said = f" Unapplied cash (not deducted): {say_all(cash)}." if cash else ""
    return said + (f" Open credit memos (not deducted): {say_all(memos)}." if memos else "")


def _total_row(row: Any, credits: Sequence[Any]) -> dict[str, Cell]:
    def of(kind: str) -> Money:
        return Money(
            sum(c.unapplied_minor for c in credits if c.kind == kind and c.currency == row.currency), row.currency
        )

    return {
        "currency": row.currency,
        "balance": Money(row.open_minor, row.currency),
        "overdue": Money(row.overdue_minor, row.currency),
        "disputed": Money(row.disputed_minor, row.currency),
        "promised": Money(row.promised_minor, row.currency),
        "unapplied_cash": of("unapplied_cash"),
        "credit_memos": of("credit_memo"),
        "open_items": row.items,
    }


def _lists_customers(ask: Ask) -> bool:
    q = ask.question
    return ask.customers is None and (q.at_least is not None or q.count or (q.listing and not q.mine))


def answer_overdue(ask: Ask) -> Answer:
    """Residuals due before today (or so many days past due), disputed parts included and shown apart."""
    if _lists_customers(ask):
        return _customers_owing(ask, overdue=True)
    first, last = age_span(ask)
    wanted = ask.wanted(due_from=first, due_to=last)
    rows = accounts.totals(ask.connection, wanted, ask.today, ask.as_of)
    amounts = sum_by_currency((r.currency, r.open_minor) for r in rows) or ask.nothing()
    what = age_words(ask)
    if not rows:
        return answer(ask, f"{ask.whom()}: nothing is {what}{ask.day()}.", amounts=amounts)
    count = sum(r.items for r in rows)
    text = f"{ask.whom()}: {say_all(amounts)} {what}{ask.day()} in {plural(count, 'invoice')}."
    disputed = sum_by_currency((r.currency, r.disputed_minor) for r in rows)
    if disputed:
        text += f" Disputed (included): {say_all(disputed)}."
    if ask.customers is not None:
        items = accounts.list_items(ask.connection, wanted, ask.as_of, limit=MOST_ROWS)
        return answer(ask, text, amounts=amounts, rows=[item_row(i, ask.today) for i in items], total=count)
    owing = accounts.totals_by_customer(ask.connection, wanted, ask.today, ask.as_of, limit=MOST_ROWS)
    pairs = sum(r.customers for r in rows)
    return answer(ask, text, amounts=amounts, rows=[customer_row(r, ask.today) for r in owing], total=pairs)


def _customers_owing(ask: Ask, *, overdue: bool) -> Answer:
    """Customers that owe (or are overdue), over an amount if one was said; the largest first within each currency."""
    q = ask.question
    overdue = overdue or q.over_days is not None or q.up_to_days is not None
    first, last = age_span(ask) if overdue else (None, None)
    wanted = ask.wanted(due_from=first, due_to=last)
    what = age_words(ask) if overdue else "with an open balance"
    if q.at_least is not None:
        bound = f"{'at least' if q.or_equal else 'more than'} {q.at_least:,f}{' ' + q.currency if q.currency else ''}"
        what = f"{'overdue with' if overdue else 'owing'} {bound}"
        rows = _owing_beyond(ask, wanted)
        amounts = sum_by_currency((r.currency, r.open_minor) for r in rows)
        count, pairs = len({r.id for r in rows}), len(rows)
    else:
        lines = accounts.totals(ask.connection, wanted, ask.today, ask.as_of)
        amounts = sum_by_currency((r.currency, r.open_minor) for r in lines)
        count, pairs = accounts.count_customers(ask.connection, wanted, ask.as_of), sum(r.customers for r in lines)
        rows = accounts.totals_by_customer(ask.connection, wanted, ask.today, ask.as_of, limit=MOST_ROWS)
    text = f"{plural(count, 'customer')} {what}{ask.day()}" + (f": {say_all(amounts)}." if rows else ".")
    return answer(ask, text, amounts=amounts, rows=[customer_row(r, ask.today) for r in rows], total=pairs)


def _owing_beyond(ask: Ask, wanted: accounts.Wanted) -> list[Any]:
    """Customers whose sum exceeds the amount asked about, which is so many units of each currency it may be in."""
    bound = ask.question.at_least or Decimal(0)
    found: list[Any] = []
    for line in accounts.totals(ask.connection, wanted, ask.today, ask.as_of):
        minor = int((bound * 10 ** exponent(line.currency)).to_integral_value(ROUND_FLOOR))
        exact = bound * 10 ** exponent(line.currency) == minor
        narrow = replace(wanted, currency=line.currency)
        # At least 0.005 of two decimals is more than nothing; exactly representable bounds keep their own sense.
        beyond = (minor, ask.question.or_equal and exact)
        found += accounts.totals_by_customer(ask.connection, narrow, ask.today, ask.as_of, beyond=beyond)
    return found


def answer_aging(ask: Ask) -> Answer:
    """Open amounts by days past due, per currency (and by a dimension where asked)."""
    # Of everything only the sums are told: a line for each customer is the report's matter.
    by = ask.question.by or ("customer" if ask.customers is not None else "currency")
    labels = bucket_labels(DEFAULT_BOUNDS)
    lines = list(reports.aging_lines(ask.connection, ask.wanted(), ask.today, ask.as_of, by=by, bounds=DEFAULT_BOUNDS))
    sums: dict[str, list[int]] = {}
    for line in lines:
        held = sums.setdefault(line.currency, [0] * len(labels))
        sums[line.currency] = [a + b for a, b in zip(held, line.buckets, strict=True)]
    if not any(any(held) for held in sums.values()):
        return answer(ask, f"{ask.whom()}: nothing open{ask.day()}.", amounts=ask.nothing())
    said = [_bucket_words(currency, labels, held) for currency, held in sorted(sums.items())]
    rows: list[dict[str, Cell]] = []
    for line in lines:
        rows.append(_aging_row(line.key, line.name, line.currency, line.buckets, labels, by))
    amounts = [Money(sum(held), currency) for currency, held in sorted(sums.items())]
    return answer(ask, f"Aging of {ask.whom()}{ask.day()}. " + ". ".join(said) + ".", amounts=amounts, rows=rows)


def _bucket_words(currency: str, labels: Sequence[str], held: Sequence[int]) -> str:
    parts = [f"{label} {Money(b, currency).amount:,f}" for label, b in zip(labels, held, strict=True)]
    return f"{currency}: {', '.join(parts)}; total {Money(sum(held), currency).amount:,f}"


def _aging_row(
    key: str, name: str, currency: str, buckets: Sequence[int], labels: Sequence[str], by: str
) -> dict[str, Cell]:
    row: dict[str, Cell] = {by: key, "name": name, "currency": currency}
    row |= {label: Money(b, currency) for label, b in zip(labels, buckets, strict=True)}
    row["balance"] = Money(sum(buckets), currency)
    return row


def answer_summary(ask: Ask) -> Answer:
    """The account in a few lines: balance, overdue, promises and disputes, credits."""
    return answer_balance(ask)
