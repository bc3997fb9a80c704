"""A person reads a reply that waited: what they say it says is done, and kept as an example to learn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.account import PauseKind
from domain.calendars import zone_of
from domain.errors import BadInput
from domain.parties import UserRole
from domain.questions import Scope
from outreach.replies.decide import Act, ReplyFacts, decide_by_person
from outreach.replies.jsonl import as_json
from outreach.replies.labelled import context_as_json, labelled_line, read_label
from outreach.replies.model import Understanding
from storage import audit, replies, review
from storage.database import UnitOfWork
from storage.names import find_customer_id
from storage.tasks import close_task
from workflows.answer_reply import plan_answer
from workflows.deciding import person, within_authority
from workflows.match_reply import Match, match_reply
from workflows.read_inbound import read_inbound
from workflows.receive_reply import note_reason, what_is_open
from workflows.reply_effects import apply_decision
from workflows.reply_received import Done, Received
from workflows.services import Services

READERS = frozenset({UserRole.COLLECTOR, UserRole.CREDIT_MANAGER, UserRole.AR_MANAGER, UserRole.ADMIN})
"""Who may say what a reply says."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a person's reading did: the acts, and what could not be done and why. `fresh` False: it was done before."""

    fresh: bool
    acts: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    answered: bool = False


def review_reply(
    services: Services, which: str, told: Mapping[str, Any] | None, *, by: str, customer: str | None = None
) -> Reviewed:
    """Do what a reply says, as a person reads it: `told` in the form of `dunwell understand`, None for as it was read.

    `customer` says whose reply it is where that wasn't clear. The reading is kept as a labelled example. What the first
    reading had promised is withdrawn. A reply that was handled changes nothing. Raises BadInput for a reading that is
    none or binds nothing, NotAllowed for who may not.
    """
    now = services.now()
    with services.database.read() as connection:
        row = replies.find_reply(connection, which)
        customer_id = row.customer_id if customer is None else _customer(connection, customer)
    with services.database.write() as unit:
        user = person(unit, by, READERS, "say what a reply says")
        if customer_id is None:
            raise BadInput(f"it is not clear whose reply {row.id} is; name the customer: --customer NUMBER")
        unit.lock_customer(customer_id)
        row = replies.find_reply(unit.connection, str(row.id), lock=True)
        if not replies.set_handled(unit.connection, row.id, "read by a person", now, user.id):
            return Reviewed(False)
        received = _received(unit, row, customer_id, told, user, now)
        done, acts = _apply(unit, received, user)
        answer = plan_answer(unit, received, done)
        _close(unit, received, user, now)
        data = {"acts": acts, "intents": list(received.reading.intents), "corrected": told is not None}
        audit.record(
            unit.connection, at=now, actor=user.code, action="reply.read", subject=("reply", row.id), data=data,
            customer_id=customer_id,
        )  # fmt: skip
        unit.commit()
    if answer is not None:
        services.ring("send")
    return Reviewed(True, tuple(acts), tuple(done.why), answer is not None)


def _customer(connection: Any, number: str) -> int:
    found = find_customer_id(connection, Scope(), number)
    if found is None:
        raise BadInput(f"there is no customer {number!r}; give its number")
    return found


def _received(
    unit: UnitOfWork, row: Any, customer_id: int, told: Mapping[str, Any] | None, user: Any, now: datetime
) -> Received:
    connection = unit.connection
    event = replies.load_event(connection, row.inbound_event_id)
    inbound = read_inbound(event.kind, event.raw, event.received_at, event.meta)
    match = match_reply(connection, inbound)
    if match.customer_id != customer_id:
        entities = replies.entities_of(connection, customer_id)
        match = Match(customer_id, entities[0] if len(entities) == 1 else None, by="person")
        replies.assign(connection, row.id, customer_id, match.entity_id)
    items = replies.open_items(connection, customer_id, match.entity_id) if match.entity_id is not None else []
    context = what_is_open(items)
    told = dict(row.understanding or {}) if told is None else {"language": row.language, **told}
    reading = read_label(told, row.text, quote=row.text.strip()[:160], currency=context.currency)
    _check_numbers(reading, {item.number for item in items})
    review.keep_label(
        connection, row.id, as_json(reading) | {"needs_human": bool(told.get("needs_human", False))},
        context_as_json(context), user.id, now,
    )  # fmt: skip
    entity = replies.entity_row(connection, match.entity_id)
    today = now.astimezone(zone_of(entity.timezone)).date()
    credits = replies.open_credits(connection, customer_id, match.entity_id)
    return Received(row.id, inbound, match, reading, items, today, now, credits, actor=user.code)


def _check_numbers(reading: Understanding, open_numbers: set[str]) -> None:
    if unknown := sorted(set(reading.named) - open_numbers):
        raise BadInput(f"{', '.join(unknown)} is no open invoice of this account; nothing was changed")


def _apply(unit: UnitOfWork, received: Received, user: Any) -> tuple[Done, list[str]]:
    entity = replies.entity_row(unit.connection, received.match.entity_id)
    facts = ReplyFacts(today=received.today, country=entity.country, matched=True, on_file=received.match.on_file)
    decision = decide_by_person(received.reading, facts)
    promise = received.reading.promise
    if Act.LOG_PROMISE in decision.acts and promise is not None and len(promise.instalments) > 2:
        _check_authority(unit, received, user)
    replies.lift_pauses(unit.connection, received.cause, received.now, keep=str(PauseKind.INSOLVENCY))
    replies.withdraw_promises(unit.connection, received.reply_id, received.today)
    done = apply_decision(unit, received, decision)
    note_reason(unit, received)
    if done.task is not None and not decision.acts:
        raise BadInput("; ".join(done.why) or "nothing follows from this reading")
    return done, [str(act) for act in decision.acts]


def _check_authority(unit: UnitOfWork, received: Received, user: Any) -> None:
    """A plan is taken within the authority limit of who takes it."""
    chosen = [i for i in received.items if not received.reading.named or i.number in received.reading.named]
    totals: dict[str, int] = {}
    for item in chosen:
        totals[item.currency] = totals.get(item.currency, 0) + item.open_minor
    for currency, minor in totals.items():
        within_authority(unit, user, minor, currency, received.today)


def _close(unit: UnitOfWork, received: Received, user: Any, now: datetime) -> None:
    for task_id in replies.tasks_of_reply(unit.connection, received.reply_id):
        close_task(unit.connection, task_id, "read by a person", user.id, now)


def export_labelled(services: Services) -> Iterator[dict[str, Any]]:
    """Every reply that a person has read, as labelled JSON lines: customers' own words, so mind whom they go to."""
    with services.database.read() as connection:
        for row in review.labelled(connection):
            inbound = read_inbound(row.kind, bytes(row.raw), row.received_at)
            zone = row.timezone or "UTC"
            locale = (row.locale or "en").replace("_", "-")
            reply = {
                "id": row.public_id,
                "channel": row.channel,
                "received_at": row.received_at.astimezone(zone_of(zone)).isoformat(),
                "timezone": zone,
                "customer_locale": locale if "-" in locale else f"{locale}-{row.country or ''}".rstrip("-"),
                "subject": row.subject,
                "from_name": inbound.sender_name,
                "headers": dict(inbound.headers),
                "body": row.text,
            }
            yield labelled_line(reply, row.context, row.expected)
