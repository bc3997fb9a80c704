"""What workflows tell of their work while they do it: counts, durations, and what belongs together.

Names and labels are few and fixed (a label never holds a customer, an address or a text); ids go into spans, which put
them on every log line written within. Who listens is decided by `dunwell/observe.py`; by default nobody does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from structlog.contextvars import bound_contextvars

Id = str | int


class Observer:
    """Counts nothing, and puts the ids of a span on the log lines within it. The base of whoever counts."""

    def count(self, name: str, /, *labels: str, amount: int = 1) -> None:
        """`amount` more of `name`, such as ('messages', 'email', 'smtp', 'sent')."""

    def timing(self, name: str, seconds: float, /, *labels: str) -> None:
        """Something took so many seconds, such as ('wire', 0.05, 'email', 'smtp')."""

    def span(self, name: str, /, **ids: Id | None) -> AbstractContextManager[None]:
        """A piece of work with a beginning and an end, and what it is about: run, message, customer, inbound."""
        return _ids_on_log_lines(ids)

    def carrier(self) -> dict[str, str]:
        """What carries the present span to another process; empty where nobody traces."""
        return {}

    def continued(self, carrier: dict[str, str]) -> AbstractContextManager[None]:
        """Work that another process asked for: its spans belong under the one that `carrier` came from."""
        return _ids_on_log_lines({})


@contextmanager
def _ids_on_log_lines(ids: dict[str, Id | None]) -> Iterator[None]:
    with bound_contextvars(**{name: value for name, value in ids.items() if value is not None}):
        yield


UNOBSERVED = Observer()
"""The ordinary observer: nobody listens."""
