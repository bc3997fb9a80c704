"""How many messages may go at an instant so that a rate is never passed: the generic cell rate algorithm.

One instant a limit is all that is remembered: when its bucket is full again. So any number of workers can share it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import BadInput

_RATE = re.compile(
    r"(?P<provider>[a-z]+)(?:/(?P<country>[A-Z]{2}))?(?:@(?P<entity>[^:,/@]+))?:(?P<count>[1-9]\d{0,5})/(?P<unit>[smh])"
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_TICK = timedelta(microseconds=1)
AT_ONCE_PER_SECOND = 10
"""A fast limit is claimed in so many portions a second: one message at a time would cost a transaction each."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` messages in any `seconds` on end. `at_once` of them may go together."""

    count: int
    seconds: int

    @property
    def at_once(self) -> int:
        """How many may go together after a rest."""
        return max(1, self.count // (self.seconds * AT_ONCE_PER_SECOND))

    @property
    def gap(self) -> timedelta:
        """Time that one message takes up: so long that `at_once` and what flows in after it stay below `count`."""
        return timedelta(microseconds=math.ceil(self.seconds * 1_000_000 / (self.count - self.at_once + 1)))


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A rate of a provider, of its messages to one country, of one legal entity's, or both. `key` is how it is set."""

    provider: str
    rate: Rate
    country: str | None = None
    entity: str | None = None

    @property
    def key(self) -> str:
        """'twilio', 'twilio/US', 'sendgrid@DE01', 'twilio/US@DE01'."""
        return self.provider + (f"/{self.country}" if self.country else "") + (f"@{self.entity}" if self.entity else "")

    def holds(self, provider: str, country: str, entity: str) -> bool:
        """Whether a message is counted by it."""
        return provider == self.provider and self.country in (None, country) and self.entity in (None, entity)


def free_now(rate: Rate, full_at: datetime | None, now: datetime) -> int:
    """How many messages may go at `now`. `full_at`: when the bucket is full again; None: it is."""
    begun = now if full_at is None else max(full_at, now)
    return max(0, (now + rate.at_once * rate.gap - begun) // rate.gap)


def take(rate: Rate, full_at: datetime | None, now: datetime, count: int) -> datetime:
    """The bucket after `count` messages, which must be free: when it is full again."""
    begun = now if full_at is None else max(full_at, now)
    return begun + count * rate.gap


def free_from(rate: Rate, full_at: datetime | None, now: datetime) -> datetime:
    """When the next message may go: `now`, or later."""
    if full_at is None:
        return now
    return max(now, full_at + rate.gap - rate.at_once * rate.gap)


def read_rates(text: str) -> tuple[RateLimit, ...]:
    """`sendgrid:100/s,twilio/US:1/s,smtp@DE01:30/m` → limits. Raises BadInput naming the part that is none."""
    found: dict[str, RateLimit] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _RATE.fullmatch(part)
        if match is None:
            raise BadInput(
                f"{part!r} is no rate; write PROVIDER:N/s (or /m, /h), PROVIDER/COUNTRY:N/s or PROVIDER@ENTITY:N/s"
            )
        rate = Rate(int(match["count"]), _SECONDS[match["unit"]])
        limit = RateLimit(match["provider"], rate, match["country"], match["entity"])
        if limit.key in found:
            raise BadInput(f"{limit.key} has two rates; keep one")
        found[limit.key] = limit
    return tuple(found.values())


def read_daily_caps(text: str) -> Mapping[str, int]:
    """`sendgrid:50000,twilio:2000` → provider → messages a day (UTC). Raises BadInput naming the part that is none."""
    found: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        provider, _, count = (piece.strip() for piece in part.partition(":"))
        if not provider.isalpha() or not count.isdecimal() or provider in found:
            raise BadInput(f"{part!r} is no daily cap; write PROVIDER:N, each provider once")
        found[provider] = int(count)
    return found
