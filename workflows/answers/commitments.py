"""What is promised, disputed, ordered and to be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from domain.documents import OrderStatus
from domain.money import Money
from domain.promises import PromiseStatus
from domain.questions import Answer, Cell
from storage import account_entries, accounts, disputes, history
from workflows.answers.asking import Ask, answer, plural, say, say_all, sum_by_currency
from workflows.order_blocks import BlockedOrder, find_blocked_orders

P = PromiseStatus
NOT_KEPT = (str(P.BROKEN), str(P.PARTLY_KEPT))
JUDGED = (str(P.KEPT), *NOT_KEPT)


def answer_promises(ask: Ask) -> Answer:
    """Promises: who broke one (by the day it was found broken), kept, or open; by the promised day in a span."""
    q = ask.question
    first, last = (q.period.first, q.period.last) if q.period else (None, None)
    if q.status in ("broken", "kept"):
        statuses = NOT_KEPT if q.status == "broken" else (str(P.KEPT), str(P.PARTLY_KEPT))
        until = min(last, ask.today) if last else ask.today
        found = history.promises_in(
            ask.connection, ask.scope, ask.ids, statuses=statuses, day="judged_on", first=first, last=until
        )
        what = "not kept" if q.status == "broken" else "kept"
    elif q.status == "open" or ask.customers is None or q.period is not None:
        found = _open(ask, first, last)
        if q.status != "open" and q.period is not None and first is not None and first <= ask.today:
            found = _with_judged(ask, found, first, last)
        what = "open" if all(p.status == "open" for p in found) else "made"
    else:
        found = _with_judged(ask, _open(ask, None, None), ask.today - timedelta(days=90), None)
        what = "made"
    return _promise_answer(ask, found, what)


def _open(ask: Ask, first: Any, last: Any) -> list[Any]:
    if ask.as_of is not None:
        return list(
            history.promises_in(ask.connection, ask.scope, ask.ids, open_as_of=ask.as_of, first=first, last=last)
        )
    return list(history.promises_in(ask.connection, ask.scope, ask.ids, statuses=[str(P.OPEN)], first=first, last=last))


def _with_judged(ask: Ask, found: list[Any], first: Any, last: Any) -> list[Any]:
    """The open ones, and those of the same days that were kept or broken by today."""
    known = {p.id for p in found}
    judged = history.promises_in(ask.connection, ask.scope, ask.ids, statuses=JUDGED, first=first, last=last)
    late = [p for p in judged if p.id not in known and p.judged_on is not None and p.judged_on <= ask.today]
    return sorted([*found, *late], key=lambda p: (p.promised_on, p.id))


def _promise_answer(ask: Ask, found: Sequence[Any], what: str) -> Answer:
    q = ask.question
    if q.currency:
        found = [p for p in found if p.currency == q.currency]
    numbers = history.promised_invoices(ask.connection, [p.id for p in found])
    rows = [_promise_row(p, numbers.get(p.id, [])) for p in found]
    span = f" {q.period.label}" if q.period else ""
    counted = [p for p in found if what != "made" or p.status == "open"]
    amounts = sum_by_currency((p.currency, p.amount_minor) for p in counted)
    if not found:
        return answer(ask, f"{ask.whom()}: no promise {what}{span}{ask.day()}.", amounts=ask.nothing())
    who = list(dict.fromkeys(f"{p.name} ({p.customer_number})" for p in found))
    text = f"{ask.whom()}: {plural(len(found), 'promise')} {what}{span}{ask.day()}"
    text += f", {say_all(amounts)}{' still open' if what == 'made' else ''}."
    if ask.customers is None:
        text += f" By {', '.join(who[:5])}{f' and {len(who) - 5} more' if len(who) > 5 else ''}."
    else:
        next_open = next((p for p in found if p.status == "open"), None)
        if next_open:
            money = Money(next_open.amount_minor, next_open.currency)
            text += f" Next: {say(money)} by {next_open.promised_on.isoformat()}."
    return answer(ask, text, amounts=amounts, rows=rows)


def _promise_row(p: Any, numbers: Sequence[str]) -> dict[str, Cell]:
    return {
        "customer": p.customer_number,
        "name": p.name,
        "promised_on": p.promised_on,
        "made_on": p.made_on,
        "status": p.status,
        "judged_on": p.judged_on,
        "currency": p.currency,
        "amount": Money(p.amount_minor, p.currency),
        "invoices": ", ".join(numbers),
        "source": p.source,
    }


def answer_promise_rate(ask: Ask) -> Answer:
    """Promises judged in a span (90 days by default) and how many were kept in full."""
    period = ask.question.period
    first = period.first if period and period.first else ask.today - timedelta(days=89)
    last = period.last if period and period.last else ask.today
    found = history.promises_in(
        ask.connection, ask.scope, ask.ids, statuses=JUDGED, day="judged_on", first=first, last=min(last, ask.today)
    )
    kept = [p for p in found if p.status == str(P.KEPT)]
    if not found:
        return answer(ask, f"{ask.whom()}: no promise was judged from {first} to {last}.")
    share = round(1000 * len(kept) / len(found)) / 10
    text = f"{ask.whom()}: {len(kept)} of {plural(len(found), 'promise')} kept ({share} %), judged {first} to {last}."
    return answer(ask, text, rows=[_promise_row(p, []) for p in found])


def answer_disputes(ask: Ask) -> Answer:
    """Disputes that are open (or were closed, in a span), and how much of open money they hold."""
    q = ask.question
    closed = q.status == "closed"
    first, last = (q.period.first, q.period.last) if q.period else (None, None)
    found = disputes.list_disputes(
        ask.connection, ask.scope, customer_ids=ask.ids, as_of=None if closed else ask.as_of, closed=closed,
        first=first, last=last,
    )  # fmt: skip
    found = [d for d in found if q.currency in (None, d.currency)]
    rows = dispute_rows(ask, found)
    amounts: tuple[Money, ...]
    if closed or q.period is not None:
        amounts = sum_by_currency((d.currency, d.amount_minor) for d in found)
    else:
        held = accounts.totals(ask.connection, ask.wanted(), ask.today, ask.as_of)
        amounts = sum_by_currency((r.currency, r.disputed_minor) for r in held)
    what = "closed" if closed else "open"
    span = f" {q.period.label}" if q.period else ""
    if not found and not amounts:
        return answer(ask, f"{ask.whom()}: no dispute {what}{span}{ask.day()}.", amounts=ask.nothing())
    text = f"{ask.whom()}: {plural(len(found), 'dispute')} {what}{span}{ask.day()}, {say_all(amounts)} disputed."
    return answer(ask, text, amounts=amounts, rows=rows)


def dispute_rows(ask: Ask, found: Sequence[Any]) -> list[dict[str, Cell]]:
    """Disputes as rows, with their invoices."""
    numbers: dict[int, list[str]] = {}
    for part in disputes.parts_of(ask.connection, [d.id for d in found]):
        numbers.setdefault(part.dispute_id, []).append(part.number)
    return [
        {
            "customer": d.customer_number,
            "name": d.name,
            "reason": d.reason,
            "status": d.status,
            "opened": d.opened_on,
            "days_open": ((d.closed_on or ask.today) - d.opened_on).days,
            "currency": d.currency,
            "amount": Money(d.amount_minor, d.currency),
            "invoices": ", ".join(numbers.get(d.id, [])),
            "owner": d.owner_name,
            "dispute": d.public_id,
        }
        for d in found
    ]


def answer_blocking_disputes(ask: Ask) -> Answer:
    """Disputes without which a blocked order would be released (rules.md, "Disputes and orders")."""
    blocked = [b for b in find_blocked_orders(ask.connection, ask.scope, ask.ids, ask.today) if b.dispute_ids]
    ids = sorted({i for b in blocked for i in b.dispute_ids})
    found = [d for d in disputes.list_disputes(ask.connection, ask.scope, customer_ids=ask.ids) if d.id in ids]
    if not found:
        return answer(ask, f"{ask.whom()}: no dispute blocks an order.", amounts=ask.nothing())
    rows = []
    for row, d in zip(dispute_rows(ask, found), found, strict=True):
        mine = [b for b in blocked if d.id in b.dispute_ids]
        row["orders"] = ", ".join(b.number for b in mine)
        row["sales_rep"] = ", ".join(sorted({b.rep_name for b in mine if b.rep_name}))
        rows.append(row)
    amounts = sum_by_currency((d.currency, d.amount_minor) for d in found)
    said = "; ".join(
        f"{r['name']} ({r['customer']}), {r['reason']} on {r['invoices']}: order {r['orders']}" for r in rows[:5]
    )
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    text = f"{plural(len(found), 'dispute')} ({say_all(amounts)}) {_blocks(len(found))} orders: {said}{more}."
    return answer(ask, text, amounts=amounts, rows=rows)


def _blocks(count: int) -> str:
    return "blocks" if count == 1 else "block"


def answer_blocked_orders(ask: Ask) -> Answer:
    """Orders that are blocked, what stops each, and whether disputes do."""
    blocked = find_blocked_orders(ask.connection, ask.scope, ask.ids, ask.today)
    amounts = sum_by_currency((b.currency, b.amount_minor) for b in blocked)
    if not blocked:
        return answer(ask, f"{ask.whom()}: no order is blocked.", amounts=ask.nothing())
    rows = [_blocked_row(b) for b in blocked]
    said = "; ".join(f"{b.number} of {b.customer_name} ({say(b.amount)}): {b.why}" for b in blocked[:5])
    more = f" and {len(blocked) - 5} more" if len(blocked) > 5 else ""
    return answer(ask, f"{plural(len(blocked), 'order')} blocked: {said}{more}.", amounts=amounts, rows=rows)


def _blocked_row(b: BlockedOrder) -> dict[str, Cell]:
    return {
        "order": b.number,
        "customer": b.customer_number,
        "name": b.customer_name,
        "ordered": b.ordered_on,
        "currency": b.currency,
        "amount": b.amount,
        "why": b.why,
        "blocked_by_dispute": "yes" if b.dispute_ids else "no",
        "sales_rep": b.rep_name,
    }


def answer_orders(ask: Ask) -> Answer:
    """Orders open or blocked; one order by its number."""
    statuses = [str(s) for s in OrderStatus] if ask.question.reference else account_entries.UNSETTLED_ORDERS
    found = account_entries.orders_of(ask.connection, ask.scope, ask.ids, statuses)
    if ask.question.reference:
        found = [o for o in found if o.number.casefold() == ask.question.reference.casefold()]
    rows: list[dict[str, Cell]] = [
        {
            "order": o.number,
            "customer": o.customer_number,
            "name": o.name,
            "ordered": o.ordered_on,
            "status": o.status,
            "currency": o.currency,
            "amount": Money(o.amount_minor, o.currency),
            "sales_rep": o.rep_name,
        }
        for o in found
    ]
    amounts = sum_by_currency((o.currency, o.amount_minor) for o in found)
    if len(found) == 1:
        o = found[0]
        text = f"Order {o.number} of {o.name} ({o.customer_number}): {say_all(amounts)}, {o.status}."
        return answer(ask, text, amounts=amounts, rows=rows)
    text = f"{ask.whom()}: {plural(len(found), 'order')} open or blocked, {say_all(amounts)}."
    return answer(ask, text, amounts=amounts or ask.nothing(), rows=rows)


def answer_tasks(ask: Ask) -> Answer:
    """What waits for a person: the asker's own tasks, or those of an account, the oldest due first."""
    q = ask.question
    mine = q.mine and ask.asker is not None
    found = history.tasks_of(
        ask.connection,
        ask.scope,
        owner_id=ask.asker.id if mine and ask.asker else None,
        customer_ids=ask.ids,
        closed=q.status == "closed",
    )
    if q.period is not None:
        found = [t for t in found if q.period.last is None or t.due_on <= q.period.last]
    rows: list[dict[str, Cell]] = [
        {
            "task": t.id,
            "due": t.due_on,
            "cause": t.cause,
            "customer": t.customer_number,
            "name": t.name,
            "note": t.note,
            "owner": t.owner_name,
            "currency": t.stake_currency,
            "amount": Money(t.stake_minor, t.stake_currency)
            if t.stake_minor is not None and t.stake_currency
            else None,
        }
        for t in found
    ]
    late = sum(1 for t in found if t.due_on < ask.today)
    whose = "You have" if mine else f"{ask.whom()}:"
    state = "done" if q.status == "closed" else "open"
    stakes = sum_by_currency(
        (t.stake_currency, t.stake_minor) for t in found if t.stake_minor is not None and t.stake_currency
    )
    text = f"{whose} {plural(len(rows), 'task')} {state}" + (f", {late} past their day" if late else "")
    return answer(ask, text + (f"; at stake {say_all(stakes)}." if stakes else "."), amounts=stakes, rows=rows)
