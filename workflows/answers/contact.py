"""Who was contacted, when, and why not: every silence has a reason (invariant 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.money import Money
from domain.parties import Customer
from domain.questions import Answer, Cell, Period
from domain.touches import SkipReason
from storage import history, names
from workflows.answers.asking import Ask, answer, plural
from workflows.explain import Why, explain

R = SkipReason
REASONS: Mapping[str, str] = {
    R.ZERO_BALANCE: "nothing is left to pay",
    R.NOT_DUE: "not due yet",
    R.BETWEEN_STEPS: "between two steps of the cadence",
    R.ALREADY_PLANNED: "a message about it is planned already",
    R.CYCLE_FINISHED: "all steps of the cadence are done",
    R.GRACE: "within the days of grace",
    R.PROMISED: "an open promise covers it",
    R.PROMISE_OFFERED: "a promise was offered and waits for a decision",
    R.DISPUTED: "it is disputed",
    R.REPLY_PENDING: "a reply waits to be handled",
    R.PAUSED: "outreach is paused",
    R.INSOLVENT: "the customer is insolvent",
    R.BELOW_MINIMUM: "below the policy's minimum amount",
    R.COVERED_BY_CREDIT: "credits or unapplied cash cover it",
    R.INTERVAL: "the minimum interval since the last contact has not passed",
    R.CONTACT_CAP: "the weekly number of contacts is reached",
    R.NO_ADDRESS: "no address to write to",
    R.OPTED_OUT: "the address opted out",
    R.UNDELIVERABLE: "the address proved undeliverable",
    R.AWAITING_APPROVAL: "a message waits for approval",
    R.UNKNOWN_OUTCOME: "it is not known whether an earlier message went out",
    R.CREDIT_PENDING: "an approved credit waits for posting",
    R.WRITTEN_OFF: "it was written off",
    R.LEDGER_STALE: "the ledger is not fresh",
    R.LEDGER_DOUBT: "the last import had a row in doubt for this customer",
    R.NO_POLICY: "no policy covers the account",
    R.POLICY_EXCLUDES: "the policy excludes it",
    R.NOT_A_BUSINESS_DAY: "no business day where the customer is",
    R.NO_SENDER: "the legal entity has no sender",
    R.NO_TEMPLATE: "no template in the customer's language",
}
"""Reason → how it is said to a person of ours."""


def reason_words(reason: str) -> str:
    """How a skip reason is said; one that is not known here is shown as it is."""
    return REASONS.get(reason, reason.replace("_", " "))


def answer_why(ask: Ask) -> Answer:
    """What was decided about an account on a day, item by item, with the reason of each silence."""
    if not ask.customers:
        return answer(ask, "Which account? Ask, for instance: why wasn't Acme contacted today?")
    day = _day_of_interest(ask)
    texts: list[str] = []
    rows: list[dict[str, Cell]] = []
    for customer in ask.customers[:5]:
        found = explain(ask.services, customer.id, day)
        rows += _why_rows(ask, customer, found)
        texts.append(_why_words(customer, day, found))
    return answer(ask, " ".join(texts), rows=rows)


def _day_of_interest(ask: Ask) -> date:
    """The day asked about (its last one up to today); else today if a run planned it, else the newest day of a run."""
    period = ask.question.period
    if period is not None:
        return min(period.last or ask.today, ask.today)
    return history.newest_run_day(ask.connection, ask.today) or ask.today


def _why_words(customer: Customer, day: date, found: Sequence[Why]) -> str:
    who = f"{customer.name} ({customer.number}), {day.isoformat()}"
    if not found:
        return f"{who}: nothing was open, so there was nothing to ask for."
    groups: dict[str, list[str]] = {}
    for item in found:
        groups.setdefault(_outcome_words(item), []).append(item.invoice)
    said = "; ".join(f"{words}: {_listed(numbers)}" for words, numbers in groups.items())
    plan = " No run has planned that day; this is what the planner would do." if found[0].planned else ""
    return f"{who}: {said}.{plan}"


def _listed(numbers: Sequence[str]) -> str:
    return ", ".join(numbers[:5]) + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")


def _outcome_words(item: Why) -> str:
    by = f" by {item.channel}" if item.channel else ""
    why = f", {reason_words(item.reason)}" if item.reason else ""
    if item.outcome == "contacted":
        return f"contacted{by}"
    if item.outcome == "waits" and item.planned:
        return f"would be contacted{by}"
    if item.outcome == "waits":
        state = {"awaiting_approval": "waits for approval"}.get(item.status or "", "is planned, not sent yet")
        return f"a message{by} {state}"
    if item.outcome == "not_sent":
        return f"a message{by} was planned and did not go ({item.status or 'taken out'}{why})"
    return f"not contacted, for {reason_words(item.reason or '')}"


def _why_rows(ask: Ask, customer: Customer, found: Sequence[Why]) -> list[dict[str, Cell]]:
    known = history.numbers_of(ask.connection, [item.document_id for item in found if item.document_id])
    rows: list[dict[str, Cell]] = []
    for item in found:
        document = known.get(item.document_id)
        rows.append(
            {
                "customer": customer.number,
                "invoice": item.invoice,
                "outcome": item.outcome,
                "reason": item.reason,
                "says": reason_words(item.reason) if item.reason else None,
                "step": item.stage,
                "channel": item.channel,
                "status": item.status,
                "due": document.due_on if document else None,
                "currency": document.currency if document else None,
                "amount": Money(document.open_minor, document.currency) if document else None,
                "entity": item.entity,
            }
        )
    return rows


def _message_row(message: Any, touches: Sequence[Any]) -> dict[str, Cell]:
    return {
        "day": message.planned_on,
        "customer": message.customer_number,
        "name": message.name,
        "outcome": message.status,
        "channel": message.channel,
        "template": message.template,
        "reason": message.status_reason,
        "invoices": ", ".join(t.number for t in touches),
        "currency": message.currency,
        "amount": Money(message.asked_minor, message.currency) if message.asked_minor is not None else None,
    }


def answer_last_contact(ask: Ask) -> Answer:
    """The last message that went (or may have) and the last call or mail by hand."""
    if ask.customers is None:
        return answer_contacted(ask)
    messages = history.messages_in(
        ask.connection, ask.scope, ask.ids, first=None, last=ask.today, statuses=history.WENT, limit=5
    )
    calls = history.calls_in(ask.connection, ask.scope, ask.ids, first=None, last=ask.today, limit=5)
    touched = history.touched_invoices(ask.connection, [m.id for m in messages])
    rows = [_message_row(m, touched.get(m.id, [])) for m in messages] + [_call_row(c) for c in calls]
    rows.sort(key=lambda r: str(r["day"]), reverse=True)
    if not rows:
        return answer(ask, f"{ask.whom()} was never contacted{ask.day()}.")
    last = rows[0]
    about = f" about {last['invoices']}" if last.get("invoices") else ""
    text = f"{ask.whom()} was last contacted on {last['day']} by {last['channel']}{about} ({last['outcome']})."
    return answer(ask, text, rows=rows)


def _call_row(call: Any) -> dict[str, Cell]:
    return {
        "day": call.on_day,
        "customer": call.customer_number,
        "name": call.name,
        "outcome": call.outcome,
        "channel": call.channel,
        "template": "by hand",
        "reason": call.note or None,
        "invoices": "",
    }


def _period(ask: Ask) -> Period:
    return ask.question.period or Period("today", ask.today, ask.today)


def answer_contacted(ask: Ask) -> Answer:
    """Who was contacted in a span (today by default): what went out, and contacts by hand."""
    period = _period(ask)
    messages = history.messages_in(
        ask.connection, ask.scope, ask.ids, first=period.first, last=period.last, statuses=history.WENT
    )
    calls = history.calls_in(ask.connection, ask.scope, ask.ids, first=period.first, last=period.last)
    touched = history.touched_invoices(ask.connection, [m.id for m in messages])
    rows = [_message_row(m, touched.get(m.id, [])) for m in messages] + [_call_row(c) for c in calls]
    reached = len({r["customer"] for r in rows})
    text = f"{ask.whom()}, {period.label}: {plural(len(messages), 'message')} went out"
    text += f" and {plural(len(calls), 'contact')} by hand" if calls else ""
    text += f", to {plural(reached, 'customer')}." if rows else "."
    return answer(ask, text, rows=rows)


def answer_not_contacted(ask: Ask) -> Answer:
    """Who was skipped by the runs of a day, with the reasons."""
    day = min(_period(ask).last or ask.today, ask.today)
    skipped = history.skipped_on(ask.connection, ask.scope, day)
    if ask.ids is not None:
        skipped = [s for s in skipped if s.id in ask.ids]
    rows: list[dict[str, Cell]] = [
        {
            "customer": s.number,
            "name": s.name,
            "reasons": ", ".join(sorted(s.reasons)),
            "says": "; ".join(reason_words(r) for r in sorted(s.reasons)),
            "items": sum(len(i or []) for i in s.reasons.values()),
        }
        for s in skipped
    ]
    counts: dict[str, int] = {}
    for s in skipped:
        for reason in s.reasons:
            counts[reason] = counts.get(reason, 0) + 1
    why = ", ".join(f"{reason_words(r)}: {n}" for r, n in sorted(counts.items(), key=lambda c: -c[1]))
    if not rows:
        return answer(ask, f"No run on {day.isoformat()} left anybody out.")
    return answer(ask, f"{plural(len(rows), 'customer')} left out on {day.isoformat()} ({why}).", rows=rows)


def answer_replies(ask: Ask) -> Answer:
    """What customers answered: an account's last replies, or those of a span, or those that wait for a person."""
    period = ask.question.period
    zone = ZoneInfo(ask.zone)
    since = datetime.combine(period.first, time(), zone) if period and period.first else None
    until_day = (period.last if period else None) or ask.as_of
    until = datetime.combine(until_day + timedelta(days=1), time(), zone) if until_day else None
    waiting = ask.customers is None and period is None
    found = history.replies_in(ask.connection, ask.scope, ask.ids, since=since, until=until, waiting=waiting, limit=50)
    rows: list[dict[str, Cell]] = [
        {
            "day": r.received_at.astimezone(zone).date(),
            "customer": r.customer_number,
            "name": r.name,
            "channel": r.channel,
            "understood": ", ".join(str(i) for i in r.intents or []),
            "status": r.status,
            "text": " ".join(r.text.split())[:160],
        }
        for r in found
    ]
    if not rows:
        return answer(ask, f"{ask.whom()}: no {'reply waits' if waiting else 'reply'}.")
    if ask.customers is not None:
        last = rows[0]
        text = f"{ask.whom()} last replied on {last['day']} by {last['channel']}: “{last['text']}” ({last['status']})."
        return answer(ask, text, rows=rows)
    what = "waiting for a person" if waiting else (period.label if period else "")
    return answer(ask, f"{ask.whom()}: {plural(len(rows), 'reply', 'replies')} {what}.", rows=rows)


def answer_opted_out(ask: Ask) -> Answer:
    """Addresses and numbers that want no more messages, with whose they are."""
    found = history.opted_out(ask.connection, ask.scope, ask.ids)
    rows: list[dict[str, Cell]] = [
        {
            "customer": o.customer_number,
            "name": o.name,
            "channel": o.channel,
            "address": o.address,
            "since": o.since.date(),
            "source": o.source,
        }
        for o in found
    ]
    who = sorted({f"{r['name']} ({r['customer']})" for r in rows})
    if not rows:
        return answer(ask, f"{ask.whom()}: nobody opted out.")
    shown = ", ".join(who[:5]) + (f" and {len(who) - 5} more" if len(who) > 5 else "")
    return answer(ask, f"{plural(len(rows), 'address', 'addresses')} opted out: {shown}.", rows=rows)


def answer_contacts(ask: Ask) -> Answer:
    """The people at an account."""
    if not ask.customers:
        return answer(ask, "Whose contacts? Name an account.")
    rows: list[dict[str, Cell]] = []
    for c in history.contacts_of(ask.connection, ask.ids or ()):
        own = not hasattr(c, "role")
        rows.append(
            {
                "customer": c.customer_number,
                "name": "(account)" if own else c.name,
                "role": "account" if own else c.role,
                "email": c.email,
                "phone": c.phone,
            }
        )
    said = "; ".join(f"{r['name']}, {r['role']}: {r['email'] or r['phone'] or 'no address'}" for r in rows[:5])
    return answer(ask, f"{ask.whom()}: {said or 'no contact on file'}.", rows=rows)


def answer_owner(ask: Ask) -> Answer:
    """Who of ours looks after an account."""
    rows: list[dict[str, Cell]] = []
    for c in ask.customers or ():
        people = names.load_users(ask.connection, [i for i in (c.collector_id, c.sales_rep_id) if i is not None])
        collector = people.get(c.collector_id or 0)
        rep = people.get(c.sales_rep_id or 0)
        rows.append(
            {
                "customer": c.number,
                "name": c.name,
                "collector": collector.name if collector else None,
                "sales_rep": rep.name if rep else None,
            }
        )
    said = "; ".join(
        f"{r['name']} ({r['customer']}): collector {r['collector'] or 'nobody'}, sales {r['sales_rep'] or 'nobody'}"
        for r in rows
    )
    return answer(ask, said + ".", rows=rows)
