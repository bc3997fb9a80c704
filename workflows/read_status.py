"""How the whole of it stands: today's runs, what is on its way, who lives, what waits for people. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from domain.calendars import zone_of
from outreach.cadence.view import ledger_is_stale
from storage import alerts, mailboxes, operations, pulse, sending_hold
from storage.database import UnitOfWork
from workflows.services import Services

RECENT = timedelta(hours=1)
"""How long a process that was stopped on purpose is still shown."""
LOST_AFTER = timedelta(minutes=2)
"""Without a sign for so long, a process that didn't say that it stops is taken as lost."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """An entity's newest run. `messages`: state → how many. `today` is whether it is of the entity's present day."""

    entity: str
    day: date | None
    today: bool
    status: str | None
    messages: dict[str, int]
    ledger_as_of: date | None
    ledger_stale: bool


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """A process and its last sign. `state` is 'alive', 'stopped' or 'lost'."""

    kind: str
    host: str
    pid: int
    version: str
    seen_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """A provider's breaker, and what it was opened for."""

    name: str
    breaker: str
    error: str | None
    not_before: datetime | None


@dataclass(frozen=True, slots=True)
class MailboxStatus:
    """A mailbox that is read: when last, and what went wrong since."""

    name: str
    read_at: datetime | None
    failures: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that `dunwell status` shows. Ages and ends of waiting are as of `at`."""

    at: datetime
    runs: list[RunStatus]
    queue: dict[str, int]
    due: int
    oldest_due: datetime | None
    doubts: int
    replies_waiting: int
    oldest_reply: datetime | None
    inbound_waiting: int
    unsealed: int
    tick_age_seconds: float | None
    worker_age_seconds: float | None
    processes: list[ProcessStatus]
    providers: list[ProviderStatus]
    mailboxes: list[MailboxStatus] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    held: str | None = None


def read_status(services: Services) -> Status:
    """Read it in one consistent view, by indexes alone."""
    now = services.now()
    with services.database.read() as connection:
        at = UnitOfWork(connection).database_now()
        due, waiting = operations.oldest_due(connection, now), operations.replies_waiting(connection)
        tick, worker = pulse.last_tick(connection), pulse.last_worker(connection)
        return Status(
            at=now,
            runs=[_run(services, connection, row, now) for row in operations.newest_run_of_each(connection)],
            queue=operations.queue_by_status(connection),
            due=due.count,
            oldest_due=due.oldest,
            doubts=operations.doubts(connection),
            replies_waiting=waiting.count,
            oldest_reply=waiting.oldest,
            inbound_waiting=operations.inbound_waiting(connection).count,
            unsealed=operations.unsealed(connection),
            tick_age_seconds=_seconds(tick, at),
            worker_age_seconds=_seconds(worker, at),
            processes=[_process(row, at) for row in pulse.processes(connection, at - RECENT)],
            providers=[
                ProviderStatus(row.provider, row.breaker, row.error, row.not_before)
                for row in operations.providers(connection)
            ],
            mailboxes=[
                MailboxStatus(row.name, row.polled_at, row.failures, row.error)
                for row in mailboxes.mailboxes(connection, [box.name for box in services.mailboxes])
            ],
            alerts=[str(row.text) for row in alerts.open_alerts(connection)],
            held=sending_hold.read_hold(connection),
        )


def _seconds(since: datetime | None, at: datetime) -> float | None:
    return max(0.0, (at - since).total_seconds()) if since else None


def _run(services: Services, connection: Any, row: Any, now: datetime) -> RunStatus:
    today = now.astimezone(zone_of(row.timezone)).date()
    age = services.limits.ledger_max_age
    return RunStatus(
        entity=row.code,
        day=row.business_day,
        today=row.business_day == today,
        status=row.status,
        messages=operations.run_statuses(connection, row.run_id) if row.run_id is not None else {},
        ledger_as_of=row.ledger_as_of,
        ledger_stale=age is not None and ledger_is_stale(row.country, row.ledger_as_of, today, age),
    )


def _process(row: Any, at: datetime) -> ProcessStatus:
    lost = row.stopped_at is None and at - row.seen_at > LOST_AFTER
    state = "stopped" if row.stopped_at is not None else "lost" if lost else "alive"
    return ProcessStatus(row.kind, row.host, row.pid, row.version, row.seen_at, state)
