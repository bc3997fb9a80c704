"""The last look before messages go: one transaction that reads everything again and marks `sending`, or cancels.

It is done for a few customers at once, by as many statements as for one. What is wrong with one message is its own
matter: the others of the group go (invariant 13).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog

from domain.calendars import first_allowed, zone_of
from domain.errors import DunwellError
from domain.parties import Channel
from domain.tasks import TaskCause
from domain.touches import TouchEvent, TouchStatus, next_status
from outreach.channels.base import Outgoing
from storage import audit
from storage.database import UnitOfWork
from storage.messages import (
    approved_at_of,
    begin_attempts,
    drop_message_touches,
    drop_touches,
    mark_sending,
    set_asked,
    set_message,
)
from storage.send_queue import Lease, give_back, hold_claims, lock_free_customers
from storage.sql import together
from storage.tasks import NewTask, add_tasks
from workflows.letter_facts import Facts, read_all_facts
from workflows.letters import Letter, Look, look_again, make_letter
from workflows.services import Services

log = structlog.get_logger(__name__)

LOOK_AHEAD_DAYS = 21
"""How far the next working hours of a recipient are looked for: beyond the longest public holidays."""
REFUSED_ADDRESS_DAYS = 3
"""A refused address is left alone this long, unless the task about it was closed before."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this process has claimed and that waits for its turn.

    `provider` and `watched`: see `workflows.claim_messages.Taken`.
    """

    message_id: int
    customer_id: int
    lease: Lease
    provider: str | None = None
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message that is marked `sending`: to be handed over now, once, by whoever holds this."""

    message_id: int
    public_id: str
    customer_id: int
    channel: Channel
    attempt: int
    owner: str
    moment: datetime
    today: date
    outgoing: Outgoing
    provider: str | None
    watched: bool
    held_since: float
    """When its lease began, by `seconds_passed`."""


@dataclass(slots=True)
class Group:
    """What became of a group of claims. Nothing of it is true before the caller commits.

    `ready` are marked `sending`; `busy` belong to customers whom somebody else works on just now: later. `kept` says of
    the others: 'lost': somebody else has it; 'released': its channel is down; 'rescheduled': its hours went by before
    its yes came; 'cancelled': nothing of it may go now (its steps are free again); 'failed': it can't be made, a task
    tells why.
    """

    ready: list[Prepared] = field(default_factory=list)
    busy: list[Claim] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a message doesn't go. `task`: somebody must look at it; `detail` is for that person."""

    reason: str
    detail: str = ""
    task: bool = False


@dataclass(frozen=True, slots=True)
class LaterHours:
    """When a message goes whose yes came after its hours: in its recipient's next ones."""

    not_before: datetime
    not_after: datetime


@dataclass(slots=True)
class Looked:
    """What a second look at a group found, and nothing changed yet. `started` is the database's time.

    `released`: claimed on a channel that is down; `lost`: how many somebody else has by now.
    """

    held_since: float
    started: datetime
    verdicts: list[Verdict] = field(default_factory=list)
    released: list[Claim] = field(default_factory=list)
    busy: list[Claim] = field(default_factory=list)
    lost: int = 0

    @property
    def going(self) -> list[Verdict]:
        """Those that may go."""
        return [one for one in self.verdicts if isinstance(one.decided, _Said)]


def look_at_group(
    services: Services,
    unit: UnitOfWork,
    claims: Sequence[Claim],
    now: datetime,
    *,
    down: Collection[Channel] = (),
    each_at_its_hour: bool = False,
    before: Looked | None = None,
) -> Looked:
    """Look again at claimed messages in the caller's transaction; nothing is changed by it.

    Of an earlier look (`before`) at the same instant, whatever rests on equal facts is taken as it is. Raises whatever
    the facts of one of them raise: the caller rolls back and tries each by itself.
    """
    held_since = seconds_passed()
    looked, rows = _hold(unit, claims, held_since, down)
    if not rows:
        return looked
    moments = {row.id: row.not_before if each_at_its_hour else now for _, row in rows}
    facts = read_all_facts(unit.connection, [row for _, row in rows], moments)
    known = {one.claim.message_id: one for one in before.verdicts} if before is not None else {}
    for claim, row in rows:
        earlier = known.get(row.id)
        if earlier is not None and earlier.facts == facts[row.id]:
            looked.verdicts.append(replace(earlier, claim=claim))
            continue
        with services.observe.span("look", message=row.id, customer=row.customer_id):
            looked.verdicts.append(Verdict(claim, facts[row.id], _decide(services, unit, facts[row.id])))
    return looked


def mark_group(services: Services, unit: UnitOfWork, looked: Looked) -> Group:
    """Mark those `sending` that may go, and write down why the others don't, in the transaction of the look."""
    group = Group(busy=looked.busy, kept=["lost"] * looked.lost)
    if looked.released:
        give_back(unit, {claim.message_id: claim.lease.owner for claim in looked.released})
        group.kept += ["released"] * len(looked.released)
    going: list[_Going] = []
    for one in looked.verdicts:
        if isinstance(one.decided, _Said):
            going.append(_Going(one.claim, one.facts, one.decided.look, one.decided.letter))
        else:
            group.kept.append(_keep(services, unit, one.claim, one.facts, one.decided))
    group.ready = _mark(services, unit, going, looked.started, looked.held_since)
    return group


@dataclass(frozen=True, slots=True)
class _Said:
    look: Look
    letter: Letter


@dataclass(frozen=True, slots=True)
class _Going:
    claim: Claim
    facts: Facts
    look: Look
    letter: Letter


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim, its facts, and what follows from them."""

    claim: Claim
    facts: Facts
    decided: _Said | Stop | LaterHours


def _hold(
    unit: UnitOfWork, claims: Sequence[Claim], held_since: float, down: Collection[Channel]
) -> tuple[Looked, list[tuple[Claim, Any]]]:
    """Lock customers, then messages. Returns what is held; the others stand in the look."""
    free = lock_free_customers(unit, {claim.customer_id for claim in claims})
    chosen: dict[int, Claim] = {}
    busy = []
    for claim in claims:
        # One message a customer at a time: the second look at the next sees what became of this one.
        if claim.customer_id in free and claim.customer_id not in chosen:
            chosen[claim.customer_id] = claim
        else:
            busy.append(claim)
    looked = Looked(held_since, unit.database_now(), busy=busy)
    held = hold_claims(unit, {claim.message_id: claim.lease.owner for claim in chosen.values()}, looked.started)
    rows = []
    for claim in chosen.values():
        row = held.get(claim.message_id)
        if row is None:
            looked.lost += 1
        elif Channel(row.channel) in down:
            looked.released.append(claim)
        else:
            rows.append((claim, row))
    return looked, rows


def _decide(services: Services, unit: UnitOfWork, facts: Facts) -> _Said | Stop | LaterHours:
    row = facts.row
    if row.not_after is not None and facts.moment >= row.not_after:
        return _after_hours(unit, facts)
    since = facts.today - timedelta(days=REFUSED_ADDRESS_DAYS)
    if facts.refused_on is not None and facts.refused_on >= since:
        return Stop("address_refused", "the provider refused this address lately; its task is still open")
    try:
        look = look_again(services, facts)
        if look.stop is not None:
            return Stop(look.stop)
        return _Said(look, make_letter(services, facts, look))
    except DunwellError as error:
        return Stop("not_composed", str(error), task=True)
    except Exception as error:  # the edge of one recipient's message: the others must go on (invariant 13)
        reference = uuid4().hex[:8]
        log.exception("message.not_composed", message=row.public_id, reference=reference)
        return Stop("not_composed", f"{type(error).__name__}: {error} (log reference {reference})", task=True)


def _after_hours(unit: UnitOfWork, facts: Facts) -> Stop | LaterHours:
    """A message whose hours are over: the next run plans it anew, unless it only waited for a person's yes."""
    row, customer = facts.row, facts.account.customer
    approved_at = approved_at_of(unit.connection, row)
    if approved_at is not None and approved_at > row.not_before:
        first = facts.moment.astimezone(zone_of(customer.timezone)).date()
        days = [first + timedelta(days=n) for n in range(LOOK_AHEAD_DAYS)]
        window = first_allowed(customer.country, customer.timezone, days, facts.moment, Channel(row.channel))
        if window is not None:
            return LaterHours(*window)
    return Stop("window_passed", "its hours were over before it could go; the next run plans it anew")


def _keep(services: Services, unit: UnitOfWork, claim: Claim, facts: Facts, decided: Stop | LaterHours) -> str:
    """Write down that a message doesn't go now. Returns what became of it."""
    if isinstance(decided, LaterHours):
        give_back(unit, {claim.message_id: claim.lease.owner})
        hours = {"not_before": decided.not_before, "not_after": decided.not_after}
        set_message(unit.connection, claim.message_id, **hours)
        return "rescheduled"
    _cancel(services, unit, facts.row, facts.today, decided)
    return "failed" if decided.task else "cancelled"


def give_up(services: Services, claim: Claim, now: datetime, why: str) -> str:
    """Cancel a claimed message whose facts can't even be read, with a task that says so. Returns what became of it."""
    with services.database.write() as unit:
        unit.lock_customer(claim.customer_id)
        held = hold_claims(unit, {claim.message_id: claim.lease.owner}, unit.database_now())
        if not held:
            return "lost"
        _cancel(services, unit, held[claim.message_id], now.date(), Stop("not_composed", why, task=True))
        unit.commit()
    return "failed"


def _cancel(services: Services, unit: UnitOfWork, row: Any, today: date, stop: Stop) -> None:
    connection = unit.connection
    drop_message_touches(connection, row.id, stop.reason)
    set_message(
        connection,
        row.id,
        status=next_status(TouchEvent.CANCEL, TouchStatus(row.status)),
        status_reason=f"{stop.reason}: {stop.detail}" if stop.detail else stop.reason,
        lease_owner=None,
        lease_until=None,
    )
    audit.record(
        connection,
        at=services.now(),
        actor="system",
        action="message.cancelled",
        subject=("message", row.public_id),
        data={"reason": stop.reason, "detail": stop.detail},
        customer_id=row.customer_id,
    )
    if stop.task:
        # Planned anew every day until it is mended: one task a week, not one a message.
        key = f"{stop.reason}:{row.customer_id}:{row.entity_id}:{row.template}:{today:%G-W%V}"
        add_tasks(connection, [replace(message_task(row, today, TaskCause.SEND_FAILED, stop.detail), key=key)])


def _mark(
    services: Services, unit: UnitOfWork, going: Sequence[_Going], started: datetime, held_since: float
) -> list[Prepared]:
    """Mark messages `sending`, begin their attempts, and note what each will say, for all of them at once."""
    if not going:
        return []
    for one in going:
        _mark_touches(unit, one)
    with together(unit.connection):
        mark_sending(unit.connection, [_sending_row(services, one, started) for one in going])
        begin_attempts(unit.connection, [_attempt_row(services, one, started) for one in going])
        audit.record_many(unit.connection, [_audit_row(services, one) for one in going])
    return [_prepared(one, held_since) for one in going]


def _mark_touches(unit: UnitOfWork, one: _Going) -> None:
    for touch_id, reason in one.look.dropped:
        drop_touches(unit.connection, [touch_id], reason)
    planned = {touch.id: touch.asked_minor for touch in one.facts.touches}
    for touch_id, asked in one.look.asked:
        if planned[touch_id] != asked:
            set_asked(unit.connection, touch_id, asked)


def _sending_row(services: Services, one: _Going, started: datetime) -> dict[str, Any]:
    row, letter = one.facts.row, one.letter
    return {
        "id": row.id,
        "status": next_status(TouchEvent.BEGIN_SENDING, TouchStatus(row.status)),
        "lease_until": started + timedelta(seconds=one.claim.lease.seconds),
        "attempts": row.attempts + 1,
        "message_id": letter.rfc_message_id,
        "subject": letter.subject,
        "content_sha256": _digest(letter),
        "asked_minor": letter.asked_minor,
        "segments": letter.outgoing.segments,
        "template": letter.template,
        "provider": services.adapter(Channel(row.channel), one.claim.provider).name,
    }


def _attempt_row(services: Services, one: _Going, started: datetime) -> dict[str, Any]:
    row = one.facts.row
    return {
        "message_id": row.id,
        "number": row.attempts + 1,
        "channel": row.channel,
        "address": row.address,
        "provider": services.adapter(Channel(row.channel), one.claim.provider).name,
        "started_at": started,
    }


def _audit_row(services: Services, one: _Going) -> dict[str, Any]:
    row, letter = one.facts.row, one.letter
    return audit.entry(
        services.now(),
        "system",
        "message.sending",
        ("message", row.public_id),
        {
            "attempt": row.attempts + 1,
            "provider": services.adapter(Channel(row.channel), one.claim.provider).name,
            # Not the address: the trail outlives the day on which a person asks to be forgotten.
            "contact": row.contact_id,
            "template": letter.template,
            "sha256": _digest(letter),
            "asked_minor": letter.asked_minor,
            "currency": row.currency,
            "dropped": [[touch_id, reason] for touch_id, reason in one.look.dropped],
        },
        row.customer_id,
    )


def _digest(letter: Letter) -> str:
    return hashlib.sha256(letter.outgoing.content).hexdigest()


def _prepared(one: _Going, held_since: float) -> Prepared:
    row = one.facts.row
    return Prepared(
        message_id=row.id,
        public_id=row.public_id,
        customer_id=row.customer_id,
        channel=Channel(row.channel),
        attempt=row.attempts + 1,
        owner=one.claim.lease.owner,
        moment=one.facts.moment,
        today=one.facts.today,
        outgoing=one.letter.outgoing,
        provider=one.claim.provider,
        watched=one.claim.watched,
        held_since=held_since,
    )


def seconds_passed() -> float:
    """Seconds from an arbitrary start, those included in which the machine was suspended, where it counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def message_task(row: Any, day: date, cause: TaskCause, note: str) -> NewTask:
    """The one task of a cause about a message: it didn't go, may not have, or is a letter to post."""
    return NewTask(
        cause=cause,
        key=f"{cause}:{row.public_id}",
        created_on=day,
        due_on=day,
        customer_id=row.customer_id,
        entity_id=row.entity_id,
        stake_minor=row.asked_minor,
        stake_currency=row.currency,
        note=f"{row.channel} to {row.address} ({row.template}, message {row.public_id}): {note}",
    )
