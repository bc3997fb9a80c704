"""One invoice (or what a purchase order covers): open or paid, due when, disputed, promised, last asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.money import Money
from domain.questions import Answer, Cell, Choice
from storage import history, names
from workflows.answers.asking import Ask, answer, plural, say, say_all, sum_by_currency


def answer_invoice(ask: Ask, document_ids: Sequence[int]) -> Answer:
    """State of the documents found; different invoices by the end of a number are asked about."""
    found = names.documents_as_of(ask.connection, document_ids)
    if ask.as_of is not None:
        found = [d for d in found if d.issued_on <= ask.as_of]
    numbers = sorted({(d.number, d.customer_number, d.name) for d in found})
    typed = (ask.question.reference or "").casefold()
    loose = [n for n in numbers if n[0].casefold() != typed]
    by_po = any(typed in ((d.po_number or "").casefold(), (d.order_number or "").casefold()) for d in found)
    if len(numbers) > 1 and loose and not by_po:
        choices = tuple(Choice(number, name) for number, _, name in numbers[:8])
        return Answer(
            text=f"{plural(len(numbers), 'invoice')} end in {ask.question.reference}. Which one?", choices=choices
        )
    open_now = (
        {d.id: d.open_minor for d in found}
        if ask.as_of is None
        else names.open_minor_as_of(ask.connection, [d.id for d in found], ask.as_of)
    )
    rows = [_row(ask, d, open_now.get(d.id, 0)) for d in found]
    amounts = sum_by_currency(((d.currency, open_now.get(d.id, 0)) for d in found), zero=True)
    return answer(ask, _words(ask, found, open_now, amounts), amounts=amounts, rows=rows)


def _state(d: Any, open_minor: int, ask: Ask) -> str:
    if d.written_off:
        return "written off"
    if open_minor <= 0:
        return "paid" if d.amount_minor > 0 else "closed"
    late = "overdue" if d.due_on < ask.today else "open"
    return late if open_minor >= d.amount_minor else f"{late}, part paid"


def _row(ask: Ask, d: Any, open_minor: int) -> dict[str, Cell]:
    return {
        "invoice": d.number if d.instalment == 1 else f"{d.number}/{d.instalment}",
        "customer": d.customer_number,
        "name": d.name,
        "status": _state(d, open_minor, ask),
        "issued": d.issued_on,
        "due": d.due_on,
        "days_past_due": (ask.today - d.due_on).days if open_minor > 0 else 0,
        "currency": d.currency,
        "amount": Money(open_minor, d.currency),
        "original": Money(d.amount_minor, d.currency),
        "disputed": Money(min(d.disputed_minor, open_minor), d.currency),
        "promised": Money(min(d.promised_minor, open_minor), d.currency),
        "po_number": d.po_number,
        "order": d.order_number,
        "entity": d.entity,
    }


def _words(ask: Ask, found: Sequence[Any], open_now: dict[int, int], amounts: Sequence[Money]) -> str:
    first = found[0]
    numbers = list(dict.fromkeys(d.number for d in found))
    if len(found) > 1:
        what = numbers[0] if len(numbers) == 1 else f"{ask.question.reference} covers {plural(len(numbers), 'invoice')}"
        still = sum(1 for d in found if open_now.get(d.id, 0) > 0)
        unit = "instalment" if len(numbers) == 1 else "item"
        owner = f"{first.name} ({first.customer_number})"
        return f"{what} of {owner}: {say_all(amounts)} open{ask.day()} in {still} of {plural(len(found), unit)}."
    open_minor = open_now.get(first.id, 0)
    text = (
        f"Invoice {first.number} of {first.name} ({first.customer_number}) is "
        f"{_state(first, open_minor, ask)}{ask.day()}: "
        f"{say(Money(open_minor, first.currency))} of {say(Money(first.amount_minor, first.currency))} open, "
        f"due {first.due_on}"
    )
    late = (ask.today - first.due_on).days
    text += f", {plural(late, 'day')} past due." if open_minor > 0 and late > 0 else "."
    if open_minor > 0 and first.disputed_minor:
        text += f" Disputed: {say(Money(min(first.disputed_minor, open_minor), first.currency))}."
    if open_minor > 0 and first.promised_minor:
        text += f" Promised: {say(Money(min(first.promised_minor, open_minor), first.currency))}."
    return text + _last_asked(ask, first)


def _last_asked(ask: Ask, d: Any) -> str:
    went = history.messages_in(
        ask.connection, ask.scope, [d.customer_id], first=None, last=ask.today, statuses=history.WENT, limit=50
    )
    touched = history.touched_invoices(ask.connection, [m.id for m in went])
    for message in went:
        if any(t.document_id == d.id and t.dropped_reason is None for t in touched.get(message.id, [])):
            return f" Last asked for on {message.planned_on} by {message.channel}."
    return ""
