"""Open items one by one: lists, what falls due, the oldest, the largest; top lists of customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from domain.money import Money
from domain.questions import Answer, Cell, Period
from storage import accounts
from workflows.answers.asking import MOST_ROWS, Ask, answer, plural, say, say_all, sum_by_currency

DEFAULT_TOP = 10


def age_span(ask: Ask) -> tuple[date | None, date | None]:
    """Due dates of what is as many days past due as the question says; overdue at least one day."""
    q = ask.question
    newest = ask.today - timedelta(days=max(1, q.over_days or 1))
    oldest = ask.today - timedelta(days=q.up_to_days) if q.up_to_days is not None else None
    return oldest, newest


def age_words(ask: Ask) -> str:
    """How the question's days past due are said."""
    q = ask.question
    if q.over_days and q.up_to_days:
        return f"{q.over_days} to {q.up_to_days} days past due"
    if q.over_days and q.over_days > 1:
        return f"more than {q.over_days - 1} days past due"
    return f"at most {q.up_to_days} days past due" if q.up_to_days else "overdue"


def customer_row(row: Any, today: date) -> dict[str, Cell]:
    """One customer and currency as a row."""
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


def _beyond(row: Any, ask: Ask) -> bool:
    bound = ask.question.at_least
    if bound is None:
        return True
    amount = Money(row.open_minor, row.currency).amount
    return amount >= bound if ask.question.or_equal else amount > bound


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


def answer_open_items(ask: Ask) -> Answer:
    """Open invoices, the oldest due first; overdue only, or so many days past due, where asked."""
    q = ask.question
    if q.status == "overdue" or q.over_days is not None or q.up_to_days is not None:
        first, last = age_span(ask)
        what = age_words(ask)
    elif q.period is not None:
        first, last, what = q.period.first, q.period.last, f"due {q.period.label}"
    else:
        first, last, what = None, None, "open"
    wanted = ask.wanted(due_from=first, due_to=last)
    if q.at_least is not None:
        items = [i for i in accounts.list_items(ask.connection, wanted, ask.as_of) if _beyond(i, ask)]
        amounts, count = sum_by_currency((i.currency, i.open_minor) for i in items), len(items)
    else:
        lines = accounts.totals(ask.connection, wanted, ask.today, ask.as_of)
        amounts, count = sum_by_currency((r.currency, r.open_minor) for r in lines), sum(r.items for r in lines)
        items = accounts.list_items(ask.connection, wanted, ask.as_of, limit=MOST_ROWS)
    text = f"{ask.whom()}: {plural(count, 'invoice')} {what}{ask.day()}" + (f", {say_all(amounts)}." if count else ".")
    rows = [item_row(i, ask.today) for i in items]
    return answer(ask, text, amounts=amounts or ask.nothing(), rows=rows, total=count)


def answer_due(ask: Ask) -> Answer:
    """What falls due in a span; by default the next seven days. What is overdue already is told apart."""
    period = ask.question.period or Period("next 7 days", ask.today, ask.today + timedelta(days=6))
    wanted = ask.wanted(due_from=period.first or ask.today, due_to=period.last)
    rows = accounts.totals(ask.connection, wanted, ask.today, ask.as_of)
    amounts = sum_by_currency((r.currency, r.open_minor) for r in rows) or ask.nothing()
    count = sum(r.items for r in rows)
    items = accounts.list_items(ask.connection, wanted, ask.as_of, limit=MOST_ROWS)
    text = (
        f"{ask.whom()}: {say_all(amounts) if items else 'nothing'} due {_said(period)}{ask.day()}"
        f" in {plural(count, 'invoice')}."
    )
    late = accounts.totals(ask.connection, ask.wanted(due_to=ask.today - timedelta(days=1)), ask.today, ask.as_of)
    overdue = sum_by_currency((r.currency, r.open_minor) for r in late)
    if overdue and (period.first is None or period.first >= ask.today):
        text += f" Overdue already, not counted: {say_all(overdue)}."
    return answer(ask, text, amounts=amounts, rows=[item_row(i, ask.today) for i in items], total=count)


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
    first, last = age_span(ask) if overdue else (None, None)
    wanted = ask.wanted(due_from=first, due_to=last)
    limit = ask.question.limit or DEFAULT_TOP
    found: list[Any] = []
    said = []
    what = age_words(ask) if overdue else "with an open balance"
    for line in accounts.totals(ask.connection, wanted, ask.today, ask.as_of):
        narrow = replace(wanted, currency=line.currency)
        mine = accounts.totals_by_customer(ask.connection, narrow, ask.today, ask.as_of, limit=limit)
        found += mine
        many = line.customers > limit
        shown = f"top {limit} of {line.customers:,}" if many else plural(line.customers, "customer")
        best = say(Money(mine[0].open_minor, line.currency))
        said.append(f"{line.currency}: {shown} {what}, first {mine[0].name} with {best}")
    if not said:
        return answer(ask, f"{ask.whom()}: nobody {what}{ask.day()}.", amounts=ask.nothing())
    amounts = sum_by_currency((r.currency, r.open_minor) for r in found)
    text = ". ".join(said) + f"{ask.day()}."
    return answer(ask, text, amounts=amounts, rows=[customer_row(r, ask.today) for r in found])
