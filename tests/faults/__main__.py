"""`make faults`: every fault of this folder, then as many kills as told, half of them on each database.

    python -m tests.faults [--kills 300] [--seed 1] [--only-kills]

Ends with the line `kills n, doubles d, lost l, unknown u`; exit code 1 where a message was doubled or lost, where a
doubt isn't shown, or where another fault wasn't survived. What a machine lacks is said: without programs for a
PostgreSQL of its own all kills are on SQLite, without RabbitMQ every worker ticks for itself.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from storage import migrate
from storage.database import Database
from tests.faults.killing import Killing, draw_orders
from tests.faults.premises import Premises
from tests.faults.provider import Provider
from tests.faults.servers import NotHere, OwnPostgres, OwnRabbit
from tests.faults.shown import not_shown
from tests.faults.verdict import Verdict

tell = partial(print, flush=True)


def main() -> int:
    """Run, tell, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--kills", type=int, default=300, help="how many processes to kill in all")
    parser.add_argument("--seed", type=int, default=1, help="which deaths, in which order")
    parser.add_argument("--only-kills", action="store_true", help="leave the other faults out")
    told = parser.parse_args()
    survived = told.only_kills or _other_faults()
    kills = doubled = lost = unknown = 0
    for killing, verdict in _halves(told.kills, told.seed):
        kills, unknown = kills + killing.kills, unknown + len(verdict.unknown)
        doubled, lost = doubled + verdict.doubled, lost + verdict.lost
        survived = survived and not verdict.problems
        for problem in verdict.problems:
            tell(f"  {problem}")
    tell(f"kills {kills}, doubles {doubled}, lost {lost}, unknown {unknown}")
    return 0 if survived and kills == told.kills else 1


def _other_faults() -> bool:
    tell("Faults of providers, databases, brokers, clocks and disks:")
    # They wait more than they work: two at once.
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", str(Path(__file__).parent)]
    return subprocess.run(command, check=False).returncode == 0


def _halves(kills: int, seed: int) -> Iterator[tuple[Killing, Verdict]]:
    """Half of the kills on SQLite, workers ticking for themselves; half on PostgreSQL, rung through RabbitMQ."""
    with ExitStack() as stack:
        try:
            postgres = stack.enter_context(_removed(OwnPostgres()))
        except NotHere as why:
            tell(f"Without PostgreSQL ({why}): all kills on SQLite.")
            postgres = None
        first = kills if postgres is None else kills // 2
        if first:
            yield _kill("SQLite", None, "", first, seed)
        if postgres is None or not kills - first:
            return
        try:
            broker = stack.enter_context(_removed(OwnRabbit())).url
        except NotHere as why:
            tell(f"Without RabbitMQ ({why}): every worker ticks for itself.")
            broker = ""
        name = "PostgreSQL with RabbitMQ" if broker else "PostgreSQL"
        yield _kill(name, postgres.new_database(), broker, kills - first, seed + 1)


@contextmanager
def _removed(server: OwnPostgres | OwnRabbit) -> Iterator[OwnPostgres | OwnRabbit]:
    try:
        yield server
    finally:
        server.remove()


def _kill(name: str, url: str | None, broker: str, kills: int, seed: int) -> tuple[Killing, Verdict]:
    tell(f"{name}: {kills} kills, two workers at once, seed {seed}")
    began, provider = time.monotonic(), Provider(seed)
    with tempfile.TemporaryDirectory(prefix="dunwell-faults-") as folder:
        database = Database(url or f"sqlite:///{folder}/dunwell.db")
        try:
            migrate.upgrade(database)
            premises = Premises(database, Path(folder), provider, broker_url=broker)
            killing = Killing(premises, draw_orders(kills, seed), tell=lambda line: tell(f"  {line}"))
            verdict = killing.run()
            verdict.problems += not_shown(database, Path(folder), verdict.unknown)
        finally:
            provider.stop()
            database.dispose()
    places = ", ".join(f"{point} {count}" for point, count in sorted(killing.deaths.items()))
    tell(
        f"  {time.monotonic() - began:.0f} s; died at: {places}; of {len(premises.customers)} messages {verdict.sent} "
        f"sent, {len(verdict.unknown)} in doubt, of which the provider had {verdict.taken}"
    )
    return killing, verdict


if __name__ == "__main__":
    sys.exit(main())
