"""`python -m bench.train_arbiters`: train the arbiters of replies and write `outreach/replies/weights/arbiters.json`.

From labelled replies: those of `outreach/replies/corpus/unread`, on which no lexicon was tuned and from which no clause
was learned, and with less weight those of `corpus/replies` and of the tests, which by now the lexicons know better than
what comes in. Each arbiter is a regression with an L2 penalty over a few
hundred pieces of evidence that mean the same in every language; the one that decides whether to act is trained on
readings of replies that the others had not seen. `--check` prints cross-validated figures and writes nothing; with
`--by-language` each language is read by arbiters that were trained on the others.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

import outreach.replies.corpus
import outreach.replies.lexicon
import outreach.replies.weights
from bench.replies import FIGURES, Row, Tally, folder, is_right, judge, labelled
from outreach.replies.arbiters import Arbiter, Bench
from outreach.replies.clause_labels import LABELS
from outreach.replies.date_evidence import dates_evidence
from outreach.replies.disputes import REASON_ORDER
from outreach.replies.jsonl import as_json, read_context, read_reply
from outreach.replies.judging import PERSON, RECORDED
from outreach.replies.message import Message, read_message
from outreach.replies.model import Intent
from outreach.replies.reason_evidence import reason_evidence
from outreach.replies.reply_evidence import reply_evidence
from outreach.replies.requests import read_requests
from outreach.replies.roles import DatedRole, find_roles
from outreach.replies.statements import Statement, read_statements
from outreach.replies.understand import Reading, read_plain, read_with, settle

WEIGHTS = Path(outreach.replies.weights.__file__).parent / "arbiters.json"
CORPUS = Path(outreach.replies.corpus.__file__).parent
EXAMPLES, UNREAD = CORPUS / "replies", CORPUS / "unread"
LEXICONS = Path(outreach.replies.lexicon.__file__).parent
TUNED = 0.4
"""What a reply counts that lexicons and examples were made with."""
FOLDS, ROUNDS, LEAST = 6, 400, 4
PENALTY = {"date": 3e-3, "first": 4e-3, "said": 4e-3, "reason": 5e-3, "act": 1e-2}
SAFE, LEAST_ACTED = 0.975, 0.65
"""The share of replies acted on that must be right, and the share that is acted on even where that isn't reached."""
DATES = ("promised", "paid", "neither")
INTENTS = tuple(i.value for i in Intent if i is not Intent.OPT_IN)
ACTS = ("right", "wrong")


@dataclass
class Example:
    """A labelled reply, prepared: what it counts, its fold, the evidence that doesn't change."""

    row: Row
    weight: float
    fold: int
    message: Message
    statements: list[Statement] = field(default_factory=list)
    roles: list[DatedRole] = field(default_factory=list)
    dates: list[dict[str, float]] = field(default_factory=list)
    reply: dict[str, float] = field(default_factory=dict)
    reading: Reading | None = None

    @property
    def want(self) -> Row:
        """What it says."""
        want: Row = self.row["expected"]
        return want

    @property
    def plain(self) -> bool:
        """Whether no arbiter is asked about it."""
        return not self.statements


def load(fold_of: Callable[[Row], int]) -> list[Example]:
    """Every labelled reply, those that were tuned on with less weight."""
    found = [(row, 1.0) for row in labelled(UNREAD)]
    found += [(row, TUNED) for where in (EXAMPLES, folder()) for row in labelled(where)]
    return [prepared(row, weight, fold_of(row)) for row, weight in found]


def prepared(row: Row, weight: float, fold: int) -> Example:
    """A row with the evidence about its dates."""
    message = read_message(read_reply(row), read_context(row["context"]))
    example = Example(row, weight, fold, message)
    if read_plain(message) is None:
        example.statements = read_statements(message)
        example.roles = find_roles(message)
        example.dates = dates_evidence(message, example.roles, example.statements)
    return example


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    chances: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
    return chances


def sigmoid(scores: np.ndarray) -> np.ndarray:
    chances: np.ndarray = 1 / (1 + np.exp(-scores))
    return chances


def fit(
    name: str, answers: Sequence[str], evidence: list[dict[str, float]], target: np.ndarray, weights: np.ndarray,
    link: Callable[[np.ndarray], np.ndarray] = softmax,
) -> Arbiter:  # fmt: skip
    """An arbiter of `answers` by accelerated gradient descent; `target` has a row an example, a column an answer."""
    counts = Counter(key for found in evidence for key, value in found.items() if value)
    names = sorted(key for key, count in counts.items() if count >= LEAST)
    matrix = np.array([[found.get(key, 0.0) for key in names] + [1.0] for found in evidence])
    whole, penalty = weights.sum(), np.full((len(names) + 1, 1), PENALTY[name])
    penalty[-1] = 0
    pace = 1 / (np.linalg.norm((matrix * weights[:, None]).T @ matrix, 2) / whole / 2 + PENALTY[name])
    now = previous = np.zeros((len(names) + 1, len(answers)))
    for step in range(ROUNDS):
        ahead = now + step / (step + 3) * (now - previous)
        error = (link(matrix @ ahead) - target) * weights[:, None] / whole
        previous, now = now, ahead - pace * (matrix.T @ error + penalty * ahead)
    table = {key: tuple(round(float(w), 4) for w in row) for key, row in zip(names, now[:-1], strict=True)}
    return Arbiter(tuple(answers), tuple(round(float(b), 4) for b in now[-1]), table)


def fit_shared(examples: list[Example]) -> Arbiter:
    """The arbiter of reasons: one weight a piece of evidence for all of them (a conditional logit)."""
    disputed = [e for e in examples if e.want["dispute"] and not e.plain]
    evidence = [reason_evidence(e.message, e.statements) for e in disputed]
    names = sorted({key for found in evidence for one in found.values() for key in one})
    cube = np.array([[[f[r].get(key, 0.0) for key in names] for r in REASON_ORDER] for f in evidence])
    truth = [REASON_ORDER.index(e.want["dispute"]["reason"]) for e in disputed]
    weights = np.array([e.weight for e in disputed])
    chosen, whole = cube[np.arange(len(truth)), truth], weights.sum()
    pace = 1 / ((cube**2).sum(axis=2).max() / 2 + PENALTY["reason"])
    now = previous = np.zeros(len(names))
    for step in range(2 * ROUNDS):
        ahead = now + step / (step + 3) * (now - previous)
        expected = (softmax(cube @ ahead)[:, :, None] * cube).sum(axis=1)
        gradient = ((expected - chosen) * weights[:, None]).sum(axis=0) / whole + PENALTY["reason"] * ahead
        previous, now = now, ahead - pace * gradient
    table = {key: (round(float(w), 4),) for key, w in zip(names, now, strict=True)}
    return Arbiter(("this",), (0.0,), table)


def date_label(example: Example, role: DatedRole) -> str:
    """What a date is for, by the label of its reply."""
    promise, paid = example.want["promise"], example.want["paid"]
    if promise and role.finding.date.isoformat() in {part["date"] for part in promise["installments"]}:
        return "promised"
    return "paid" if paid and paid["date"] == role.finding.past.isoformat() else "neither"


def fit_dates(examples: list[Example]) -> Arbiter:
    """The arbiter of dates."""
    found = [(d, date_label(e, r), e.weight) for e in examples for d, r in zip(e.dates, e.roles, strict=True)]
    target = np.eye(len(DATES))[[DATES.index(label) for _, label, _ in found]]
    return fit("date", DATES, [d for d, _, _ in found], target, np.array([w for _, _, w in found]))


def add_reply_evidence(example: Example, dates: Arbiter) -> None:
    """Evidence about the whole reply, with dates as `dates` judges them."""
    roles = []
    for role, evidence in zip(example.roles, example.dates, strict=True):
        chances = dates.chances(evidence)
        roles.append(replace(role, promised=chances["promised"], paid=chances["paid"]))
    requests = read_requests(example.message, example.statements)
    example.reply = reply_evidence(example.message, example.statements, roles, requests)


def fit_replies(examples: list[Example]) -> tuple[Arbiter, Arbiter]:
    """The arbiters of what comes first, and of what is said at all."""
    read = [e for e in examples if not e.plain]
    evidence, weights = [e.reply for e in read], np.array([e.weight for e in read])
    first = np.eye(len(INTENTS))[[INTENTS.index(e.want["intents"][0]) for e in read]]
    told = (*INTENTS, RECORDED, PERSON)
    said = np.array([[name in said_by(e) for name in told] for e in read], float)
    return fit("first", INTENTS, evidence, first, weights), fit("said", told, evidence, said, weights, sigmoid)


def said_by(example: Example) -> set[str]:
    """Everything that the label of a reply says."""
    told = set(example.want["intents"])
    told |= {RECORDED} if example.want["promise"] else set()
    return told | ({PERSON} if example.want["needs_human"] else set())


def fit_act(examples: list[Example]) -> Arbiter:
    """The arbiter of acting, from readings by arbiters that had not seen these replies."""
    read = [e for e in examples if e.reading]
    target = np.array([[acts_well(e), not acts_well(e)] for e in read], float)
    evidence = [e.reading.case.evidence for e in read if e.reading]
    return fit("act", ACTS, evidence, target, np.array([e.weight for e in read]))


def acts_well(example: Example) -> bool:
    """Whether it was right to act on the reading: all right, and no person needed."""
    assert example.reading
    got = as_json(example.reading.understanding)
    return is_right(example.want, got, example.row["context"]) and not example.want["needs_human"]


_NEVER = Arbiter(ACTS, (0.0, 0.0), {})


def bench_of(examples: list[Example]) -> Bench:
    """Dates, what is said, and reasons, trained on `examples`; the arbiter of acting is still none."""
    first, said = fit_replies(examples)
    return Bench(fit_dates(examples), first, said, fit_shared(examples), _NEVER, 1.0)


def without(examples: list[Example], fold: int) -> list[Example]:
    return [e for e in examples if e.fold != fold]


def read_unseen(examples: list[Example]) -> None:
    """Each reply's reading by arbiters that were trained on the other folds."""
    folds = sorted({e.fold for e in examples})
    for fold in folds:
        dates = fit_dates(without(examples, fold))
        for example in examples:
            if example.fold == fold and not example.plain:
                add_reply_evidence(example, dates)
    for fold in folds:
        bench = bench_of(without(examples, fold))
        for example in examples:
            if example.fold == fold and not example.plain:
                example.reading = read_with(example.message, bench)


def act_chance(example: Example, arbiter: Arbiter) -> float:
    """How likely the reading of an example is right; 0 where a hard doubt stands."""
    assert example.reading
    case = example.reading.case
    return 0.0 if case.hard else arbiter.chances(case.evidence)["right"]


def find_threshold(judged: list[tuple[float, bool]]) -> float:
    """The lowest chance from which enough of what is acted on is right; `judged` are chances with what was right."""
    ranked, right = sorted(judged, reverse=True), 0
    best = ranked[int(LEAST_ACTED * len(ranked))][0]
    for count, (chance, well) in enumerate(ranked, 1):
        right += well
        if right / count >= SAFE:
            best = min(best, chance)
    return round(best - 1e-4, 4)


def unseen_threshold(examples: list[Example]) -> tuple[float, dict[int, Arbiter]]:
    """The threshold over replies that neither arbiter had seen, and the arbiter of acting of each fold."""
    acts = {fold: fit_act(without(examples, fold)) for fold in sorted({e.fold for e in examples})}
    judged = [(act_chance(e, acts[e.fold]), acts_well(e)) for e in examples if e.reading and e.weight == 1]
    return find_threshold(judged), acts


def digest() -> str:
    """What the arbiters' evidence and labels are made of, as a hash: lexicons, models of clauses, labelled replies."""
    made_of = [
        *LEXICONS.glob("*.txt"),
        *WEIGHTS.parent.glob("*.bin"),
        *EXAMPLES.glob("*"),
        *UNREAD.glob("*"),
        *folder().glob("*.jsonl"),
    ]
    whole = sha256()
    for path in sorted(made_of, key=lambda one: (one.parent.name, one.name)):
        whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def as_values(arbiter: Arbiter) -> dict[str, Any]:
    weights = {key: list(w) for key, w in arbiter.weights.items() if any(w)}
    return {"answers": list(arbiter.answers), "bias": list(arbiter.bias), "weights": weights}


def write(bench: Bench) -> None:
    """Write the arbiters, a line a piece of evidence."""
    parts = [
        f'"labels": {json.dumps([label.value for label in LABELS])}',
        f'"trained_on": "{digest()}"',
        f'"threshold": {bench.threshold}',
    ]
    for name in ("date", "first", "said", "reason", "act"):
        told = as_values(getattr(bench, name))
        lines = ",\n".join(f"  {json.dumps(k)}: {json.dumps(w)}" for k, w in told["weights"].items())
        parts.append(
            f'"{name}": {{"answers": {json.dumps(told["answers"])},\n "bias": {json.dumps(told["bias"])},\n'
            f' "weights": {{\n{lines}}}}}'
        )
    WEIGHTS.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


def report(examples: list[Example], threshold: float, acts: dict[int, Arbiter], kind: Callable[[Example], str]) -> None:
    """Figures of readings by arbiters that had not seen the replies."""
    tallies: dict[str, Tally] = {}
    for example in examples:
        if example.reading:
            bench = Bench(_NEVER, _NEVER, _NEVER, _NEVER, acts[example.fold], threshold)
            got = as_json(settle(example.reading, bench))
        else:
            plain = read_plain(example.message)
            assert plain
            got = as_json(plain)
        for key in (f"{kind(example)} {example.want['language']}", f"{kind(example)} all"):
            judge(example.want, got, example.row["context"], tallies.setdefault(key, Tally()))
    print(f"{'':12}" + "".join(f"{name:>9}" for name in FIGURES))
    for key in sorted(tallies):
        print(f"{key:12}" + "".join(f"{100 * tallies[key].share(name):9.1f}" for name in FIGURES))


def main() -> None:
    """Train and write; `--check`: cross-validate only."""
    by_language = "--by-language" in sys.argv
    languages = ("en", "es", "fr", "de", "ja")
    examples = load(
        lambda row: languages.index(row["expected"]["language"]) if by_language else crc32(row["id"].encode()) % FOLDS
    )
    read_unseen(examples)
    threshold, acts = unseen_threshold(examples)
    print(f"{len(examples)} replies, threshold {threshold}")
    report(examples, threshold, acts, lambda e: "tuned" if e.weight < 1 else "unseen")
    if "--check" not in sys.argv:
        write(replace(bench_of(examples), act=fit_act(examples), threshold=threshold))


if __name__ == "__main__":
    main()
