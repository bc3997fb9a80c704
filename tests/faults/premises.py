"""Where faults happen: a database, a provider, and processes of ours that come and go over them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from domain.touches import TouchStatus
from storage.database import Database
from storage.tables import message, message_attempt, provider_state
from tests.fakes.ledgers import NOON
from tests.fakes.processes import RunningProcess
from tests.fakes.worker_process import SharedClock
from tests.faults.ledger import seed_round
from tests.faults.provider import Provider
from tests.faults.verdict import ON_THE_WAY, Verdict, judge

LEASE_SECONDS = 6
"""Short, so that rounds are; a hand-over may take a quarter of it."""
PATIENT_TURNS, MOVES = 60, 20
"""So often a second and a half are waited; so often ten minutes are let pass, all within everybody's hours."""


@dataclass
class Premises:
    """One database and its provider. `settings` go to every process; `broker_url` makes them share a RabbitMQ.

    `customers` are those who are owed a reminder.
    """

    database: Database
    folder: Path
    provider: Provider
    settings: dict[str, Any] = field(default_factory=dict)
    broker_url: str = ""
    customers: list[int] = field(default_factory=list)
    entities: int = 0

    def __post_init__(self) -> None:
        self.clock = SharedClock(self.folder / "clock")
        self.clock.set_to(NOON)

    @property
    def log(self) -> Path:
        """What the processes logged."""
        return self.folder / "log"

    def seed(self, customers: int) -> None:
        """A further entity with so many customers who are due for a reminder."""
        self.entities += 1
        self.customers += seed_round(self.database, self.entities, customers)

    def start(
        self, role: str = "worker", channel: str = "sendgrid", kill_at: str = "", **settings: Any
    ) -> RunningProcess:
        """A worker or scheduler over this database, sending by 'sendgrid', 'smtp' (both here) or 'outbox'."""
        mail = {"email_channel": "outbox"} if channel == "outbox" else self.provider.settings(channel)
        chosen = {"lease_seconds": LEASE_SECONDS, **self.settings, **mail, "amqp_url": self.broker_url, **settings}
        url = self.database.url.render_as_string(hide_password=False)
        return RunningProcess(
            role, url, self.folder, clock_file=self.folder / "clock", kill_at=kill_at, log=self.log, **chosen
        )

    @contextmanager
    def staff(self, workers: int = 2, channel: str = "sendgrid", **settings: Any) -> Iterator[list[RunningProcess]]:
        """So many workers (with RabbitMQ two schedulers too) that are told to stop at the end, and do."""
        roles = ["worker"] * workers + (["scheduler"] * 2 if self.broker_url else [])
        made = [self.start(role, channel, **settings) for role in roles]
        try:
            yield made
            codes = [one.stop() for one in made]
            made.clear()
            assert not any(codes), f"told to stop, they ended with {codes}; see {self.log}"
        finally:
            for one in made:
                with suppress(Exception):
                    one.kill()

    def counts(self) -> dict[str, int]:
        """Messages by state."""
        with self.database.read() as connection:
            rows = connection.execute(select(message.c.status, func.count()).group_by(message.c.status)).all()
        return {str(status): int(count) for status, count in rows}

    def sending(self) -> set[str]:
        """Public ids of what is on the wire, or may be."""
        with self.database.read() as connection:
            on_the_wire = select(message.c.public_id).where(message.c.status == TouchStatus.SENDING)
            return set(connection.execute(on_the_wire).scalars())

    def answered_too_late(self) -> set[str]:
        """Public ids of what a worker itself put in doubt: it lived, and gave up waiting for an answer."""
        with self.database.read() as connection:
            told = select(message.c.public_id).join(message_attempt, message_attempt.c.message_id == message.c.id)
            return set(connection.execute(told.where(message_attempt.c.outcome == "unknown")).scalars())

    def settled(self) -> bool:
        """Whether every customer's message has been made, and none is on its way."""
        with self.database.read() as connection:
            under_way = select(func.count()).select_from(message).where(message.c.status.in_(ON_THE_WAY))
            made = select(func.count(message.c.customer_id.distinct()))
            return connection.execute(under_way).scalar_one() == 0 and connection.execute(made).scalar_one() >= len(
                self.customers
            )

    def until(self, what: Callable[[], bool], seconds: float = 120.0) -> None:
        """Wait until something is so. Fails with the state of things after `seconds`."""
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"it didn't happen; messages: {self.counts()}; see {self.log}"
            time.sleep(0.1)

    def wait_out(self) -> None:
        """Let waiting times pass until everything has settled.

        On a busy machine that takes longer than time is let pass for.
        """
        for turn in range(PATIENT_TURNS):
            pause = time.monotonic() + 1.5  # a tick, and what it rings for
            while time.monotonic() < pause:
                if self.settled():
                    return
                time.sleep(0.1)
            if turn < MOVES:
                self.let_pass(timedelta(minutes=10))
        self.until(self.settled, 1)

    def let_pass(self, step: timedelta) -> None:
        """Let time pass: on the clock that the processes share, and for what providers are given in database time."""
        self.clock.move(step)
        with self.database.write() as unit:
            pauses = select(provider_state).where(provider_state.c.not_before.is_not(None)).with_for_update()
            for row in unit.connection.execute(pauses).all():
                which = provider_state.c.provider == row.provider
                unit.connection.execute(update(provider_state).where(which).values(not_before=row.not_before - step))
            unit.commit()

    def verdict(self) -> Verdict:
        """What became of everybody's reminder."""
        return judge(self.database, self.provider.truth(), self.customers)
