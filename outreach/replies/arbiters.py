"""Small learned arbiters: each weighs named evidence and says how likely every one of its answers is.

Their weights are in `weights/arbiters.json`, trained by `python -m bench.train_arbiters` from labelled replies; they
know nothing of any language, only what the lexicons, the grammars and the model of clauses found.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from operator import mul
from typing import Any

from outreach.replies.clause_labels import LABELS

Evidence = Mapping[str, float]
"""What speaks for or against something, by name; what isn't there is 0."""


@dataclass(frozen=True)
class Arbiter:
    """A softmax over `answers`: for each piece of evidence the weights that it lends to them, for each a bias."""

    answers: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, tuple[float, ...]]

    @cached_property
    def _columns(self) -> list[tuple[float, ...]]:
        return list(zip(*self.weights.values(), strict=True)) or [() for _ in self.answers]

    def scores(self, evidence: Evidence) -> list[float]:
        """The sum of weighted evidence for each answer."""
        values = [evidence.get(name, 0.0) for name in self.weights]
        return [bias + sum(map(mul, values, column)) for bias, column in zip(self.bias, self._columns, strict=True)]

    def chances(self, evidence: Evidence) -> dict[str, float]:
        """How likely each answer is; together 1."""
        scores = self.scores(evidence)
        top = max(scores)
        powers = [math.exp(score - top) for score in scores]
        whole = sum(powers)
        return {answer: power / whole for answer, power in zip(self.answers, powers, strict=True)}

    def each(self, evidence: Evidence) -> dict[str, float]:
        """How likely each answer is by itself, where several may hold."""
        return {a: 1 / (1 + math.exp(-s)) for a, s in zip(self.answers, self.scores(evidence), strict=True)}


@dataclass(frozen=True)
class Bench:
    """All arbiters: of a date, of what comes first, of what else is said, of a dispute's reason, of acting at all."""

    date: Arbiter
    first: Arbiter
    said: Arbiter
    reason: Arbiter
    act: Arbiter
    threshold: float


def read_bench(told: Mapping[str, Any]) -> Bench:
    """The arbiters from the values of their file. Raises ValueError where it was made for other labels of clauses."""
    if told["labels"] != [label.value for label in LABELS]:
        raise ValueError("weights/arbiters.json was made for other labels: run `make model`")
    arbiters = {
        name: Arbiter(
            tuple(told[name]["answers"]),
            tuple(told[name]["bias"]),
            {evidence: tuple(weights) for evidence, weights in told[name]["weights"].items()},
        )
        for name in ("date", "first", "said", "reason", "act")
    }
    return Bench(**arbiters, threshold=told["threshold"])


@cache
def load_bench() -> Bench:
    """The arbiters that `make model` trained."""
    return read_bench(json.loads(resources.files("outreach.replies.weights").joinpath("arbiters.json").read_bytes()))
