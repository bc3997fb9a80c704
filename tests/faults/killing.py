"""Workers that are killed and started again, two at once, over one ledger and one provider that counts.

Rounds: a round seeds customers who are due for a reminder and lets the workers go; they plan, send, and die as ordered,
several times a round; a dead one is replaced at once. The round ends when nothing is left on its way, leases included,
and the database is compared with the provider. What is killed, where and after how many passings comes from the seed;
what the threads were doing at that moment is the machine's.
"""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from tests.fakes.processes import RunningProcess
from tests.faults.premises import Premises
from tests.faults.verdict import Verdict
from workflows.services import FAULT_POINTS

CUSTOMERS_A_KILL = 8
KILLS_A_ROUND = 25
ANYWHERE = "anywhere"
PLANNING = tuple(point for point in FAULT_POINTS if point.startswith("plan"))
OF_THE_SEND = tuple(point for point in FAULT_POINTS if point not in PLANNING)
WIRES = 4
TELL_EVERY = 10
PATIENCE = 120.0
"""Seconds without a death or an end of the round, after which something hangs."""
COMMIT_TAIL = 0.1
"""Seconds in which a server may still carry out what a dead client had asked for."""


@dataclass(frozen=True)
class Order:
    """One death: at the `nth` passing of a named point, or `delay` seconds after the first claim, wherever it is."""

    point: str
    nth: int
    delay: float

    @property
    def kill_at(self) -> str:
        """The order as the process gets it."""
        return "" if self.point == ANYWHERE else f"{self.point}:{self.nth}"


def draw_orders(kills: int, seed: int) -> deque[Order]:
    """So many deaths: every named point of the send as often as the others, a third of all anywhere."""
    rng = random.Random(seed)
    orders: list[Order] = []
    while len(orders) < kills:
        block = [*OF_THE_SEND, *[ANYWHERE] * (len(OF_THE_SEND) // 2)]
        rng.shuffle(block)
        orders += [Order(p, rng.randint(1, 2 if p == "claimed" else 8), rng.uniform(0, 0.25)) for p in block]
    return deque(orders[:kills])


@dataclass
class Slot:
    """A place for one worker: who is in it, the death that awaits it, and when it is due from outside."""

    channel: str
    process: RunningProcess | None = None
    order: Order | None = None
    strike_at: float | None = None


@dataclass
class Killing:
    """Premises under fire. `in_flight` collects what was `sending` in the moments after each death."""

    premises: Premises
    orders: deque[Order]
    channels: Sequence[str] = ("sendgrid", "smtp")
    tell: Callable[[str], None] = lambda _line: None
    deaths: Counter[str] = field(default_factory=Counter)
    in_flight: set[str] = field(default_factory=set)
    rounds: int = 0

    @property
    def kills(self) -> int:
        """Processes that died by an order."""
        return self.deaths.total()

    def run(self) -> Verdict:
        """Kill until no order is left and everything has settled. Returns the judgement of all that was sent."""
        verdict = Verdict()
        slots = [Slot(channel) for channel in self.channels]
        with self.premises.staff(workers=0):
            try:
                while (self.orders or any(slot.order for slot in slots)) and not verdict.problems:
                    self._seed()
                    self._until_settled(slots)
                    verdict = self.premises.verdict()
                    self._tell(verdict)
            finally:
                codes = [slot.process.stop() for slot in slots if slot.process is not None]
        if any(codes):
            verdict.problems.append(f"a worker that was told to stop ended with {codes}")
        late = self.premises.answered_too_late() & verdict.unknown
        if late:
            self.tell(f"{len(late)} doubts without a death: on this busy machine an answer came too late")
        stray = verdict.unknown - self.in_flight - late
        if stray:
            verdict.problems.append(f"in doubt, but not on the wire at any kill: {sorted(stray)}")
        if len(verdict.unknown - late) > WIRES * self.kills:
            verdict.problems.append(
                f"{len(verdict.unknown - late)} doubts of {self.kills} kills with {WIRES} wires each"
            )
        return verdict

    def _tell(self, verdict: Verdict) -> None:
        self.tell(
            f"round {self.rounds}: {self.kills} kills so far, {verdict.sent} sent, {len(verdict.unknown)} unknown "
            f"({verdict.taken} of them accepted), {verdict.doubled} doubled, {verdict.lost} lost"
        )

    def _seed(self) -> None:
        self.rounds += 1
        self.premises.seed(max(1, min(KILLS_A_ROUND, len(self.orders))) * CUSTOMERS_A_KILL)

    def _until_settled(self, slots: list[Slot]) -> None:
        moved = looked = time.monotonic()
        while True:
            for slot in slots:
                if slot.process is None:
                    slot.order = self.orders.popleft() if self.orders else None
                    told = slot.order.kill_at if slot.order else ""
                    slot.process = self.premises.start("worker", slot.channel, told, wires=WIRES)
                moved = time.monotonic() if self._tend(slot) else moved
            now = time.monotonic()
            if now - looked > 0.3:
                looked = now
                if self.premises.settled():
                    return
            waiting = [slot.order for slot in slots if slot.order]
            assert now - moved < PATIENCE, f"nothing happens; deaths that wait: {waiting}; see {self.premises.log}"
            self._sleep(slots)

    def _tend(self, slot: Slot) -> bool:
        """Hear what a worker says, strike when its moment has come, and bury it. Returns whether it died."""
        process = slot.process
        assert process is not None
        with suppress(EOFError, OSError):
            while process.pipe.poll():
                if process.pipe.recv() == "claimed" and slot.order and slot.order.point == ANYWHERE:
                    slot.strike_at = time.monotonic() + slot.order.delay
        if slot.strike_at is not None and time.monotonic() >= slot.strike_at:
            slot.strike_at = None
            process.kill()
            process.process.join(30)
        if process.process.exitcode is None:
            return False
        code, log = process.reap(), self.premises.log
        assert slot.order is not None, f"a worker ended unbidden with {code}; see {log}"
        assert code == -9, f"a worker ended with {code} before its death; see {log}"
        self.deaths[slot.order.point] += 1
        if self.kills % TELL_EVERY == 0:
            self.tell(f"{self.kills} kills, {len(self.orders)} to come")
        slot.process, slot.order, slot.strike_at = None, None, None
        time.sleep(COMMIT_TAIL)
        self.in_flight |= self.premises.sending()
        return True

    def _sleep(self, slots: list[Slot]) -> None:
        """Until somebody says something or dies, or a strike is due."""
        alive = [slot.process for slot in slots if slot.process is not None]
        strikes = [slot.strike_at - time.monotonic() for slot in slots if slot.strike_at is not None]
        heard = [one.process.sentinel for one in alive] + [one.pipe for one in alive]
        wait(heard, timeout=max(0.0, min([0.3, *strikes])))
