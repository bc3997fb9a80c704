"""What a real process of ours does in tests: work at a given instant and, where told, die in the middle."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from multiprocessing.connection import Connection
from typing import Any

from domain.calendars import calendar_of
from dunwell.bootstrap import build_services, configure_logging
from dunwell.settings import load_settings
from outreach.compose.template_set import load_templates
from workflows.send_messages import drain
from workflows.tick import plan_due_runs, tick

# Done once, by the server that processes are forked from.
load_templates().book("en_IE")
calendar_of("IE").is_business_day(date(2026, 3, 9))


class SuddenDeath:
    """`kill -9` from within, when this process passes a named moment for the n-th time: `sending:3`."""

    def __init__(self, told: str) -> None:
        self.point, _, count = told.partition(":")
        self.left = int(count or 1)
        self.lock = threading.Lock()

    def __call__(self, point: str) -> None:
        with self.lock:
            if point != self.point:
                return
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def work(pipe: Connection, what: str, now: datetime, kill_at: str, wires: int, settings: Mapping[str, Any]) -> None:
    """Build services, say `ready`, wait to be let go, work, and say what was done."""
    configure_logging()
    services = build_services(load_settings(**settings), now=lambda: now)
    limits = replace(services.limits, claim_size=8, wires=wires)
    services = replace(services, fault=SuddenDeath(kill_at), limits=limits)
    pipe.send("ready")
    pipe.recv()
    done = {"drain": drain, "plan": lambda s: {"planned": plan_due_runs(s)}, "tick": tick}[what](services)
    services.database.dispose()
    pipe.send(done)
