"""How well messages have arrived lately, by provider and recipients' domain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from domain.errors import BadInput
from domain.sending_health import Health, shorten, sum_health
from storage import sending_health as counts
from workflows.services import Services

DEFAULT_DAYS = 7
ALL = "(all)"


@dataclass(frozen=True, slots=True)
class SendingHealth:
    """Since when, one line a provider and channel, one a domain; events not applied yet, and not at all."""

    since: date
    providers: tuple[Health, ...]
    domains: tuple[Health, ...]
    events_waiting: int
    events_failed: int


def sending_health(services: Services, days: int = DEFAULT_DAYS, *, limit: int = 30) -> SendingHealth:
    """What became of the messages of the last `days` days. `limit` domains are listed, the rest are added up.

    Raises BadInput for fewer than one day or domain.
    """
    if days < 1 or limit < 1:
        raise BadInput("the health of sending takes at least one day and one domain")
    since = services.now().date() - timedelta(days=days - 1)
    with services.database.read() as connection:
        lines = counts.count_health(connection, since)
        waiting, failed = counts.count_left(connection)
    return SendingHealth(since, tuple(sum_health(lines, ALL)), tuple(shorten(lines, limit)), waiting, failed)
