"""Days told by another day: "30 days after 15 May", "the day before Christmas", "5月15日から10日以内"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from outreach.replies.grammar.reading import DateKind, Reading, Words
from outreach.replies.grammar.steps import shift_by

REACH = 60
"""How many characters before or behind a date may belong to it."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What stands beside a date and moves it: `pattern` ends right before the date, or starts behind it (`follows`).

    `counts` reads the span of time out of a match, `sign` is -1 for "before".
    """

    pattern: re.Pattern[str]
    counts: Callable[[re.Match[str]], dict[str, int]]
    sign: int = 1
    follows: bool = False


def shifts(
    words: Words,
    after: str,
    before: str,
    next_day: str,
    day_before: str,
    between: str = "",
    lasting: tuple[str, ...] = (),
) -> list[Shift]:
    """The shifts of a language written in Latin letters; the arguments are sources over folded text.

    `after` and `before` stand behind a ‹SPAN›; `next_day` and `day_before` are whole; `between` may follow any. A
    span behind a word of `lasting` is how long something goes on ("100 a month for four months from 1 June").
    """

    def ending(source: str) -> re.Pattern[str]:
        return words.pattern(rf"(?:{source}) (?:{between})?$" if between else rf"(?:{source}) $")

    def span(match: re.Match[str]) -> dict[str, int]:
        return words.spans(match["s"])

    def one(match: re.Match[str]) -> dict[str, int]:
        return {"days": 1}

    alone = "".join(rf"(?<!{word}\x20)" for word in lasting)
    return [
        Shift(ending(rf"{alone}(?P<s>‹SPAN›) (?:{after})"), span),
        Shift(ending(rf"(?P<s>‹SPAN›) (?:{before})"), span, -1),
        Shift(ending(next_day), one),
        Shift(ending(day_before), one, -1),
    ]


def shift_reading(reading: Reading, counts: dict[str, int], sign: int) -> Reading:
    """`reading` moved by the counts; hours alone move nothing."""
    if not counts.keys() - {"minutes"}:
        return reading
    moved = shift_by(reading.date, counts, sign)
    return Reading(moved, shift_by(reading.past, counts, sign), DateKind.RELATIVE, reading.ambiguous)
