"""What providers tell: how fast a post is answered while events are being applied, and how many are applied a second.

The application is a real process (`dunwell serve`: uvicorn, worker and tick in one) on PostgreSQL, asked over loopback
by signed posts of one event each, begun at their appointed time whether or not the last was answered. The floor is the
same process's answer to `/healthz`, asked as often just before: what this machine and its server take for anything.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.ledger import empty_ledger, server_url
from dunwell.clock import utc_now
from storage.database import Database
from storage.delivery_events import waiting_events
from tests.fakes.ledgers import NOON, make_services, seed_ledger
from tests.fakes.ports import free_port
from tests.fakes.signed_webhooks import EVENTS, SendGridSigner
from tests.fakes.storm import Storm, differences, ended, make_storm, seed_sent
from web.sendgrid_events import read_events
from workflows.record_delivery import apply_events, store_events

A_SECOND, SECONDS, WARM_UP = 200, 30, 3
CUSTOMERS, EACH, TOTAL = 2_000, 3, 15_000
CLIENTS = 16

Asked = tuple[str, str, bytes, dict[str, str]]
"""Method, path, body, headers."""


def run() -> Iterator[dict[str, Any]]:
    """The 99th percentile of the answer at 200 events a second, and events applied a second on both databases."""
    for dialect in ("sqlite", "postgresql"):
        if dialect == "postgresql" and server_url() is None:
            continue
        with tempfile.TemporaryDirectory() as folder, empty_ledger(dialect, Path(folder)) as url:
            yield from _applied(dialect, url, Path(folder))
    if server_url() is not None:
        with tempfile.TemporaryDirectory() as folder, empty_ledger("postgresql", Path(folder)) as url:
            yield from _answered(url, Path(folder))


def _applied(dialect: str, url: str, folder: Path) -> Iterator[dict[str, Any]]:
    database = Database(url)
    services = make_services(database, folder)
    storm = _storm(database, CUSTOMERS, EACH, TOTAL)
    begun = time.perf_counter()
    for post in storm.posts():
        store_events(services, read_events(json.dumps(post).encode(), NOON)[0])
    stored = len(storm.events) / (time.perf_counter() - begun)
    begun, worked = time.perf_counter(), time.process_time()
    done = sum(apply_events(services, seconds=600).values())
    rate, cost = done / (time.perf_counter() - begun), (time.process_time() - worked) / done
    assert done == storm.unique
    assert not differences(storm, ended(database))
    database.dispose()
    yield {"name": f"events {dialect}: taken in", "value": stored, "unit": "events/s"}
    yield {"name": f"events {dialect}: applied", "value": rate, "unit": "events/s", "floor": stored,
           "ratio": rate / stored}  # fmt: skip
    yield {"name": f"events {dialect}: our processor time to apply one", "value": cost * 1000, "unit": "ms"}


def _storm(database: Database, customers: int, each: int, total: int) -> Storm:
    seed_ledger(database, customers)
    seed_sent(database, customers, each, NOON)
    return make_storm(database, NOON, total)


def _answered(url: str, folder: Path) -> Iterator[dict[str, Any]]:
    database, signer = Database(url), SendGridSigner()
    wanted = A_SECOND * (WARM_UP + SECONDS)
    storm = _storm(database, wanted // 3, 2, wanted)
    # Signed beforehand: the signing is SendGrid's work, not ours.
    posts = [signer.post([event], utc_now()) for event in storm.events]
    with _application(url, folder, signer.public_key) as port:
        floor = _ask_at_their_time(port, [("GET", "/healthz", b"", {})] * len(posts))[A_SECOND * WARM_UP :]
        asked = [("POST", EVENTS, body, headers) for body, headers in posts]
        took = _ask_at_their_time(port, asked)[A_SECOND * WARM_UP :]
        _until_applied(database)
    assert not differences(storm, ended(database))
    database.dispose()
    took.sort()
    floor.sort()
    name = f"events postgresql: answer to one of {A_SECOND} a second, while they are applied"
    for what, share in (("median", 0.5), ("99th percentile", 0.99)):
        goal = "under 100 ms" if share > 0.9 else None
        value, least = took[int(len(took) * share)], floor[int(len(floor) * share)]
        yield {"name": f"{name}, {what}", "value": value * 1000, "unit": "ms", "floor": least * 1000,
               "ratio": value / least, "goal": goal}  # fmt: skip


@contextmanager
def _application(url: str, folder: Path, public_key: str) -> Iterator[int]:
    port = free_port()
    settings = {
        "DUNWELL_DATABASE_URL": url, "DUNWELL_DATA_DIR": str(folder), "DUNWELL_AMQP_URL": "",
        "DUNWELL_PORT": str(port), "DUNWELL_SENDGRID_PUBLIC_KEY": public_key, "DUNWELL_EMAIL_CHANNEL": "outbox",
    }  # fmt: skip
    with (folder / "serve.log").open("wb") as log:
        command = [sys.executable, "-m", "dunwell", "serve"]
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **settings})
        try:
            _until_up(port)
            yield port
        finally:
            process.terminate()
            process.wait(60)


def _until_up(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the application did not come up")


def _ask_at_their_time(port: int, asked: Sequence[Asked]) -> list[float]:
    """Seconds from each one's appointed time to its answer: one that had to wait for others counts its waiting."""
    took = [0.0] * len(asked)
    begin = time.perf_counter() + 0.5

    def client(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(first, len(asked), CLIENTS):
            due = begin + number / A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request(*asked[number])
            answer = connection.getresponse()
            answer.read()
            assert answer.status in (200, 202), answer.status
            took[number] = time.perf_counter() - due
        connection.close()

    clients = [threading.Thread(target=client, args=(first,)) for first in range(CLIENTS)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    assert all(took)
    return took


def _until_applied(database: Database) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        with database.read() as connection:
            if not waiting_events(connection)[0]:
                return
        time.sleep(0.2)
    raise SystemExit("events are left")
