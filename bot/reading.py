"""Words of a question → concepts, names and numbers: what is neither grammar nor filler is a name. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rapidfuzz.distance import DamerauLevenshtein

from bot.vocabulary import CONCEPTS, CONTRACTIONS, FILLERS, JAPANESE, JOINS, PARTICLES, PRONOUNS
from domain.name_index import Directory
from domain.names import fold, tokens_of

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_OTHER_SUBJECTS = (
    "we us i everybody everyone everything all my our anyone anybody who you not customer customers account accounts "
    "company client clients group each that this |"
)
_NOT_A_SUBJECT = PRONOUNS | frozenset(_OTHER_SUBJECTS.split())


@dataclass(slots=True)
class Reading:
    """What was read of the words, in their order."""

    names: list[str] = field(default_factory=list)
    concepts: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    chunk: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    pronoun: bool = False

    def leftover(self, word: str) -> None:
        """A word that belongs to a name."""
        self.chunk += [*(self.joins if self.chunk else []), word]
        self.joins = []

    def close(self) -> None:
        """The name that was being read is over."""
        if self.chunk:
            self.names.append(" ".join(self.chunk))
        self.chunk, self.joins = [], []


def split_words(text: str) -> list[str]:
    """The words as typed: quotes kept as one word, contractions written out, Japanese cut into words."""
    plain = text.replace("’", "'").replace("“", '"').replace("”", '"').replace("「", '"').replace("」", '"')
    found: list[str] = []
    for piece in re.findall(r'"[^"]+"|[^\s"]+', plain):
        if piece.startswith('"'):
            found.append(piece)
        elif _CJK.search(piece):
            found += _cut_japanese(piece)
        else:
            found += _plain_words(piece)
    return found


def _cut_japanese(piece: str) -> list[str]:
    for pattern, words in JAPANESE:
        piece = pattern.sub(words, piece)
    cut = [PARTICLES.sub("", PARTICLES.sub("", part)) for part in piece.split()]
    return [part.strip("?？。、!") for part in cut if part.strip("?？。、!")]


def _plain_words(piece: str) -> list[str]:
    word = piece.strip("?!,;:()[]<>*_`¿¡").rstrip(".'")
    if not word:
        return []
    folded = fold(word)
    if folded in CONTRACTIONS:
        return CONTRACTIONS[folded].split()
    negated = re.fullmatch(r"(was|were|did|does|do|has|have|had|is|are|would|could|should)n'?t", folded)
    if negated:
        return [negated[1], "not"]
    if folded.endswith("'s"):
        word = word[:-2]
    elided = re.fullmatch(r"(?:d|l|qu|s|n)'(\w.*)", fold(word))
    return [word[-len(elided[1]) :]] if elided else [word]


def mask_names(words: list[str], directory: Directory) -> tuple[list[str], dict[str, str]]:
    """Names written as they are on file become `@n`, so that a word of theirs is never read as grammar."""
    masks: dict[str, str] = {}
    kept: list[str] = []
    place = 0
    while place < len(words):
        length = _name_length(words, place, directory)
        if length:
            key = f"@{len(masks)}"
            masks[key] = " ".join(words[place : place + length]).strip('"')
            kept.append(key)
        else:
            kept.append(words[place])
        place += max(1, length)
    return kept, masks


def _name_length(words: list[str], place: int, directory: Directory) -> int:
    if words[place].startswith('"'):
        return 1
    for length in range(min(8, len(words) - place), 1, -1):
        window = tokens_of(" ".join(words[place : place + length]))
        grammar = [w in CONCEPTS or w in FILLERS for w in (fold(each) for each in words[place : place + length])]
        if not window or all(grammar):
            continue
        if directory.begins_name(window):
            return length
    return 0


def read_words(pairs: list[tuple[str, str]], masks: dict[str, str], directory: Directory, first: str) -> Reading:
    """(as typed, folded) words → what they say. `first` is the sentence's first word: its capital means nothing."""
    reading = Reading()
    subject = _subject_words(pairs)
    for place, (typed, word) in enumerate(pairs):
        if word in masks:
            reading.close()
            reading.names.append(masks[word])
            continue
        named = place in subject or _looks_named(typed, word, first, directory)
        concept = None if named else _concept_of(word, directory)
        if word in JOINS and reading.chunk and not named:
            reading.joins.append(typed)
        elif named:
            reading.leftover(typed)
        elif word == "|" or concept is not None or word in FILLERS:
            reading.close()
            if concept:
                reading.concepts.append(concept)
        elif any(letter.isdigit() for letter in word):
            _read_number(reading, typed, directory)
        elif re.search(r"\w", word):
            reading.leftover(typed)
        else:
            reading.close()
        reading.pronoun = reading.pronoun or word in PRONOUNS
    reading.close()
    return reading


def _subject_words(pairs: list[tuple[str, str]]) -> set[int]:
    """Places between `does` and `owe`: whoever stands there is a name, even when it reads like grammar."""
    words = [word for _, word in pairs]
    for start, word in enumerate(words):
        if word not in ("does", "did", "do", "doit", "debe"):
            continue
        for end in range(start + 2, min(start + 6, len(words))):
            if CONCEPTS.get(words[end]) in ("owe", "promise", "reply"):
                named = {p for p in range(start + 1, end) if words[p] not in ("the", "a", "an", "still")}
                plain = all(words[p] in CONCEPTS or words[p] in FILLERS for p in named)
                return named if plain and not any(words[p] in _NOT_A_SUBJECT for p in named) else set()
    return set()


def _looks_named(typed: str, word: str, first: str, directory: Directory) -> bool:
    """A word of the grammar, but with a capital inside the sentence, and a name on file has it: a name."""
    if word == first or not typed[:1].isupper() or typed.isupper():
        return False
    return (word in CONCEPTS or word in FILLERS) and directory.holds_word(word)


def _concept_of(word: str, directory: Directory) -> str | None:
    """The concept of a word, slips of the finger allowed unless a visible name has that very word."""
    if word in CONCEPTS:
        return CONCEPTS[word]
    if word in FILLERS or len(word) < 5 or not word.isalpha() or directory.holds_word(word):
        return None
    allowed = 1 if len(word) < 8 else 2
    best: tuple[int, str] | None = None
    for known, concept in CONCEPTS.items():
        if abs(len(known) - len(word)) > allowed or len(known) < 4:
            continue
        distance = DamerauLevenshtein.distance(word, known, score_cutoff=allowed)
        if distance <= allowed and (best is None or distance < best[0]):
            best = (distance, concept)
    # A slip may as well be in a name: the nearer of the two wins, the name at a draw.
    if best is None or directory.near_word(word, best[0], CONCEPTS):
        return None
    return best[1]


def _read_number(reading: Reading, typed: str, directory: Directory) -> None:
    reading.close()
    number = directory.by_number(typed)
    if number is not None and not {"invoice", "purchaseorder", "order"} & set(reading.concepts[-1:]):
        reading.names.append(number.number)
    else:
        reading.references.append(typed)
