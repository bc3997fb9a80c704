"""Whether a provider is asked at all: a circuit breaker, and the pauses that a provider asks for itself.

closed: messages go. After several hand-overs in a row that met the provider's own trouble it opens: nothing goes for a
pause that doubles each time. Then it is half open: one message tries, and what becomes of it closes or opens it again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

OPENS_AFTER = 5
"""Hand-overs in a row that meet the provider's trouble before nothing more is tried."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_ASKED = timedelta(hours=6)
"""A provider that asks for longer is asked again after this."""


class Breaker(StrEnum):
    """States of a provider's breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class ProviderState:
    """What all workers know of a provider. `not_before`: nothing goes before; `probe_until`: somebody is trying."""

    provider: str
    breaker: Breaker = Breaker.CLOSED
    failures: int = 0
    not_before: datetime | None = None
    probe_until: datetime | None = None
    error: str | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing is known against it."""
        return self.breaker is Breaker.CLOSED and self.failures == 0 and self.not_before is None


@dataclass(frozen=True, slots=True)
class Passage:
    """How many messages may go: all (None), one that tries, or none until `again_at`."""

    most: int | None = None
    again_at: datetime | None = None


def passage(state: ProviderState, now: datetime) -> Passage:
    """What a provider may be given at `now`."""
    if state.not_before is not None and now < state.not_before:
        return Passage(0, state.not_before)
    if state.breaker is Breaker.CLOSED:
        return Passage()
    if state.breaker is Breaker.HALF_OPEN and state.probe_until is not None and now < state.probe_until:
        return Passage(0, state.probe_until)
    return Passage(1)


def begin_probe(state: ProviderState, until: datetime) -> ProviderState:
    """One message has the floor, until its lease runs out at the latest."""
    return replace(state, breaker=Breaker.HALF_OPEN, probe_until=until)


def after_success(state: ProviderState, now: datetime) -> ProviderState:
    """The provider took or refused a message: it is there. A pause that it asked for goes on."""
    if state.breaker is Breaker.OPEN:
        return state  # the answer to something handed over before it opened
    waits = state.not_before is not None and state.not_before > now
    return ProviderState(state.provider, not_before=state.not_before if waits else None)


def after_trouble(state: ProviderState, now: datetime, error: str, asked_seconds: int | None = None) -> ProviderState:
    """A hand-over met the provider's own trouble. `asked_seconds`: how long it wants to be left alone, if it said so.

    A provider that says how long is well, and only waited for; one that doesn't comes nearer to being left alone.
    """
    if asked_seconds is not None:
        until = now + min(timedelta(seconds=asked_seconds), LONGEST_ASKED)
        paused = replace(state, not_before=_later(state.not_before, until), error=error)
        if state.breaker is not Breaker.HALF_OPEN:
            return paused
        return replace(paused, breaker=Breaker.OPEN, probe_until=None)
    if state.breaker is Breaker.OPEN:
        return replace(state, error=error)  # one more of those that were under way
    failures = state.failures + 1
    counted = replace(state, failures=failures, error=error, probe_until=None)
    if state.breaker is Breaker.CLOSED and failures < OPENS_AFTER:
        return counted
    until = now + pause_after(state.provider, failures)
    return replace(counted, breaker=Breaker.OPEN, not_before=_later(state.not_before, until))


def pause_after(provider: str, failures: int) -> timedelta:
    """How long a breaker stays open: doubling, at most a quarter of an hour, with up to half of it drawn by chance.

    The chance is a hash: the same for the same trouble, so that it can be told and tested, and another for the next.
    """
    doubled = FIRST_PAUSE * (1 << min(max(0, failures - OPENS_AFTER), 10))
    longest = min(doubled, LONGEST_PAUSE)
    half = longest / 2
    return half + backoff(half, f"{provider}:{failures}")


def backoff(longest: timedelta, key: str) -> timedelta:
    """Full jitter: a wait between nothing and `longest`, the same for the same `key` (message and attempt)."""
    return longest * chance(key)


def chance(key: str) -> float:
    """A number in [0, 1) drawn by a hash of `key`."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6]) / 2**48


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
