"""A storm of delivery events: messages that went out, what became of each, told in pieces, repeated and shuffled."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from domain.touches import TouchStatus
from storage.database import Database
from storage.tables import cycle, message, run, touch
from tests.fakes.ledgers import ENTITY
from tests.fakes.signed_webhooks import sendgrid_event

STORIES = (
    (60, ("processed", "delivered"), TouchStatus.DELIVERED),
    (10, ("processed", "deferred", "delivered"), TouchStatus.DELIVERED),
    (10, ("delivered",), TouchStatus.DELIVERED),
    (5, ("processed", "deferred"), TouchStatus.SENT),
    (5, ("processed", "bounce"), TouchStatus.BOUNCED),
    (3, ("processed", "delivered", "bounce"), TouchStatus.BOUNCED),
    (3, ("processed", "dropped"), TouchStatus.BOUNCED),
    (2, ("processed", "delivered", "spamreport"), TouchStatus.DELIVERED),
    (2, ("processed", "delivered", "unsubscribe"), TouchStatus.DELIVERED),
)
"""How often in a hundred, what is told, and how it ends."""
STATES = (TouchStatus.SENT,) * 18 + (TouchStatus.UNKNOWN, TouchStatus.SENDING)
"""How messages stand when the storm begins."""


@dataclass(frozen=True)
class Storm:
    """`events` as posted, repetitions included; `ends`: our message id → the state that it must come to."""

    events: list[dict[str, Any]]
    ends: dict[str, TouchStatus]
    unique: int

    def posts(self, seed: int = 0) -> Iterator[list[dict[str, Any]]]:
        """The events in posts of SendGrid's sizes: hundreds at once, some at once, alone."""
        dice = random.Random(seed)
        left = 0
        while left < len(self.events):
            size = dice.choice((1, 1, 1, 2, 5, 20, 200, 500, 1000))
            yield self.events[left : left + size]
            left += size


def seed_sent(database: Database, customers: int, each: int, at: datetime) -> None:
    """Messages handed to SendGrid, `each` for each of so many customers, with the touch that each carries."""
    with database.write() as unit:
        values = {"public_id": "storm", "entity_id": ENTITY, "business_day": at.date(), "kind": "cadence"}
        unit.connection.execute(insert(run).values(status="finished", started_at=at, **values))
        numbers = range(1, customers * each + 1)
        rows = [_message(number, 1 + number % customers, at) for number in numbers]
        unit.connection.execute(insert(message), rows)
        unit.connection.execute(insert(cycle), [_cycle(number, 1 + number % customers, at) for number in numbers])
        unit.connection.execute(insert(touch), [_touch(number, 1 + number % customers, at) for number in numbers])
        unit.commit()


def _message(number: int, customer: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number, "public_id": f"00000000-0000-7000-8000-{number:012}", "customer_id": customer,
        "entity_id": ENTITY, "currency": "EUR", "purpose": "cadence", "channel": "email",
        "address": f"ap{customer}.{number}@customer{customer % 7}.example", "locale": "en_IE", "template": "first",
        "planned_on": at.date(), "status": str(STATES[number % len(STATES)]), "not_before": at, "sent_at": at,
        "attempts": 1, "reply_token": f"storm{number}", "provider": "sendgrid", "provider_ref": f"ref{number}",
        "created_at": at, "asked_minor": 1000, "lease_until": at + timedelta(days=900),
    }  # fmt: skip


def _cycle(number: int, customer: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number, "customer_id": customer, "entity_id": ENTITY, "currency": "EUR", "scope": "invoice",
        "document_id": number, "opened_on": at.date(),
    }  # fmt: skip


def _touch(number: int, customer: int, at: datetime) -> dict[str, Any]:
    return {
        "message_id": number, "run_id": 1, "cycle_id": number, "customer_id": customer, "stage": "first",
        "stage_offset": 5, "template": "first", "asked_minor": 1000, "planned_on": at.date(),
    }  # fmt: skip


def make_storm(database: Database, at: datetime, total: int, seed: int = 1) -> Storm:
    """About `total` events about the database's messages, a third of them repetitions, in no order at all."""
    dice = random.Random(seed)
    with database.read() as connection:
        known = connection.execute(select(message.c.public_id, message.c.address, message.c.status)).all()
    once: list[dict[str, Any]] = []
    ends: dict[str, TouchStatus] = {}
    weights = [weight for weight, _, _ in STORIES]
    for row in known:
        if len(once) >= total * 2 // 3:
            ends[row.public_id] = TouchStatus(row.status)
            continue
        _, words, ends[row.public_id] = dice.choices(STORIES, weights)[0]
        once += [_event(len(once) + n, row, word, at + timedelta(seconds=n)) for n, word in enumerate(words)]
    events = once + dice.choices(once, k=total - len(once))
    dice.shuffle(events)
    return Storm(events, ends, len(once))


def _event(number: int, row: Any, word: str, at: datetime) -> dict[str, Any]:
    more = {
        "bounce": {"type": "bounce", "status": "5.1.1", "reason": "550 no such user"},
        "dropped": {"reason": "Spam Content"},
        "deferred": {"response": "451 try again later", "attempt": "1"},
    }.get(word, {})
    return sendgrid_event(number, word, at, email=row.address, dunwell_message=row.public_id, **more)


def ended(database: Database) -> dict[str, TouchStatus]:
    """Our message id → the state that it has come to."""
    with database.read() as connection:
        rows: Sequence[Any] = connection.execute(select(message.c.public_id, message.c.status)).all()
    return {row.public_id: TouchStatus(row.status) for row in rows}


def differences(storm: Storm, found: dict[str, TouchStatus]) -> Counter[tuple[TouchStatus, TouchStatus]]:
    """(wanted, found) → messages, where they differ."""
    return Counter((end, found[which]) for which, end in storm.ends.items() if found[which] is not end)
