"""Send what is due: claim → one transaction looks again, composes and marks `sending` → the wire → the result.

The transaction that marks `sending` holds the customer's row: balance, pauses, promises, opt-outs and hours are read in
it, and the message is made in it from the very facts that were read (rendering takes less than a millisecond). What a
reply or a payment changes before its commit is heard; what comes after is too late, and the message goes.

Nothing is sent twice. A process that dies before that commit leaves a claim, which its lease gives back; one that dies
after it leaves `sending`, which its lease turns into `unknown`: a person's question, never sent again by itself.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import structlog

from domain.parties import Channel
from outreach.channels.base import ChannelAdapter, Delivery, Outcome
from storage.send_queue import TROUBLE, Lease, claim_due
from workflows.prepare_message import Prepared, give_up, prepare
from workflows.record_sending import record_result
from workflows.services import Services

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 60.0
"""How long one drain works at most: another bell will ring."""


@dataclass
class Drain:
    """What one drain has done: outcome → messages. `down` holds channels whose trouble would meet every message."""

    counts: Counter[str] = field(default_factory=Counter)
    down: set[Channel] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        """One more of `what`."""
        with self.lock:
            self.counts[what] += 1


def drain(
    services: Services,
    now: datetime | None = None,
    *,
    limit: int | None = None,
    seconds: float = DRAIN_SECONDS,
    each_at_its_hour: bool = False,
) -> dict[str, int]:
    """Send due messages until none is left, `limit` is reached or `seconds` have passed. Returns outcome → messages.

    `now` is the instant that hours are judged by, the clock's when None. With `each_at_its_hour` every message planned
    to begin before `now` is taken as going in its own window: for a dated run on the file outbox, whose one instant
    can't lie within the working hours of the whole world. Leases are database time whatever `now` says.

    A message that fails is reported for itself and the rest go on (invariant 13).
    """
    done = Drain()
    deadline = time.monotonic() + seconds
    left = limit
    instant: Callable[[], datetime] = services.now if now is None else lambda: now
    with ThreadPoolExecutor(max_workers=services.limits.wires, thread_name_prefix="wire") as wires:
        while time.monotonic() < deadline and (left is None or left > 0):
            size = services.limits.claim_size if left is None else min(left, services.limits.claim_size)
            lease = Lease(uuid4().hex, services.limits.lease_seconds)
            claimed = _claim(services, instant(), lease, size, done.down)
            if not claimed:
                break
            services.fault("claimed")
            jobs = [
                # The caller's context comes along: ids on log lines, the span that the messages belong under.
                wires.submit(copy_context().run, _send_one, services, done, which, lease, instant, each_at_its_hour)
                for which in claimed
            ]
            for job in jobs:
                job.result()
            if left is not None:
                left -= len(claimed)
    return dict(done.counts)


def _claim(services: Services, now: datetime, lease: Lease, size: int, down: set[Channel]) -> list[tuple[int, int]]:
    channels = [channel for channel in services.channels if channel not in down]
    with services.database.write() as unit:
        claimed = claim_due(unit, now, lease, size, channels)
        unit.commit()
    return claimed


def _send_one(
    services: Services,
    done: Drain,
    which: tuple[int, int],
    lease: Lease,
    instant: Callable[[], datetime],
    each_at_its_hour: bool,
) -> None:
    with services.observe.span("message", message=which[0], customer=which[1]):
        prepared = _prepared(services, done, which, lease, instant(), each_at_its_hour)
        if not isinstance(prepared, Prepared):
            done.count(prepared)
            services.observe.count("messages_kept", prepared)
            return
        services.fault("sending")
        delivery = _on_the_wire(services, prepared)
        services.fault("accepted")
        if delivery.channel_down:
            done.down.add(prepared.channel)
        done.count(_recorded(services, prepared, delivery))


def _prepared(
    services: Services, done: Drain, which: tuple[int, int], lease: Lease, now: datetime, each_at_its_hour: bool
) -> Prepared | str:
    try:
        return prepare(services, which, lease, now, down=done.down, each_at_its_hour=each_at_its_hour)
    except TROUBLE:
        log.exception("message.not_prepared", message=which[0], reference=uuid4().hex[:8])
        return "postponed"  # its lease brings it back
    except Exception as error:  # facts of this one recipient that can't be read: the others must go on
        reference = uuid4().hex[:8]
        log.exception("message.not_prepared", message=which[0], reference=reference)
        return give_up(services, which, lease, now, f"{type(error).__name__}: {error} (log reference {reference})")


def _recorded(services: Services, prepared: Prepared, delivery: Delivery) -> str:
    """Write the result down, trying again where the database has a bad moment: without it the message is in doubt."""
    for pause in (0.1, 0.5, 2.0):
        try:
            return record_result(services, prepared, delivery)
        except TROUBLE:
            log.warning("message.not_recorded", message=prepared.public_id, outcome=delivery.outcome)
            time.sleep(pause)
    return record_result(services, prepared, delivery)


def _on_the_wire(services: Services, prepared: Prepared) -> Delivery:
    adapter, observe = services.channels[prepared.channel], services.observe
    began = time.perf_counter()
    with observe.span("wire", message=prepared.public_id):
        delivery = _hand_over(adapter, prepared)
    observe.timing("wire", time.perf_counter() - began, prepared.channel, adapter.name)
    observe.count("messages", prepared.channel, adapter.name, delivery.outcome)
    return delivery


def _hand_over(adapter: ChannelAdapter, prepared: Prepared) -> Delivery:
    try:
        return adapter.send(prepared.outgoing)
    except Exception as error:  # the edge to a vendor's code: what it did before it failed can't be known
        reference = uuid4().hex[:8]
        log.exception("channel.failed", channel=adapter.name, message=prepared.public_id, reference=reference)
        return Delivery(Outcome.UNKNOWN, error=f"{type(error).__name__} in {adapter.name}, log reference {reference}")
