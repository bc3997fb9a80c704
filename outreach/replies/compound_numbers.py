"""Numbers put together from words and digits: "half a million", "1 komma 5", "eineinhalb", 三百と二ダース."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from outreach.replies.folding import pattern_source
from outreach.replies.numbers import find_written_numbers, japanese_value, tens

Compound = tuple[tuple[int, int], Decimal]
"""Where it stands, and its value."""

_SCALES: dict[str, dict[str, int]] = {
    "en": {"dozen": 12, "hundred": 100, "thousand|grand": 10**3, "lakhs?": 10**5, "million": 10**6, "crores?": 10**7,
           "billion": 10**9, "trillion": 10**12},
    "es": {"docenas?": 12, "millon(?:es)?|palos?|melon(?:es)?": 10**6, "billon(?:es)?": 10**12, "mil|lucas?": 10**3},
    "fr": {"douzaines?": 12, "millions?": 10**6, "milliards?": 10**9, "mille": 10**3, "centaines?": 100},
    "de": {"dutzend": 12, "hundert": 100, "tausend": 10**3, "million(?:en)?": 10**6, "milliarden?": 10**9},
}  # fmt: skip
# What stands before a scale for a part of it.
_PARTS: dict[str, dict[str, str]] = {
    "en": {"half (?:of )?(?:an? )?": "0.5", "(?:a )?quarter (?:of )?(?:an? )?": "0.25",
           "(?:three quarters|three-quarters) of an? ": "0.75", "couple (?:of )?": "2"},
    "es": {"medi[oa] ": "0.5", "(?:un )?cuarto de ": "0.25"},
    "fr": {"(?:une? )?demie?[- ]": "0.5", "(?:un )?quart de ": "0.25"},
    "de": {"(?:ein(?:e[ns]?)? )?halbe[ns]? ": "0.5", "(?:eine )?viertel ?": "0.25",
           "(?:anderthalb|eineinhalb|einundeinhalb) ?": "1.5", "zweieinhalb ?": "2.5", "dreieinhalb ?": "3.5",
           "viereinhalb ?": "4.5"},
}  # fmt: skip
# "Un million et demi": half as much again of the scale.
_AND_A_HALF = {"en": "and a half", "es": "y medi[oa]", "fr": "et demie?", "de": "und (?:eine )?halbe[ns]?"}
_POINT = {"en": "point", "es": "coma|punto|con", "fr": "virgule", "de": "komma"}
_BEFORE_DIGIT = {"es": "(?: y)? ", "fr": "(?: et)?[- ]"}
_JAPANESE_DOZENS = re.compile(
    r"(?:(?P<more>[\d一二三四五六七八九十百千万]{1,12})と)?(?P<n>[\d一二三四五六七八九十百千]{1,12})ダース"
)
_JAPANESE_POINT = re.compile(
    r"(?<![〇一二三四五六七八九十百千])(?P<a>[〇一二三四五六七八九十百千]{1,12})・(?P<b>[〇一二三四五六七八九]{1,20})"
)


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    def source(text: str) -> str:
        return pattern_source(text, language == "de")

    scales = "|".join(_SCALES[language])
    parts = "|".join(f"(?P<p{n}>{part})" for n, part in enumerate(_PARTS[language]))
    part = re.compile(source(rf"(?<!\w)(?:{parts})(?P<scale>{scales})(?!\w)"))
    half = f"(?:{_AND_A_HALF[language]})"
    whole = re.compile(
        source(
            rf"(?<![\w.,])(?P<n>\d{{1,3}}|[^\W\d]+) (?:(?P<scale>{scales}) {half}|{half}(?: (?P<of>{scales}))?)(?!\w)"
        )
    )
    point = re.compile(source(rf"(?<![\w.,])(?P<a>\d+|[^\W\d]+) (?:{_POINT[language]}) (?P<b>\d+)(?![\w.,]\d)"))
    return part, whole, point


def _scale(language: str, text: str) -> int:
    return next(
        value for source, value in _SCALES[language].items() if re.fullmatch(pattern_source(source, False), text)
    )


def _whole(value: Decimal) -> Decimal:
    """Without a nought behind the point: half a million is 500000, not 500000.0."""
    return value.to_integral_value() if value == value.to_integral_value() else value


def _small(text: str, language: str) -> Decimal | None:
    """A number in digits, or the one in words that `text` is."""
    if text.isdigit():
        return Decimal(text)
    written = list(find_written_numbers(text, language))
    return written[0].value if len(written) == 1 and written[0].span == (0, len(text)) else None


def find_compounds(folded: str, language: str) -> Iterator[Compound]:
    """Compound numbers of a language in folded text."""
    if language == "ja":
        yield from _japanese(folded)
        return
    part, whole, point = _patterns(language)
    for match in part.finditer(folded):
        factor = next(f for n, f in enumerate(_PARTS[language].values()) if match[f"p{n}"] is not None)
        yield match.span(), _whole(Decimal(factor) * _scale(language, match["scale"]))
    for match in whole.finditer(folded):
        number = _small(match["n"], language)
        if number is not None:
            scale = match["scale"] or match["of"]
            yield match.span(), _whole((number + Decimal("0.5")) * (_scale(language, scale) if scale else 1))
    for match in point.finditer(folded):
        number = _small(match["a"], language)
        if number is not None:
            yield match.span(), Decimal(f"{number}.{match['b']}")
    if language in _BEFORE_DIGIT:
        yield from _tens_and_digit(folded, language)


def _tens_and_digit(folded: str, language: str) -> Iterator[Compound]:
    """ "Treinta y 3", "trente 3"."""
    for match in tens(language, _BEFORE_DIGIT[language]).finditer(folded):
        number = _small(match["tens"], language)
        if number is not None:
            yield match.span(), number + int(match["digit"])


def _japanese(folded: str) -> Iterator[Compound]:
    for match in _JAPANESE_DOZENS.finditer(folded):
        more = japanese_value(match["more"]) if match["more"] else Decimal(0)
        yield match.span(), more + japanese_value(match["n"]) * 12
    for match in _JAPANESE_POINT.finditer(folded):
        yield (
            match.span(),
            japanese_value(match["a"]) + Decimal(f"0.{int(japanese_value(match['b'])):0{len(match['b'])}d}"),
        )
