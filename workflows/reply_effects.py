"""What a decision about a reply does to the account, in the caller's transaction with the customer's row locked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from domain.account import PauseKind
from domain.errors import BadInput
from domain.money import from_decimal
from domain.promises import PromiseStatus
from domain.tasks import TaskCause
from outreach.compose.context import Stage
from outreach.replies.decide import Act, Decision
from outreach.replies.model import PromiseReading
from storage import audit, replies
from storage.address_state import was_heeded_at_once
from storage.database import UnitOfWork
from storage.disputes import NewDispute
from storage.promises import NewPromise
from workflows.manage_dispute import Opening, open_dispute
from workflows.record_promise import record_promise
from workflows.reply_papers import propose, send_copy, send_statement, stop_all
from workflows.reply_received import Done, Received, named_items

SOURCE = "reply"


def apply_decision(unit: UnitOfWork, received: Received, decision: Decision) -> Done:
    """Do what was decided. Doing it twice changes nothing: every row has a key that names the reply."""
    done = Done(task=decision.task, why=list(decision.why))
    for act in decision.acts:
        _do(unit, received, decision, act, done)
    return done


def _do(unit: UnitOfWork, received: Received, decision: Decision, act: Act, done: Done) -> None:
    until = decision.silences.get(act)
    match act:
        case Act.STOP_ALL:
            stop_all(unit, received, done)
        case Act.OPT_OUT | Act.OPT_IN:
            _consent(unit, received, act, done)
        case Act.LOG_PROMISE | Act.OFFER_PROMISE:
            _promise(unit, received, until, act, done)
        case Act.OPEN_DISPUTE:
            _dispute(unit, received, done)
        case Act.TRACE_PAYMENT | Act.ASK_PROOF:
            _trace(unit, received, until, act, done)
        case Act.SEND_COPY:
            send_copy(unit, received, done)
        case Act.SEND_STATEMENT:
            send_statement(received, done)
        case Act.PROPOSE_CONTACT:
            propose(unit, received, done)
        case Act.CONTACT_AWAY if not received.match.on_file:
            pass  # a robot that nobody knows silences nobody
        case Act.CONTACT_AWAY:
            _pause(unit, received, PauseKind.OUT_OF_OFFICE, until, [], received.match.contact_id)
        case Act.ACKNOWLEDGE:
            _pause(unit, received, PauseKind.ACKNOWLEDGED, until, named_items(received))


def pause_for_reply(unit: UnitOfWork, received: Received) -> None:
    """Silence about what the reply names, else about the account, until somebody has handled it (invariant 5)."""
    _pause(unit, received, PauseKind.REPLY, None, named_items(received))


def _pause(
    unit: UnitOfWork,
    received: Received,
    kind: PauseKind,
    until: date | None,
    items: Sequence[Any],
    contact_id: int | None = None,
) -> None:
    row = {
        "customer_id": received.customer_id,
        "entity_id": received.match.entity_id,
        "document_id": None,
        "contact_id": contact_id,
        "kind": str(kind),
        "from_on": received.today,
        "until_on": until,
        "cause": received.cause,
        "created_at": received.now,
    }
    rows = [row | {"document_id": item.id} for item in items] or [row]
    replies.add_pauses(unit.connection, rows)
    data = {"kind": kind, "until": until, "documents": [item.id for item in items], "contact": contact_id}
    _note(unit, received, "pause.set", data)


def _note(unit: UnitOfWork, received: Received, action: str, data: dict[str, Any]) -> None:
    audit.record(
        unit.connection, at=received.now, actor=received.actor, action=action, subject=("reply", received.reply_id),
        data=data, customer_id=received.match.customer_id,
    )  # fmt: skip


def _consent(unit: UnitOfWork, received: Received, act: Act, done: Done) -> None:
    inbound = received.inbound
    channel, address = str(inbound.channel), inbound.sender
    if not address:
        return
    if act is Act.OPT_IN:
        if replies.opt_address_in(unit.connection, channel, address, received.now):
            _note(unit, received, "opt_out.lifted", {"channel": channel, "contact": received.match.contact_id})
        return
    evidence = {"reply": received.reply_id, "words": [e.quote for e in received.reading.evidence][:2]}
    if replies.opt_address_out(unit.connection, channel, address, received.cause, evidence, received.now):
        _note(unit, received, "opt_out.set", {"channel": channel, "contact": received.match.contact_id})
        done.stage = Stage.OPT_OUT_CONFIRMED
    elif inbound.rfc_id and was_heeded_at_once(unit.connection, channel, address, inbound.rfc_id):
        done.stage = Stage.OPT_OUT_CONFIRMED


def _promise(unit: UnitOfWork, received: Received, until: date | None, act: Act, done: Done) -> None:
    reading = received.reading.promise
    assert reading is not None
    try:
        dated, currency = promised_parts(received, reading)
    except BadInput as error:
        done.task, done.why = TaskCause.REPLY, [*done.why, str(error)]
        pause_for_reply(unit, received)
        return
    offered = act is Act.OFFER_PROMISE
    plan = f"reply-{received.reply_id}" if len(dated) > 1 else None
    for day, parts in dated:
        new = NewPromise(
            received.customer_id, received.match.entity_id or 0, currency, received.today, day, parts, SOURCE,
            received.source_ref, PromiseStatus.OFFERED if offered else PromiseStatus.OPEN, plan,
            evidence=_evidence(received, "promise"),
        )  # fmt: skip
        record_promise(unit, new, actor=received.actor, now=received.now)
    bound = {document for _, parts in dated for document, _ in parts}
    if offered:
        items = [item for item in received.items if item.id in bound]
        _pause(unit, received, PauseKind.PROMISE_OFFERED, until, items)
        return
    told = [[day.isoformat(), sum(amount for _, amount in parts)] for day, parts in dated]
    facts = {
        "documents": sorted(bound),
        "promise": {
            "promised_on": told[0][0],
            "amount_minor": sum(amount for _, parts in dated for _, amount in parts),
            "rest_minor": _rest(received, currency, dated),
            "instalments": told if len(told) > 1 else [],
        },
    }
    done.answer(Stage.PROMISE_CONFIRMED, currency, facts)


def promised_parts(
    received: Received, reading: PromiseReading
) -> tuple[list[tuple[date, tuple[tuple[int, int], ...]]], str]:
    """What each dated part binds, oldest first: (day, ((document, minor units), …)), and the currency.

    Without amounts, "all" is what the customer was asked for: the overdue items of the day, else everything open, net
    of credits. What a credit covers stays unbound: the planner is silent about it as long as the credit is there.
    Raises BadInput where that is nothing, more than is open, or of several currencies.
    """
    chosen = [item for item in received.items if item.number in reading.invoices]
    if not chosen:
        stranger = _number_not_open(received)
        if stranger:
            raise BadInput(f"the promise names {stranger}, which is no open invoice of this account")
        chosen = received.asked_items() if any(p.amount is None for p in reading.instalments) else list(received.items)
    currencies = sorted({item.currency for item in chosen})
    if len(currencies) != 1:
        raise BadInput("the promise binds nothing that is open, or items of several currencies")
    left = {item.id: item.open_minor - item.disputed_minor - item.promised_minor for item in chosen}
    dated = []
    for part in sorted(reading.instalments, key=lambda p: p.date):
        if part.amount is None:
            wanted = sum(left.values()) - received.credits.get(currencies[0], 0)
        else:
            wanted = from_decimal(part.amount, currencies[0]).minor
        taken = []
        for item in chosen:
            share = min(wanted, max(0, left[item.id]))
            if share > 0:
                taken.append((int(item.id), int(share)))
                left[item.id] -= share
                wanted -= share
        if wanted > 0 or not taken:
            raise BadInput("the promise is about more than is open and not promised yet")
        dated.append((part.date, tuple(taken)))
    return dated, currencies[0]


def _number_not_open(received: Received) -> str | None:
    """A number in the reply that looks like this account's invoices, but is none that is open: paid, or a slip."""
    shapes = {_shape(item.number) for item in received.items}
    telling = {shape for shape in shapes if re.search("[A-Z]", shape) or shape.count("9") >= 6}
    for word in re.findall(r"[\w\-/.]*\d[\w\-/]*", received.reading.text):
        if _shape(word) in telling and word.upper() not in {item.number.upper() for item in received.items}:
            return str(word)
    return None


def _shape(number: str) -> str:
    """`RE-1085` → `RE-9999`: numbers of one series look alike."""
    return re.sub(r"\d", "9", number.upper())


def _rest(received: Received, currency: str, dated: Sequence[tuple[date, Sequence[tuple[int, int]]]]) -> int | None:
    """Overdue, undisputed and not promised, in minor units; None for nothing."""
    promised = sum(amount for _, parts in dated for _, amount in parts)
    overdue = sum(
        item.open_minor - item.disputed_minor - item.promised_minor
        for item in received.items
        if item.currency == currency and item.due_on < received.today
    )
    return max(0, overdue - promised) or None


def _dispute(unit: UnitOfWork, received: Received, done: Done) -> None:
    reading = received.reading.dispute
    assert reading is not None
    items = [item for item in received.items if item.number in reading.invoices]
    currencies = {item.currency for item in items}
    try:
        if len(currencies) != 1:
            raise BadInput("the dispute names no open invoice, or invoices of several currencies")
        currency = currencies.pop()
        parts = _contested(items, reading.amount, currency)
        new = NewDispute(
            received.customer_id, received.match.entity_id or 0, currency, reading.reason, received.today, parts,
            SOURCE, received.source_ref, evidence=_evidence(received, "dispute"),
        )  # fmt: skip
        opened = open_dispute(unit, new, actor=received.actor, now=received.now)
    except BadInput as error:
        done.task, done.why = TaskCause.REPLY, [*done.why, str(error)]
        return
    if opened.opening is Opening.FOR_A_PERSON:
        done.task, done.why = TaskCause.REPLY, [*done.why, "a dispute that a person must decide"]
        return
    done.answer(Stage.DISPUTE_RECEIVED, currency, {"documents": [item.id for item in items]})


def _contested(items: Sequence[Any], amount: Decimal | None, currency: str) -> tuple[tuple[int, int], ...]:
    """The contested part over the invoices, oldest first; all that is open where no part is stated."""
    if amount is None:
        return tuple((int(item.id), int(item.open_minor)) for item in items)
    left = from_decimal(amount, currency).minor
    parts = []
    for item in items:
        share = min(left, item.open_minor)
        if share > 0:
            parts.append((int(item.id), int(share)))
        left -= share
    return tuple(parts)


def _trace(unit: UnitOfWork, received: Received, until: date | None, act: Act, done: Done) -> None:
    paid = received.reading.paid
    items = [item for item in received.items if paid and item.number in paid.invoices] or received.asked_items()
    _pause(unit, received, PauseKind.TRACE_PAYMENT, until, items)
    data = {
        "documents": [item.id for item in items],
        "on": paid.date if paid else None,
        "amount": paid.amount if paid else None,
        "reference": paid.reference if paid else None,
    }
    _note(unit, received, "payment.claimed" if act is Act.TRACE_PAYMENT else "payment.proof_asked", data)
    if paid is not None:
        told = (
            paid.amount and f"{paid.amount:f}", paid.date and f"on {paid.date.isoformat()}",
            paid.reference and f"reference {paid.reference}",
        )  # fmt: skip
        if any(told):
            done.why.append("says it paid " + ", ".join(part for part in told if part))
    currencies = {item.currency for item in items}
    if len(currencies) == 1:
        done.answer(Stage.PAID_CLAIM_RECEIVED, currencies.pop(), {"documents": [item.id for item in items]})


def _evidence(received: Received, finding: str) -> list[dict[str, Any]]:
    return [{"quote": e.quote, "confidence": e.confidence} for e in received.reading.evidence if e.finding == finding]
