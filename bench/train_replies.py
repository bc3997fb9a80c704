"""`python -m bench.train_replies [LANGUAGE …]`: train the model of clauses from its corpus, and write it.

A softmax regression with an L2 penalty, in two steps: the lexicon's cues over all languages at once (a cue means the
same in each), then each language's words on top of that. Solved in the space of the examples, which are far fewer
than the features; the same corpus gives the same bytes on the same machine.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import outreach.replies.weights
from outreach.replies.classifier import STEP, corpus_hash, read_corpus
from outreach.replies.clause_labels import LABELS
from outreach.replies.features import features
from outreach.replies.locales import LANGUAGES
from outreach.replies.message import Message
from outreach.replies.model import Reply, ReplyContext
from outreach.replies.quoting import strip_quoted

HERE = Path(outreach.replies.weights.__file__).parent
WEDNESDAY = datetime(2026, 5, 13, 9, tzinfo=UTC)
HOME = {"en": "en_GB", "es": "es_ES", "fr": "fr_FR", "de": "de_DE", "ja": "ja_JP"}
CUE_PENALTY, ROUNDS = 3e-4, 300
WORD_PENALTIES = {"de": 4e-4, "en": 4e-4, "es": 3e-4, "fr": 4e-4, "ja": 2e-4}
"""How tightly a language's words are held (`--check` tells)."""
LEAST = {"ja": 2}
"""Examples that must share a word or a bit of one for it to count; otherwise one is enough."""
FOLDS = 8
COMMON = 12
"""Features of at most so many examples are added up one by one, which takes less room than a column of zeros."""
HEAT = 1.15
"""The factor on the scores under which chances are right as often as they say (`--check` tells)."""


def clause_features(text: str, language: str) -> list[str]:
    """An example of the corpus → its features, as if it were a whole reply."""
    reply = Reply("email", text, WEDNESDAY, "UTC", HOME[language])
    message = Message(reply, ReplyContext(), strip_quoted(""), text, language)
    return features(message, 0, len(text))


def load(language: str) -> tuple[list[list[str]], np.ndarray]:
    """Features and label numbers of every example."""
    examples = read_corpus(language)
    labels = {label: number for number, label in enumerate(LABELS)}
    return [clause_features(text, language) for text, _ in examples], np.array([labels[label] for _, label in examples])


class Matrix:
    """Examples × features of one kind: cues, the same in every language, or words. Kept as the places that aren't 0."""

    def __init__(self, rows: list[list[str]], cues: bool, least: int) -> None:
        self.kind = cues
        counts = Counter(f for row in rows for f in self._of_kind(row))
        self.names = sorted(f for f, n in counts.items() if n >= least)
        self.index = {name: number for number, name in enumerate(self.names)}
        rarity = np.array([np.log(1 + len(rows) / counts[n]) for n in self.names]) / np.log(1 + len(rows))
        self.scale = np.ones(len(self.names)) if cues else rarity
        self.size = len(rows)
        places = [self._places(row) for row in rows]
        self.columns = np.concatenate([np.zeros(0, int), *places])
        self.rows = np.repeat(np.arange(len(rows)), [len(p) for p in places])
        self.often = np.bincount(self.columns, minlength=len(self.names))

    def _of_kind(self, row: list[str]) -> list[str]:
        return [f for f in row if f.startswith("c:") == self.kind]

    def _places(self, row: list[str]) -> np.ndarray:
        return np.array([self.index[f] for f in self._of_kind(row) if f in self.index], int)

    def columns_of(self, more_than: int) -> np.ndarray:
        """The columns of the features that so many examples have."""
        numbers = np.flatnonzero(self.often > more_than)
        place = np.full(len(self.names), -1)
        place[numbers] = np.arange(len(numbers))
        within = place[self.columns] >= 0
        matrix = np.zeros((self.size, len(numbers)))
        matrix[self.rows[within], place[self.columns[within]]] = self.scale[self.columns[within]]
        return matrix

    def kernel(self) -> np.ndarray:
        """How alike each two examples are: the matrix by its transpose."""
        common = self.columns_of(COMMON)
        kernel: np.ndarray = common @ common.T
        order = np.argsort(self.columns, kind="stable")
        starts = np.concatenate([[0], np.cumsum(self.often)])
        for count in range(1, COMMON + 1):
            numbers = np.flatnonzero(self.often == count)
            users = self.rows[order[starts[numbers][:, None] + np.arange(count)]]
            for first in range(count):
                for second in range(count):
                    np.add.at(kernel, (users[:, first], users[:, second]), self.scale[numbers] ** 2)
        return kernel

    def gathered(self, values: np.ndarray) -> np.ndarray:
        """A value for each example → one for each feature: the matrix's transpose by them."""
        whole = np.zeros((len(self.names), values.shape[1]))
        numbers = np.flatnonzero(self.often > COMMON)
        whole[numbers] = self.columns_of(COMMON).T @ values
        rare = self.often[self.columns] <= COMMON
        np.add.at(whole, self.columns[rare], self.scale[self.columns[rare], None] * values[self.rows[rare]])
        return whole

    def scores(self, rows: list[list[str]], weights: np.ndarray) -> np.ndarray:
        """The matrix of `rows` by `weights`."""
        scaled = weights * self.scale[:, None]
        sums: np.ndarray = np.array([scaled[self._places(row)].sum(axis=0) for row in rows])
        return sums.reshape(len(rows), weights.shape[1])


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return chances


def steepest(kernel: np.ndarray) -> float:
    """The largest eigenvalue of a symmetric matrix, a little too large rather than too small.

    By power iteration: all of them, as `numpy.linalg.norm` computes, take minutes.
    """
    vector = np.ones(len(kernel)) / np.sqrt(len(kernel))
    value = 0.0
    for _ in range(60):
        vector = kernel @ vector
        value = float(np.linalg.norm(vector))
        vector /= value
    return 1.02 * value


def fit(matrix: Matrix, labels: np.ndarray, offset: np.ndarray, penalty: float) -> np.ndarray:
    """Weights of a softmax regression on top of `offset`, by accelerated gradient descent.

    Over the examples' kernel where features outnumber them: the same solution, sooner.
    """
    target = np.eye(len(LABELS))[labels]
    size, width = matrix.size, len(matrix.names)
    wide = width > size
    dense = None if wide else matrix.columns_of(0)
    kernel = matrix.kernel() if dense is None else dense.T @ dense
    pace = 1.0 / (steepest(kernel) / (2 * size) + penalty)
    now = previous = np.zeros((size if wide else width, len(LABELS)))
    for step in range(ROUNDS):
        ahead = now + step / (step + 3) * (now - previous)
        scores = kernel @ ahead if dense is None else dense @ ahead
        error = (softmax(offset + scores) - target) / size
        gradient = (error if dense is None else dense.T @ error) + penalty * ahead
        previous, now = now, ahead - pace * gradient
    return matrix.gathered(now) if dense is None else now


class Model:
    """Both steps, trained on `rows` of all languages with their label numbers; the words of those in `only`."""

    def __init__(self, rows: dict[str, list[list[str]]], labels: dict[str, np.ndarray], only: list[str]) -> None:
        every = [row for language in rows for row in rows[language]]
        truth = np.concatenate([labels[language] for language in rows])
        counts = np.bincount(truth, minlength=len(LABELS)) + 1
        self.bias = np.log(counts / counts.sum()) * 0.5
        self.cues = Matrix(every, cues=True, least=2)
        self.shared = fit(self.cues, truth, np.tile(self.bias, (len(every), 1)), CUE_PENALTY)
        self.words: dict[str, tuple[Matrix, np.ndarray]] = {}
        for language in only:
            matrix = Matrix(rows[language], cues=False, least=LEAST.get(language, 1))
            offset = self.bias + self.cues.scores(rows[language], self.shared)
            penalty = WORD_PENALTIES[language]
            self.words[language] = matrix, fit(matrix, labels[language], offset, penalty)

    def scores(self, rows: list[list[str]], language: str) -> np.ndarray:
        matrix, weights = self.words[language]
        scores: np.ndarray = self.bias + self.cues.scores(rows, self.shared) + matrix.scores(rows, weights)
        return scores


def cross_validate(
    rows: dict[str, list[list[str]]], labels: dict[str, np.ndarray], only: list[str]
) -> dict[str, np.ndarray]:
    """Scores of every example by a model that did not see it; every FOLDS-th is left out at a time."""
    scores = {language: np.zeros((len(rows[language]), len(LABELS))) for language in only}
    for fold in range(FOLDS):
        kept = {k: [n for n in range(len(rows[k])) if n % FOLDS != fold] for k in rows}
        model = Model({k: [rows[k][n] for n in kept[k]] for k in rows}, {k: labels[k][kept[k]] for k in rows}, only)
        for language in only:
            left = list(range(fold, len(rows[language]), FOLDS))
            scores[language][left] = model.scores([rows[language][n] for n in left], language)
    return scores


def temperature(scores: np.ndarray, labels: np.ndarray) -> float:
    """The factor on the scores under which chances are right as often as they say."""
    tried = np.arange(0.6, 3.01, 0.05)
    losses = [-np.log(softmax(scores * t)[np.arange(len(labels)), labels] + 1e-12).mean() for t in tried]
    return round(float(tried[int(np.argmin(losses))]), 2)


def write(model: Model, language: str) -> int:
    """Write a language's weights; returns the size in bytes."""
    matrix, weights = model.words[language]
    table = dict(zip(model.cues.names, model.shared, strict=True))
    table |= dict(zip(matrix.names, weights * matrix.scale[:, None], strict=True))
    names, packed = [], bytearray()
    for name in sorted(table):
        pairs = [(n, round(w / STEP)) for n, w in enumerate(table[name])]
        pairs = [(n, max(-127, min(127, w))) for n, w in pairs if w]
        if pairs and "\n" not in name:
            names.append(name)
            packed.append(len(pairs))
            for number, weight in pairs:
                packed += bytes((number, weight + 128))
    head = {
        "labels": [label.value for label in LABELS], "corpus": corpus_hash(language), "temperature": HEAT,
        "bias": [round(float(b), 4) for b in model.bias],
    }  # fmt: skip
    raw = json.dumps(head).encode() + b"\n\n" + "\n".join(names).encode() + b"\n\n" + bytes(packed)
    (HERE / f"{language}.bin").write_bytes(raw)
    return len(raw)


def main() -> None:
    """Train and write; `--check`: cross-validate instead, and print what is confused. Languages named: these alone."""
    rows, labels = {}, {}
    only = [language for language in LANGUAGES if language in sys.argv] or list(LANGUAGES)
    for language in LANGUAGES:
        rows[language], labels[language] = load(language)
    if "--check" in sys.argv:
        check(rows, labels, only)
        return
    model = Model(rows, labels, only)
    for language in only:
        print(f"{language}: {len(labels[language])} examples, {write(model, language) / 1000:.0f} kB")


def check(rows: dict[str, list[list[str]]], labels: dict[str, np.ndarray], only: list[str]) -> None:
    """How often the model is right about examples that it did not see."""
    scores = cross_validate(rows, labels, only)
    for language in only:
        truth = labels[language]
        chances = softmax(scores[language] * HEAT)
        guessed, sure = chances.argmax(axis=1), chances.max(axis=1) > 0.6
        print(
            f"{language}: {len(truth)} examples, right {100 * np.mean(guessed == truth):.1f} %,"
            f" sure of {100 * sure.mean():.0f} % and right there {100 * np.mean((guessed == truth)[sure]):.1f} %,"
            f" best temperature {temperature(scores[language], truth)}"
        )
        confused = Counter((LABELS[t], LABELS[g]) for t, g in zip(truth, guessed, strict=True) if t != g)
        print("   ", ", ".join(f"{t}→{g} {n}" for (t, g), n in confused.most_common(14)))


if __name__ == "__main__":
    main()
