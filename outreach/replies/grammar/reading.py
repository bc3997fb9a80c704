"""What a date rule yields, and the rules that languages written in Latin letters share: numbers and months."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache

from outreach.replies.folding import pattern_source
from outreach.replies.grammar import calendar
from outreach.replies.numbers import find_written_numbers


class DateKind(StrEnum):
    """How a date was said: `NOW` and `TODAY` mean less than a written date, a `WINDOW` stands for its last day."""

    ABSOLUTE = "absolute"
    DAY_MONTH = "day_month"
    DAY = "day"
    WEEKDAY = "weekday"
    RELATIVE = "relative"
    WINDOW = "window"
    TODAY = "today"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Day:
    """What is known when an expression is read: the day it was said, and whether 3/7 is the third of July there."""

    today: date
    day_first: bool = True
    country: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A date as something still to come, and (`past`) as something that already happened."""

    date: dt.date
    past: dt.date
    kind: DateKind
    ambiguous: bool = False


NO_DAY = Reading(dt.date.min, dt.date.min, DateKind.NOW)
"""What a rule yields whose words are taken, for no later rule to see, but name no single day: "Merry Christmas"."""

Build = Callable[["re.Match[str]", Day], Reading | None]
Rule = tuple["re.Pattern[str]", Build]


@dataclass(frozen=True)
class Words:
    """A language's names. Keys are pattern sources over folded text, values what they mean.

    `cardinal` is the source of the numbers to 99 in words, `numbers` what counts besides ("a couple of"); `units` are
    spans of time by their names here ("days", "weeks", "months", "years", "hours", "minutes"), `joiner` is "and".
    """

    language: str
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    day_words: Mapping[str, int]
    cardinal: str
    numbers: Mapping[str, int]
    units: Mapping[str, str]
    joiner: str
    suffix: str
    of: str
    article: str
    prepositions: str

    def pattern(self, source: str) -> re.Pattern[str]:
        """Compile a rule: ‹MONTH›, ‹WD›, ‹DAY›, ‹N› and ‹OF› stand for the language's names."""
        day = rf"(?:\d{{1,2}}(?!\d)(?:{self.suffix})?)"
        if self.day_words:
            day = rf"(?:{_alternatives(self.day_words, self.language)}|{day})"
        for name, body in (
            ("‹MONTH›", _alternatives(self.months, self.language)),
            ("‹WD›", _alternatives(self.weekdays, self.language)),
            ("‹SPAN›", self._span()),
            ("‹N›", self._count()),
            ("‹DAY›", day),
            ("‹OF›", self.of),
        ):
            source = source.replace(name, body)
        return re.compile(r"(?<![\w])(?:" + pattern_source(source, self.language == "de") + ")")

    def _count(self) -> str:
        return rf"(?:{_alternatives(self.numbers, self.language)}|{self.cardinal}|\d{{1,3}})"

    def _span(self) -> str:
        """ "2 weeks", "1 month and 5 days": up to three counted units."""
        unit = "(?:" + "|".join(self.units.values()) + r")(?!\w)"
        part = rf"{self._count()}[-\s]?{unit}"
        return rf"{part}(?:(?:,|,? (?:{self.joiner}))?\s?{part}){{0,2}}"

    def spans(self, text: str) -> dict[str, int]:
        """ "2 weeks and 3 days" as it stands in folded text → how many of each unit."""
        counts: dict[str, int] = {}
        for match in _parts_of_span(self.language, self._count(), tuple(self.units.items())).finditer(text):
            unit = next(name for name in self.units if match[name])
            counts[unit] = counts.get(unit, 0) + self.number(match["n"])
        return counts

    def month(self, text: str) -> int:
        """Number of a month's name as it stands in folded text."""
        return meaning(self.months, text, self.language)

    def weekday(self, text: str) -> int:
        """Number of a weekday's name (Monday is 0)."""
        return meaning(self.weekdays, text, self.language)

    def day(self, text: str) -> int:
        """Day number of "15th", "1er", "fifth"."""
        digits = re.match(r"\d+", text)
        return int(digits.group()) if digits else meaning(self.day_words, text, self.language)

    def number(self, text: str) -> int:
        """A small count in digits or words."""
        if text.isdigit():
            return int(text)
        try:
            return meaning(self.numbers, text, self.language)
        except LookupError:
            return int(sum(number.value for number in find_written_numbers(text, self.language)))


@cache
def _parts_of_span(language: str, count: str, units: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    named = "|".join(f"(?P<{name}>{source})" for name, source in units)
    return re.compile(pattern_source(rf"(?P<n>{count})[-\s]?(?:{named})(?!\w)", language == "de"))


def _alternatives(names: Mapping[str, int], language: str) -> str:
    return "(?:" + "|".join(sorted(names, key=len, reverse=True)) + ")"


def meaning(names: Mapping[str, int], text: str, language: str) -> int:
    """What a name as it stands in folded text means; LookupError for one that none of the patterns matches."""
    for name, value in names.items():
        if re.fullmatch(pattern_source(name, language == "de"), text):
            return value
    raise LookupError(text)


def absolute(found: date | None) -> Reading | None:
    """A date written with its year: the same day however it is meant."""
    return Reading(found, found, DateKind.ABSOLUTE) if found else None


def day_month(day: int, month: int, today: date) -> Reading | None:
    """A day and month without year: next occurrence, or the most recent one for what has happened."""
    if not 1 <= month <= 12:
        return None
    ahead, behind = calendar.next_day_and_month(day, month, today), calendar.last_day_and_month(day, month, today)
    return Reading(ahead, behind, DateKind.DAY_MONTH) if ahead and behind else None


def bare_day(day: int, today: date) -> Reading | None:
    """A day number alone."""
    ahead, behind = calendar.next_day_of_month(day, today), calendar.last_day_of_month(day, today)
    return Reading(ahead, behind, DateKind.DAY) if ahead and behind else None


def weekday_reading(weekday: int, today: date) -> Reading:
    """A weekday alone: the next strictly after, or the last strictly before."""
    return Reading(calendar.next_weekday(weekday, today), calendar.last_weekday(weekday, today), DateKind.WEEKDAY)


def fixed(found: date, kind: DateKind = DateKind.RELATIVE, ambiguous: bool = False) -> Reading:
    """A day that is the same whether it is meant as past or to come."""
    return Reading(found, found, kind, ambiguous)


def full_year(text: str) -> int:
    """A written year, two digits being of this century."""
    year = int(text.lstrip("'"))
    return year if year >= 100 else 2000 + year


def with_weekday(reading: Reading | None, weekday: int | None) -> Reading | None:
    """A weekday written beside a date that falls on another makes the date doubtful.

    Where it agrees with the day to come and not with the one gone by, the former is meant.
    """
    if reading is not None and reading.date.weekday() == weekday != reading.past.weekday():
        return replace(reading, past=reading.date)
    if reading is None or weekday is None or weekday in (reading.date.weekday(), reading.past.weekday()):
        return reading
    return replace(reading, ambiguous=True)


def _in_order(first: int, second: int, day_first: bool) -> list[tuple[int, int]]:
    pairs = [(first, second), (second, first)]
    return pairs if day_first else pairs[::-1]


def _numeric_with_year(match: re.Match[str], day: Day) -> Reading | None:
    # Dots are day first wherever they stand; a year of two digits after dashes may be anything but is read alike.
    day_first = day.day_first or match["mark"] == "."
    year = full_year(match["y"])
    for d, m in _in_order(int(match["a"]), int(match["b"]), day_first):
        found = calendar.safe_date(year, m, d)
        if found:
            return absolute(found)
    return None


def _numeric_without_year(match: re.Match[str], day: Day) -> Reading | None:
    for d, m in _in_order(int(match["a"]), int(match["b"]), day.day_first):
        reading = day_month(d, m, day.today)
        if reading:
            return reading
    return None


def _iso(match: re.Match[str], day: Day) -> Reading | None:
    return absolute(calendar.safe_date(int(match["y"]), int(match["m"]), int(match["d"])))


def iso_rule() -> Rule:
    """2026-05-03, 2026/05/03, 2026.5.3."""
    source = r"(?<![\w/.\-])(?P<y>(?:19|20)\d\d)(?P<mark>[-/.])(?P<m>\d{1,2})(?P=mark)" + (
        r"(?P<d>\d{1,2})(?=t\d\d|(?![\w/\-]|\.\d))"
    )
    return re.compile(source), _iso


def numeric_rules(words: Words) -> list[Rule]:
    """All-digit dates. Without a year only with slashes, with a closing dot, or behind a word that wants a date."""
    weekday = rf"(?:(?P<wd>‹WD›)\.?,? (?:(?:{words.article}) )?)?"
    before = rf"(?:(?:{words.prepositions}) |(?:{words.article}) |‹WD›\.?,? (?:(?:{words.article}) )?)"
    first, second = r"(?P<a>\d{1,2})", r"(?P<b>\d{1,2})"

    def checked(build: Build) -> Build:
        def run(match: re.Match[str], day: Day) -> Reading | None:
            named = match.groupdict().get("wd")
            return with_weekday(build(match, day), words.weekday(named) if named else None)

        return run

    def dotted(match: re.Match[str], day: Day) -> Reading | None:
        return _numeric_without_year(match, Day(day.today))

    year = r"\s?(?P<mark>[/.\-])\s?" + second + r"\s?(?P=mark)\s?(?P<y>(?:19|20)\d\d|\d\d)(?![\d/]|[\-.]\w)"
    # 1/2, 2/3 and 24/7 are dates only where a word says so.
    slashed = r"(?<![\d/.,\-])(?!24/7)(?![123]/[234](?!\d|/))" + first + r"\s?/\s?" + second + r"(?![\d/%]|[.,]\d)"
    return [
        iso_rule(),
        (words.pattern(weekday + r"(?<![\d/.\-])" + first + year), checked(_numeric_with_year)),
        (words.pattern(weekday + slashed), checked(_numeric_without_year)),
        (words.pattern(before + first + "/" + second + r"(?![\d/%]|[.,]\d)"), _numeric_without_year),
        (
            words.pattern(weekday + r"(?<![\d.,/§$€£¥₹])(?<![$€£¥₹]\x20)" + first + r"\.\s?" + second + r"\.(?!\d)"),
            checked(dotted),
        ),
        (
            words.pattern(before + first + r"[.\-]" + second + r"(?![\d/%\-]|[.,:]\d| ?(?:uhr|h\b|%|€|\$|eur))"),
            _numeric_without_year,
        ),
    ]


def _year_first(words: Words) -> Rule:
    """2026-Jun-3, 2026/June/03."""

    def run(match: re.Match[str], day: Day) -> Reading | None:
        return absolute(calendar.safe_date(int(match["y"]), words.month(match["m"]), int(match["d"])))

    return words.pattern(r"(?P<y>20\d\d)[-/ ](?P<m>‹MONTH›)[-/ ](?P<d>\d{1,2})(?!\d)"), run


def month_rules(words: Words) -> list[Rule]:
    """Dates with a month's name, weekdays with a day number."""
    article = rf"(?:(?:{words.article}) )?"
    weekday = rf"(?:(?P<wd>‹WD›)\.?,? {article})?"
    year = r"(?:(?:(?:,? ?(?:‹OF› |in )?|/|-)(?P<y>(?:19|20)\d\d|\x27\d\d)|[/\-](?P<yy>\d\d))(?![\d/]))?(?!\w)"

    def run(match: re.Match[str], day: Day) -> Reading | None:
        number, month = words.day(match["d"]), words.month(match["m"])
        written = match["y"] or match["yy"]
        if written:
            reading = absolute(calendar.safe_date(full_year(written), month, number))
        else:
            reading = day_month(number, month, day.today)
        return with_weekday(reading, words.weekday(match["wd"]) if match["wd"] else None)

    def run_weekday_and_day(match: re.Match[str], day: Day) -> Reading | None:
        weekday_number, number = words.weekday(match["wd"]), words.day(match["d"])
        plain = bare_day(number, day.today)
        if plain is None or weekday_number == plain.date.weekday():
            return with_weekday(plain, weekday_number)
        if plain.past == day.today and day.today.weekday() == weekday_number:
            return fixed(day.today, DateKind.DAY)
        found = calendar.day_on_weekday(number, weekday_number, day.today)
        agrees = plain.past.weekday() == weekday_number
        return Reading(found, plain.past, DateKind.DAY, ambiguous=not agrees) if found else None

    percent = "per ?cent|prozent|por ciento|pour cent"
    texted = r"(?:sure|u|ya|def\w*|certain|real)\b"  # "Monday 4 sure"
    scale = r"mil\b|k\b|mille\b|thousand|grand\b|tausend|millon|palos?\b|lucas?\b"
    after_day = rf"(?![\w:/%€$]|[.,]\d| ?(?:uhr|h\b|am\b|pm\b|a\.m|p\.m|%|€|eur|{percent}|{scale}|{texted}))"
    # "Fin mars. Le 12 …" starts a new sentence.
    # "Fin février, un tiers fin mars" names no first of February: behind a comma only figures are a day.
    before_day = rf"(?:\.? |{article}|,? {article}(?=\d)|\s?[/\-.]\s?|(?=\d))"
    return [
        _year_first(words),
        (
            words.pattern(
                weekday + r"(?<![$€£])(?<![$€£]\x20)(?P<d>‹DAY›)(?:\s?[/\-]\s?|\s?(?:‹OF› )?)(?P<m>‹MONTH›)\.?" + year
            ),
            run,
        ),
        (
            words.pattern(
                weekday + r"(?P<m>‹MONTH›)" + before_day + rf"(?P<d>‹DAY›)(?![:.]\d|\d| ?(?:%|{percent}))" + year
            ),
            run,
        ),
        (
            words.pattern(rf"(?P<wd>‹WD›)\.?,? {article}(?P<d>\d{{1,2}}(?:{words.suffix})?)" + after_day),
            run_weekday_and_day,
        ),
    ]


def compile_rules(words: Words, relative: Sequence[tuple[str, Build]]) -> list[Rule]:
    """A language's rules in order: all-digit dates, months' names, then its own `relative` ones as whole words."""
    own = [(words.pattern(f"(?:{source})(?!\\w)"), build) for source, build in relative]
    return [*numeric_rules(words), *month_rules(words), *own]
