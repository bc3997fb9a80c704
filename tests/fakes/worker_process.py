"""What a real process of ours does in tests: work at a given instant and, where told, die in the middle."""

from __future__ import annotations

import mmap
import os
import signal
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from domain.calendars import calendar_of
from dunwell import clock
from dunwell.bootstrap import build_services, configure_logging
from dunwell.serve import run_scheduler, run_worker
from dunwell.settings import load_settings
from outreach.compose.template_set import load_templates
from workflows.send_messages import drain
from workflows.tick import plan_due_runs, tick

# Done once, by the server that processes are forked from.
load_templates().book("en_IE")
calendar_of("IE").is_business_day(date(2026, 3, 9))


COMES_TO_REST = 0.3
"""Seconds in which other threads finish what they are in the middle of."""


class SuddenDeath:
    """`kill -9` from within, when this process passes a named moment for the n-th time: `sending:3`.

    With SIGSTOP for SIGKILL it only stands still, all of it, until somebody wakes it.
    """

    def __init__(self, told: str, by: signal.Signals = signal.SIGKILL) -> None:
        self.point, _, count = told.partition(":")
        self.left = int(count or 1)
        self.by = by
        self.lock = threading.Lock()

    def __call__(self, point: str) -> None:
        with self.lock:
            if point != self.point:
                return
            self.left -= 1
            if self.left != 0:
                return
        if self.by is signal.SIGSTOP:
            time.sleep(COMES_TO_REST)
        os.kill(os.getpid(), self.by)
        time.sleep(COMES_TO_REST)  # a signal takes its time: this thread must not go on meanwhile


class SharedClock:
    """A clock that whoever holds its file can move under running processes: the machine's, so many seconds off."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("d", 0.0))
        with path.open("r+b") as file:
            self._shift = mmap.mmap(file.fileno(), 8)

    def __call__(self) -> datetime:
        return clock.utc_now() + timedelta(seconds=struct.unpack("d", self._shift)[0])

    def set_to(self, instant: datetime) -> None:
        """It is `instant` now, for every process."""
        self._shift[:] = struct.pack("d", (instant - clock.utc_now()).total_seconds())

    def move(self, step: timedelta) -> None:
        """On or back by `step`."""
        self.set_to(self() + step)


def work(pipe: Connection, what: str, now: datetime, kill_at: str, wires: int, settings: Mapping[str, Any]) -> None:
    """Build services, say `ready`, wait to be let go, work, and say what was done."""
    configure_logging()
    services = build_services(load_settings(**settings), now=lambda: now)
    limits = replace(services.limits, claim_size=8, wires=wires, plan_chunk=3)
    services = replace(services, fault=SuddenDeath(kill_at), limits=limits)
    pipe.send("ready")
    pipe.recv()
    done = {"drain": drain, "plan": lambda s: {"planned": plan_due_runs(s)}, "tick": tick}[what](services)
    services.database.dispose()
    pipe.send(done)


def run(
    pipe: Connection,
    role: str,
    clock_file: Path,
    moments: tuple[str, str],
    log: Path | None,
    limits: Mapping[str, int],
    settings: Mapping[str, Any],
) -> None:
    """Be a `dunwell worker` or `dunwell scheduler` until stopped: the same functions over the same settings.

    Beside them: a clock that tests may move, smaller claims, and the hook that kills it, or makes it stand still, at
    the two `moments`.
    """
    # The log first: what is written before it must not end up in the test's own output.
    with (log or Path(os.devnull)).open("a") as file:
        os.dup2(file.fileno(), 2)
    configure_logging()
    chosen = load_settings(**settings)
    services = build_services(chosen, now=SharedClock(clock_file))
    told = threading.Event()
    death, stall = SuddenDeath(moments[0]), SuddenDeath(moments[1], signal.SIGSTOP)

    def passed(point: str) -> None:
        death(point)
        stall(point)
        if point == "claimed" and not told.is_set():
            told.set()
            pipe.send("claimed")

    services = replace(services, fault=passed, limits=replace(services.limits, **limits))
    pipe.send("ready")
    threading.Thread(target=end_with_the_test, args=(pipe,), daemon=True).start()
    {"worker": run_worker, "scheduler": run_scheduler}[role](chosen, services)


def end_with_the_test(pipe: Connection) -> None:
    """Nobody is left to stop this process when the test's own is gone: the pipe to it breaks."""
    with suppress(EOFError, OSError):
        pipe.recv()
    os.kill(os.getpid(), signal.SIGKILL)
