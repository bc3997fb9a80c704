"""What only the database knows, read when somebody scrapes: queue, oldest due, runs, replies, doubts, the trail's seal.

Every process that shows metrics answers the same here, so that it doesn't matter which is asked; take the maximum over
processes, not the sum. Read at most every few seconds, by indexes alone (`storage/operations.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from dunwell import clock
from workflows.read_status import Status

KEEP_SECONDS = 5.0
BREAKERS = {"closed": 0, "half_open": 1, "open": 2}


class DatabaseCollector(Collector):
    """Gauges made from `read_status`; when the database can't be read, `dunwell_database_up` alone, at 0."""

    def __init__(self, read: Callable[[], Status]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._kept: tuple[float, list[Metric]] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not read the database."""
        return []

    def collect(self) -> Iterable[Metric]:
        """The gauges, at most some seconds old."""
        with self._lock:
            at = time.monotonic()
            if self._kept is None or at - self._kept[0] > KEEP_SECONDS:
                self._kept = (at, self._look())
            return self._kept[1]

    def _look(self) -> list[Metric]:
        up = GaugeMetricFamily("dunwell_database_up", "Whether the database can be read")
        try:
            status = self._read()
        except Exception:  # noqa: BLE001 — the edge of a scrape: whatever it is, the answer is "not up"
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        return [up, *_gauges(status, clock.utc_now())]


def _gauges(status: Status, now: datetime) -> Iterator[Metric]:
    queue = GaugeMetricFamily("dunwell_queue_messages", "Messages on their way, by state", labels=["status"])
    for name in ("planned", "claimed", "sending"):
        queue.add_metric([name], status.queue.get(name, 0))
    yield queue
    yield _one("dunwell_due_messages", "Messages that may go now", status.due)
    yield _one("dunwell_oldest_due_seconds", "How long the oldest of them has waited", _age(status.oldest_due, now))
    yield _one("dunwell_doubts", "Messages in doubt", status.doubts)
    yield _one("dunwell_replies_waiting", "Replies that wait for a person", status.replies_waiting)
    yield _one("dunwell_replies_oldest_seconds", "How long the oldest has waited", _age(status.oldest_reply, now))
    yield _one("dunwell_inbound_waiting", "Events stored and not read yet", status.inbound_waiting)
    yield _one("dunwell_audit_unsealed", "Entries of the trail newer than its newest seal", status.unsealed)
    if status.tick_age_seconds is not None:
        yield _one("dunwell_last_tick_seconds", "Seconds since the last tick", status.tick_age_seconds)
    yield _one("dunwell_alerts_open", "Troubles that last", len(status.alerts))
    runs = GaugeMetricFamily(
        "dunwell_run_messages", "Messages of each entity's newest run, by state", labels=["entity", "status"]
    )
    for run in status.runs:
        for name, count in run.messages.items():
            runs.add_metric([run.entity, name], count)
    yield runs
    breakers = GaugeMetricFamily(
        "dunwell_provider_breaker", "Breaker of a provider: 0 closed, 1 half open, 2 open", labels=["provider"]
    )
    for provider in status.providers:
        breakers.add_metric([provider.name], BREAKERS.get(provider.breaker, 2))
    yield breakers


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
