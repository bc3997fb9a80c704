"""Business days, banking days and decent hours, by country.

Public holidays come from the `holidays` package (national ones; England's for the United Kingdom), weekends from
CLDR's week data. A *business day* is one on which a recipient may be written to; a *banking day* one on which money
can move. They differ in Japan: offices close from 29 December to 3 January, banks from 31 December.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import BadInput
from domain.parties import Channel

_ONE_DAY = timedelta(days=1)
_SAT_SUN = frozenset({5, 6})
_WEEKENDS: dict[str, frozenset[int]] = {
    **dict.fromkeys(("BH", "DZ", "EG", "IL", "IQ", "JO", "KW", "LY"), frozenset({4, 5})),
    **dict.fromkeys(("OM", "QA", "SA", "SD", "SY", "YE"), frozenset({4, 5})),
    "AF": frozenset({3, 4}),
    "IR": frozenset({4}),
    "IN": frozenset({6}),
    "UG": frozenset({6}),
}
"""Country → weekdays (Monday 0) of its weekend where it isn't Saturday and Sunday (CLDR 47, weekData)."""

_SUBDIVISION = {"GB": "ENG"}
"""Where nearly every business keeps one part's holidays: Easter Monday is one in England, not in the whole UK."""


class Calendar:
    """The days of one country. Holidays are looked up once a year and kept; use `calendar_of` to get one."""

    __slots__ = ("_bank_closed", "_closed", "_effective", "_weekend", "country")

    def __init__(self, country: str) -> None:
        self.country = country
        self._weekend = _WEEKENDS.get(country, _SAT_SUN)
        self._closed: dict[int, frozenset[date]] = {}
        self._bank_closed: dict[int, frozenset[date]] = {}
        self._effective: dict[date, date] = {}

    def is_business_day(self, day: date) -> bool:
        """Whether offices of the country work on `day`."""
        if day.weekday() in self._weekend:
            return False
        closed = self._closed.get(day.year)
        if closed is None:
            closed = self._closed[day.year] = _holidays(self.country, day.year) | _office_days_off(
                self.country, day.year
            )
        return day not in closed

    def is_banking_day(self, day: date) -> bool:
        """Whether banks of the country work on `day`."""
        if day.weekday() in self._weekend:
            return False
        closed = self._bank_closed.get(day.year)
        if closed is None:
            closed = _holidays(self.country, day.year) | _bank_days_off(self.country, day.year)
            self._bank_closed[day.year] = closed
        return day not in closed

    def next_banking_day(self, day: date) -> date:
        """`day` itself when banks work on it, else the first day after it on which they do."""
        found = self._effective.get(day)
        if found is None:
            found = day
            while found != date.max and not self.is_banking_day(found):
                found += _ONE_DAY
            self._effective[day] = found
        return found

    def last_banking_day(self, day: date) -> date:
        """`day` itself when banks work on it, else the last day before it on which they did."""
        while not self.is_banking_day(day):
            day -= _ONE_DAY
        return day

    def next_business_day(self, day: date) -> date:
        """`day` itself when offices work on it, else the first day after it on which they do."""
        while not self.is_business_day(day):
            day += _ONE_DAY
        return day

    def add_business_days(self, day: date, count: int) -> date:
        """The `count`-th business day after `day` (before it, when negative); `day` itself for 0."""
        step = _ONE_DAY if count > 0 else -_ONE_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_business_day(day):
                day += step
        return day


@cache
def calendar_of(country: str) -> Calendar:
    """The country's calendar (ISO 3166 alpha-2). A code without known holidays has weekends only."""
    return Calendar(country.upper())


@lru_cache(maxsize=4096)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # costs a third of a second: only when a day is asked for

    try:
        return frozenset(holidays.country_holidays(country, subdiv=_SUBDIVISION.get(country), years=year))
    except NotImplementedError:
        return frozenset()


def _office_days_off(country: str, year: int) -> frozenset[date]:
    if country != "JP":
        return frozenset()
    return frozenset({date(year, 1, 1), date(year, 1, 2), date(year, 1, 3), *(date(year, 12, d) for d in (29, 30, 31))})


def _bank_days_off(country: str, year: int) -> frozenset[date]:
    if country != "JP":
        return frozenset()
    return frozenset({date(year, 1, 1), date(year, 1, 2), date(year, 1, 3), date(year, 12, 31)})


def is_business_day(country: str, day: date) -> bool:
    """Whether offices of `country` work on `day`."""
    return calendar_of(country).is_business_day(day)


def next_banking_day(country: str, day: date) -> date:
    """`day` itself when banks of `country` work on it, else the first day after it on which they do."""
    return calendar_of(country).next_banking_day(day)


def add_business_days(country: str, day: date, count: int) -> date:
    """The `count`-th business day of `country` after `day` (before it, when negative)."""
    return calendar_of(country).add_business_days(day, count)


def due_cutoff(today: date, days: int, inclusive: bool, calendar: Calendar | None) -> date:
    """The newest due date whose threshold of `days` past due is reached on `today`.

    For set-based queries: `due_on <= due_cutoff(…)` says the same as counting days from the effective due date. With a
    `calendar`, a due date on which banks are closed counts from the next banking day; None: due dates don't roll.
    """
    newest = today - timedelta(days=days if inclusive else days + 1)
    return newest if calendar is None else calendar.last_banking_day(newest)


Window = tuple[time, time]
"""From and to in the recipient's local time; the end is no longer allowed."""


def _spans(*hours: float) -> tuple[Window, ...]:
    def at(hour: float) -> time:
        return time(int(hour), round(hour % 1 * 60))

    return tuple((at(start), at(end)) for start, end in zip(hours[::2], hours[1::2], strict=True))


_DEFAULT = _spans(9, 17)
_BY_COUNTRY: dict[str, tuple[Window, ...]] = {
    **dict.fromkeys(("US", "CA", "MX", "IT", "BE", "NL", "BR"), _spans(9, 18)),
    "GB": _spans(9, 17.5),
    "FR": _spans(9, 12, 14, 18),
    "ES": _spans(9, 14, 16, 19),
    "IN": _spans(10, 18),
}
"""Stricter than any law that binds a creditor's own claims; countries not named here have 9 to 17."""


@dataclass(frozen=True, slots=True)
class SendHours:
    """Local hours in which a recipient may be written to, by country. SMS is kept within `sms` besides."""

    by_country: Mapping[str, tuple[Window, ...]] = field(default_factory=lambda: dict(_BY_COUNTRY))
    default: tuple[Window, ...] = _DEFAULT
    sms: Window = (time(9), time(17))

    def of(self, country: str, channel: Channel = Channel.EMAIL) -> tuple[Window, ...]:
        """The local windows of a country's working day for a channel, in order."""
        windows = self.by_country.get(country, self.default)
        if channel is not Channel.SMS:
            return windows
        first, last = self.sms
        clipped = ((max(start, first), min(end, last)) for start, end in windows)
        return tuple((start, end) for start, end in clipped if start < end)


DEFAULT_HOURS = SendHours()
"""The product's own hours; an installation may set others."""

Span = tuple[datetime, datetime]
"""Two instants in UTC: not before, and not after."""


@lru_cache(maxsize=1024)
def zone_of(timezone: str) -> ZoneInfo:
    """The zone of an IANA name. Raises BadInput for a name that the zone database doesn't have."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"time zone {timezone!r} is unknown; write an IANA name such as Europe/Paris") from None


def send_windows(
    country: str, timezone: str, day: date, channel: Channel = Channel.EMAIL, hours: SendHours = DEFAULT_HOURS
) -> tuple[Span, ...]:
    """When a recipient may be written to on the local day `day`, as UTC instants in order; empty on a day off.

    Right across changes of the clock; a day that the zone never had (Samoa, 30 December 2011) has no window. Raises
    BadInput for an unknown time zone.
    """
    zone = zone_of(timezone)
    if not calendar_of(country).is_business_day(day):
        return ()
    found = []
    for start, end in hours.of(country, channel):
        first, last = (datetime.combine(day, at, zone).astimezone(UTC) for at in (start, end))
        if first < last and first.astimezone(zone).date() == day:
            found.append((first, last))
    return tuple(found)


def first_allowed(
    country: str,
    timezone: str,
    days: Iterable[date],
    now: datetime | None,
    channel: Channel = Channel.EMAIL,
    hours: SendHours = DEFAULT_HOURS,
) -> Span | None:
    """The first window of the local `days` that isn't over at `now` (aware; None: from the first), cut to begin then.

    None when none is left. Raises BadInput for an unknown time zone.
    """
    for day in days:
        for start, end in send_windows(country, timezone, day, channel, hours):
            if now is None or now < end:
                return (start if now is None else max(start, now.astimezone(UTC)), end)
    return None
