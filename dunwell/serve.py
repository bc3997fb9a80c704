"""The processes: application, worker, scheduler, alone or together, until SIGTERM or SIGINT."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType

import structlog

from domain.errors import NotReady
from dunwell.bootstrap import build_services
from dunwell.exposition import observed
from dunwell.pulse import Pulse
from dunwell.scheduler import start_scheduler
from dunwell.settings import Settings
from dunwell.slack import slack_routes
from dunwell.worker import Bell
from storage.migrate import require_head
from workflows.services import Services

log = structlog.get_logger(__name__)


@contextmanager
def stop_signal() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; the handlers that were there come back afterwards."""
    stopped = threading.Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(stopped: threading.Event) -> None:
    """Until told to stop. A signal that another thread is given doesn't wake this one: it looks up now and then."""
    while not stopped.wait(1.0):
        pass


@contextmanager
def _working(settings: Settings, services: Services | None, kind: str) -> Iterator[Bell]:
    """What every process has around its work: a migrated database, an observer, a bell, a pulse; put down in turn."""
    made = services or build_services(settings)
    stopping = threading.Event()
    try:
        require_head(made.database)
        with observed(settings, made, kind) as observer:
            bell = Bell(settings, replace(made, observe=observer, stopping=stopping.is_set))
            pulse = Pulse(settings, bell.services, kind)
            pulse.start()
            try:
                yield bell
            finally:
                stopping.set()
                bell.stop()
                pulse.stop()
    finally:
        made.database.dispose()


def run_worker(settings: Settings, services: Services | None = None) -> None:
    """Do background work until told to stop. Without RabbitMQ nobody else can ring, so this process ticks as well."""
    with stop_signal() as stopped, _working(settings, services, "worker") as bell:
        bell.start()
        scheduler = None
        if not settings.amqp_url.get_secret_value():
            scheduler = start_scheduler(bell.services, settings.tick_seconds)
        log.info("worker.started", own_tick=scheduler is not None)
        _wait(stopped)
        if scheduler is not None:
            scheduler.shutdown(wait=True)


def run_scheduler(settings: Settings, services: Services | None = None) -> None:
    """Tick until told to stop, ringing for workers elsewhere. Raises NotReady where no worker could hear it."""
    if not settings.amqp_url.get_secret_value():
        raise NotReady(
            "a scheduler alone rings for workers over RabbitMQ, and DUNWELL_AMQP_URL is empty; set it, or run "
            "`dunwell worker` or `dunwell serve`, which tick for themselves"
        )
    with stop_signal() as stopped, _working(settings, services, "scheduler") as bell:
        scheduler = start_scheduler(bell.services, settings.tick_seconds)
        log.info("scheduler.started", seconds=settings.tick_seconds)
        _wait(stopped)
        scheduler.shutdown(wait=True)


def run_application(settings: Settings, services: Services | None = None) -> None:
    """The web application with scheduler and worker in one process: all that one machine needs."""
    import uvicorn

    from dunwell.application import build_application

    # uvicorn answers the signals itself, finishes its requests, and raises them again for whoever was there before:
    # without handlers of ours that would end the process before its work is put down.
    with stop_signal() as stopped, _working(settings, services, "serve") as bell:
        routes, checks = slack_routes(settings, bell.services), {"bell": bell.trouble}
        application = build_application(settings, bell.services, more=routes, checks=checks)
        bell.start()
        scheduler = start_scheduler(bell.services, settings.tick_seconds)
        try:
            if not stopped.is_set():
                uvicorn.run(application, host=settings.host, port=settings.port, log_config=None, access_log=False)
        finally:
            scheduler.shutdown(wait=True)
