"""Who listens to `workflows/observe.py`: Prometheus counters of this process, and a tracer where one is set up.

Labels come from fixed sets (channel, provider, outcome, kind): a series for each customer would be data about
people, and would fill any monitor's disk. What the database knows (queue, replies waiting) is read when somebody looks
(`observe_database.py`), so that it is right whichever process is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from workflows.observe import Id, Observer

WIRE_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
WORK_SECONDS = (0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)

COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "messages": ("Hand-overs to a provider, by what it answered", ("channel", "provider", "outcome")),
    "messages_kept": ("Claimed messages that did not go, by what became of them", ("became",)),
    "inbound": ("Events from providers and mailboxes", ("provider", "kind", "result")),
    "replies": ("Events that became replies", ("result",)),
    "reports": ("Mails that tell what became of ours", ("result",)),
    "inquiries": ("Messages in doubt asked about at their provider", ("provider", "result")),
    "polls": ("Suppression lists read", ("list", "result")),
    "webhook_answers": ("Answers to webhooks", ("provider", "status")),
    "tick_failures": ("Duties of a tick that failed", ("part",)),
    "alerts": ("Alerts opened", ("kind",)),
}
"""Name → what it counts, its labels."""

TIMINGS: dict[str, tuple[str, tuple[str, ...], tuple[float, ...]]] = {
    "wire": ("Seconds that a hand-over to a provider took", ("channel", "provider"), WIRE_SECONDS),
    "webhook": ("Seconds until a webhook was answered", ("provider",), WIRE_SECONDS),
    "tick": ("Seconds that a tick took", (), WORK_SECONDS),
    "run": ("Seconds that planning a run took, a process's share", (), WORK_SECONDS),
}
"""Name → what took so long, its labels, the histogram's bounds."""


class Tracer(Protocol):
    """What `observe_traces.py` gives: spans under the present one, and what carries that to another process."""

    def span(self, name: str, ids: dict[str, Id]) -> AbstractContextManager[None]:
        """A span with these attributes."""
        ...

    def carrier(self) -> dict[str, str]:
        """The present span, to be sent along."""
        ...

    def continued(self, carrier: dict[str, str]) -> AbstractContextManager[None]:
        """Under the span that was sent along."""
        ...


class Observed(Observer):
    """Counts in a registry of its own, and traces where there is a tracer."""

    def __init__(self, registry: CollectorRegistry | None = None, tracer: Tracer | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._tracer = tracer
        self._counters = {
            name: Counter(f"dunwell_{name}_total", text, labels, registry=self.registry)
            for name, (text, labels) in COUNTERS.items()
        }
        self._timings = {
            name: Histogram(f"dunwell_{name}_seconds", text, labels, buckets=bounds, registry=self.registry)
            for name, (text, labels, bounds) in TIMINGS.items()
        }

    def count(self, name: str, /, *labels: str, amount: int = 1) -> None:
        """See `Observer.count`. A name that isn't listed is a mistake of ours and raises KeyError."""
        counter = self._counters[name]
        _labelled(counter, labels).inc(amount)

    def timing(self, name: str, seconds: float, /, *labels: str) -> None:
        """See `Observer.timing`."""
        timing = self._timings[name]
        _labelled(timing, labels).observe(seconds)

    def span(self, name: str, /, **ids: Id | None) -> AbstractContextManager[None]:
        """See `Observer.span`."""
        on_lines = super().span(name, **ids)
        return on_lines if self._tracer is None else _both(on_lines, self._tracer, name, ids)

    def carrier(self) -> dict[str, str]:
        """See `Observer.carrier`."""
        return {} if self._tracer is None else self._tracer.carrier()

    def continued(self, carrier: dict[str, str]) -> AbstractContextManager[None]:
        """See `Observer.continued`."""
        return super().continued(carrier) if self._tracer is None else self._tracer.continued(carrier)


@contextmanager
def _both(
    on_lines: AbstractContextManager[None], tracer: Tracer, name: str, ids: dict[str, Id | None]
) -> Iterator[None]:
    with on_lines, tracer.span(name, {key: value for key, value in ids.items() if value is not None}):
        yield


Metric = TypeVar("Metric", bound=MetricWrapperBase)


def _labelled(metric: Metric, labels: tuple[str, ...]) -> Metric:
    return metric.labels(*labels) if labels else metric
