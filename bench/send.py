"""From a planned run to finished mails in the file outbox, against writing the same bytes to files with fsync.

The book of 10,000 invoices as if it were new here: nobody was written to before, so that nearly every customer gets a
first reminder. Sending goes by parts, and after each part its mails are written once more by themselves: what else runs
on the machine meets both alike.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.book import DAY, NOW
from bench.ledger import copied_ledger, server_url
from dunwell.bootstrap import build_services
from dunwell.settings import load_settings
from storage.database import Database
from workflows.run_cadence import run_cadence
from workflows.send_messages import drain
from workflows.services import Services

INVOICES = 10_000
ENTITY = 1
PART = 400
LATER = NOW + timedelta(days=2)
HISTORY = ("touch", "message", "cycle")


def run() -> Iterator[dict[str, Any]]:
    """Measured figures: messages a second on each database, the floor in the same run, their ratio, the goal."""
    for dialect in ("sqlite", "postgresql") if server_url() else ("sqlite",):
        folder = Path(tempfile.mkdtemp(prefix="dunwell-bench-"))
        try:
            with copied_ledger(INVOICES, dialect) as url:
                count, taken, floor = _measure(url, folder)
        finally:
            shutil.rmtree(folder)
        rate, bare = count / taken, count / floor
        yield {
            "name": f"send {dialect}: planned to outbox, {count:,} messages of 10,000 invoices",
            "value": rate,
            "unit": "messages/s",
            "floor": bare,
            "ratio": rate / bare,
            "goal": "≥ 35/s, as a peer does; ratio ≥ 0.2: two commits, a file and its name are synced a message",
        }


def _measure(url: str, folder: Path) -> tuple[int, float, float]:
    """Messages sent, the seconds that it took, and the seconds of writing their bytes alone."""
    settings = load_settings(data_dir=folder, database_url=url, golive_runs=0)
    services = build_services(settings, now=lambda: NOW)
    _forget_history(services.database)
    run_cadence(services, ENTITY, DAY)
    count, taken, floor = 0, 0.0, 0.0
    known: set[Path] = set()
    _send(services, 20)  # the first messages of a process pay for imports, templates and calendars
    known.update(services.outbox_dir.rglob("*.eml"))
    while True:
        started = time.perf_counter()
        done = _send(services, PART)
        elapsed = time.perf_counter() - started
        mails = [path for path in services.outbox_dir.rglob("*.eml") if path not in known]
        if not mails:
            break
        known.update(mails)
        count += done.get("sent", 0)
        taken += elapsed
        floor += _write_alone([path.read_bytes() for path in mails], folder / f"floor-{len(known)}")
    services.database.dispose()
    return count, taken, floor


def _send(services: Services, limit: int) -> dict[str, int]:
    return drain(replace(services, now=lambda: LATER), LATER, limit=limit, seconds=3600, each_at_its_hour=True)


def _forget_history(database: Database) -> None:
    with database.write() as unit:
        for table in HISTORY:
            unit.connection.execute(text(f"DELETE FROM {table}"))
        unit.connection.execute(text("UPDATE document SET stage_offset = -32768, touched_on = NULL"))
        unit.commit()


def _write_alone(bodies: list[bytes], folder: Path) -> float:
    """Seconds of writing each body to a file of its own, synced."""
    folder.mkdir()
    started = time.perf_counter()
    for number, body in enumerate(bodies):
        with (folder / f"{number}.eml").open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    return time.perf_counter() - started


if __name__ == "__main__":
    for figure in run():
        print(figure)
