"""What is owed: balance, overdue, aging, open items, what falls due, the oldest, the largest, the top."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from domain.aging import DEFAULT_BOUNDS, bucket_labels
from domain.money import Money
from domain.questions import Answer, Cell, Period
from storage import account_entries, accounts, reports
from workflows.answers.asking import Ask, answer, plural, say, say_all, sum_by_currency

DEFAULT_TOP = 10


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


def _age_span(ask: Ask) -> tuple[date | None, date | None]:
    """Due dates of what is as many days past due as the question says; overdue at least one day."""
    q = ask.question
    newest = ask.today - timedelta(days=max(1, q.over_days or 1))
    oldest = ask.today - timedelta(days=q.up_to_days) if q.up_to_days is not None else None
    return oldest, newest


def _age_words(ask: Ask) -> str:
    q = ask.question
    if q.over_days and q.up_to_days:
        return f"{q.over_days} to {q.up_to_days} days past due"
    if q.over_days and q.over_days > 1:
        return f"more than {q.over_days - 1} days past due"
    return f"at most {q.up_to_days} days past due" if q.up_to_days else "overdue"


def answer_overdue(ask: Ask) -> Answer:
    """Residuals due before today (or so many days past due), disputed parts included and shown apart."""
    if _lists_customers(ask):
        return _customers_owing(ask, overdue=True)
    first, last = _age_span(ask)
    wanted = ask.wanted(due_from=first, due_to=last)
    rows = accounts.totals(ask.connection, wanted, ask.today, ask.as_of)
    amounts = sum_by_currency((r.currency, r.open_minor) for r in rows) or ask.nothing()
    what = _age_words(ask)
    if not rows:
        return answer(ask, f"{ask.whom()}: nothing is {what}{ask.day()}.", amounts=amounts)
    count = sum(r.items for r in rows)
    text = f"{ask.whom()}: {say_all(amounts)} {what}{ask.day()} in {plural(count, 'invoice')}."
    disputed = sum_by_currency((r.currency, r.disputed_minor) for r in rows)
    if disputed:
        text += f" Disputed (included): {say_all(disputed)}."
    if ask.customers is not None:
        items = accounts.list_items(ask.connection, wanted, ask.as_of)
        return answer(ask, text, amounts=amounts, rows=[item_row(i, ask.today) for i in items])
    owing = accounts.totals_by_customer(ask.connection, wanted, ask.today, ask.as_of)
    return answer(ask, text, amounts=amounts, rows=[_customer_row(r, ask.today) for r in owing])


def _customers_owing(ask: Ask, *, overdue: bool) -> Answer:
    """Customers that owe (or are overdue), over an amount if one was said; the largest first within each currency."""
    q = ask.question
    overdue = overdue or q.over_days is not None or q.up_to_days is not None
    first, last = _age_span(ask) if overdue else (None, None)
    rows = accounts.totals_by_customer(ask.connection, ask.wanted(due_from=first, due_to=last), ask.today, ask.as_of)
    what = _age_words(ask) if overdue else "with an open balance"
    if q.at_least is not None:
        rows = [r for r in rows if _beyond(r, ask)]
        bound = f"{'at least' if q.or_equal else 'more than'} {q.at_least:,f}{' ' + q.currency if q.currency else ''}"
        what = f"{'overdue with' if overdue else 'owing'} {bound}"
    amounts = sum_by_currency((r.currency, r.open_minor) for r in rows)
    count = len({r.id for r in rows})
    text = f"{plural(count, 'customer')} {what}{ask.day()}" + (f": {say_all(amounts)}." if rows else ".")
    return answer(ask, text, amounts=amounts, rows=[_customer_row(r, ask.today) for r in rows])


def _beyond(row: Any, ask: Ask) -> bool:
    bound = ask.question.at_least
    if bound is None:
        return True
    amount = Money(row.open_minor, row.currency).amount
    return amount >= bound if ask.question.or_equal else amount > bound


def _customer_row(row: Any, today: date) -> dict[str, Cell]:
    return {
        "customer": row.number,
        "name": row.name,
        "currency": row.currency,
        "amount": Money(row.open_minor, row.currency),
        "overdue": Money(row.overdue_minor, row.currency),
        "disputed": Money(row.disputed_minor, row.currency),
        "oldest_due": row.oldest_due_on,
        "days_past_due": max(0, (today - row.oldest_due_on).days),
        "open_items": row.items,
    }


def item_row(item: Any, today: date) -> dict[str, Cell]:
    """One open item as a row."""
    return {
        "invoice": item.number if item.instalment == 1 else f"{item.number}/{item.instalment}",
        "customer": item.customer_number,
        "name": item.name,
        "due": item.due_on,
        "days_past_due": (today - item.due_on).days,
        "currency": item.currency,
        "amount": Money(item.open_minor, item.currency),
        "original": Money(item.amount_minor, item.currency),
        "disputed": Money(item.disputed_minor, item.currency),
        "promised": Money(item.promised_minor, item.currency),
        "po_number": item.po_number,
        "entity": item.entity,
    }


def _items_answer(ask: Ask, items: Sequence[Any], what: str, span: str = "") -> Answer:
    amounts = sum_by_currency((i.currency, i.open_minor) for i in items)
    text = f"{ask.whom()}: {plural(len(items), 'invoice')} {what}{span}{ask.day()}"
    text += f", {say_all(amounts)}." if items else "."
    return answer(ask, text, amounts=amounts or ask.nothing(), rows=[item_row(i, ask.today) for i in items])


def answer_open_items(ask: Ask) -> Answer:
    """Open invoices, the oldest due first; overdue only, or so many days past due, where asked."""
    q = ask.question
    if q.status == "overdue" or q.over_days is not None or q.up_to_days is not None:
        first, last = _age_span(ask)
        what = _age_words(ask)
    elif q.period is not None:
        first, last, what = q.period.first, q.period.last, f"due {q.period.label}"
    else:
        first, last, what = None, None, "open"
    items = accounts.list_items(ask.connection, ask.wanted(due_from=first, due_to=last), ask.as_of)
    if q.at_least is not None:
        items = [i for i in items if _beyond(i, ask)]
    return _items_answer(ask, items, what)


def answer_due(ask: Ask) -> Answer:
    """What falls due in a span; by default the next seven days. What is overdue already is told apart."""
    period = ask.question.period or Period("next 7 days", ask.today, ask.today + timedelta(days=6))
    wanted = ask.wanted(due_from=period.first or ask.today, due_to=period.last)
    rows = accounts.totals(ask.connection, wanted, ask.today, ask.as_of)
    amounts = sum_by_currency((r.currency, r.open_minor) for r in rows) or ask.nothing()
    items = accounts.list_items(ask.connection, wanted, ask.as_of)
    text = (
        f"{ask.whom()}: {say_all(amounts) if items else 'nothing'} due {_said(period)}{ask.day()}"
        f" in {plural(len(items), 'invoice')}."
    )
    late = accounts.totals(ask.connection, ask.wanted(due_to=ask.today - timedelta(days=1)), ask.today, ask.as_of)
    overdue = sum_by_currency((r.currency, r.open_minor) for r in late)
    if overdue and (period.first is None or period.first >= ask.today):
        text += f" Overdue already, not counted: {say_all(overdue)}."
    return answer(ask, text, amounts=amounts, rows=[item_row(i, ask.today) for i in items])


def _said(period: Period) -> str:
    days = " to ".join(d.isoformat() for d in (period.first, period.last) if d)
    return period.label if period.first == period.last or not days else f"{period.label} ({days})"


def answer_oldest(ask: Ask) -> Answer:
    """The open invoice with the earliest due date (rules.md: oldest goes by due date)."""
    items = _ranked(ask, largest_first=False)
    if not items:
        return answer(ask, f"{ask.whom()}: no open invoice{ask.day()}.", amounts=ask.nothing())
    first = items[0]
    said = (
        f"{ask.whom()}: the oldest open invoice is {first.number} of {first.name} ({first.customer_number}), due "
        f"{first.due_on.isoformat()} ({_late(first, ask.today)}), {say(Money(first.open_minor, first.currency))} open"
        f"{ask.day()}."
    )
    return answer(
        ask,
        said,
        amounts=[Money(i.open_minor, i.currency) for i in items],
        rows=[item_row(i, ask.today) for i in items],
    )


def _late(item: Any, today: date) -> str:
    days = (today - item.due_on).days
    return f"{plural(days, 'day')} past due" if days > 0 else "not overdue"


def _ranked(ask: Ask, *, largest_first: bool) -> list[Any]:
    late = ask.question.status == "overdue"
    to = ask.today - timedelta(days=1) if late else None
    return list(
        accounts.list_items(
            ask.connection,
            ask.wanted(due_to=to),
            ask.as_of,
            largest_first=largest_first,
            limit=ask.question.limit or 1,
        )
    )


def answer_largest(ask: Ask) -> Answer:
    """The invoices with the largest residual, within each currency: amounts of two currencies are not compared."""
    late = ask.question.status == "overdue"
    wanted = ask.wanted(due_to=ask.today - timedelta(days=1) if late else None)
    found: list[Any] = []
    for line in accounts.totals(ask.connection, wanted, ask.today, ask.as_of):
        narrow = accounts.Wanted(wanted.scope, wanted.customer_ids, line.currency, wanted.due_from, wanted.due_to)
        found += accounts.list_items(
            ask.connection, narrow, ask.as_of, largest_first=True, limit=ask.question.limit or 1
        )
    what = "overdue invoice" if late else "open invoice"
    if not found:
        return answer(ask, f"{ask.whom()}: no {what}{ask.day()}.", amounts=ask.nothing())
    firsts = {i.currency: i for i in reversed(found)}
    said = "; ".join(
        f"{i.number} of {i.name} ({i.customer_number}), {say(Money(i.open_minor, i.currency))}, {_late(i, ask.today)}"
        for _, i in sorted(firsts.items())
    )
    each = " in each currency" if len(firsts) > 1 else ""
    return answer(
        ask,
        f"{ask.whom()}: the largest {what}{each}{ask.day()}: {said}.",
        amounts=[Money(i.open_minor, i.currency) for i in found],
        rows=[item_row(i, ask.today) for i in found],
    )


def answer_top(ask: Ask, *, overdue: bool) -> Answer:
    """Customers by what they owe or are overdue with, within one currency; says how many there are."""
    first, last = _age_span(ask) if overdue else (None, None)
    rows = accounts.totals_by_customer(ask.connection, ask.wanted(due_from=first, due_to=last), ask.today, ask.as_of)
    limit = ask.question.limit or DEFAULT_TOP
    found: list[Any] = []
    said = []
    what = _age_words(ask) if overdue else "with an open balance"
    for currency in sorted({r.currency for r in rows}):
        mine = [r for r in rows if r.currency == currency]
        found += mine[:limit]
        best = mine[0]
        shown = f"top {limit} of {len(mine)}" if len(mine) > limit else plural(len(mine), "customer")
        said.append(f"{currency}: {shown} {what}, first {best.name} with {say(Money(best.open_minor, currency))}")
    if not said:
        return answer(ask, f"{ask.whom()}: nobody {what}{ask.day()}.", amounts=ask.nothing())
    amounts = sum_by_currency((r.currency, r.open_minor) for r in found)
    text = ". ".join(said) + f"{ask.day()}."
    return answer(ask, text, amounts=amounts, rows=[_customer_row(r, ask.today) for r in found])


def answer_aging(ask: Ask) -> Answer:
    """Open amounts by days past due, per currency (and by a dimension where asked)."""
    by = ask.question.by or "customer"
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
    grouped = by != "customer" or ask.customers is not None
    if grouped:
        rows = [_aging_row(line.key, line.name, line.currency, line.buckets, labels, by) for line in lines]
    else:
        rows = [_aging_row("total", "", currency, held, labels, by) for currency, held in sorted(sums.items())]
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
