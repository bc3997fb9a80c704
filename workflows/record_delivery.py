"""What providers tell of messages: stored once and answered at once, applied when the bell has rung.

Applying goes in chunks: name the messages, lock their customers and them, judge every event by the state table
(`domain.touches`), then write all of it in one transaction. A chunk with an event that can't be applied is done again
event by event, so that it holds up nobody else's.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import structlog

from domain.delivery import DeliveryEvent, DeliveryKind, Effect, judge_event
from domain.parties import Channel
from domain.touches import TouchStatus
from outreach.cadence.recipients import normal_address
from storage import delivery_events
from storage.database import UnitOfWork
from storage.delivery_apply import fail_event, finish_events, lock_customers, lock_told
from storage.send_queue import TROUBLE
from workflows.delivery_effects import Move, Told, heed_addresses, move_messages
from workflows.services import Services

log = structlog.get_logger(__name__)

CHUNK = 200
"""Events applied at once: their customers stay locked for some hundredths of a second."""
MAX_ATTEMPTS = 5
"""An event that couldn't be applied this often is left to a person."""
APPLY_SECONDS = 60.0
"""How long one call works at most: another bell will ring."""

GATHER_SECONDS = 0.25
"""How long events gather before they are applied: providers post one message's in several posts, and a chunk of many
costs little more than a chunk of one."""


def store_events(services: Services, events: Iterable[DeliveryEvent]) -> int:
    """Store events once each, by one statement, and ring the bell. Returns how many were new.

    An event that was there already changes nothing, whatever else it says now. One from the future happened now.
    """
    now = services.now()
    kept = [event if event.occurred_at <= now else replace(event, occurred_at=now) for event in events]
    with services.database.write() as unit:
        new = delivery_events.insert_events(unit.connection, kept, now)
        unit.commit()
    if new:
        services.ring("delivery")
    return new


def heed_now(services: Services, event: DeliveryEvent) -> None:
    """Store one event and apply it before returning: a no holds from the moment that it is told (invariant 6)."""
    store_events(services, [event])
    with services.database.read() as connection:
        stored = delivery_events.find_new(connection, event.provider, event.event_id)
    if stored is not None:
        _apply_each(services, [stored])


def take_in_events(services: Services) -> dict[str, int]:
    """What the bell for 'delivery' asks for: `apply_events`, after a moment in which those that come with it gather."""
    time.sleep(GATHER_SECONDS)
    return apply_events(services)


def apply_events(services: Services, limit: int | None = None, *, seconds: float = APPLY_SECONDS) -> dict[str, int]:
    """Apply stored events, oldest first, until none is due, `limit` were taken or `seconds` have passed.

    Returns what they did (`domain.delivery.Effect`, or 'failed') → events.
    """
    done: Counter[str] = Counter()
    deadline = time.monotonic() + seconds
    left = limit
    while time.monotonic() < deadline and (left is None or left > 0):
        with services.database.write() as unit:
            size = CHUNK if left is None else min(left, CHUNK)
            claimed = delivery_events.claim_delivery_events(unit, size, services.limits.lease_seconds)
            unit.commit()
        if not claimed:
            break
        done.update(_apply_each(services, claimed))
        left = None if left is None else left - len(claimed)
    return dict(done)


def _apply_each(services: Services, events: Sequence[Any]) -> Counter[str]:
    try:
        return _apply(services, events)
    except Exception as error:  # one of them, or the moment: each by itself shows which
        if len(events) > 1:
            log.warning("delivery.one_by_one", events=len(events), error=type(error).__name__)
            return sum((_apply_each(services, [event]) for event in events), Counter())
        reference = uuid4().hex[:8]
        log.exception("delivery.not_applied", delivery_event=events[0].id, reference=reference)
        if not isinstance(error, TROUBLE) and events[0].attempts >= MAX_ATTEMPTS:
            _give_up(services, events[0], f"{type(error).__name__} (log reference {reference})")
        return Counter(failed=1)  # its lease brings it back, until it was tried often enough


def _give_up(services: Services, event: Any, error: str) -> None:
    with services.database.write() as unit:
        fail_event(unit.connection, event.id, error)
        unit.commit()


def _apply(services: Services, events: Sequence[Any]) -> Counter[str]:
    events = sorted(events, key=lambda event: (event.occurred_at, event.id))
    with services.database.write() as unit:
        named = delivery_events.messages_named(unit.connection, events)
        lock_customers(unit, {int(row.customer_id) for row in named.values()})
        messages = lock_told(unit.connection, {int(row.id) for row in named.values()})
        told = [_told(event, messages.get(int(named[event.id].id)) if event.id in named else None) for event in events]
        effects, moves = _judge(told)
        move_messages(services, unit, moves)
        heed_addresses(services, unit, [one for one, effect in zip(told, effects, strict=True) if _heard(effect)])
        _finish(unit, told, effects)
        unit.commit()
    return Counter(str(effect) for effect in effects)


def _told(event: Any, message: Any) -> Told:
    channel = Channel(event.channel)
    address = normal_address(channel, event.address or "")
    own = normal_address(channel, message.address) if message is not None else ""
    return Told(
        event=event,
        kind=DeliveryKind(event.kind),
        channel=channel,
        message=message,
        address=address or own,
        about_a_copy=message is not None and bool(address) and address != own,
    )


def _judge(told: Sequence[Told]) -> tuple[list[Effect], list[Move]]:
    """What each event does, one after the other: a message may be told of several times."""
    status: dict[int, TouchStatus] = {}
    effects, moves = [], []
    for one in told:
        if one.message is None:
            effects.append(Effect.NO_MESSAGE)
            continue
        key = int(one.message.id)
        before = status.get(key, TouchStatus(one.message.status))
        effect, after = judge_event(one.kind, before, one.message.attempts, about_a_copy=one.about_a_copy)
        effects.append(effect)
        if effect is Effect.MOVED:
            status[key] = after
            moves.append(Move(one, before, after))
    return effects, moves


def _heard(effect: Effect) -> bool:
    return effect is not Effect.NOT_SENT_BY_US


def _finish(unit: UnitOfWork, told: Sequence[Told], effects: Sequence[Effect]) -> None:
    finish_events(
        unit.connection,
        [
            {
                "which": one.event.id,
                "new_outcome": str(effect),
                "new_message": one.message.id if one.message is not None else None,
            }
            for one, effect in zip(told, effects, strict=True)
        ],
    )
