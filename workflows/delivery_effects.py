"""What follows from a delivery event: for its message and its steps, for the address, for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain.calendars import zone_of
from domain.delivery import (
    ADDRESS_EFFECT,
    GIVEN_UP_DAYS,
    GIVEN_UP_LIMIT,
    AddressEffect,
    DeliveryKind,
)
from domain.parties import Channel
from domain.tasks import TaskCause
from domain.touches import TouchStatus
from storage import address_state, approvals, audit, delivery_apply
from storage.database import UnitOfWork
from storage.letter_rows import timezone_of
from storage.tasks import NewTask, add_tasks
from workflows.services import Services

HELD_FOR_GIVEN_UP = (TouchStatus.FAILED, TouchStatus.CANCELLED)
"""States in which a message's steps were freed because it seemed not to have gone."""

_MAKES_TASKS = (AddressEffect.DEAD, AddressEffect.COMPLAINT)

Task = tuple[TaskCause, str, str]
"""Cause, key and note of a task about an address."""


@dataclass(frozen=True, slots=True)
class Told:
    """A stored event with the message that it names, if there is one, as it is now, locked.

    `address` is whom it is about, normalised: the event's own, else the message's; empty where neither is known.
    """

    event: Any
    kind: DeliveryKind
    channel: Channel
    message: Any
    address: str
    about_a_copy: bool


@dataclass(frozen=True, slots=True)
class Move:
    """A message that an event takes from one state to another."""

    told: Told
    before: TouchStatus
    after: TouchStatus


def move_messages(services: Services, unit: UnitOfWork, moves: Sequence[Move]) -> None:
    """Write the new states; free the steps of what came back, take back those of what went after all."""
    last = {int(move.told.message.id): move for move in moves}
    delivery_apply.move_messages(unit.connection, [_row(move) for move in last.values()])
    came_back = {key for key, move in last.items() if move.after is TouchStatus.BOUNCED}
    delivery_apply.free_steps(unit.connection, came_back, str(TouchStatus.BOUNCED))
    twice = {
        key: delivery_apply.take_steps_back(unit.connection, move.told.message)
        for key, move in last.items()
        if move.told.message.status in HELD_FOR_GIVEN_UP and key not in came_back
    }
    audit.record_many(unit.connection, [_entry(services, move, twice.get(move.told.message.id)) for move in moves])
    for move in moves:
        _settle_tasks(services, unit, move)


def _row(move: Move) -> Mapping[str, Any]:
    row, event = move.told.message, move.told.event
    ref = event.provider_ref if event.provider == row.provider else None
    return {
        "which": row.id,
        "new_status": str(move.after),
        "new_reason": _words(event) if move.after is TouchStatus.BOUNCED else None,
        "new_sent_at": row.sent_at or event.occurred_at,
        "new_ref": row.provider_ref or ref,
    }


def _words(event: Any) -> str:
    told = ": ".join(part for part in (event.code, event.reason) if part)
    return f"{event.kind} ({told})" if told else str(event.kind)


def _entry(services: Services, move: Move, twice: Sequence[str] | None) -> dict[str, Any]:
    row, event = move.told.message, move.told.event
    data = {"event": [event.provider, event.event_id], "kind": event.kind, "code": event.code, "was": move.before}
    # Found out too late: its steps had been planned anew, and those messages went.
    data |= {"asked_again_by": list(twice)} if twice else {}
    return audit.entry(
        services.now(), "system", f"message.{move.after}", ("message", row.public_id), data, row.customer_id
    )


def _settle_tasks(services: Services, unit: UnitOfWork, move: Move) -> None:
    """Evidence answers what a person was asked to find out."""
    row = move.told.message
    cause = {TouchStatus.UNKNOWN: TaskCause.UNKNOWN_OUTCOME, TouchStatus.FAILED: TaskCause.SEND_FAILED}
    if move.before in cause:
        outcome = f"{move.told.event.provider} told: {move.told.event.kind}"
        approvals.close_task_of(unit.connection, f"{cause[move.before]}:{row.public_id}", outcome, None, services.now())
    if move.after is TouchStatus.BOUNCED and move.told.kind is DeliveryKind.DROPPED:
        key = f"{TaskCause.SEND_FAILED}:{row.public_id}"
        note = f"the provider took message {row.public_id} and didn't try to deliver it: {_words(move.told.event)}"
        add_tasks(unit.connection, [_task(unit, move.told, row.customer_id, (TaskCause.SEND_FAILED, key, note))])


def heed_addresses(services: Services, unit: UnitOfWork, told: Sequence[Told]) -> None:
    """What events mean for addresses, in the order in which they happened; tasks for the accounts' collectors."""
    heeded = [one for one in told if one.address and ADDRESS_EFFECT[one.kind] is not AddressEffect.NONE]
    _alive(services, unit, [one for one in heeded if ADDRESS_EFFECT[one.kind] is AddressEffect.WORKS])
    grave = [one for one in heeded if ADDRESS_EFFECT[one.kind] is not AddressEffect.WORKS]
    strangers = {one.address for one in grave if one.message is None and ADDRESS_EFFECT[one.kind] in _MAKES_TASKS}
    owners = address_state.owners_of(unit.connection, strangers)
    for one in sorted(grave, key=lambda t: (t.event.occurred_at, t.event.id)):
        customers = [int(one.message.customer_id)] if one.message is not None else owners.get(one.address, [])
        task = _heed(services, unit, one, customers)
        if task is not None:
            add_tasks(unit.connection, [_task(unit, one, customer, task) for customer in customers])


def _alive(services: Services, unit: UnitOfWork, told: Sequence[Told]) -> None:
    delivered: dict[tuple[str, str], datetime] = {}
    for one in told:
        key = (str(one.channel), one.address)
        delivered[key] = max(one.event.occurred_at, delivered.get(key, one.event.occurred_at))
    for channel, _ in address_state.found_alive(unit.connection, delivered, services.now()):
        _note(services, unit, "address.works", {"channel": channel, "by": "delivered"}, None)


def _heed(services: Services, unit: UnitOfWork, one: Told, customers: Sequence[int]) -> Task | None:
    effect = ADDRESS_EFFECT[one.kind]
    if effect is AddressEffect.OPT_IN:
        _opt_in(services, unit, one)
        return None
    if effect in (AddressEffect.OPT_OUT, AddressEffect.COMPLAINT):
        return _opt_out(services, unit, one)
    if effect is AddressEffect.GAVE_UP and not _gave_up_often(unit, one, customers):
        return None
    return _strike_off(services, unit, one)


def _opt_out(services: Services, unit: UnitOfWork, one: Told) -> Task | None:
    complaint = one.kind is DeliveryKind.COMPLAINED
    source = f"{'complaint' if complaint else 'provider'}:{one.event.provider}"
    new = address_state.opt_out_told(
        unit.connection, str(one.channel), one.address, source=source, evidence=_evidence(one),
        since=one.event.occurred_at,
    )  # fmt: skip
    if new:
        _note(services, unit, "opt_out.set", {"channel": one.channel, "source": source, **_evidence(one)}, one.message)
    if not complaint:
        return None
    note = f"{one.address} called our {one.channel} spam: nothing more goes there by itself. Find out why, by telephone"
    return TaskCause.SPAM_COMPLAINT, f"{TaskCause.SPAM_COMPLAINT}:{one.event.provider}:{one.event.event_id}", note


def _opt_in(services: Services, unit: UnitOfWork, one: Told) -> None:
    source = f"provider:{one.event.provider}"
    lifted = address_state.opt_in_told(
        unit.connection, str(one.channel), one.address, source=source, since=one.event.occurred_at
    )
    if lifted:
        data = {"channel": one.channel, "source": source, **_evidence(one)}
        _note(services, unit, "opt_out.lifted", data, one.message)


def _gave_up_often(unit: UnitOfWork, one: Told, customers: Sequence[int]) -> bool:
    since = one.event.occurred_at.date() - timedelta(days=GIVEN_UP_DAYS)
    return any(
        address_state.came_back_lately(unit.connection, customer, str(one.channel), one.address, since)
        >= GIVEN_UP_LIMIT
        for customer in customers
    )


def _strike_off(services: Services, unit: UnitOfWork, one: Told) -> Task | None:
    why = _words(one.event)
    which, new = address_state.strike_off(
        unit.connection, str(one.channel), one.address, since=one.event.occurred_at, reason=why,
        evidence=_evidence(one), message_id=one.message.id if one.message is not None else None,
    )  # fmt: skip
    if which is None:
        return None
    if new:
        _note(services, unit, "address.dead", {"channel": one.channel, **_evidence(one)}, one.message)
    about = f"message {one.message.public_id}" if one.message is not None else f"told by {one.event.provider}"
    note = (
        f"{one.channel} to {one.address} doesn't arrive ({about}): {why}. The next run takes the next contact or "
        "channel. Correct the address; closing this task tries the old one again"
    )
    return TaskCause.BOUNCED, f"{TaskCause.BOUNCED}:{which}", note


def _evidence(one: Told) -> dict[str, Any]:
    return {"event": [one.event.provider, one.event.event_id], "kind": str(one.kind)}


def _note(services: Services, unit: UnitOfWork, action: str, data: dict[str, Any], message: Any) -> None:
    subject = ("message", message.public_id) if message is not None else ("address", data["channel"])
    audit.record(
        unit.connection, at=services.now(), actor="system", action=action, subject=subject, data=data,
        customer_id=message.customer_id if message is not None else None,
    )  # fmt: skip


def _task(unit: UnitOfWork, one: Told, customer_id: int, task: Task) -> NewTask:
    cause, key, note = task
    row = one.message
    day = _day(unit, one)
    return NewTask(
        cause=cause,
        # Two customers may share an address; each has a collector.
        key=key if cause is TaskCause.SEND_FAILED else f"{key}:{customer_id}",
        created_on=day,
        due_on=day,
        customer_id=customer_id,
        entity_id=row.entity_id if row is not None else None,
        stake_minor=row.asked_minor if row is not None else None,
        stake_currency=row.currency if row is not None else None,
        note=note,
    )


def _day(unit: UnitOfWork, one: Told) -> date:
    at: datetime = one.event.received_at
    if one.message is None:
        return at.date()
    return at.astimezone(zone_of(timezone_of(unit.connection, one.message.entity_id))).date()
