"""Finding a company by what somebody typed: its number, its name, a piece of it, or one with a slip of the fingers.

Two good matches are asked about, never the first taken; an exact number or full name wins. Candidates come from an
in-memory index of words and trigrams (the eight rarest); the few that are left are judged by `domain.names`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from domain.names import CJK, LEGAL_FORMS, fold, score_name, tokens_of

GOOD = 0.74
"""Least score of a match that may be taken or offered: one letter wrong in four, two in eight."""
MARGIN = 0.06
"""A lead over the second that makes a winner clear; in long names a whole slip fewer is enough."""
NEAR = 0.45
"""Least score of a name that is worth suggesting when nothing is good."""
RAREST = 8
CANDIDATES = 60
COMMON = 20_000
WORDED = 1_000
MOST_CHOICES = 8
"""Trigrams looked at, names weighed of theirs, postings too common to vote, names weighed by words, names offered."""


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


Visible = frozenset[int] | None
"""Ids of the customers that one may see; None is all of them."""
Postings = dict[str, "array[int]"]


def _post(postings: Postings, key: str, place: int) -> None:
    known = postings.get(key)
    if known is None:
        postings[key] = array("l", (place,))
    else:
        known.append(place)


class NameIndex:
    """Names of customers, by number, whole name, word and trigram. Trigrams are built at the first slip only."""

    def __init__(self, customers: Iterable[tuple[int, str, str]]) -> None:
        """`customers` are (id, number, name)."""
        self.named = [Named(*row) for row in customers]
        self.tokens = [tokens_of(each.name) for each in self.named]
        self.by_number: Postings = {}
        self.by_name: Postings = {}
        self.by_token: Postings = {}
        for place, (each, words) in enumerate(zip(self.named, self.tokens, strict=True)):
            _post(self.by_number, fold(each.number), place)
            _post(self.by_name, " ".join(words), place)
            for word in set(words):
                _post(self.by_token, word, place)

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
    def _trigrams(self) -> Postings:
        grams: Postings = {}
        for place, words in enumerate(self.tokens):
            for gram in _grams(words):
                _post(grams, gram, place)
        return grams

    def seen(self, places: Iterable[int], visible: Visible) -> Iterable[int]:
        """Those of the places whose customer is visible."""
        return places if visible is None else (place for place in places if self.named[place].id in visible)

    def worded(self, typed: tuple[str, ...], visible: Visible) -> tuple[list[int], int]:
        """Visible places of names that have the typed words, or words that begin so, and how many there are in all.

        Names that have all of the words come first; then those of the rarest word, up to WORDED in all.
        """
        sets = [set(self.seen(self._beginning(word), visible)) for word in typed if word not in LEGAL_FORMS]
        sets = sorted((s for s in sets if s), key=len)
        if not sets:
            return [], 0
        everywhere = set.intersection(*sets) if len(sets) > 1 else sets[0]
        found = dict.fromkeys(sorted(everywhere)[:WORDED])
        for places in sets:
            if len(found) + len(places) > WORDED:
                break
            found.update(dict.fromkeys(places))
        return list(found), len(everywhere)

    def _beginning(self, word: str) -> set[int]:
        found = set(self.by_token.get(word, ()))
        if len(word) >= 3:
            start = bisect_left(self._sorted_tokens, word)
            for token in self._sorted_tokens[start : start + 200]:
                if not token.startswith(word):
                    break
                found.update(self.by_token[token])
        return found

    def alike(self, typed: tuple[str, ...], visible: Visible) -> list[int]:
        """Visible places of names that share the rarest trigrams with what was typed, most shared first."""
        grams = sorted((g for g in _grams(typed) if g in self._trigrams), key=lambda g: len(self._trigrams[g]))
        votes: Counter[int] = Counter()
        for gram in grams[:RAREST]:
            if not votes or len(self._trigrams[gram]) <= COMMON:
                votes.update(self.seen(self._trigrams[gram], visible))
        return [place for place, _ in votes.most_common(CANDIDATES)]

    def one_slip_away(self, typed: tuple[str, ...], visible: Visible) -> list[int]:
        """Visible places of names with a short word one slip away: a slip leaves it no trigram to be found by."""
        found: dict[int, None] = {}
        for word in typed:
            if 4 <= len(word) <= 7 and word not in self.by_token and word not in LEGAL_FORMS:
                words = list(self.words_by_length(len(word) - 1, len(word) + 1))
                near = process.extract(word, words, scorer=DamerauLevenshtein.distance, score_cutoff=1, limit=20)
                found.update(dict.fromkeys(place for other, _, _ in near for place in self.by_token[other]))
        return list(self.seen(found, visible))[:WORDED]

    def holding(self, joined: str, visible: Visible) -> list[int]:
        """Visible places of names in which a piece without blanks stands (Japanese has none)."""
        found = (place for place, words in enumerate(self.tokens) if joined in "".join(words))
        return list(self.seen(found, visible))[:WORDED]


def _grams(words: tuple[str, ...]) -> set[str]:
    joined = f" {''.join(w for w in words if w not in LEGAL_FORMS)} "
    split = [f" {w} " for w in words if w not in LEGAL_FORMS]
    return {text[i : i + 3] for text in [joined, *split] for i in range(len(text) - 2)}


@dataclass(frozen=True, slots=True)
class Directory:
    """The names that one asker may see: an index over all, and the ids that are visible (None: all)."""

    index: NameIndex
    visible: Visible = None

    def _seen(self, places: Iterable[int]) -> list[int]:
        return list(self.index.seen(places, self.visible))

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
        joined = "".join(words)
        if CJK.search(joined):
            return self._judge(words, self._scored(words, self.index.holding(joined, self.visible)), 0)
        worded, total = self.index.worded(words, self.visible)
        scores = self._scored(words, [*worded, *self.index.alike(words, self.visible)])
        if not scores or scores[0][0] < GOOD:
            scores = sorted(
                [*scores, *self._scored(words, self.index.one_slip_away(words, self.visible))], key=lambda s: -s[0]
            )
        return self._judge(words, scores, total)

    def _scored(self, words: tuple[str, ...], places: Iterable[int]) -> list[tuple[float, int]]:
        """Visible names with their scores, the best first, by number where equal."""
        index = self.index
        found = [(score_name(words, index.tokens[place]), place) for place in dict.fromkeys(self._seen(places))]
        return sorted(found, key=lambda s: (-s[0], index.named[s[1]].number))

    def _several(self, found: list[Named], total: int = 0) -> NameMatch:
        if len(found) == 1:
            return NameMatch(taken=found[0], total=1)
        # Where more have the words than were weighed, the count is theirs.
        count = max(len(found), total if len(found) >= WORDED else 0)
        return NameMatch(choices=tuple(found[:MOST_CHOICES]), total=count)

    def _judge(self, words: tuple[str, ...], scores: list[tuple[float, int]], total: int) -> NameMatch:
        if not scores or scores[0][0] < GOOD or all(word in LEGAL_FORMS for word in words):
            near = tuple(self.index.named[place] for score, place in scores[:3] if score >= NEAR)
            return NameMatch(near=near)
        best = scores[0][0]
        # A score falls by one over the letters with each slip.
        margin = min(MARGIN, 0.9 / sum(len(word) for word in words))
        return self._several([self.index.named[p] for s, p in scores if s >= max(GOOD, best - margin)], total)
