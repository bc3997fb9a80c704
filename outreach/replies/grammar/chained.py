"""Days told by the one named before them: "the Friday after", "une semaine plus tard", "April, May and June"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from outreach.replies.grammar import calendar
from outreach.replies.grammar.reading import DateKind, Day, Reading, Words, day_month, fixed
from outreach.replies.grammar.steps import shift_by

REACH = 110
"""How many characters behind a day another may be told by it."""
Found = tuple[int, int, Reading]


@dataclass(frozen=True)
class Chains:
    """Patterns over folded text of days that follow the one before them.

    Groups: `wd` a weekday, `s` a span of time, `week` and `month` the next one, `step` as much later as that one was.
    """

    words: Words
    pattern: re.Pattern[str]
    month: re.Pattern[str] = field(init=False)
    joiner: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "month", self.words.pattern(r"‹MONTH›(?!\w)(?!\.?\s?\d)"))
        joined = rf",\s*(?:{self.words.joiner}\s)?|\s*[&/]\s*|\s+{self.words.joiner}\s+"
        object.__setattr__(self, "joiner", re.compile(joined))


def chains(words: Words, *sources: str) -> Chains:
    """The chains of a language written in Latin letters."""
    return Chains(words, words.pattern("(?:" + "|".join(sources) + r")(?!\w)"))


def with_chained(folded: str, found: list[Found], told: Chains, day: Day) -> list[Found]:
    """Findings in order, with those that others before them tell."""
    result = list(found)
    for match in told.pattern.finditer(folded):
        before = [f for f in result if f[1] <= match.start() <= f[1] + REACH and f[2].date >= day.today]
        if not before or "\n\n" in folded[before[-1][1] : match.start()]:
            continue
        reached = _next(match, [f[2].date for f in before], told.words)
        if reached and reached > before[-1][2].date:
            start, end = match.span()
            result = [f for f in result if f[1] <= start or end <= f[0]]
            result = sorted([*result, (start, end, fixed(reached, DateKind.WEEKDAY))], key=lambda f: f[0])
    return _with_months(folded, result, told, day)


def _next(match: re.Match[str], days: list[date], words: Words) -> date | None:
    last, named = days[-1], {name: text for name, text in match.groupdict().items() if text}
    for name, text in named.items():
        if name.startswith("wd"):
            return calendar.next_weekday(words.weekday(text), last)
        if name.startswith("s") and name != "step":
            return shift_by(last, words.spans(text))
    if "month" in named:
        return calendar.add_months(last, 1)
    if "step" in named and len(days) > 1 and days[-1] > days[-2]:
        return last + (days[-1] - days[-2])
    return last + timedelta(days=7)


def _with_months(folded: str, found: list[Found], told: Chains, day: Day) -> list[Found]:
    """ "The 1st of April, May and June" is three days."""
    result: list[Found] = []
    for start, end, reading in found:
        result.append((start, end, reading))
        if reading.kind is not DateKind.DAY_MONTH or folded[end - 1].isdigit():
            continue
        listed, place = [], end
        while joined := told.joiner.match(folded, place):
            month = told.month.match(folded, joined.end())
            if month is None:
                break
            named = day_month(reading.date.day, told.words.month(month.group()), day.today)
            if named is None:
                break
            listed.append((*month.span(), named))
            place = month.end()
        closed = listed and (len(listed) > 1 or "," not in folded[end : listed[0][0]])
        if closed and all(f[2].date > reading.date for f in listed):
            result += listed
    return result
