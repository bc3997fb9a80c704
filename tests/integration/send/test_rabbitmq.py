"""The bell over RabbitMQ: one process rings, another answers. Skipped, visibly, where no broker is named."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest

from domain.touches import TouchStatus
from dunwell.settings import Settings
from dunwell.worker import Bell
from storage.database import Database
from tests.fakes.ledgers import make_services, messages, plan_day, seed_ledger, statuses
from workflows.services import Services

CUSTOMERS, PATIENCE = 12, 20.0

broker_url = os.environ.get("DUNWELL_TEST_AMQP_URL", "")
pytestmark = pytest.mark.skipif(not broker_url, reason="no RabbitMQ: set DUNWELL_TEST_AMQP_URL")


def a_process(database_url: str, folder: Path) -> tuple[Services, Settings]:
    services = make_services(Database(database_url), folder)
    return services, Settings(data_dir=folder, database_url=database_url, amqp_url=broker_url)  # type: ignore[arg-type]


def wait_for(what: threading.Event) -> bool:
    return what.wait(PATIENCE)


def test_a_ring_in_one_process_is_answered_in_another(database_url: str, tmp_path: Path) -> None:
    services, settings = a_process(database_url, tmp_path)
    answered = threading.Event()
    worker = Bell(settings, services, {"send": lambda _services: answered.set()})
    ringer = Bell(settings, services, {})
    worker.start(threads=1)
    try:
        ringer.ring("send")
        assert wait_for(answered)
    finally:
        worker.stop()
        ringer.stop()
        services.database.dispose()


def test_two_workers_that_hear_every_ring_send_each_message_once(database_url: str, tmp_path: Path) -> None:
    """A doubled bell costs nothing: rows say what there is to do."""
    services, settings = a_process(database_url, tmp_path)
    seed_ledger(services.database, CUSTOMERS)
    plan_day(services)
    workers = [Bell(settings, a_process(database_url, tmp_path)[0]) for _ in range(2)]
    ringer = Bell(settings, services, {})
    for worker in workers:
        worker.start(threads=2)
    try:
        for _ in range(5):
            ringer.ring("send")
        until = time.monotonic() + PATIENCE
        while set(statuses(services.database)) != {TouchStatus.SENT} and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        for one in (*workers, ringer):
            one.stop()
    assert [row.attempts for row in messages(services.database)] == [1] * CUSTOMERS
    assert len(list(services.outbox_dir.rglob("*.eml"))) == CUSTOMERS
    for one in (*workers, ringer):
        one.services.database.dispose()


def test_a_ring_that_the_broker_never_got_costs_no_work(database_url: str, tmp_path: Path) -> None:
    """The broker is gone: the caller goes on, the rows wait for the next tick."""
    services, settings = a_process(database_url, tmp_path)
    deaf = Bell(replace_url(settings, "amqp://guest:guest@127.0.0.1:1/"), services, {})
    deaf.ring("send")
    deaf.stop()
    services.database.dispose()


def test_installations_that_share_a_broker_hear_their_own_rings_only(tmp_path: Path, sqlite_url: str) -> None:
    services, ours = a_process(sqlite_url, tmp_path)
    theirs = ours.model_copy(update={"amqp_queue": f"dunwell-test-{uuid4().hex[:8]}"})
    heard, overheard = threading.Event(), threading.Event()
    worker = Bell(theirs, services, {"send": lambda _services: heard.set()})
    neighbour = Bell(ours, services, {"send": lambda _services: overheard.set()})
    for one in (worker, neighbour):
        one.start(threads=1)
    try:
        ringer = Bell(theirs, services, {})
        ringer.ring("send")
        assert wait_for(heard)
        assert not overheard.wait(0.5)
        ringer.stop()
    finally:
        for name in (theirs.amqp_queue, f"{theirs.amqp_queue}.DQ", f"{theirs.amqp_queue}.XQ"):
            worker.broker.channel.queue_delete(name)  # type: ignore[attr-defined]  # RabbitMQ's own
        for one in (worker, neighbour):
            one.stop()
        services.database.dispose()


def replace_url(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"amqp_url": type(settings.amqp_url)(url)})
