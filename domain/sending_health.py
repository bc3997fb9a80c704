"""How well messages arrive: counts by provider, channel and recipients' domain, and what they say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

OTHERS = "(others)"
"""Stands for the domains that are not listed by themselves."""


@dataclass(frozen=True, slots=True)
class Health:
    """What became of the messages of some days to one domain by one provider. Messages are counted, not events.

    `accepted` were taken by the provider, whatever came of them; of these `delivered` arrived and `bounced` came back.
    `deferred` waited at least once, `complained` were called spam; `unknown` may have gone or not; `refused` were not
    taken. SMS have no domain.
    """

    provider: str
    channel: str
    domain: str
    accepted: int = 0
    delivered: int = 0
    deferred: int = 0
    bounced: int = 0
    complained: int = 0
    unknown: int = 0
    refused: int = 0

    def rate(self, what: str) -> float | None:
        """The share of the accepted messages that were `what`; None where none was accepted."""
        return getattr(self, what) / self.accepted if self.accepted else None


_COUNTS = tuple(f.name for f in fields(Health) if f.type == "int")


def sum_health(lines: Iterable[Health], domain: str) -> list[Health]:
    """Lines added up over their domains, one a provider and channel, under the name `domain`."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for line in lines:
        sums = found.setdefault((line.provider, line.channel), dict.fromkeys(_COUNTS, 0))
        for name in _COUNTS:
            sums[name] += getattr(line, name)
    return [Health(provider, channel, domain, **sums) for (provider, channel), sums in sorted(found.items())]


def shorten(lines: Iterable[Health], limit: int) -> list[Health]:
    """The `limit` lines with the most messages, the rest added up by provider and channel."""
    ordered = sorted(lines, key=lambda h: (-(h.accepted + h.unknown + h.refused), h.provider, h.channel, h.domain))
    return [*ordered[:limit], *sum_health(ordered[limit:], OTHERS)]
