"""Real processes that work, die and are let go at the same moment (what they do: `worker_process.py`)."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from storage.database import Database
from tests.fakes import worker_process
from tests.fakes.ledgers import NOON

# Each process is forked from a server that has imported everything once: seconds less for each of them.
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["__main__", "tests.fakes.worker_process"])


class WorkerProcess:
    """One process. It waits after starting, so that several can be let go at the same moment."""

    def __init__(
        self,
        work: str,
        url: str,
        folder: Path,
        *,
        kill_at: str = "",
        wires: int = 1,
        now: datetime = NOON,
        **settings: Any,
    ) -> None:
        chosen = {"data_dir": folder, "database_url": url, "golive_runs": 0, **settings}
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=worker_process.work, args=(theirs, work, now, kill_at, wires, chosen), daemon=True
        )
        self.process.start()
        theirs.close()

    def wait_ready(self) -> None:
        """Until it has started up."""
        assert self.pipe.poll(60)
        assert self.pipe.recv() == "ready"

    def finish(self) -> dict[str, Any] | None:
        """What it did; None when it died of SIGKILL, as told."""
        try:
            done: dict[str, Any] | None = self.pipe.recv()
        except EOFError:
            done = None
        self.process.join(60)
        assert self.process.exitcode == (-9 if done is None else 0)
        self.process.close()
        self.pipe.close()
        return done


class RunningProcess:
    """A process that runs until it is stopped or dies: `worker` or `scheduler`, as the commands of these names do.

    `kill_at` names a moment and its how manieth passing, such as `sending:3`: it dies there of SIGKILL; at `stall_at`
    it stands still until `wake`. At a first `claimed` it says so through `pipe`, for whoever wants to kill it in mid
    work from outside. What it logs is appended to `log`; without one it is thrown away.
    """

    def __init__(
        self, role: str, url: str, folder: Path, *, clock_file: Path, kill_at: str = "", stall_at: str = "",
        log: Path | None = None, wires: int = 4, claim_size: int = 8, **settings: Any,
    ) -> None:  # fmt: skip
        chosen = {"data_dir": folder, "database_url": url, "golive_runs": 0, "tick_seconds": 1, **settings}
        self.role = role
        self.kill_at = kill_at
        self.pipe, theirs = context.Pipe()
        limits = {"wires": wires, "claim_size": claim_size}
        moments = (kill_at, stall_at)
        self.process = context.Process(
            target=worker_process.run, args=(theirs, role, clock_file, moments, log, limits, chosen), daemon=True
        )
        self.process.start()
        theirs.close()

    def wait_ready(self) -> None:
        """Until it is about to answer rings."""
        assert self.pipe.poll(60), f"the {self.role} did not start"
        assert self.pipe.recv() == "ready"

    def kill(self) -> None:
        """`kill -9`, from outside: whatever it is doing."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)

    @property
    def stands_still(self) -> bool:
        """Whether it has come to `stall_at`."""
        state = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "T"

    def wake(self) -> None:
        """Let it go on from where it stands."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def stop(self) -> int:
        """SIGTERM, and its exit code. What it has begun it finishes."""
        self.process.terminate()
        return self.reap()

    def reap(self) -> int:
        """Wait for its end; its exit code."""
        self.process.join(60)
        code = self.process.exitcode
        assert code is not None, f"the {self.role} did not stop"
        self.process.close()
        self.pipe.close()
        return code


def work_at_once(processes: Sequence[WorkerProcess]) -> list[dict[str, Any] | None]:
    """Let all go at the same moment; what each did."""
    for one in processes:
        one.wait_ready()
    for one in processes:
        one.pipe.send("go")
    return [one.finish() for one in processes]


def run_out_of_lease(database: Database) -> None:
    """As if the time of every lease had passed."""
    with database.write() as unit:
        past = "UPDATE message SET lease_until = '2000-01-01 00:00:00' WHERE lease_until IS NOT NULL"
        unit.connection.execute(text(past))
        unit.commit()
