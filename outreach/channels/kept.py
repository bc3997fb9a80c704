"""Connections kept between two messages. Each hand-over borrows one; several threads may.

A pool and not one a thread: threads come and go with each round of work, connections should not.
"""

from __future__ import annotations

import queue
import select
import socket
import time
from collections.abc import Callable
from typing import Generic, TypeVar

KEEP_SECONDS = 20.0
"""A connection idle for longer is not used again: a server that has closed one looks like a lost answer."""

C = TypeVar("C")


class Kept(Generic[C]):
    """Idle connections, the last used first. `end` closes one without asking the other side."""

    def __init__(self, end: Callable[[C], None]) -> None:
        self._end = end
        self._idle: queue.LifoQueue[tuple[C, float]] = queue.LifoQueue()

    def borrow(self) -> tuple[C, float] | None:
        """One that was used lately, and for how many seconds it has been idle; None when there is none."""
        while True:
            try:
                connection, since = self._idle.get_nowait()
            except queue.Empty:
                return None
            idle = time.monotonic() - since
            if idle <= KEEP_SECONDS:
                return connection, idle
            self._end(connection)

    def give_back(self, connection: C) -> None:
        """For the next message."""
        self._idle.put((connection, time.monotonic()))

    def close(self, end: Callable[[C], None] | None = None) -> None:
        """End all that are idle, by `end` where one is given."""
        while True:
            try:
                connection, _ = self._idle.get_nowait()
            except queue.Empty:
                return
            (end or self._end)(connection)

    def __del__(self) -> None:
        self.close()


def has_gone_quiet(sock: socket.socket | None) -> bool:
    """Whether nothing waits to be read: on an idle connection that would be the other side's goodbye."""
    if sock is None:
        return False
    try:
        readable, _, _ = select.select([sock], [], [], 0)
    except (OSError, ValueError):  # closed, or a handle beyond what `select` can watch
        return False
    return not readable
