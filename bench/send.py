"""Sending a planned day: the whole send machine into the file outbox, against what it can't do without; and real
workers before a provider that takes its time, against what its latency allows.

The outbox' floor makes the same letters and commits two transactions a letter with one row each, and nothing else: no
second look, no facts read, no states, no audit trail. The provider's ceiling is its connections over its latency.
"""

from __future__ import annotations

import tempfile
import time
import timeit
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.ledger import empty_ledger, server_url
from bench.workers import LATENCY, WIRES, Sent, measure
from dunwell.observe import Observed
from outreach.channels.outbox import OutboxChannel
from storage.database import Database
from tests.fakes.ledgers import NOON, make_services, messages, plan_day, seed_ledger
from workflows.letter_facts import read_facts
from workflows.letters import look_again, make_letter
from workflows.send_messages import drain
from workflows.services import Services

CUSTOMERS = 600
EACH = 1_500
"""Messages a worker has to send to the provider that takes its time: some ten seconds of work."""
WATCHED = 2_000


def run() -> Iterator[dict[str, Any]]:
    """Messages a second of a full run, planned and sent into the file outbox, and the share of the floor that it is."""
    for dialect in ("sqlite", "postgresql"):
        if dialect == "postgresql" and server_url() is None:
            continue
        with tempfile.TemporaryDirectory() as folder, empty_ledger(dialect, Path(folder)) as url:
            rate, floor = _measure(Database(url), Path(folder))
        name = f"send {dialect}: a full run, planned into the outbox, one hand-over at a time"
        yield {
            "name": name,
            "value": rate,
            "unit": "messages/s",
            "floor": floor,
            "ratio": rate / floor,
            "goal": None,
        }
        yield from _to_a_provider(dialect)
    yield _figure("send: spans, timings and counts of one message", _watching(), "ms/message", None, None, None)


def _watching() -> float:
    """Milliseconds of processor that watching one message costs: the spans, the timing and the count of a sending."""
    observer = Observed()

    def one_message() -> None:
        with observer.span("message", message=1, customer=2), observer.span("wire", message="m"):
            pass
        observer.timing("wire", 0.05, "email", "smtp")
        observer.count("messages", "email", "smtp", "accepted")

    return min(timeit.repeat(one_message, timer=time.process_time, repeat=5, number=WATCHED)) / WATCHED * 1000


def _to_a_provider(dialect: str) -> Iterator[dict[str, Any]]:
    one, two = (_by_workers(dialect, workers) for workers in (1, 2))
    about = f"send {dialect}: SendGrid answering in {LATENCY * 1000:.0f} ms, {WIRES} connections a worker"
    ceiling = WIRES / LATENCY
    yield _figure(f"{about}, one worker", one.rate, "messages/s", ceiling, one.rate / ceiling, "≥ 0.85 of the ceiling")
    yield _figure(f"{about}, two workers", two.rate, "messages/s", 2 * ceiling, two.rate / (2 * ceiling), None)
    yield _figure(f"{about}: what a second worker gives", two.rate / one.rate, "times", None, None, "≥ 1.7")
    for who, cost in (("worker", one.worker), ("database server", one.server), ("stand-in", one.stand_in)):
        if cost:
            yield _figure(f"{about}: processor of the {who}", cost, "ms/message", None, None, None)


def _by_workers(dialect: str, workers: int) -> Sent:
    with tempfile.TemporaryDirectory() as name, empty_ledger(dialect, Path(name)) as url:
        database = Database(url)
        services = make_services(database, Path(name))
        seed_ledger(database, EACH * workers)
        plan_day(services)
        database.dispose()
        return measure(url, Path(name), workers, EACH * workers)


def _figure(
    name: str, value: float, unit: str, floor: float | None, ratio: float | None, goal: str | None
) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "floor": floor, "ratio": ratio, "goal": goal}


def _measure(database: Database, folder: Path) -> tuple[float, float]:
    services = make_services(database, folder)
    services = replace(services, limits=replace(services.limits, wires=1))
    seed_ledger(database, CUSTOMERS)
    begun = time.perf_counter()
    plan_day(services)
    planned = time.perf_counter() - begun
    floor = _floor(services, folder / "floor")
    begun = time.perf_counter()
    sent = drain(services, seconds=600)["sent"]
    rate = sent / (time.perf_counter() - begun + planned)
    database.dispose()
    return rate, floor


def _floor(services: Services, folder: Path) -> float:
    rows = messages(services.database)
    with services.database.read() as connection:
        facts = [read_facts(connection, row, NOON) for row in rows]
    looks = [look_again(services, one) for one in facts]
    outbox = OutboxChannel(folder)
    with services.database.write() as unit:
        unit.connection.execute(text("CREATE TABLE floor (id INTEGER PRIMARY KEY, done INTEGER)"))
        unit.commit()
    begun = time.perf_counter()
    for number, (one, look) in enumerate(zip(facts, looks, strict=True)):
        letter = make_letter(services, one, look)
        with services.database.write() as unit:
            unit.connection.execute(text("INSERT INTO floor VALUES (:id, 0)"), {"id": number})
            unit.commit()
        outbox.send(letter.outgoing)
        with services.database.write() as unit:
            unit.connection.execute(text("UPDATE floor SET done = 1 WHERE id = :id"), {"id": number})
            unit.commit()
    return len(rows) / (time.perf_counter() - begun)
