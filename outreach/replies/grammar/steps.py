"""Rules that languages share beyond numbers and months' names: counted days, weekdays, ends of months."""

from __future__ import annotations

import re
from datetime import date, timedelta

from outreach.replies.grammar import calendar
from outreach.replies.grammar.reading import (
    Build,
    DateKind,
    Day,
    Reading,
    Words,
    bare_day,
    fixed,
    full_year,
    weekday_reading,
)


def counted(words: Words, unit: str, sign: int = 1) -> Build:
    """A rule whose group `n` counts days, weeks, months, years or working days from today (back for sign -1)."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        return fixed(shift(day.today, sign * words.number(match["n"]), unit))

    return run


def shift(today: date, count: int, unit: str) -> date:
    """`today` so many "days", "weeks", "months", "years" or "working" days on."""
    if unit == "working":
        return calendar.add_working_days(today, count)
    if unit in ("months", "years"):
        return calendar.add_months(today, count * (12 if unit == "years" else 1))
    return today + timedelta(days=count * {"days": 1, "weeks": 7, "fortnights": 14}[unit])


def weekday_in_week(words: Words, weeks: int) -> Build:
    """A rule whose group `wd` is a weekday of the week `weeks` after this one."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        return fixed(calendar.weekday_of_week(words.weekday(match["wd"]), day.today, weeks), DateKind.WEEKDAY)

    return run


def weekday_after(words: Words, days: int = 0, doubtful_within_week: bool = False) -> Build:
    """A rule whose group `wd` is the next such weekday plus `days`.

    `doubtful_within_week`: where that day is still ahead in this week, some speakers mean the next week's.
    """

    def run(match: re.Match[str], day: Day) -> Reading | None:
        weekday = words.weekday(match["wd"])
        ahead = calendar.next_weekday(weekday, day.today)
        doubt = doubtful_within_week and ahead < calendar.weekday_of_week(0, day.today, 1)
        return fixed(ahead + timedelta(days=days), DateKind.WEEKDAY, ambiguous=doubt)

    return run


def weekday_of_following_week(words: Words) -> Build:
    """A rule whose group `wd` is that day of the following week; doubtful where it is still ahead in this one."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        weekday = words.weekday(match["wd"])
        following = calendar.weekday_of_week(weekday, day.today, 1)
        doubt = calendar.next_weekday(weekday, day.today) != following
        return fixed(following, DateKind.WEEKDAY, ambiguous=doubt)

    return run


def past_weekday(words: Words) -> Build:
    """A rule whose group `wd` is the most recent such weekday before today."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        return fixed(calendar.last_weekday(words.weekday(match["wd"]), day.today), DateKind.WEEKDAY)

    return run


def plain_weekday(words: Words) -> Build:
    """A rule whose group `wd` is a weekday without more."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        return weekday_reading(words.weekday(match["wd"]), day.today)

    return run


def named_month_end(words: Words) -> Build:
    """A rule whose group `m` is a month (and `y`, if any, its year) that ends."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        return _part_of_month(words.month(match["m"]), match.groupdict().get("y"), 31, day.today)

    return run


def named_month_middle(words: Words) -> Build:
    """A rule whose group `m` is a month whose middle, the 15th, is meant."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        return _part_of_month(words.month(match["m"]), match.groupdict().get("y"), 15, day.today)

    return run


def _part_of_month(month: int, year: str | None, day: int, today: date) -> Reading:
    def in_year(number: int) -> date:
        end = calendar.month_end(number, month)
        return end if day > 28 else end.replace(day=day)

    if year:
        return fixed(in_year(full_year(year)), DateKind.ABSOLUTE)
    this = in_year(today.year)
    ahead, behind = (this, in_year(today.year - 1)) if this >= today else (in_year(today.year + 1), this)
    return Reading(ahead, behind, DateKind.DAY_MONTH)


def month_end_in(months: int) -> Build:
    """The last day of the month `months` after this one."""
    return lambda match, day: fixed(calendar.month_end(day.today.year, day.today.month + months), DateKind.WINDOW)


def mid_month() -> Build:
    """The next 15th, today included."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        this = day.today.replace(day=15)
        return fixed(this if this >= day.today else calendar.add_months(this, 1), DateKind.WINDOW)

    return run


def week_day(weekday: int, weeks: int) -> Build:
    """A fixed weekday (Monday is 0) of the week `weeks` after this one, for "end of next week" and the like."""
    return lambda match, day: fixed(calendar.weekday_of_week(weekday, day.today, weeks), DateKind.WINDOW)


def day_of_month_in(words: Words, months: int) -> Build:
    """A rule whose group `d` is a day of the month `months` after this one."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        end = calendar.month_end(day.today.year, day.today.month + months)
        found = calendar.safe_date(end.year, end.month, words.day(match["d"]))
        return fixed(found) if found else None

    return run


def bare_day_rule(words: Words) -> Build:
    """A rule whose group `d` is a day number alone."""
    return lambda match, day: bare_day(words.day(match["d"]), day.today)


def offset(days: int, kind: DateKind = DateKind.RELATIVE) -> Build:
    """Today plus `days`."""
    return lambda match, day: fixed(day.today + timedelta(days=days), kind)
