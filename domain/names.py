"""Finding a company by what somebody typed: its number, its name, a piece of it, or one with a slip of the fingers.

Two good matches are asked about, never the first taken; an exact number or full name wins. Candidates come from an
in-memory index of tokens and trigrams (the eight rarest), rapidfuzz judges the few that are left.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

GOOD = 0.74
"""Least score of a match that may be taken or offered: one letter wrong in four, two in eight."""
MARGIN = 0.06
"""A lead over the second that makes a winner clear; in long names a whole slip fewer is enough."""
NEAR = 0.45
"""Least score of a name that is worth suggesting when nothing is good."""
RAREST = 8
CANDIDATES = 400
MOST_CHOICES = 8

_FORMS = (
    "ltd limited plc llc llp lp inc incorporated corp corporation co company gmbh ag kg kgaa ohg ug se mbh sa sas sarl "
    "eurl sl slu srl spa bv nv oy ab as aps pty pte kk gk cia cv sapi sab spol sro"
)
LEGAL_FORMS = frozenset(_FORMS.split())
"""Words that say what a company is in law: they count little in a comparison."""
_SAME_FORM = {"limited": "ltd", "incorporated": "inc", "corporation": "corp", "company": "co"}

_WORDS = re.compile(r"\w+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_NOT_DECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ß": "ss", "’": "'", "ı": "i"})


def fold(text: str) -> str:
    """Case, accents and width taken away, blanks squeezed: what a typed name is compared by."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_NOT_DECOMPOSED)
    if not plain.isascii():
        kept = []
        for letter in unicodedata.normalize("NFD", plain):
            # Japanese voicing marks make another letter (は, ば): only accents of other scripts are dropped.
            if not unicodedata.combining(letter) or letter in "\u3099\u309a":
                kept.append(letter)
        plain = unicodedata.normalize("NFC", "".join(kept))
    return " ".join(plain.split())


def tokens_of(text: str) -> tuple[str, ...]:
    """The words of a name, folded; apostrophes and the dots of abbreviations join (`O'Neil` → oneil, `S.A.` → sa)."""
    folded = fold(text).replace("'", "")
    folded = re.sub(r"\b(\w)\.(?=\w\b)", r"\1", folded)
    return tuple(_WORDS.findall(folded))


def slips_allowed(length: int) -> int:
    """How many slips (a letter wrong, missing, doubled, swapped) a word of this length may hold."""
    if length < 4:
        return 0
    return 1 if length < 7 else 2 if length < 12 else 3


def likeness(typed: str, word: str) -> float:
    """How alike two folded words are: 1 equal, 0.97 a beginning of three letters or more, less by slip, else 0."""
    if typed == word:
        return 1.0
    if len(typed) >= 3 and word.startswith(typed):
        return 0.97
    allowed = slips_allowed(len(typed))
    if allowed and (slips := DamerauLevenshtein.distance(typed, word, score_cutoff=allowed)) <= allowed:
        return 1 - slips / len(typed)
    # A beginning with one slip in it.
    if len(typed) >= 6 and len(word) > len(typed):
        slips = DamerauLevenshtein.distance(typed, word[: len(typed)], score_cutoff=1)
        return 0.97 - 1 / len(typed) if slips <= 1 else 0.0
    return 0.0


def score_name(typed: tuple[str, ...], name: tuple[str, ...]) -> float:
    """How well typed words name a company of these words, 0 to 1. Long words weigh more, legal forms hardly.

    A typed word that the name doesn't have, or another legal form, makes it another company: worth a suggestion only.
    """
    core = [w for w in name if w not in LEGAL_FORMS]
    words = [w for w in typed if w not in LEGAL_FORMS]
    if not words or not name:
        return 0.0
    found = [max((likeness(word, other) for other in name), default=0.0) for word in words]
    score = sum(len(w) * f for w, f in zip(words, found, strict=True)) / sum(len(w) for w in words)
    if not all(found):
        score *= 0.7
    # Words written together or apart: `north wind` for Northwind, `acmeiberia` for Acme Iberia.
    joined, whole = "".join(words), "".join(core)
    together = 0.98 * likeness(joined, whole) if len(joined) >= 5 else 0.0
    if _CJK.search(joined) and len(joined) >= 2 and joined in whole:
        together = max(together, 0.97)
    score = max(score, together)
    mine, theirs = _legal_forms(typed), _legal_forms(name)
    if mine and theirs:
        return score if mine & theirs else 0.7 * score
    return score


def _legal_forms(words: tuple[str, ...]) -> set[str]:
    return {_SAME_FORM.get(word, word) for word in words if word in LEGAL_FORMS}


@dataclass(frozen=True, slots=True)
class Named:
    """A customer's id, number and name."""

    id: int
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class NameMatch:
    """What a typed name found: one `taken`, or `choices` to ask about, or neither; `near` are worth suggesting."""

    taken: Named | None = None
    choices: tuple[Named, ...] = ()
    near: tuple[Named, ...] = ()
    total: int = 0


class NameIndex:
    """Names of customers, by number, whole name, word and trigram. Trigrams are built at the first slip only."""

    def __init__(self, customers: Iterable[tuple[int, str, str]]) -> None:
        """`customers` are (id, number, name)."""
        self.named = [Named(*row) for row in customers]
        self.tokens = [tokens_of(each.name) for each in self.named]
        self.by_number: dict[str, list[int]] = {}
        self.by_name: dict[str, list[int]] = {}
        self.by_token: dict[str, array[int]] = {}
        for place, (each, words) in enumerate(zip(self.named, self.tokens, strict=True)):
            self.by_number.setdefault(fold(each.number), []).append(place)
            self.by_name.setdefault(" ".join(words), []).append(place)
            for word in set(words):
                self.by_token.setdefault(word, array("l")).append(place)

    @cached_property
    def _sorted_tokens(self) -> list[str]:
        return sorted(self.by_token)

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for word in self.by_token:
            found.setdefault(len(word), []).append(word)
        return found

    def words_by_length(self, shortest: int, longest: int) -> Iterable[str]:
        """Words of names with so many letters."""
        for length in range(shortest, longest + 1):
            yield from self._by_length.get(length, ())

    @cached_property
    def _trigrams(self) -> dict[str, array[int]]:
        grams: dict[str, array[int]] = {}
        for place, words in enumerate(self.tokens):
            for gram in _grams(words):
                grams.setdefault(gram, array("l")).append(place)
        return grams

    def _one_slip_away(self, word: str) -> Iterable[int]:
        words = list(self.words_by_length(len(word) - 1, len(word) + 1))
        near = process.extract(word, words, scorer=DamerauLevenshtein.distance, score_cutoff=1, limit=20)
        return (place for other, _, _ in near for place in self.by_token[other])

    def _candidates(self, typed: tuple[str, ...]) -> set[int]:
        found: set[int] = set()
        for word in typed:
            if word in LEGAL_FORMS:
                continue
            found.update(self.by_token.get(word, ()))
            if len(word) >= 3:
                start = bisect_left(self._sorted_tokens, word)
                for token in self._sorted_tokens[start : start + 200]:
                    if not token.startswith(word):
                        break
                    found.update(self.by_token[token])
        for word in typed:
            # A slip in a short word leaves it no trigram to be found by.
            if 4 <= len(word) <= 7 and word not in self.by_token and word not in LEGAL_FORMS:
                found.update(self._one_slip_away(word))
        grams = sorted((g for g in _grams(typed) if g in self._trigrams), key=lambda g: len(self._trigrams[g]))
        votes: Counter[int] = Counter()
        for gram in grams[:RAREST]:
            votes.update(self._trigrams[gram])
        found.update(place for place, _ in votes.most_common(CANDIDATES))
        joined = "".join(typed)
        if _CJK.search(joined) and len(joined) >= 2:
            found.update(place for place, words in enumerate(self.tokens) if joined in "".join(words))
        return found


def _grams(words: tuple[str, ...]) -> set[str]:
    joined = f" {''.join(w for w in words if w not in LEGAL_FORMS)} "
    split = [f" {w} " for w in words if w not in LEGAL_FORMS]
    return {text[i : i + 3] for text in [joined, *split] for i in range(len(text) - 2)}


@dataclass(frozen=True, slots=True)
class Directory:
    """The names that one asker may see: an index over all, and the ids that are visible (None: all)."""

    index: NameIndex
    visible: frozenset[int] | None = None

    def _seen(self, places: Iterable[int]) -> list[int]:
        if self.visible is None:
            return list(places)
        return [place for place in places if self.index.named[place].id in self.visible]

    def by_number(self, number: str) -> Named | None:
        """The customer of exactly this number (case aside), if visible and only one."""
        places = self._seen(self.index.by_number.get(fold(number).lstrip("#"), ()))
        exact = [p for p in places if self.index.named[p].number == number]
        places = exact or places
        return self.index.named[places[0]] if len(places) == 1 else None

    def holds_word(self, word: str) -> bool:
        """Whether a visible name has exactly this folded word."""
        return bool(self._seen(self.index.by_token.get(word, ())))

    def near_word(self, word: str, distance: int, but: Container[str] = ()) -> bool:
        """Whether a visible name has a word at most `distance` slips away, that is none of `but`."""
        for other in self.index.words_by_length(len(word) - distance, len(word) + distance):
            if other in but:
                continue
            if DamerauLevenshtein.distance(word, other, score_cutoff=distance) <= distance and self.holds_word(other):
                return True
        return False

    def begins_name(self, words: tuple[str, ...]) -> bool:
        """Whether a visible name is, or begins with, these folded words."""
        places = self._seen(self.index.by_token.get(words[0], ()))
        return any(self.index.tokens[place][: len(words)] == words for place in places)

    def match(self, typed: str) -> NameMatch:
        """Whom `typed` names. An exact number wins, then the exact full name; then by score and margin."""
        number = self.by_number(typed)
        if number is not None:
            return NameMatch(taken=number, total=1)
        words = tokens_of(typed)
        exact = self._seen(self.index.by_name.get(" ".join(words), ()))
        if exact:
            return self._several([self.index.named[place] for place in exact])
        scores = [
            (score_name(words, self.index.tokens[place]), place) for place in self._seen(self.index._candidates(words))
        ]
        return self._judge(words, sorted(scores, key=lambda s: (-s[0], self.index.named[s[1]].number)))

    def _several(self, found: list[Named]) -> NameMatch:
        if len(found) == 1:
            return NameMatch(taken=found[0], total=1)
        return NameMatch(choices=tuple(found[:MOST_CHOICES]), total=len(found))

    def _judge(self, words: tuple[str, ...], scores: list[tuple[float, int]]) -> NameMatch:
        if not scores or scores[0][0] < GOOD or all(word in LEGAL_FORMS for word in words):
            near = tuple(self.index.named[place] for score, place in scores[:3] if score >= NEAR)
            return NameMatch(near=near)
        best = scores[0][0]
        # A score falls by one over the letters with each slip.
        margin = min(MARGIN, 0.9 / sum(len(word) for word in words))
        return self._several([self.index.named[p] for s, p in scores if s >= max(GOOD, best - margin)])
