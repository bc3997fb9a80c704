"""The last look before a message goes: one transaction that reads everything again and marks `sending`, or cancels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
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
    address_was_refused,
    approved_at_of,
    begin_attempt,
    drop_message_touches,
    drop_touches,
    set_asked,
    set_message,
)
from storage.send_queue import Lease, give_back, hold
from storage.tasks import NewTask, add_tasks
from workflows.letter_facts import Facts, read_facts
from workflows.letters import Letter, Look, look_again, make_letter
from workflows.services import Services

log = structlog.get_logger(__name__)

LOOK_AHEAD_DAYS = 21
"""How far the next working hours of a recipient are looked for: beyond the longest public holidays."""
REFUSED_ADDRESS_DAYS = 3
"""A refused address is left alone this long, unless the task about it was closed before."""


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


def prepare(
    services: Services,
    which: tuple[int, int],
    lease: Lease,
    now: datetime,
    *,
    down: frozenset[Channel] | set[Channel] = frozenset(),
    each_at_its_hour: bool = False,
) -> Prepared | str:
    """Mark a claimed message `sending` with what it will say, or tell what became of it instead.

    `which` is the message's id and its customer's.

    'lost': somebody else has it; 'released': its channel is down; 'rescheduled': its hours went by before its yes came;
    'cancelled': nothing of it may go now (its steps are free again); 'failed': it can't be made, a task tells why.
    """
    with services.database.write() as unit:
        message_id, customer_id = which
        unit.lock_customer(customer_id)
        database_now = unit.database_now()
        row = hold(unit, message_id, lease.owner, TouchStatus.CLAIMED, database_now)
        if row is None:
            return "lost"
        if Channel(row.channel) in down:
            give_back(unit, message_id, lease.owner)
            unit.commit()
            return "released"
        moment = _moment(row, now, each_at_its_hour)
        facts = read_facts(unit.connection, row, moment)
        decided = _decide(services, unit, facts)
        if isinstance(decided, LaterHours):
            give_back(unit, message_id, lease.owner)
            set_message(unit.connection, row.id, not_before=decided.not_before, not_after=decided.not_after)
            unit.commit()
            return "rescheduled"
        if isinstance(decided, Stop):
            _cancel(services, unit, row, facts.today, decided)
            unit.commit()
            return "failed" if decided.task else "cancelled"
        look, letter = decided
        prepared = _mark_sending(services, unit, facts, look, letter, lease, database_now)
        services.fault("composed")
        unit.commit()
    return prepared


def _moment(row: Any, now: datetime, each_at_its_hour: bool) -> datetime:
    if not each_at_its_hour:
        return now
    begin: datetime = row.not_before
    return begin


def _decide(services: Services, unit: UnitOfWork, facts: Facts) -> tuple[Look, Letter] | Stop | LaterHours:
    row = facts.row
    if row.not_after is not None and facts.moment >= row.not_after:
        return _after_hours(unit, facts)
    since = facts.today - timedelta(days=REFUSED_ADDRESS_DAYS)
    if address_was_refused(unit.connection, row, since):
        return Stop("address_refused", "the provider refused this address lately; its task is still open")
    try:
        look = look_again(services, facts)
        if look.stop is not None:
            return Stop(look.stop)
        return look, make_letter(services, facts, look)
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


def give_up(services: Services, which: tuple[int, int], lease: Lease, now: datetime, why: str) -> str:
    """Cancel a claimed message whose facts can't even be read, with a task that says so. Returns what became of it."""
    message_id, customer_id = which
    with services.database.write() as unit:
        unit.lock_customer(customer_id)
        row = hold(unit, message_id, lease.owner, TouchStatus.CLAIMED, unit.database_now())
        if row is None:
            return "lost"
        _cancel(services, unit, row, now.date(), Stop("not_composed", why, task=True))
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


def _mark_sending(
    services: Services,
    unit: UnitOfWork,
    facts: Facts,
    look: Look,
    letter: Letter,
    lease: Lease,
    started: datetime,
) -> Prepared:
    row, connection = facts.row, unit.connection
    adapter = services.channels[Channel(row.channel)]
    for touch_id, reason in look.dropped:
        drop_touches(connection, [touch_id], reason)
    planned = {touch.id: touch.asked_minor for touch in facts.touches}
    for touch_id, asked in look.asked:
        if planned[touch_id] != asked:
            set_asked(connection, touch_id, asked)
    number = row.attempts + 1
    digest = hashlib.sha256(letter.outgoing.content).hexdigest()
    set_message(
        connection,
        row.id,
        status=next_status(TouchEvent.BEGIN_SENDING, TouchStatus(row.status)),
        status_reason=None,
        lease_until=started + timedelta(seconds=lease.seconds),
        attempts=number,
        message_id=letter.rfc_message_id,
        subject=letter.subject,
        content_sha256=digest,
        asked_minor=letter.asked_minor,
        segments=letter.outgoing.segments,
        template=letter.template,
        provider=adapter.name,
    )
    begin_attempt(connection, row, number, adapter.name, started)
    audit.record(
        connection,
        at=services.now(),
        actor="system",
        action="message.sending",
        subject=("message", row.public_id),
        data={
            "attempt": number,
            "provider": adapter.name,
            "to": row.address,
            "template": letter.template,
            "sha256": digest,
            "asked_minor": letter.asked_minor,
            "currency": row.currency,
            "dropped": [[touch_id, reason] for touch_id, reason in look.dropped],
        },
        customer_id=row.customer_id,
    )
    return Prepared(
        message_id=row.id,
        public_id=row.public_id,
        customer_id=row.customer_id,
        channel=Channel(row.channel),
        attempt=number,
        owner=lease.owner,
        moment=facts.moment,
        today=facts.today,
        outgoing=letter.outgoing,
    )


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
