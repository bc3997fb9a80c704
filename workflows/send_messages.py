"""Send what is due: claim → one transaction looks again, composes and marks `sending` → the wire → the result.

The transaction that marks `sending` holds the customers' rows: balance, pauses, promises, opt-outs and hours are read
in it, and the messages are made in it from the very facts that were read. What a reply or a payment changes before its
commit is heard; what comes after is too late, and the message goes.

Nothing is sent twice. A process that dies before that commit leaves a claim, which its lease gives back; one that dies
after it leaves `sending`, which its lease turns into `unknown`: a person's question, never sent again by itself. Hence
never more messages are `sending` than there are wires: an answer is written down before, or with, the next mark.

A few messages are prepared at once (a look costs as many statements for four as for one), while others are on the wire:
their transaction is ready before a wire is free, and waits a moment for it. PostgreSQL locks their customers' rows
meanwhile. SQLite has one writer: there the transaction only reads until the wires are free, and can't write when
anybody else has written since; then it is made anew as the one writer, with the letters whose facts are still the same.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import uuid4

import structlog

from domain.errors import NotReady
from domain.parties import Channel
from storage.database import Overtaken, UnitOfWork
from storage.send_queue import TROUBLE, Lease, give_back
from storage.sending_hold import why_held
from workflows.claim_messages import Portion, claim_messages
from workflows.prepare_message import Claim, Group, Looked, give_up, look_at_group, mark_group
from workflows.record_sending import Answered, record_result, record_results
from workflows.services import Services
from workflows.wires import Wires

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 60.0
"""How long one drain works at most: another bell will ring."""
HOLD_SECONDS = 0.25
"""How long a prepared group waits for free wires with its customers' rows locked; then it is let go, and made anew."""
UNWRITTEN_SECONDS = 0.02
"""How long an answer waits for others to be written down with: until it is written, a crash makes it a doubt."""
WORTH_WAITING_SECONDS = 5.0
"""How long a drain waits for a rate to have room again; what waits for longer is seen to by a later bell."""
BUSY_SECONDS = 0.02
"""How long nothing is tried when all that is left belongs to customers whom somebody else works on."""
RETRY_SECONDS = (0.1, 0.5, 2.0, 5.0)
"""Pauses between tries to write an answer down: a database that is started anew is back within them."""
BAD_MOMENT = (TROUBLE, NotReady)
"""Trouble of the database: about the moment, not about one message."""


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
    instant: Callable[[], datetime] = services.now if now is None else lambda: now
    work = _Drain(services, instant, limit, each_at_its_hour)
    try:
        work.until(time.monotonic() + seconds)
    finally:
        work.finish()
    return dict(work.counts)


class _Drain:
    """One drain. `counts`: outcome → messages. `down`: channels whose trouble would meet every message.

    `stock` is claimed and waits for its turn; where a rate has no room for more, `again_in` says for how many seconds.
    `sending` counts what is marked and not written down yet, of which `answered` has its answer.
    """

    def __init__(
        self, services: Services, instant: Callable[[], datetime], limit: int | None, each_at_its_hour: bool
    ) -> None:
        self.services = services
        self.instant = instant
        self.left = limit
        self.each_at_its_hour = each_at_its_hour
        self.wires = Wires(services)
        self.counts: Counter[str] = Counter()
        self.down: set[Channel] = set()
        self.stock: deque[Claim] = deque()
        self.again_in: float | None = None
        self.sending = 0
        self.answered: list[Answered] = []

    def until(self, deadline: float) -> None:
        """Send until nothing is due or the deadline (monotonic seconds) has come."""
        size = max(1, self.wires.count // 2)
        while time.monotonic() < deadline and not self.services.stopping():
            if len(self.stock) < size:
                self._claim()
            group = [self.stock.popleft() for _ in range(min(size, len(self.stock)))]
            if group:
                self._try(group)
            elif self.sending:
                self._hear(None)
                self._write_down()
            elif self.again_in is not None and self.again_in <= WORTH_WAITING_SECONDS:
                # A rate has no room just now; other channels have been seen to.
                time.sleep(max(0.0, min(self.again_in, 1.0, deadline - time.monotonic())))
            else:
                return

    def finish(self) -> None:
        """Give back what had no turn, and write down what was on the wire."""
        if self.stock:
            with suppress(*BAD_MOMENT), self.services.database.write() as unit:
                give_back(unit, {claim.message_id: claim.lease.owner for claim in self.stock})
                unit.commit()
        try:
            while self.sending:
                self._hear(None)
                self._write_down()
        finally:
            self.wires.close()

    def _claim(self) -> None:
        size = self.services.limits.claim_size
        if self.left is not None:
            size = min(size, self.left)
        if size == 0:
            return
        lease = Lease(uuid4().hex, self.services.limits.lease_seconds)
        channels = [channel for channel in self.services.channels if channel not in self.down]
        with self.services.database.write() as unit:
            held = why_held(unit)
            portion = (
                claim_messages(self.services, unit, self.instant(), lease, size, channels) if not held else Portion()
            )
            unit.commit()
        self.again_in, found = portion.again_in, portion.taken
        if held is not None:
            log.error("sending.held", why=held)
        if found:
            self.services.fault("claimed")
        self.stock.extend(Claim(t.message_id, t.customer_id, lease, t.provider, t.watched) for t in found)
        if self.left is not None:
            self.left -= len(found)

    def _try(self, claims: Sequence[Claim]) -> None:
        """Give a group its turn; where that fails, each of it by itself, so that only the one at fault stays behind."""
        try:
            while not self._turn(claims):
                # The wires take their time, or brought trouble: that comes first, and the group is looked at anew.
                self._write_down()
                self._wait_for_wires(len(claims))
        except Exception as error:  # facts of one recipient that can't be read, or the database's trouble
            reference = uuid4().hex[:8]
            log.exception("message.not_prepared", messages=[c.message_id for c in claims], reference=reference)
            self._write_down()
            if len(claims) > 1:
                for claim in claims:
                    self._try([claim])
            else:
                self._count(self._not_prepared(claims[0], error, reference))

    def _not_prepared(self, claim: Claim, error: Exception, reference: str) -> str:
        if isinstance(error, BAD_MOMENT):
            return "postponed"  # its lease brings it back
        why = f"{type(error).__name__}: {error} (log reference {reference})"
        return give_up(self.services, claim, self.instant(), why)

    def _turn(self, claims: Sequence[Claim]) -> bool:
        """Look again at a group, mark what may go, write down with it what was answered meanwhile, hand over.

        False when nothing of that was done.
        """
        database = self.services.database
        self._hear(0)
        if not all(one.is_plain for one in self.answered):
            self._write_down()
        now = self.instant()
        with database.write_later() as unit:
            looked = self._look(unit, claims, now)
            with suppress(Overtaken):
                return self._mark(unit, looked)
        # Nobody else can write from here on, not even an answer of ours: the wires are waited for before.
        self._wait_for_wires(len(claims))
        with database.write() as unit:
            return self._mark(unit, self._look(unit, claims, now, looked))

    def _look(self, unit: UnitOfWork, claims: Sequence[Claim], now: datetime, before: Looked | None = None) -> Looked:
        looked = look_at_group(
            self.services, unit, claims, now, down=self.down, each_at_its_hour=self.each_at_its_hour, before=before
        )
        for _ in looked.going:
            self.services.fault("composed")
        return looked

    def _mark(self, unit: UnitOfWork, looked: Looked) -> bool:
        """Mark what was looked at as soon as wires are free for it; False when they took too long."""
        if not self._hold_for_wires(len(looked.going)):
            return False
        unit.begin_writing()
        group = mark_group(self.services, unit, looked)
        states = record_results(self.services, unit, self.answered)
        self.services.fault("recorded")
        unit.commit()
        self._settle(self.answered, states)
        self._go(group)
        return True

    def _go(self, group: Group) -> None:
        self.sending += len(group.ready)
        for prepared in group.ready:
            self.wires.hand_over(prepared)
        for became in group.kept:
            self._count(became)
        self.stock.extend(group.busy)
        if group.busy and not group.ready and not group.kept:
            time.sleep(BUSY_SECONDS)

    def _lack(self, count: int) -> bool:
        """Whether so many more would be more than there are wires, once what is answered is written down."""
        return self.sending - len(self.answered) + count > self.wires.count

    def _wait_for_wires(self, count: int) -> None:
        """Wait until there is room for so many, writing down what is answered if that takes long."""
        while self._lack(count):
            if not self._hear(UNWRITTEN_SECONDS if self.answered else None):
                self._write_down()

    def _hold_for_wires(self, count: int) -> bool:
        """The same while a transaction is open, for a moment only.

        False when it took longer, or when an answer came that needs a customer's row: customers are locked first, in
        order, by everybody.
        """
        deadline = time.monotonic() + HOLD_SECONDS
        while self._lack(count):
            if time.monotonic() > deadline:
                return False
            if not self._hear(UNWRITTEN_SECONDS):
                self._write_down()
            if not all(one.is_plain for one in self.answered):
                return False
        return True

    def _hear(self, seconds: float | None) -> bool:
        """Take the answers that have come, waiting at most so long for the first. Whether one came."""
        if self.sending == len(self.answered):
            return False
        new = self.wires.answers(seconds)
        self.answered += new
        self.down |= {one.prepared.channel for one in new if one.delivery.channel_down}
        return bool(new)

    def _write_down(self) -> None:
        """Write what was answered, trying again where the database has a bad moment: unwritten, each is a doubt."""
        plain = [one for one in self.answered if one.is_plain]
        if plain:
            with suppress(*BAD_MOMENT):  # then each by itself, below
                with self.services.database.write() as unit:
                    states = record_results(self.services, unit, plain)
                    self.services.fault("recorded")
                    unit.commit()
                self._settle(plain, states)
        for one in list(self.answered):
            self._settle([one], [self._recorded(one)])

    def _recorded(self, answered: Answered) -> str:
        for pause in RETRY_SECONDS:
            try:
                return record_result(self.services, answered)
            except BAD_MOMENT:
                outcome = answered.delivery.outcome
                log.warning("message.not_recorded", message=answered.prepared.public_id, outcome=outcome)
                time.sleep(pause)
        return record_result(self.services, answered)

    def _settle(self, written: Sequence[Answered], states: Sequence[str]) -> None:
        done = {id(one) for one in written}
        self.sending -= len(done)
        self.answered = [one for one in self.answered if id(one) not in done]
        self.counts.update(states)

    def _count(self, became: str) -> None:
        self.counts[became] += 1
        self.services.observe.count("messages_kept", became)
