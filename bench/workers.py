"""Real worker processes sending a planned day to a provider that takes its time, and what each process costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LATENCY, WIRES = 0.05, 8
TICKS = os.sysconf("SC_CLK_TCK")
HERE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Sent:
    """Messages a second in the middle of a day's sending, and milliseconds of processor a message by process."""

    rate: float
    worker: float
    server: float
    stand_in: float


def measure(url: str, folder: Path, workers: int, messages: int) -> Sent:
    """Send `messages` planned ones by so many workers. The first and the last tenth don't count: processes start."""
    with _stand_in() as (port, stand_in), _workers(url, folder, port, workers) as started:
        pids = {"worker": [one.pid for one in started], "stand_in": [stand_in], "server": _server_pids(url)}
        first = _when(port, messages // 10, started)
        pids["server"] = _server_pids(url)
        before = {name: _cpu(which) for name, which in pids.items()}
        last = _when(port, messages * 9 // 10, started)
        after = {name: _cpu(which) for name, which in pids.items()}
        end = _when(port, messages, started)
    assert end["taken"] == end["different"] == messages, end
    sent = last["taken"] - first["taken"]
    cost = {name: 1000 * (after[name] - before[name]) / sent for name in pids}
    return Sent(sent / (last["at"] - first["at"]), cost["worker"], cost["server"], cost["stand_in"])


@contextmanager
def _stand_in() -> Iterator[tuple[int, int]]:
    command = [sys.executable, "-m", "bench.stand_in", str(LATENCY)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _workers(url: str, folder: Path, port: int, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes as `dunwell worker` starts them, each with its own tick; only their clock stands at the day's noon."""
    settings = {
        "DUNWELL_DATABASE_URL": url, "DUNWELL_DATA_DIR": str(folder), "DUNWELL_AMQP_URL": "",
        "DUNWELL_GOLIVE_RUNS": "0",
        "DUNWELL_EMAIL_CHANNEL": "sendgrid", "DUNWELL_SENDGRID_KEY": "SG.bench", "DUNWELL_WIRES": str(WIRES),
        "DUNWELL_SENDGRID_HOST": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    log = (folder / "workers.log").open("ab")
    command = [sys.executable, "-m", "bench.workers"]
    started = [
        subprocess.Popen(command, stderr=log, stdout=log, cwd=HERE, env={**os.environ, **settings})
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(60)
        log.close()


def _when(port: int, count: int, workers: list[subprocess.Popen[bytes]]) -> Mapping[str, Any]:
    """What the stand-in has taken as soon as it has taken so many."""
    deadline = time.monotonic() + 300
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            told: dict[str, Any] = json.load(answer)
        if told["taken"] >= count:
            return told
        if time.monotonic() > deadline or any(one.poll() is not None for one in workers):
            raise SystemExit(f"the workers stopped at {told}; see workers.log")
        time.sleep(0.05)


def _server_pids(url: str) -> list[int]:
    """The database server's processes that belong to this database; none for SQLite."""
    name = url.rpartition("/")[2]
    if not url.startswith("postgresql"):
        return []
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            told = path.read_bytes()
        except OSError:
            continue
        if told.startswith(b"postgres:") and name.encode() in told:
            found.append(int(path.parent.name))
    return found


def _cpu(pids: list[int]) -> float:
    """Seconds of processor that processes have used; one that has ended counts nothing."""
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


if __name__ == "__main__":
    from dunwell.bootstrap import build_services, configure_logging
    from dunwell.serve import run_worker
    from dunwell.settings import load_settings
    from tests.fakes.ledgers import NOON

    configure_logging()
    chosen = load_settings()
    run_worker(chosen, build_services(chosen, now=lambda: NOON))
