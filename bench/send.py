"""Sending a planned day: the whole send machine into the file outbox, against what it can't do without.

The floor makes the same letters and commits the same number of transactions with one row each, and nothing else: no
second look, no facts read, no states, no audit trail.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.ledger import empty_ledger, server_url
from outreach.channels.outbox import OutboxChannel
from storage.database import Database
from tests.fakes.ledgers import NOON, make_services, messages, plan_day, seed_ledger
from workflows.letter_facts import read_facts
from workflows.letters import look_again, make_letter
from workflows.send_messages import drain
from workflows.services import Services

CUSTOMERS = 600


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
