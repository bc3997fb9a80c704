"""When an entity's daily run is due: on its business days, from a set hour of its own clock, once."""

from __future__ import annotations

from datetime import date, datetime

from domain.calendars import calendar_of, zone_of
from domain.parties import LegalEntity


def due_runs(entity: LegalEntity, now: datetime, run_hour: int, newest: date | None) -> tuple[date, ...]:
    """The business days whose run is due at `now` (aware) and not there yet: today's, or none.

    `newest` is the latest business day that has a run. Days that were missed are not made up for: today's run sees all
    that they would have seen (rules.md, catch-up). The key is the day, so the hour that autumn has twice starts nothing
    twice, and the one that spring leaves out is simply past. Raises BadInput for an unknown time zone.
    """
    local = now.astimezone(zone_of(entity.timezone))
    today = local.date()
    if local.hour < run_hour or not calendar_of(entity.country).is_business_day(today):
        return ()
    return (today,) if newest is None or newest < today else ()
