"""Days and periods in a question, `today` given. Pure.

Every `take_` function reads one slot from folded text and gives back the value and the text without it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.vocabulary import COUNT, GAP, read_count
from domain.questions import Period

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sep sept", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday mon", "tuesday tue tues", "wednesday wed", "thursday thu thurs", "friday fri", "saturday sat",
         "sunday sun")
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted((n for n in _WEEKDAYS if len(n) > 3), key=len, reverse=True))
_DATE = (
    rf"(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}\.\d{{1,2}}\.\d{{4}}|\d{{1,2}}/\d{{1,2}}/\d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTH})(?:,? \d{{4}})?"
    rf"|(?:{_MONTH}) \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?)"
)


def read_date(text: str, today: date) -> date | None:
    """A date as written; without a year the nearest to `today`. None when there is no such day, or two readings."""
    numeric = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    try:
        if numeric:
            return date(int(numeric[1]), int(numeric[2]), int(numeric[3]))
        parts = re.fullmatch(r"(\d{1,2})([./])(\d{1,2})[./](\d{4})", text)
        if parts:
            first, second, year = int(parts[1]), int(parts[3]), int(parts[4])
            if parts[2] == "/" and first <= 12 and second <= 12 and first != second:
                return None  # 3/4/2026 is March in one country and April in another
            if parts[2] == "/" and second > 12:
                first, second = second, first
            return date(year, second, first)
        words = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", text))
        month = next(_MONTHS[w] for w in words if w in _MONTHS)
        numbers = [int(w) for w in words if w.isdigit()]
        if len(numbers) > 1:
            return date(numbers[1], month, numbers[0])
        return _nearest(today, month, numbers[0])
    except (ValueError, StopIteration):
        return None


def _nearest(today: date, month: int, day: int) -> date | None:
    found = []
    for year in (today.year - 1, today.year, today.year + 1):
        if day <= monthrange(year, month)[1]:
            found.append(date(year, month, day))
    return min(found, key=lambda d: abs((d - today).days), default=None)


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week of `day`."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the month of `day`."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _shift_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def span_of(unit: str, today: date, shift: int = 0) -> tuple[date, date]:
    """First and last day of this week, month, quarter or year, `shift` of them later."""
    if unit == "week":
        return week_of(today + timedelta(weeks=shift))
    if unit == "month":
        return month_of(_shift_months(today.replace(day=1), shift))
    if unit == "quarter":
        start = _shift_months(date(today.year, 3 * ((today.month - 1) // 3) + 1, 1), 3 * shift)
        return start, month_of(_shift_months(start, 2))[1]
    return date(today.year + shift, 1, 1), date(today.year + shift, 12, 31)


def _days_of(unit: str, count: int) -> int:
    return count * {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}[unit]


@dataclass(frozen=True, slots=True)
class _Moment:
    today: date
    past: bool


_SHIFT = {"this": 0, "current": 0, "next": 1, "coming": 1, "last": -1, "previous": -1, "past": -1}
_UNIT = r"(week|month|quarter|year)"
_WITHIN = r"(?:in |within |over |for |during )?(?:the )?"
Builder = Callable[["re.Match[str]", _Moment], Period | None]


def _day_period(label: str, day: date) -> Period:
    return Period(label, day, day)


def _relative_unit(m: re.Match[str], at: _Moment) -> Period:
    first, last = span_of(m[2], at.today, _SHIFT[m[1]])
    return Period(f"{m[1]} {m[2]}", first, last)


def _by_end(m: re.Match[str], at: _Moment) -> Period:
    last = span_of(m[2], at.today, _SHIFT[m[1] or "this"])[1]
    return Period(f"by the end of {m[1] or 'this'} {m[2]}", at.today, last)


def _next_count(m: re.Match[str], at: _Moment) -> Period:
    days = _days_of(m[2], read_count(m[1]))
    return Period(f"next {days} days", at.today, at.today + timedelta(days=days - 1))


def _last_count(m: re.Match[str], at: _Moment) -> Period:
    days = _days_of(m[2], read_count(m[1]))
    return Period(f"last {days} days", at.today - timedelta(days=days - 1), at.today)


def _named_month(m: re.Match[str], at: _Moment) -> Period:
    month = _MONTHS[m[1]]
    if m[2]:
        start = date(int(m[2]), month, 1)
    else:
        years = (at.today.year - 1, at.today.year, at.today.year + 1)
        this = at.today.replace(day=1)
        start = min((date(y, month, 1) for y in years), key=lambda d: abs((d - this).days))
    return Period(f"{m[1].capitalize()} {start.year}", start, month_of(start)[1])


def _weekday(name: str, at: _Moment, *, past: bool) -> date:
    wanted = _WEEKDAYS[name]
    if past:
        return at.today - timedelta(days=(at.today.weekday() - wanted) % 7)
    return at.today + timedelta(days=(wanted - at.today.weekday()) % 7)


def _by_weekday(m: re.Match[str], at: _Moment) -> Period:
    day = _weekday(m[1], at, past=False)
    return Period(f"by {m[1].capitalize()} {day.isoformat()}", at.today, day)


def _on_weekday(m: re.Match[str], at: _Moment) -> Period:
    past = m[1] == "last" or (m[1] != "next" and at.past)
    day = _weekday(m[2], at, past=past)
    if m[1] in ("last", "next") and day == at.today:
        day += timedelta(days=-7 if past else 7)
    return _day_period(f"{m[2].capitalize()} {day.isoformat()}", day)


def _dated(prefix: str, *, first: bool, last: bool) -> Builder:
    def build(m: re.Match[str], at: _Moment) -> Period | None:
        day = read_date(m[1], at.today)
        if day is None:
            return None
        return Period(f"{prefix} {day.isoformat()}".strip(), day if first else None, day if last else None)

    return build


def _between(m: re.Match[str], at: _Moment) -> Period | None:
    first, last = read_date(m[1], at.today), read_date(m[2], at.today)
    if first is None or last is None or last < first:
        return None
    return Period(f"{first.isoformat()} to {last.isoformat()}", first, last)


_PERIODS: tuple[tuple[str, Builder], ...] = (
    (rf"(?:between|from) ({_DATE}) (?:and|to|until|till) ({_DATE})", _between),
    (rf"(?:by|until|till|up to|no later than|not later than) ({_DATE})", _dated("by", first=False, last=True)),
    (rf"(?:since|from|after) ({_DATE})", _dated("since", first=True, last=False)),
    (rf"(?:on|for|at)? ?({_DATE})", _dated("on", first=True, last=True)),
    (
        rf"(?:by|until|till|before|up to)? ?(?:the )?(?:end of|eo) ?(?:the )?(this|next|last|current)? ?{_UNIT}",
        _by_end,
    ),
    (rf"{_WITHIN}(?:next|coming|following) ({COUNT}) (day|week|month)s?", _next_count),
    (
        rf"{_WITHIN}(?:last|past|previous) ({COUNT}) (day|week|month|quarter|year)s?",
        _last_count,
    ),
    (rf"(?:within|in) ({COUNT}) (day|week|month)s?", _next_count),
    (
        rf"(?:by|in|during|for|of|until|till)? ?(?:the )?(this|current|next|coming|last|previous|past) {_UNIT}",
        _relative_unit,
    ),
    (r"(?:so far )?(?:this year|ytd|year to date)", lambda m, at: Period("this year", *span_of("year", at.today))),
    (r"(?:by |until |for |as of )?today", lambda m, at: _day_period("today", at.today)),
    (r"(?:by |until |for )?tomorrow", lambda m, at: _day_period("tomorrow", at.today + timedelta(days=1))),
    (r"yesterday", lambda m, at: _day_period("yesterday", at.today - timedelta(days=1))),
    (rf"(?:by|until|till|before) (?:this )?({_WEEKDAY})", _by_weekday),
    (rf"(?:on )?(last|next|this)? ?({_WEEKDAY})", _on_weekday),
    (rf"(?:in|during|for) ({_MONTH})(?: (\d{{4}}))?", _named_month),
    (rf"()({'|'.join(n for n in sorted(_MONTHS) if len(n) > 4)})(?: (\d{{4}}))?",
     lambda m, at: _named_month(re.fullmatch(r"(\w+)(?: (\d{4}))?", f"{m[2]} {m[3]}" if m[3] else m[2]), at)),  # type: ignore[arg-type]
)  # fmt: skip
_COMPILED = tuple((re.compile(rf"(?<!\S){pattern}(?!\S)"), build) for pattern, build in _PERIODS)
_PAST = re.compile(r"\b(was|were|did|had|contacted|paid|sent|broke|broken|promised|happened|skipped|received)\b")


def take_period(text: str, today: date) -> tuple[Period | None, str]:
    """The first kind of period that the text names."""
    at = _Moment(today, bool(_PAST.search(text)))
    for pattern, build in _COMPILED:
        found = pattern.search(text)
        period = build(found, at) if found else None
        if found and period:
            return period, text[: found.start()] + GAP + text[found.end() :]
    return None, text


_AS_OF = re.compile(
    rf"(?<!\S)(?:as (?:of|at|per)|(?:at|on) the (?:close|end) of|per) (?:the )?"
    rf"({_DATE}|today|yesterday|end of last month)(?!\S)"
    r"|(?<!\S)(?:at |by |on )?(?:the )?end of (?:the )?(?:last|previous) (?P<unit>week|month|quarter|year)(?!\S)"
)


def take_as_of(text: str, today: date) -> tuple[date | None, str]:
    """The day whose figures are asked for: `as of 31 May`."""
    found = _AS_OF.search(text)
    if not found:
        return None, text
    if found["unit"]:
        return span_of(found["unit"], today, -1)[1], text[: found.start()] + GAP + text[found.end() :]
    words = {
        "today": today,
        "yesterday": today - timedelta(days=1),
        "end of last month": today.replace(day=1) - timedelta(days=1),
    }
    day = words.get(found[1]) or read_date(found[1], today)
    return day, text[: found.start()] + GAP + text[found.end() :] if day else text
