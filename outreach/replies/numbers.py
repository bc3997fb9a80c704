"""Numbers written out: "mille deux cent nonante", "zwölfhundert", "two point two million", 一億二千万."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from outreach.replies.folding import pattern_source, word_list

_EN = word_list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_ES = word_list(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
    "diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco "
    "veintiseis veintisiete veintiocho veintinueve"
)
_FR = word_list("zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
_DE = word_list(
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn"
)


def _tens(words: str) -> dict[str, int]:
    return {word: 10 * n for n, word in enumerate(words.split(), 2)}


_DE_TENS = _tens("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_SPANISH_HUNDREDS = (
    "(?<!por\\x20)cien(?:to)? doscient[oa]s trescient[oa]s cuatrocient[oa]s quinient[oa]s seiscient[oa]s "
    "setecient[oa]s ochocient[oa]s novecient[oa]s"
)
_ADDED: dict[str, dict[str, int]] = {
    "en": {w: n for n, w in enumerate(_EN)} | _tens("twenty thirty fou?rty fifty sixty seventy eighty ninety")
    | {"n[ao]ught|nil": 0, "single": 1, "(?<![a-z])an?(?![a-z])": 1},
    "es": {w: n for n, w in enumerate(_ES)}
    | _tens("veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa")
    | {w: 100 * n for n, w in enumerate(_SPANISH_HUNDREDS.split(), 1)}
    | {"un[oa]?": 1, "veintiun[ao]?": 21, "diesi?seis": 16, "diesi?siete": 17, "diesi?ocho": 18, "diesi?nueve": 19},
    "fr": {w: n for n, w in enumerate(_FR)}
    | {"une": 1, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70,
       "quatre[-\\s]vingts?": 80, "huitante": 80, "octante": 80, "nonante": 90},
    "de": {w: n for n, w in enumerate(_DE)} | {"eins": 1, "eine[nmrs]?": 1, "fuffzig|fuchzig|fufzig": 50} | _DE_TENS
    | {f"{one}und{ten}": n + value for n, one in enumerate(_DE) if 1 <= n <= 9 for ten, value in _DE_TENS.items()},
}  # fmt: skip
_HUNDRED = {"en": "hundred", "es": "", "fr": "cents?", "de": "hundert"}
_SCALES: dict[str, dict[str, int]] = {
    "en": {"thousand|grand": 10**3, "lakhs?|lacs?|lkhs?": 10**5, "million": 10**6, "crores?|crs?|koti|krores?": 10**7,
           "billion": 10**9, "trillion": 10**12},
    "es": {"mil": 10**3, "mill[oó]n(?:es)?": 10**6, "bill[oó]n(?:es)?": 10**12},
    "fr": {"mille": 10**3, "millions?": 10**6, "milliards?": 10**9, "billions?": 10**12,
           "trillions?": 10**18},
    "de": {"tausend": 10**3, "million(?:en)?": 10**6, "milliarden?": 10**9, "billion(?:en)?": 10**12,
           "billiarden?": 10**15},
}  # fmt: skip
_MILLION = 10**6
_POINTS = {"en": "point", "es": "coma|punto|con", "fr": "virgule", "de": "komma"}
_JOINED = {"en": "(?:and)", "es": "y", "fr": "et", "de": "und"}
_ARTICLES = re.compile(r"(?:one|an?|single|nil|una?|uno|une?|eine?[nmrs]?|ein|eins|second|cent|cents|mil)$")


_SUM_ENDS = re.compile(
    r"\s?(?:[,.;)]|$)|\s(?:el|la|este|manana|hoy|ahora|ahorita|para|y|mas|pesos|por|en|al?|de|cada|mensual|semanal|otros"
    r"|pasado|esta|lunes|martes|miercoles|jueves|viernes|sabado|domingo)(?!\w)"
)
"""What follows "mil" where it is a sum: a day, or nothing."""


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number in words at `span`. `weak`: an article or the like, a number only beside a currency."""

    span: tuple[int, int]
    value: Decimal
    weak: bool


@cache
def _lexicon(language: str) -> tuple[re.Pattern[str], re.Pattern[str], dict[str, tuple[str, int]]]:
    """(a whole run of number words, one word of it, what the pattern of each kind means)."""
    kinds: dict[str, tuple[str, int]] = {}
    for name, value in _ADDED[language].items():
        kinds[pattern_source(name, language == "de")] = ("add", value)
    if _HUNDRED[language]:
        kinds[pattern_source(_HUNDRED[language], False)] = ("hundred", 100)
    for name, value in _SCALES[language].items():
        kinds[pattern_source(name, False)] = ("scale", value)
    word = "(?:" + "|".join(sorted(kinds, key=len, reverse=True)) + ")"
    joined = rf"(?:{_JOINED[language]}|(?P<point>{_POINTS[language]}))"
    between = rf"(?:[\s\-]*(?:{joined}[\s\-]+)?)" if language != "de" else rf"[\s\-]*(?:{joined})?[\s\-]*"
    run = re.compile(rf"(?<!\w){word}(?:{between.replace('?P<point>', '?:')}{word})*(?!\w)")
    kinds[_POINTS[language]] = ("point", 0)
    return run, re.compile(f"{word}|{_POINTS[language]}"), kinds


@lru_cache(maxsize=4096)
def _kind(language: str, word: str) -> tuple[str, int]:
    kinds = _lexicon(language)[2]
    return next(meaning for source, meaning in kinds.items() if re.fullmatch(source, word))


@cache
def tens(language: str, between: str) -> re.Pattern[str]:
    """A word for twenty to ninety (group `tens`), `between`, and one digit (group `digit`)."""
    words = "|".join(source for source, value in _ADDED[language].items() if 20 <= value < 100 and value % 10 == 0)
    return re.compile(pattern_source(rf"(?<!\w)(?P<tens>{words}){between}(?P<digit>[1-9])(?![\w%]|[.,]\d)", False))


def _room(value: int) -> int:
    """What may still be added behind `value`: 20 takes units, 300 takes tens, 7 takes nothing."""
    for place in (1000, 100, 10):
        if value and value % place == 0:
            return place
    return 10**9 if value == 0 else 0


def find_written_numbers(folded: str, language: str) -> Iterator[WrittenNumber]:
    """Numbers in words of `language` in folded text, in order. Digits are not looked at."""
    if language not in _ADDED:
        return
    run, word, _ = _lexicon(language)
    for match in run.finditer(folded):
        reading = _Run(language, match.start())
        for part in word.finditer(folded, match.start(), match.end()):
            kind, value = _kind(language, part.group())
            if kind == "add" and not reading.takes(value):
                yield reading.finish(folded)
                reading = _Run(language, part.start())
            reading.add(kind, value, part.end())
        yield reading.finish(folded)


class _Run:
    """A number in words as far as it is read: whole `groups` by scale, the `section` below, `decimals` of a point."""

    def __init__(self, language: str, start: int) -> None:
        self.language = language
        self.start = self.end = start
        self.groups: list[tuple[Decimal, int]] = []
        self.section = 0
        self.decimals: str | None = None

    def takes(self, value: int) -> bool:
        """Whether `value` can go on with this number: "twenty one" can, "one two" can't."""
        if self.decimals is not None:
            return value < 100
        # French counts by twenties (soixante-quinze, quatre-vingt-dix); others can't add ten to sixty.
        twenties = self.language == "fr" and self.section % 100 in (60, 80) and value < 20
        return value < _room(self.section) or twenties

    def add(self, kind: str, value: int, end: int) -> None:
        """The next word of it."""
        self.end = end
        if kind == "point":
            self.decimals = ""
        elif kind == "add" and self.decimals is not None:
            self.decimals += str(value)
        elif kind == "add":
            self.section += value
        elif kind == "hundred":
            self.section = self.section // 1000 * 1000 + max(self.section % 1000, 1) * 100
        else:
            self.groups = _raised(self.groups, self._value(), value)
            self.section, self.decimals = 0, None

    def _value(self) -> Decimal:
        return Decimal(f"{self.section}.{self.decimals}") if self.decimals else Decimal(self.section)

    def finish(self, folded: str) -> WrittenNumber:
        """What was read, at its place in the text."""
        section = self._value()
        if self.language == "es" and section >= 100 and self.groups and self.groups[-1][1] == _MILLION:
            section *= 1000  # "un millón doscientos" leaves the thousands unsaid
        value = sum((value for value, _ in self.groups), Decimal(0)) + section
        return WrittenNumber((self.start, self.end), value, self._is_weak(folded))

    def _is_weak(self, folded: str) -> bool:
        """An article; Spanish "mil" alone is a sum before a day, and a figure of speech before thanks."""
        text = folded[self.start : self.end]
        if self.language == "en" and text == "grand":
            return True  # "Grand, I'll do that": a thousand is a grand
        if self.language == "es" and text == "mil":
            return not _SUM_ENDS.match(folded, self.end)
        return bool(_ARTICLES.match(text))


def _raised(groups: list[tuple[Decimal, int]], section: Decimal, scale: int) -> list[tuple[Decimal, int]]:
    """ "Quinientos mil" + "millones": a scale multiplies whatever smaller stands before it."""
    smaller = sum((value for value, of in groups if of < scale), section)
    return [*((value, of) for value, of in groups if of >= scale), ((smaller or Decimal(1)) * scale, scale)]


_KANJI = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}


def japanese_value(text: str) -> Decimal:
    """ "３万2200", "二十一兆三百", "36.57億", "1,200万" (already folded) → the number."""
    total = section = current = Decimal(0)
    seen = False
    for part in re.findall(r"\d[\d,]*(?:\.\d+)?|\.\d+|.", text):
        if part[0].isdigit() or part[0] == ".":
            current, seen = Decimal(part.replace(",", "")), True
        elif part in _KANJI:
            current, seen = current * 10 + _KANJI[part], True
        elif part in _SMALL:
            section, current, seen = section + (current if seen else 1) * _SMALL[part], Decimal(0), False
        else:
            below = section + current
            # 一万億 is ten thousand times a hundred million.
            total = (
                (total + (below or (0 if total else 1))) * _LARGE[part] if not below else total + below * _LARGE[part]
            )
            section, current, seen = Decimal(0), Decimal(0), False
    return total + section + current
