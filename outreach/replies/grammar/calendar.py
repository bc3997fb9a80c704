"""Calendar steps that every language's grammar shares. Pure arithmetic on days; weeks run Monday to Sunday."""

from __future__ import annotations

from datetime import date, timedelta


def safe_date(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_end(year: int, month: int) -> date:
    """Last calendar day of a month; `month` may run past 12 or below 1."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """`day` so many months on, at the month's end where the day doesn't exist there (31 January + 1 → 28 February)."""
    end = month_end(day.year, day.month + months)
    return end.replace(day=min(day.day, end.day))


def next_day_and_month(day: int, month: int, today: date) -> date | None:
    """The next such day on or after `today`; None for a day that no year has."""
    for year in range(today.year, today.year + 9):
        found = safe_date(year, month, day)
        if found and found >= today:
            return found
    return None


def last_day_and_month(day: int, month: int, today: date) -> date | None:
    """The most recent such day on or before `today`."""
    for year in range(today.year, today.year - 9, -1):
        found = safe_date(year, month, day)
        if found and found <= today:
            return found
    return None


def next_day_of_month(day: int, today: date) -> date | None:
    """A bare day number → the next such day strictly after `today`."""
    for step in range(14):
        end = month_end(today.year, today.month + step)
        found = safe_date(end.year, end.month, day)
        if found and found > today:
            return found
    return None


def last_day_of_month(day: int, today: date) -> date | None:
    """A bare day number → the most recent such day on or before `today`."""
    for step in range(14):
        end = month_end(today.year, today.month - step)
        found = safe_date(end.year, end.month, day)
        if found and found <= today:
            return found
    return None


def next_weekday(weekday: int, today: date) -> date:
    """The next such weekday (Monday is 0) strictly after `today`."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def last_weekday(weekday: int, today: date) -> date:
    """The most recent such weekday strictly before `today`."""
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def weekday_of_week(weekday: int, today: date, weeks: int) -> date:
    """That weekday of the Monday–Sunday week `weeks` after the current one (0: this week)."""
    return today + timedelta(days=weekday - today.weekday() + 7 * weeks)


def nth_weekday(nth: int, weekday: int, year: int, month: int) -> date:
    """First, second … (`nth` from 1; -1 for the last) such weekday of a month. ValueError: there is none."""
    if nth < 0:
        end = month_end(year, month)
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return date(year, month, 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1))


def nth_working_day(nth: int, year: int, month: int) -> date:
    """First, second … (-1 for the last) Monday-to-Friday day of a month; public holidays are not looked at."""
    if nth < 0:
        return add_working_days(month_end(year, month) + timedelta(days=1), nth)
    return add_working_days(date(year, month, 1) - timedelta(days=1), nth)


def quarter_end(quarter: int, year: int) -> date:
    """Last day of a quarter of a year, 1 to 4."""
    return month_end(year, 3 * quarter)


def day_on_weekday(day: int, weekday: int, today: date) -> date | None:
    """ "Friday 31" → the next 31st, on or after `today`, that is a Friday; None within two years."""
    for step in range(24):
        end = month_end(today.year, today.month + step)
        found = safe_date(end.year, end.month, day)
        if found and found >= today and found.weekday() == weekday:
            return found
    return None


def add_working_days(day: date, count: int) -> date:
    """`count` Monday-to-Friday days after `day`; public holidays are not looked at."""
    step = 1 if count >= 0 else -1
    while count:
        day += timedelta(days=step)
        if day.weekday() < 5:
            count -= step
    return day


def friday_of_iso_week(week: int, today: date) -> date | None:
    """Friday of the next occurrence of an ISO week number that has not passed; None for a week no year has."""
    for year in (today.isocalendar().year, today.isocalendar().year + 1):
        try:
            friday = date.fromisocalendar(year, week, 5)
        except ValueError:
            continue
        if friday >= weekday_of_week(0, today, 0):
            return friday
    return None
