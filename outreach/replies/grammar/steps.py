"""Rules that languages share beyond numbers and months' names: counted days, weekdays, ends of months."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from outreach.replies.grammar import calendar
from outreach.replies.grammar.reading import (
    NO_DAY,
    Build,
    DateKind,
    Day,
    Reading,
    Words,
    bare_day,
    fixed,
    full_year,
    meaning,
    weekday_reading,
)


def counted(words: Words, unit: str, sign: int = 1) -> Build:
    """A rule whose group `n` counts days, weeks, months, years or working days from today (back for sign -1)."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        return fixed(shift(day.today, sign * words.number(match["n"]), unit))

    return run


def spanned(words: Words, sign: int = 1) -> Build:
    """A rule whose group `s` is a ‹SPAN› from today on (back for sign -1): a few hours are today, 48 are two days."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        counts = words.spans(match["s"])
        if not counts.keys() - {"hours", "minutes"} and counts.get("hours", 0) % 24 > 0:
            return fixed(day.today, DateKind.TODAY) if counts["hours"] <= _SAME_DAY_HOURS else None
        if not counts.keys() - {"minutes"}:
            return fixed(day.today, DateKind.TODAY)
        return fixed(shift_by(day.today, counts, sign))

    return run


_SAME_DAY_HOURS = 5


def shift_by(day: date, counts: Mapping[str, int], sign: int = 1) -> date:
    """`day` moved by so many of each unit, the largest first; hours count by whole days."""
    for unit in ("years", "months", "weeks", "fortnights", "days", "working"):
        if counts.get(unit):
            day = shift(day, sign * counts[unit], unit)
    return day + timedelta(days=sign * (counts.get("hours", 0) // 24))


def nth_in_month(words: Words, nths: Mapping[str, int]) -> Build:
    """A rule for "first Monday of June": groups `nth`, then `wd` a weekday, `work` a working day or neither for a day;
    the month is `m` (and `y`, if any), or with `next` the coming one, else this one.
    """

    def run(match: re.Match[str], day: Day) -> Reading | None:
        found = match.groupdict()
        nth = meaning(nths, found["nth"], words.language)

        def of(year: int, month: int) -> date | None:
            end = calendar.month_end(year, month)
            try:
                if found.get("wd"):
                    return calendar.nth_weekday(nth, words.weekday(found["wd"]), end.year, end.month)
                if found.get("work"):
                    return calendar.nth_working_day(nth, end.year, end.month)
                return end if nth < 0 else end.replace(day=nth)
            except ValueError:
                return None

        if found.get("m"):
            return _in_month(of, words.month(found["m"]), found.get("y"), day.today)
        return _maybe(of(day.today.year, day.today.month + (1 if found.get("next") else 0)))

    return run


def _maybe(found: date | None) -> Reading | None:
    return fixed(found) if found else None


def _in_month(of: Callable[[int, int], date | None], month: int, year: str | None, today: date) -> Reading | None:
    if year:
        return _maybe(of(full_year(year), month))
    ahead = next((f for f in (of(today.year, month), of(today.year + 1, month)) if f and f >= today), None)
    behind = next((f for f in (of(today.year, month), of(today.year - 1, month)) if f and f <= today), None)
    return Reading(ahead, behind or ahead, DateKind.DAY_MONTH) if ahead else None


def working_day_after(match: re.Match[str], day: Day) -> Reading | None:
    """The next Monday-to-Friday day."""
    return fixed(calendar.add_working_days(day.today, 1))


def quarter_end(match: re.Match[str], day: Day) -> Reading | None:
    """The last day of the quarter whose number is group `q`, else of the current one."""
    quarter = int(match.groupdict().get("q") or (day.today.month + 2) // 3)
    end = calendar.quarter_end(quarter, day.today.year)
    return fixed(end if end >= day.today else calendar.quarter_end(quarter, day.today.year + 1), DateKind.WINDOW)


def no_day(match: re.Match[str], day: Day) -> Reading:
    """For words that look like a day and name none, or more than one."""
    return NO_DAY


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


def mid_month(months: int = 0) -> Build:
    """The next 15th, today included; that of the month `months` on."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        this = day.today.replace(day=15)
        if months:
            return fixed(calendar.add_months(this, months), DateKind.WINDOW)
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


def bare_day_of(number: int) -> Build:
    """A day number that the words themselves tell: "the first of the month"."""
    return lambda match, day: bare_day(number, day.today)


def offset(days: int, kind: DateKind = DateKind.RELATIVE) -> Build:
    """Today plus `days`."""
    return lambda match, day: fixed(day.today + timedelta(days=days), kind)
