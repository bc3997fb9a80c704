"""Exposure, headroom, limits; unapplied cash, credit memos, payments; days sales outstanding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.credit import CreditStanding, convert_minor
from domain.money import Money
from domain.parties import Customer
from domain.questions import Answer, Cell
from storage import account_entries, accounts, names, reports
from workflows.answers.asking import Ask, answer, plural, say, say_all, sum_by_currency
from workflows.order_blocks import load_standings

DEFAULT_PAYMENTS = 10


def _group_of(ask: Ask, owner: Customer) -> list[int]:
    """A group parent sums exposure: itself and those of its companies that the asker may see."""
    children, visible = names.load_children(ask.connection, owner.id), names.visible_ids(ask.connection, ask.scope)
    return [owner.id, *(child for child in children if visible is None or child in visible)]


def _group_standings(ask: Ask, owner: Customer) -> list[CreditStanding]:
    """The standings of the account, or of its whole group, one a currency."""
    found: dict[str, CreditStanding] = {}
    for standings in load_standings(ask.connection, _group_of(ask, owner), ask.today).values():
        for s in standings:
            held = found.get(s.currency, CreditStanding(s.currency, 0, 0, 0))
            limit = owner.credit_limit_minor if s.currency == owner.currency else None
            found[s.currency] = CreditStanding(
                s.currency, held.balance + s.balance, held.overdue + s.overdue, held.orders + s.orders, limit
            )
    return [found[currency] for currency in sorted(found, key=lambda c: (c != owner.currency, c))]


def _in_limit_currency(ask: Ask, owner: Customer, standings: Sequence[CreditStanding]) -> tuple[CreditStanding, str]:
    """The standing to hold against the limit, other currencies converted where a rate is known, and how in words."""
    main = next(s for s in standings if s.currency == owner.currency)
    notes = []
    for s in standings:
        if s.currency == owner.currency or not s.exposure:
            continue
        rate = reports.rate_on(ask.connection, s.currency, owner.currency, ask.today)
        shown = say(Money(s.exposure, s.currency))
        if rate is None:
            notes.append(f"{shown} not counted, for no rate to {owner.currency} is known")
            continue
        added = convert_minor(s.exposure, s.currency, owner.currency, rate.rate)
        main = replace(main, balance=main.balance + added)
        counted = say(Money(added, owner.currency))
        notes.append(f"{shown} counted as {counted} at {rate.rate.normalize():f} of {rate.on_day} ({rate.source})")
    return main, f" {'; '.join(notes)}." if notes else ""


def _row(owner: Customer, s: CreditStanding) -> dict[str, Cell]:
    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, s.currency)

    return {
        "customer": owner.number,
        "name": owner.name,
        "currency": s.currency,
        "balance": money(s.balance),
        "orders": money(s.orders),
        "exposure": money(s.exposure),
        "limit": money(s.limit),
        "headroom": money(s.headroom),
        "overdue": money(s.overdue),
    }


def answer_exposure(ask: Ask) -> Answer:
    """Balance plus orders open or blocked, per currency; a group parent sums its companies."""
    if ask.customers is None:
        return _exposure_of_all(ask)
    rows: list[dict[str, Cell]] = []
    pairs: list[tuple[str, int]] = []
    said = []
    for owner in ask.customers:
        standings = _group_standings(ask, owner)
        rows += [_row(owner, s) for s in standings]
        pairs += [(s.currency, s.exposure) for s in standings]
        group = " with its group" if len(_group_of(ask, owner)) > 1 else ""
        parts = [
            f"{say(Money(s.exposure, s.currency))} (balance {Money(s.balance, s.currency).amount:,f}, orders "
            f"{Money(s.orders, s.currency).amount:,f})"
            for s in standings
            if s.exposure or s.currency == owner.currency
        ]
        said.append(f"{owner.name} ({owner.number}){group}: exposure {', '.join(parts)}")
        main, notes = _in_limit_currency(ask, owner, standings)
        if main.limit is not None and main.headroom is not None:
            limit = say(Money(main.limit, main.currency))
            said[-1] += f", limit {limit}, headroom {say(Money(main.headroom, main.currency))}.{notes}".rstrip(".")
    return answer(ask, "; ".join(said) + ".", amounts=sum_by_currency(pairs) or ask.nothing(), rows=rows)


def _exposure_of_all(ask: Ask) -> Answer:
    owed = accounts.totals(ask.connection, ask.wanted(), ask.today, ask.as_of)
    orders = account_entries.orders_of(ask.connection, ask.scope, None, account_entries.UNSETTLED_ORDERS)
    pairs = [(r.currency, r.open_minor) for r in owed] + [(o.currency, o.amount_minor) for o in orders]
    amounts = sum_by_currency(p for p in pairs if ask.question.currency in (None, p[0]))
    return answer(ask, f"{ask.whom()}: exposure {say_all(amounts)}{ask.day()}.", amounts=amounts)


def answer_headroom(ask: Ask) -> Answer:
    """Limit less exposure, in the currency of the limit."""
    if ask.customers is None:
        return answer(ask, "Whose headroom? Name an account.")
    amounts, rows, said = [], [], []
    for owner in ask.customers:
        main, notes = _in_limit_currency(ask, owner, _group_standings(ask, owner))
        rows.append(_row(owner, main))
        if main.headroom is None or main.limit is None:
            said.append(f"{owner.name} ({owner.number}) has no credit limit, so no headroom is counted.")
            continue
        headroom = Money(main.headroom, main.currency)
        amounts.append(headroom)
        over = " (over the limit)" if main.over_limit else ""
        said.append(
            f"{owner.name} ({owner.number}) has a headroom of {say(headroom)}{over}: limit "
            f"{say(Money(main.limit, main.currency))} less exposure {say(Money(main.exposure, main.currency))}.{notes}"
        )
    return answer(ask, " ".join(said), amounts=amounts, rows=rows)


def answer_limit(ask: Ask) -> Answer:
    """The credit limit on file."""
    if ask.customers is None:
        return answer_over_limit(ask)
    limits = [Money(c.credit_limit_minor, c.currency) for c in ask.customers if c.credit_limit_minor is not None]
    said = "; ".join(f"{c.name} ({c.number}) has {_limit_words(c)}" for c in ask.customers)
    rows = [_row(c, _in_limit_currency(ask, c, _group_standings(ask, c))[0]) for c in ask.customers]
    return answer(ask, said + ".", amounts=limits, rows=rows)


def _limit_words(owner: Customer) -> str:
    if owner.credit_limit_minor is None:
        return "no credit limit"
    return f"a credit limit of {say(Money(owner.credit_limit_minor, owner.currency))}"


def answer_over_limit(ask: Ask) -> Answer:
    """Customers whose exposure is beyond their limit, the furthest beyond first."""
    ids = ask.ids
    if ids is None:
        ids = tuple(c.id for c in account_entries.limited_customers(ask.connection, ask.scope))
    standings = load_standings(ask.connection, ids, ask.today)
    over = []
    for owner in names.load_customers(ask.connection, ids):
        main = next((s for s in standings[owner.id] if s.currency == owner.currency), None)
        if main is not None and main.over_limit and ask.question.currency in (None, main.currency):
            over.append((owner, main))
    over.sort(key=lambda pair: (pair[1].currency, pair[1].headroom or 0))
    if ask.customers is not None and not over:
        return answer(ask, f"{ask.whom()}: within the credit limit.")
    shown = "; ".join(f"{o.name} ({o.number}) by {say(Money(-(s.headroom or 0), s.currency))}" for o, s in over[:5])
    more = f" and {len(over) - 5} more" if len(over) > 5 else ""
    text = f"{plural(len(over), 'customer')} over the credit limit{': ' + shown + more if over else ''}."
    return answer(ask, text, rows=[_row(o, s) for o, s in over])


def answer_credits(ask: Ask, kind: str | None) -> Answer:
    """Unapplied cash or open credit memos (or both): in the customer's favour, named by no invoice yet."""
    found = [c for c in account_entries.credits_of(ask.connection, ask.wanted(), ask.as_of) if kind in (None, c.kind)]
    amounts = sum_by_currency((c.currency, c.unapplied_minor) for c in found)
    rows: list[dict[str, Cell]] = [
        {
            "kind": c.kind,
            "number": c.number,
            "day": c.on_day,
            "customer": c.customer_number,
            "name": c.name,
            "currency": c.currency,
            "amount": Money(c.unapplied_minor, c.currency),
            "original": Money(c.amount_minor, c.currency),
        }
        for c in found
    ]
    what = {"unapplied_cash": "unapplied cash", "credit_memo": "open credit memos"}.get(kind or "", "credits")
    if not found:
        return answer(ask, f"{ask.whom()}: no {what}{ask.day()}.", amounts=ask.nothing())
    text = f"{ask.whom()}: {say_all(amounts)} of {what}{ask.day()} ({plural(len(found), 'entry', 'entries')})."
    return answer(ask, text, amounts=amounts, rows=rows)


def answer_payments(ask: Ask) -> Answer:
    """Payments received in a span; without one the last ones, the newest first."""
    period = ask.question.period
    first, last = (period.first, period.last) if period else (None, None)
    last = min(last, ask.today) if last else ask.today
    limit = None if period else ask.question.limit or DEFAULT_PAYMENTS
    found = account_entries.payments_of(ask.connection, ask.wanted(), first, last, limit)
    rows: list[dict[str, Cell]] = [_payment_row(p) for p in found]
    amounts = sum_by_currency((p.currency, p.amount_minor) for p in found)
    if not found:
        span = period.label if period else "so far"
        return answer(ask, f"{ask.whom()}: no payment {span}{ask.day()}.", amounts=ask.nothing() if period else ())
    if period:
        text = f"{ask.whom()}: {say_all(amounts)} received {period.label} in {plural(len(found), 'payment')}."
        return answer(ask, text, amounts=amounts, rows=rows)
    newest = found[0]
    money = Money(newest.amount_minor, newest.currency)
    text = f"{ask.whom()}: the last payment was {say(money)} on {newest.received_on} ({newest.reference})."
    return answer(ask, text, amounts=[money], rows=rows)


def _payment_row(p: Any) -> dict[str, Cell]:
    return {
        "reference": p.reference,
        "received": p.received_on,
        "customer": p.customer_number,
        "name": p.name,
        "currency": p.currency,
        "amount": Money(p.amount_minor, p.currency),
        "unapplied": Money(p.unapplied_minor, p.currency),
        "invoice": p.names_invoice,
    }
