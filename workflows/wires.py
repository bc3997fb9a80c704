"""The wires: hand-overs to providers under way, each in a thread of its own, outside any transaction."""

from __future__ import annotations

import queue
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from uuid import uuid4

import structlog

from outreach.channels.base import Delivery, Outcome
from workflows.prepare_message import Prepared, seconds_passed
from workflows.record_sending import Answered
from workflows.services import Services

log = structlog.get_logger(__name__)

STOOD_STILL = "this process stood still for half of the lease before it could hand the message over"
"""Then the message may be in doubt already, and somebody may have settled that: only the lease's holder hands over."""


class Wires:
    """As many hand-overs at once as the services have wires. Used as a context: leaving it waits for all of them."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.count = services.limits.wires
        self._threads = ThreadPoolExecutor(max_workers=self.count, thread_name_prefix="wire")
        self._answers: queue.SimpleQueue[Answered] = queue.SimpleQueue()

    def close(self) -> None:
        """End the threads; what is under way is finished."""
        self._threads.shutdown()

    def hand_over(self, prepared: Prepared) -> None:
        """Begin handing a message over. Its answer comes by `answers`, whatever happens."""
        # The caller's context comes along: ids on log lines, the span that the messages belong under.
        self._threads.submit(copy_context().run, self._run, prepared)

    def answers(self, seconds: float | None) -> list[Answered]:
        """The answers that have come, waiting at most so long for the first (None: as long as it takes)."""
        found: list[Answered] = []
        try:
            found.append(self._answers.get(timeout=seconds) if seconds != 0 else self._answers.get_nowait())
            while True:
                found.append(self._answers.get_nowait())
        except queue.Empty:
            return found

    def _run(self, prepared: Prepared) -> None:
        try:
            with self.services.observe.span("message", message=prepared.message_id, customer=prepared.customer_id):
                delivery = self._hand_over(prepared)
        except Exception as error:  # whatever it was, who waits for the answer must get one
            log.exception("wire.failed", message=prepared.public_id)
            delivery = Delivery(Outcome.UNKNOWN, error=f"{type(error).__name__} beside the hand-over")
        self._answers.put(Answered(prepared, delivery))

    def _hand_over(self, prepared: Prepared) -> Delivery:
        adapter, observe = self.services.adapter(prepared.channel, prepared.provider), self.services.observe
        try:
            self.services.fault("sending")
            if seconds_passed() - prepared.held_since > self.services.limits.lease_seconds / 2:
                return Delivery(Outcome.TRY_AGAIN, error=STOOD_STILL)
            began = time.perf_counter()
            with observe.span("wire", message=prepared.public_id):
                delivery = adapter.send(prepared.outgoing)
            observe.timing("wire", time.perf_counter() - began, prepared.channel, adapter.name)
            self.services.fault("accepted")
        except Exception as error:  # the edge to a vendor's code: what it did before it failed can't be known
            reference = uuid4().hex[:8]
            log.exception("channel.failed", channel=adapter.name, message=prepared.public_id, reference=reference)
            why = f"{type(error).__name__} in {adapter.name}, log reference {reference}"
            delivery = Delivery(Outcome.UNKNOWN, error=why)
        observe.count("messages", prepared.channel, adapter.name, delivery.outcome)
        return delivery
