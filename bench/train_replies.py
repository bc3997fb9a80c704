"""`python -m bench.train_replies`: train the model of clauses from `outreach/replies/corpus` and write its weights.

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
CUE_PENALTY, WORD_PENALTY, ROUNDS = 3e-4, 3e-3, 300
FOLDS = 8
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
    """Examples × features, each example scaled to unit length apart for cues and for words."""

    def __init__(self, rows: list[list[str]], cues: bool, least: int) -> None:
        self.kind = cues
        counts = Counter(f for row in rows for f in self._of_kind(row))
        self.names = sorted(f for f, n in counts.items() if n >= least)
        self.index = {name: number for number, name in enumerate(self.names)}
        rarity = np.array([np.log(1 + len(rows) / counts[n]) for n in self.names]) / np.log(1 + len(rows))
        self.scale = np.ones(len(self.names)) if cues else rarity
        self.values = self.encode(rows)

    def _of_kind(self, row: list[str]) -> list[str]:
        return [f for f in row if f.startswith("c:") == self.kind]

    def encode(self, rows: list[list[str]]) -> np.ndarray:
        matrix = np.zeros((len(rows), len(self.names)))
        for number, row in enumerate(rows):
            places = [self.index[f] for f in self._of_kind(row) if f in self.index]
            matrix[number, places] = self.scale[places]
        return matrix


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit(matrix: np.ndarray, labels: np.ndarray, offset: np.ndarray, penalty: float) -> np.ndarray:
    """Weights of a softmax regression on top of `offset`, by accelerated gradient descent.

    Over the examples' kernel where features outnumber them: the same solution, sooner.
    """
    target = np.eye(len(LABELS))[labels]
    size, width = matrix.shape
    wide = width > size
    kernel = matrix @ matrix.T if wide else matrix.T @ matrix
    pace = 1.0 / (np.linalg.norm(kernel, 2) / (2 * size) + penalty)
    now = previous = np.zeros((size if wide else width, len(LABELS)))
    for step in range(ROUNDS):
        ahead = now + step / (step + 3) * (now - previous)
        scores = kernel @ ahead if wide else matrix @ ahead
        error = (softmax(offset + scores) - target) / size
        gradient = (error if wide else matrix.T @ error) + penalty * ahead
        previous, now = now, ahead - pace * gradient
    return matrix.T @ now if wide else now


class Model:
    """Both steps, trained on `rows` of all languages with their label numbers."""

    def __init__(self, rows: dict[str, list[list[str]]], labels: dict[str, np.ndarray]) -> None:
        every = [row for language in rows for row in rows[language]]
        truth = np.concatenate([labels[language] for language in rows])
        counts = np.bincount(truth, minlength=len(LABELS)) + 1
        self.bias = np.log(counts / counts.sum()) * 0.5
        self.cues = Matrix(every, cues=True, least=2)
        self.shared = fit(self.cues.values, truth, np.tile(self.bias, (len(every), 1)), CUE_PENALTY)
        self.words: dict[str, tuple[Matrix, np.ndarray]] = {}
        for language in rows:
            matrix = Matrix(rows[language], cues=False, least=1)
            offset = self.bias + self.cues.encode(rows[language]) @ self.shared
            self.words[language] = matrix, fit(matrix.values, labels[language], offset, WORD_PENALTY)

    def scores(self, rows: list[list[str]], language: str) -> np.ndarray:
        matrix, weights = self.words[language]
        return self.bias + self.cues.encode(rows) @ self.shared + matrix.encode(rows) @ weights


def cross_validate(rows: dict[str, list[list[str]]], labels: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Scores of every example by a model that did not see it; every FOLDS-th is left out at a time."""
    scores = {language: np.zeros((len(rows[language]), len(LABELS))) for language in rows}
    for fold in range(FOLDS):
        kept = {k: [n for n in range(len(rows[k])) if n % FOLDS != fold] for k in rows}
        model = Model({k: [rows[k][n] for n in kept[k]] for k in rows}, {k: labels[k][kept[k]] for k in rows})
        for language in rows:
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
    """Train and write; `--check`: cross-validate instead, and print what is confused."""
    rows, labels = {}, {}
    for language in LANGUAGES:
        rows[language], labels[language] = load(language)
    if "--check" in sys.argv:
        check(rows, labels)
        return
    model = Model(rows, labels)
    for language in LANGUAGES:
        print(f"{language}: {len(labels[language])} examples, {write(model, language) / 1000:.0f} kB")


def check(rows: dict[str, list[list[str]]], labels: dict[str, np.ndarray]) -> None:
    """How often the model is right about examples that it did not see."""
    scores = cross_validate(rows, labels)
    for language in LANGUAGES:
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
