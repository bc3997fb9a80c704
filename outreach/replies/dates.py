"""Dates in what customers write, in five languages: `find_dates`.

An ordered grammar a language (outreach/replies/grammar): what a more telling rule takes, no later rule sees. Whether
3/7 is the third of July follows the customer's country, never the language. Results are calendar days, never moved
for weekends or holidays.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from datetime import date
from functools import cache

from outreach.replies.folding import fold
from outreach.replies.grammar import english, french, german, japanese, spanish
from outreach.replies.grammar.chained import Chains, with_chained
from outreach.replies.grammar.reading import NO_DAY, DateKind, Day, Reading, Rule
from outreach.replies.grammar.shifted import REACH, Shift, shift_reading
from outreach.replies.locales import country_of, is_day_first, language_of

_RULES = {
    "en": english.rules,
    "es": spanish.rules,
    "fr": french.rules,
    "de": german.rules,
    "ja": japanese.rules,
}


_SHIFTS: dict[str, list[Shift]] = {
    "en": english.SHIFTS,
    "es": spanish.SHIFTS,
    "fr": french.SHIFTS,
    "de": german.SHIFTS,
    "ja": japanese.SHIFTS,
}


_CHAINS: dict[str, Chains] = {
    "en": english.CHAINS, "es": spanish.CHAINS, "fr": french.CHAINS, "de": german.CHAINS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DateFinding:
    """A date that stands in a text at `span` (offsets). `past` is the day if it tells of something that happened.

    `ambiguous`: speakers disagree about it, or a weekday written beside it is another day's.
    """

    span: tuple[int, int]
    date: dt.date
    past: dt.date
    kind: DateKind
    text: str
    ambiguous: bool = False


@cache
def _rules(language: str) -> list[Rule]:
    return _RULES.get(language, english.rules)()


def find_dates(text: str, today: date, locale: str) -> list[DateFinding]:
    """Dates said in `text` on the day `today`, in the order of the text, without overlaps.

    `locale` is a CLDR identifier (`de_AT`): its language chooses the grammar, its country the order of day and month.
    Expressions that name no single day ("soon", "early June") are not findings.
    """
    folded, taken, found = fold(text), bytearray(len(text)), []
    language = language_of(locale)
    day = Day(today, is_day_first(locale), country_of(locale))
    for pattern, build in _rules(language):
        for match in pattern.finditer(folded):
            start, end = match.span()
            if any(taken[start:end]):
                continue
            reading = build(match, day)
            if reading is None:
                continue
            taken[start:end] = b"\1" * (end - start)
            if reading is not NO_DAY:
                found.append((start, end, reading))
    readings = _moved(folded, sorted(found, key=lambda f: f[0]), _SHIFTS[language])
    if readings and language in _CHAINS:
        readings = with_chained(folded, readings, _CHAINS[language], day)
    return [
        DateFinding((start, end), reading.date, reading.past, reading.kind, text[start:end], reading.ambiguous)
        for start, end, reading in readings
    ]


def _moved(folded: str, found: list[tuple[int, int, Reading]], shifts: list[Shift]) -> list[tuple[int, int, Reading]]:
    """Dates that other words beside them move ("30 days after 15 May"), the span grown by those words."""
    moved: list[tuple[int, int, Reading]] = []
    for start, end, reading in found:
        if moved and start < moved[-1][1]:
            continue  # "3日後" behind a date is part of that one already
        for shift in shifts:
            if shift.follows:
                match = shift.pattern.match(folded, end, end + REACH)
            else:
                match = shift.pattern.search(folded, max(0, start - REACH), start)
            if match:
                start, end = min(start, match.start()), max(end, match.end())
                reading = shift_reading(reading, shift.counts(match), shift.sign)
                break
        # What was a day by itself ("in 10 days") is part of the longer one now.
        while moved and moved[-1][1] > start:
            moved.pop()
        moved.append((start, end, reading))
    return moved
