"""The model of clauses: a linear one, trained from the examples in `corpus/` (`make model`), read from `weights/`.

A tie-break and a second opinion: rules decide what is plain; where none does, or two disagree, the model says what a
clause most likely is, and how sure that is. Where it isn't sure it says so, and the reply goes to a person.
"""

from __future__ import annotations

import json
import math
import sys
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable

from outreach.replies.clause_labels import LABELS, Label
from outreach.replies.features import features
from outreach.replies.message import Message

STEP = 1 / 24
"""What one unit of a stored weight is worth."""


@dataclass(frozen=True)
class Guess:
    """How likely a piece of text is to be of each label."""

    chances: tuple[float, ...]

    @cached_property
    def label(self) -> Label:
        """The likeliest label."""
        return LABELS[self.chances.index(self.chance)]

    @cached_property
    def chance(self) -> float:
        """How likely that is, 0 to 1."""
        return max(self.chances)

    def of(self, *labels: Label) -> float:
        """How likely the text is of one of `labels`."""
        if len(labels) == 1:
            return self.chances[_INDEX[labels[0]]]
        return sum(self.chances[_INDEX[label]] for label in labels)

    @cached_property
    def disputes(self) -> float:
        """How likely it contests an invoice, for whatever reason."""
        return sum(self.chances[number] for number in _DISPUTES)


_INDEX = {label: number for number, label in enumerate(LABELS)}
_DISPUTES = [number for number, label in enumerate(LABELS) if label.value.startswith("dispute_")]


_LANE = 32
"""Bits of a label's lane: room for the sum of any number of features that a text can have."""


@dataclass(frozen=True)
class Weights:
    """A language's model: for each feature pairs of (label's number, weight), for each label a bias; and its source.

    Adding up is most of the work, so a feature's weights become one long number, a lane a label, when it is first met:
    one addition adds all of them. A lane holds weight + 128, which is never negative.
    """

    table: dict[str, bytes]
    bias: tuple[float, ...]
    temperature: float
    corpus: str

    @cached_property
    def lanes(self) -> dict[str, int]:
        """The long numbers of the features that were met."""
        return _Lanes(self.table)

    def guess(self, found: list[str]) -> Guess:
        """Features → how likely each label is."""
        known = self.table.keys() & found
        total = sum(map(self.lanes.__getitem__, known))
        added = memoryview(total.to_bytes(len(LABELS) * _LANE // 8, sys.byteorder)).cast("I")
        sums = [lane - 128 * len(known) for lane in added]
        scores = [(b + s * STEP) * self.temperature for b, s in zip(self.bias, sums, strict=True)]
        top = max(scores)
        powers = [math.exp(score - top) for score in scores]
        whole = sum(powers)
        return Guess(tuple(power / whole for power in powers))


class _Lanes(dict[str, int]):
    """Feature → its long number, made when it is first asked for."""

    def __init__(self, table: Mapping[str, bytes]) -> None:
        super().__init__()
        self._table = table

    def __missing__(self, feature: str) -> int:
        weights = array("I", [128] * len(LABELS))
        packed = self._table[feature]
        for number, weight in zip(packed[::2], packed[1::2], strict=True):
            weights[number] = weight
        self[feature] = made = int.from_bytes(weights.tobytes(), sys.byteorder)
        return made


def guess(message: Message, start: int, end: int) -> Guess:
    """What the words between two offsets of a message say, by the model of its language."""
    known = message.guesses.get((start, end))
    if known is None:
        known = load_weights(message.language).guess(features(message, start, end))
        message.guesses[start, end] = known
    return known


@cache
def load_weights(language: str) -> Weights:
    """The weights of en, es, fr, de or ja.

    The file: a line of JSON (version, corpus hash, biases, temperature), then for each feature a line of its name,
    and after an empty line the packed pairs, one length byte before each.
    """
    raw = resources.files("outreach.replies.weights").joinpath(f"{language}.bin").read_bytes()
    head, names, packed = raw.split(b"\n\n", 2)
    about = json.loads(head)
    if about["labels"] != [label.value for label in LABELS]:
        raise ValueError(f"weights/{language}.bin was made for other labels: run `make model`")
    table, place = {}, 0
    for name in names.decode().split("\n"):
        size = packed[place] * 2
        table[name] = packed[place + 1 : place + 1 + size]
        place += 1 + size
    return Weights(table, tuple(about["bias"]), about["temperature"], about["corpus"])


def corpus_hash(language: str) -> str:
    """The SHA-256 of a language's examples, which its weights carry."""
    return sha256(b"".join(file.read_bytes() for file in _corpora(language))).hexdigest()


def _corpora(language: str) -> list[Traversable]:
    """What was written for the model, and pieces of whole replies."""
    corpus = resources.files("outreach.replies.corpus")
    return [corpus.joinpath(f"{language}.txt"), corpus.joinpath("heard", f"{language}.txt")]


def read_corpus(language: str) -> list[tuple[str, Label]]:
    """The examples of a language: (clause, label). Raises ValueError naming the line of an unknown label."""
    return [example for file in _corpora(language) for example in _read_examples(file)]


def _read_examples(file: Traversable) -> Iterator[tuple[str, Label]]:
    label = None
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if line.startswith("[") and line.endswith("]") and line[1:-1].replace("_", "").isalpha() and line.isascii():
            try:
                label = Label(line[1:-1])
            except ValueError:
                raise ValueError(f"corpus, {file.name}, line {number}: no label {line[1:-1]!r}") from None
        elif line and not line.startswith("#"):
            if label is None:
                raise ValueError(f"corpus, {file.name}, line {number}: an example before the first [label]")
            yield line, label
