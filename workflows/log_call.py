"""Calls: what a collector talked about, logged as contact, with a promise where one was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from uuid6 import uuid7

from domain.errors import BadInput
from domain.promises import PromiseStatus
from storage import audit, calls
from storage.promises import NewPromise
from storage.replies import entities_of
from storage.tasks import close_task
from workflows.record_promise import record_promise
from workflows.services import Services

OUTCOMES = ("reached", "promised", "no_answer", "voicemail", "wrong_number", "disputed", "refused", "call_back")


@dataclass(frozen=True, slots=True)
class Call:
    """What is logged. `promised_on` with `amount_minor` None binds all items overdue on `day` in `currency`."""

    customer_id: int
    entity_id: int
    day: date
    outcome: str
    note: str = ""
    promised_on: date | None = None
    amount_minor: int | None = None
    currency: str | None = None
    invoices: tuple[str, ...] = ()
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """The call's id, the promise's if one was made, and the tasks that it closed."""

    call_id: int
    promise_id: int | None
    closed_tasks: tuple[int, ...]


def entities_owed(services: Services, customer_id: int) -> list[int]:
    """Ids of the legal entities to which the customer owes something: whom a call may have been about."""
    with services.database.read() as connection:
        return entities_of(connection, customer_id)


def log_call(services: Services, call: Call) -> Logged:
    """Log a call: it counts as contact, closes the customer's open call tasks, and records a promise if one was made.

    Raises BadInput for an unknown outcome, a promise in the past, or one that binds nothing.
    """
    if call.outcome not in OUTCOMES:
        raise BadInput(f"outcome {call.outcome!r} is not known; one of: {', '.join(OUTCOMES)}")
    if call.promised_on is not None and call.promised_on < call.day:
        raise BadInput(f"promised day {call.promised_on} lies before the call ({call.day})")
    now = services.now()
    with services.database.write() as unit:
        unit.lock_customer(call.customer_id)
        connection = unit.connection
        by = calls.user_id(connection, call.by)
        made = calls.insert_call(
            connection, call.customer_id, call.entity_id, call.day, call.outcome, call.note, by, now
        )
        promise_id = None
        if call.promised_on is not None:
            parts, currency = _parts(connection, call)
            new = NewPromise(
                call.customer_id, call.entity_id, currency, call.day, call.promised_on, parts, "call", str(uuid7()),
                PromiseStatus.OPEN, evidence={"note": call.note},
            )  # fmt: skip
            promise_id = record_promise(unit, new, actor=call.by or "operator", now=now)
        closed = calls.open_call_tasks(connection, call.customer_id, call.entity_id)
        for task_id in closed:
            close_task(connection, task_id, call.outcome, by, now)
        audit.record(
            connection, at=now, actor=call.by or "operator", action="call.logged", subject=("call", made),
            data={"outcome": call.outcome, "on": call.day, "promise": promise_id, "tasks": closed},
            customer_id=call.customer_id,
        )  # fmt: skip
        unit.commit()
    return Logged(made, promise_id, tuple(closed))


def _parts(connection: Any, call: Call) -> tuple[tuple[tuple[int, int], ...], str]:
    """What a promise made on the phone binds: the named invoices, else all that is overdue that day, oldest first."""
    items = calls.items_to_promise(connection, call.customer_id, call.entity_id, call.day, call.invoices)
    missing = set(call.invoices) - {item.number for item in items}
    if missing:
        raise BadInput(f"no open invoice {', '.join(sorted(missing))} of this customer")
    currencies = sorted({item.currency for item in items if call.currency in (None, item.currency)})
    if len(currencies) != 1:
        raise BadInput(
            f"the promise would bind {', '.join(currencies) if currencies else 'nothing that is overdue'}; "
            "name the invoices or the currency"
        )
    mine = [item for item in items if item.currency == currencies[0]]
    left = call.amount_minor if call.amount_minor is not None else sum(item.open_minor for item in mine)
    parts = []
    for item in mine:
        share = min(left, item.open_minor)
        if share > 0:
            parts.append((int(item.id), int(share)))
        left -= share
    if left > 0:
        raise BadInput("more was promised than is open on what it names")
    return tuple(parts), currencies[0]
