"""A process's sign of life, and its watching over the others: a thread of its own, every half a minute.

Not part of the tick: a scheduler that is gone must be noticed by those who are not.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from typing import Any
from uuid import uuid4

import structlog

from domain.errors import DunwellError
from dunwell.settings import Settings
from outreach.channels.webhook_out import checked_address, post_json
from storage import pulse
from storage.pulse import Process
from workflows.restore import guard_sending
from workflows.services import Services
from workflows.watch import Tell, limits_of, tell_alerts, watch

log = structlog.get_logger(__name__)

SECONDS = 30.0
SETTLED = 2
"""Beats before a process judges: what it does at its start would look like trouble."""


class Pulse:
    """The thread. Raises BadInput at once for a webhook's address that isn't one."""

    def __init__(self, settings: Settings, services: Services, kind: str, *, seconds: float = SECONDS) -> None:
        self.process = Process(uuid4().hex, kind, socket.gethostname(), os.getpid(), version("dunwell"))
        self._services = services
        self._ways = make_ways(settings)
        self._limits = limits_of(services, grace_minutes=settings.alert_grace_minutes, doubts=settings.alert_doubts)
        self._seconds = seconds
        self._beats = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Give the first sign before anything else happens, then go on by itself."""
        guard_sending(self._services)
        self.beat()
        self._thread.start()

    def stop(self) -> None:
        """No more signs; the process is noted as stopped."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(15)
        with suppress(Exception), self._services.database.write() as unit:  # the database may be what is down
            pulse.note_stop(unit, self.process.public_id)
            unit.commit()

    def beat(self) -> None:
        """One sign; from the third on, a look around."""
        with self._services.database.write() as unit:
            pulse.beat(unit, self.process)
            unit.commit()
        self._beats += 1
        if self._beats > SETTLED:
            guard_sending(self._services)
            watch(self._services, self._limits)
            tell_alerts(self._services, self._ways)

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self.beat()
            except Exception:  # the edge of this thread: the database may be back at the next beat
                log.exception("pulse.failed", reference=uuid4().hex[:8])


def make_ways(settings: Settings) -> dict[str, Tell]:
    """By which ways somebody is told, besides the task: those that are set up. Raises BadInput for a wrong address."""
    ways: dict[str, Tell] = {}
    url = settings.alert_webhook.get_secret_value()
    if url:
        checked_address(url, allow_private=settings.alert_private)
        ways["webhook"] = lambda note: post_json(url, note, allow_private=settings.alert_private).error
    if settings.alert_slack and settings.slack_bot_token.get_secret_value():
        ways["slack"] = _slack(settings)
    return ways


def _slack(settings: Settings) -> Tell:
    from dunwell.slack import slack_client

    client = slack_client(settings)

    def tell(note: Mapping[str, Any]) -> str | None:
        from slack_sdk.errors import SlackClientError

        try:
            client.chat_postMessage(channel=settings.alert_slack, text=f"Dunwell: {note['text']}")
        except (SlackClientError, DunwellError, OSError) as error:
            return type(error).__name__
        return None

    return tell
