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
from outreach.replies.grammar.reading import DateKind, Day, Rule
from outreach.replies.locales import country_of, is_day_first, language_of

_RULES = {
    "en": english.rules,
    "es": spanish.rules,
    "fr": french.rules,
    "de": german.rules,
    "ja": japanese.rules,
}


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
            found.append(
                DateFinding((start, end), reading.date, reading.past, reading.kind, text[start:end], reading.ambiguous)
            )
    return sorted(found, key=lambda f: f.span)
