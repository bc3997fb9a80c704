"""The way back: a raw event is stored once and heard at once, then read, matched, understood and acted on.

Storing finds whose reply it is and silences the account in the same transaction (invariant 5). Processing, when the
bell has rung, puts the silence about what the reply really names, does what is certain and leaves the rest to a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog

from domain.account import PauseKind
from domain.calendars import zone_of
from domain.errors import BadInput
from domain.money import Money
from domain.parties import UserRole
from domain.reasons import reason_told
from domain.tasks import TaskCause
from outreach.compose.context import Stage
from outreach.replies.decide import Act, Decision, ReplyFacts, decide
from outreach.replies.jsonl import as_json
from outreach.replies.model import OpenInvoice, Reply, ReplyContext, Understanding
from outreach.replies.understand import understand_reply
from storage import audit, mailboxes, replies, review
from storage.database import UnitOfWork
from storage.disputes import formally_demanded
from storage.messages import touches_of
from storage.names import first_with_role
from storage.tasks import NewTask, add_tasks
from workflows.answer_reply import plan_answer
from workflows.match_reply import Match, match_reply
from workflows.own_mail import own_sender, record_own_mail
from workflows.read_inbound import Inbound, read_inbound
from workflows.receive_report import is_report, receive_report
from workflows.reply_effects import apply_decision, pause_for_reply, promised_parts
from workflows.reply_received import Done, Received, named_items
from workflows.services import Services

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3
"""An event that failed this often is left to a person, raw as it came."""


@dataclass(frozen=True, slots=True)
class Processed:
    """How many events became replies, how many of those wait for a person, and how many could not be read at all."""

    replies: int = 0
    waiting: int = 0
    failed: int = 0


def store_inbound(
    services: Services, *, provider: str, event_id: str, kind: str, raw: bytes, meta: Mapping[str, Any] | None = None
) -> bool:
    """Store a raw event once per (provider, event id) and silence its account at once. False when it was there already,
    by this event or, the same mail, by another way.

    `kind` is 'email' (RFC 5322 bytes) or 'sms' (the posted form as JSON). Rings the bell for what comes next.
    """
    now = services.now()
    inbound = read_inbound(kind, raw, now, meta)
    with services.database.read() as connection:
        customer_id = match_reply(connection, inbound).customer_id
    with services.database.write() as unit:
        if customer_id is not None:
            unit.lock_customer(customer_id)
        event = replies.insert_event(unit.connection, provider, event_id, kind, raw, meta, now)
        if event is None:
            services.observe.count("inbound", provider, kind, "repeated")
            return False
        first = mailboxes.first_of_its_kind(unit.connection, inbound.key, event) if inbound.key else None
        if first is not None:
            mailboxes.close_double(unit.connection, event, first)
            unit.commit()
            services.observe.count("inbound", provider, kind, "repeated")
            return False
        match = match_reply(unit.connection, inbound)
        heard = match.customer_id is not None and match.customer_id == customer_id
        by_ours = own_sender(unit.connection, inbound) is not None
        if heard and not by_ours and not is_report(unit.connection, inbound):
            today = _day(unit, match, now)
            replies.add_pauses(
                unit.connection,
                [
                    {
                        "customer_id": match.customer_id,
                        "entity_id": match.entity_id,
                        "kind": str(PauseKind.REPLY),
                        "from_on": today,
                        "cause": _arrival(event),
                        "created_at": now,
                    }
                ],
            )
        unit.commit()
    services.observe.count("inbound", provider, kind, "stored")
    services.ring("inbound")
    return True


def process_inbound(services: Services, *, limit: int = 200) -> Processed:
    """Turn stored events into replies, oldest first, until none is due or `limit` were taken.

    Each event in a transaction of its own; one that fails is tried again, at last left to a person.
    """
    made = waiting = failed = 0
    for _ in range(limit):
        with services.database.write() as unit:
            claimed = replies.claim_events(unit, 1, services.limits.lease_seconds)
            unit.commit()
        if not claimed:
            break
        try:
            with services.observe.span("inbound", inbound=claimed[0]):
                handled = _process(services, claimed[0])
        except Exception as error:  # the edge of one event: the others must go on (invariant 13)
            reference = uuid4().hex[:8]
            log.exception("inbound.failed", inbound=claimed[0], reference=reference)
            failed += _give_up_or_wait(services, claimed[0], f"{type(error).__name__} (log reference {reference})")
            continue
        if handled is None:
            continue
        made += 1
        waiting += not handled
        services.observe.count("replies", "handled" if handled else "waiting")
    if made:
        services.ring("send")
    return Processed(made, waiting, failed)


def _arrival(event: int) -> str:
    return f"inbound:{event}"


def _day(unit: UnitOfWork, match: Match, now: datetime) -> Any:
    entity = replies.entity_row(unit.connection, match.entity_id)
    return now.astimezone(zone_of(entity.timezone)).date()


def _process(services: Services, event_id: int) -> bool | None:
    """One event, in one transaction. Returns whether the reply is handled; True for an event that was done before,
    None for a report about a mail of ours, which is no reply.
    """
    with services.database.read() as connection:
        event = replies.load_event(connection, event_id)
        inbound = read_inbound(event.kind, event.raw, event.received_at, event.meta)
        customer_id = match_reply(connection, inbound).customer_id
        report = is_report(connection, inbound)
        by_ours = own_sender(connection, inbound) is not None
    if report:
        receive_report(services, event_id, inbound)
        return None
    if by_ours:
        record_own_mail(services, event_id, inbound)
        return None
    with services.database.write() as unit:
        if customer_id is not None:
            unit.lock_customer(customer_id)
        if replies.load_event(unit.connection, event_id, lock=True).status != replies.NEW:
            return True
        match = match_reply(unit.connection, inbound)
        if match.customer_id != customer_id:
            match = Match(candidates=match.candidates)
        handled = _keep(unit, event, inbound, match, services.now())
        replies.finish_event(unit.connection, event_id, replies.DONE, inbound.problem)
        unit.commit()
    return handled


def _keep(unit: UnitOfWork, event: Any, inbound: Inbound, match: Match, now: datetime) -> bool:
    """Write the reply and do what follows from it. Returns whether it is handled."""
    connection = unit.connection
    today = _day(unit, match, now)
    items: list[Any] = []
    if match.customer_id is not None and match.entity_id is not None:
        items = replies.open_items(connection, match.customer_id, match.entity_id)
    reading = _understand(unit, inbound, match, items, event.received_at)
    facts = _facts(unit, inbound, match, reading, items, today)
    decision = decide(reading, facts)
    reply_id = _write(unit, event, inbound, match, reading)
    credits = replies.open_credits(connection, match.customer_id, match.entity_id)
    received = Received(reply_id, inbound, match, reading, items, today, now, credits)
    audit.record(
        connection, at=now, actor="system", action="reply.received", subject=("reply", reply_id),
        data={"intents": list(reading.intents), "matched_by": match.by, "acts": list(decision.acts),
              "why": list(decision.why), "provider": [event.provider, event.event_id]},
        customer_id=match.customer_id,
    )  # fmt: skip
    replies.lift_pauses(connection, _arrival(event.id), now)
    done = apply_decision(unit, received, decision)
    note_reason(unit, received)
    answer = plan_answer(unit, received, done) if decision.answer else None
    if answer is None and done.stage in (Stage.INVOICE_COPY, Stage.STATEMENT):
        done.task = done.task or TaskCause.COPY_REQUEST
        done.why.append("it could not be answered at once: send what was asked for")
    if done.task is None:
        replies.set_handled(connection, reply_id, _outcome(decision, answer), now)
        return True
    _leave_to_a_person(unit, received, decision, done)
    return False


def _understand(
    unit: UnitOfWork, inbound: Inbound, match: Match, items: list[Any], received_at: datetime
) -> Understanding:
    timezone, locale = "UTC", "en"
    if match.customer_id is not None:
        customer = replies.customer_row(unit.connection, match.customer_id)
        contact = replies.contact_row(unit.connection, match.contact_id)
        timezone, locale = customer.timezone, (contact.locale if contact is not None else None) or customer.locale
        if "_" not in locale:
            locale = f"{locale}_{customer.country}"
    reply = Reply(
        channel=str(inbound.channel),
        body=inbound.text,
        received_at=min(inbound.written_at, received_at),
        timezone=timezone,
        locale=locale,
        subject=inbound.subject,
        from_name=inbound.sender_name,
        headers=inbound.headers,
    )
    context = what_is_open(items, _asked_for(unit, match, items))
    return understand_reply(reply, context)


def what_is_open(items: Sequence[Any], asked: tuple[str, ...] = ()) -> ReplyContext:
    """Open items as rows → what a reply may be about; `asked` are the numbers that it answers."""
    return ReplyContext(
        tuple(
            OpenInvoice(i.number, Money(i.open_minor, i.currency).amount, i.currency, i.due_on, i.po_number)
            for i in items
        ),
        asked=asked,
    )


def _asked_for(unit: UnitOfWork, match: Match, items: list[Any]) -> tuple[str, ...]:
    """Numbers of the open items that the message which is answered was about."""
    if match.message is None:
        return ()
    carried = touches_of(unit.connection, match.message.id)
    ids = {i for t in carried for i in ([t.document_id] if t.document_id is not None else t.document_ids or [])}
    return tuple(dict.fromkeys(item.number for item in items if item.id in ids))


def _facts(
    unit: UnitOfWork, inbound: Inbound, match: Match, reading: Understanding, items: list[Any], today: Any
) -> ReplyFacts:
    connection = unit.connection
    country = replies.entity_row(connection, match.entity_id).country
    known = match.customer_id is not None and match.entity_id is not None and inbound.problem is None
    credits = replies.open_credits(connection, match.customer_id, match.entity_id)
    received = Received(0, inbound, match, reading, items, today, inbound.written_at, credits)
    bound = [item.id for item in named_items(received) or items]
    if known and reading.promise is not None:
        bound = _bound(received) or bound
    return ReplyFacts(
        today=today,
        country=country,
        matched=known,
        on_file=match.on_file,
        promises_before=replies.promises_per_document(connection, bound),
        formally_demanded=formally_demanded(connection, bound),
        traced_before=replies.was_traced_before(connection, bound),
    )


def _bound(received: Received) -> list[int]:
    assert received.reading.promise is not None
    try:
        dated, _ = promised_parts(received, received.reading.promise)
    except BadInput:
        return []
    return sorted({document for _, parts in dated for document, _ in parts})


def _write(unit: UnitOfWork, event: Any, inbound: Inbound, match: Match, reading: Understanding) -> int:
    told = as_json(reading)
    if inbound.attachments:
        told["attachments"] = list(inbound.attachments)
    return replies.insert_reply(
        unit.connection,
        inbound_event_id=event.id,
        customer_id=match.customer_id,
        entity_id=match.entity_id,
        contact_id=match.contact_id,
        answers_message_id=match.message.id if match.message is not None else None,
        matched_by=match.by,
        candidates=list(match.candidates) or None,
        channel=str(inbound.channel),
        sender=inbound.sender,
        subject=inbound.subject or None,
        text=inbound.text,
        rfc_message_id=inbound.rfc_id,
        received_at=event.received_at,
        language=reading.language,
        intents=told["intents"],
        understanding=told,
        needs_human=reading.needs_human,
        status=replies.WAITING,
    )


def _outcome(decision: Decision, answer: int | None) -> str:
    acts = ", ".join(str(act).replace("_", " ") for act in decision.acts) or "nothing to do"
    return f"{acts}; answered" if answer is not None else acts


def note_reason(unit: UnitOfWork, received: Received) -> None:
    """Why what the reply is about isn't paid, where it tells: kept with its day, item by item."""
    reading = received.reading
    contested = reading.dispute.reason if reading.dispute is not None else None
    reason = reason_told([str(intent) for intent in reading.intents], contested)
    if reason is None or received.match.customer_id is None:
        return
    items = named_items(received) or received.asked_items()
    ids = [item.id for item in items]
    review.note_reasons(unit.connection, ids, str(reason), received.today, received.cause, received.now)


def _leave_to_a_person(unit: UnitOfWork, received: Received, decision: Decision, done: Done) -> None:
    """Silence until it is handled, and a task for the collector with what was found and why it wasn't enough."""
    silent = {Act.OFFER_PROMISE, Act.TRACE_PAYMENT, Act.ASK_PROOF} & set(decision.acts)
    if received.match.customer_id is not None and not silent:
        pause_for_reply(unit, received)
    assert done.task is not None
    add_tasks(
        unit.connection,
        [
            NewTask(
                cause=done.task,
                key=received.cause,
                created_on=received.today,
                due_on=received.today,
                customer_id=received.match.customer_id,
                entity_id=received.match.entity_id,
                owner_id=_owner(unit, done.task),
                stake_minor=_stake(received),
                stake_currency=_currency(received),
                note=_note(received, done),
            )
        ],
    )


def _owner(unit: UnitOfWork, cause: TaskCause) -> int | None:
    """Whose task it is: the credit manager's where money may be lost, else (None) the customer's collector's."""
    if cause is not TaskCause.INSOLVENCY:
        return None
    return first_with_role(unit.connection, str(UserRole.CREDIT_MANAGER))


def _stake(received: Received) -> int | None:
    chosen = named_items(received) or [i for i in received.items if i.due_on < received.today]
    return sum(item.open_minor for item in chosen) if _currency(received) and chosen else None


def _currency(received: Received) -> str | None:
    chosen = named_items(received) or [i for i in received.items if i.due_on < received.today]
    currencies = {item.currency for item in chosen}
    return currencies.pop() if len(currencies) == 1 else None


def _note(received: Received, done: Done) -> str:
    seems = ", ".join(str(intent).replace("_", " ") for intent in received.reading.intents)
    told = [f"reply {received.reply_id} from {received.inbound.sender or 'nobody'}: seems {seems}", *done.why]
    if received.inbound.problem:
        told.append(f"the message is broken: {received.inbound.problem}")
    return "; ".join(told)


def _give_up_or_wait(services: Services, event_id: int, error: str) -> int:
    """After the last attempt the event is failed, its silence stays, and a person gets it. Returns 1 then, else 0."""
    with services.database.write() as unit:
        event = replies.load_event(unit.connection, event_id, lock=True)
        if event.attempts < MAX_ATTEMPTS or event.status != replies.NEW:
            return 0
        replies.finish_event(unit.connection, event_id, replies.FAILED, error)
        today = services.now().date()
        note = f"event {event_id} from {event.provider} could not be read: {error}; it is kept raw"
        add_tasks(unit.connection, [NewTask(TaskCause.REPLY, f"inbound:{event_id}", today, today, note=note)])
        unit.commit()
    return 1
