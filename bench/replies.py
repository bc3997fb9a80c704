"""How well replies are understood: labelled ones read and compared, a language each and all together.

Two sets: those of `tests/unit/replies/labelled`, which the engine was made with, and those of `bench/unseen`, which
nobody may read while working on it and nothing is trained on; `DUNWELL_LABELLED_DIR` names another folder of
`*.jsonl` files instead. One reply a line in the form that `dunwell understand` reads, with what it says under
`expected`.

- primary: the first intent is right (in any order where all of them are found); set: all of them are
- promise: of the replies that hold one, days, amounts and invoices all right; false: of the others, one made up
- dispute: of the replies that hold one, reason and invoices right
- human: of the replies that need a person, handed to one; auto: acted on without one; safe: of those, all right
- right: of all replies, the whole reading is right
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from outreach.replies.jsonl import answer

Row = dict[str, Any]
FIGURES = ("primary", "set", "promise", "false", "dispute", "human", "auto", "safe", "right")
GOALS = {"primary": ">= 0.88", "promise": ">= 0.88", "false": "<= 0.02", "dispute": ">= 0.80",
         "human": ">= 0.95", "auto": ">= 0.70", "safe": ">= 0.97"}  # fmt: skip


UNSEEN = Path(__file__).parent / "unseen"


@dataclass
class Tally:
    """Hits and cases of every figure."""

    hits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIGURES, 0))
    cases: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIGURES, 0))

    def add(self, name: str, hit: bool, case: bool = True) -> None:
        """Count one reply for a figure, if it is a case for it."""
        self.cases[name] += case
        self.hits[name] += hit and case

    def share(self, name: str) -> float:
        """Hits among the cases, 0 without any."""
        return self.hits[name] / self.cases[name] if self.cases[name] else 0.0


def folder() -> Path:
    """Where the labelled replies lie."""
    told = os.environ.get("DUNWELL_LABELLED_DIR")
    return Path(told) if told else Path(__file__).parents[1] / "tests" / "unit" / "replies" / "labelled"


def labelled(where: Path) -> list[Row]:
    """Every labelled reply of a folder, in the order of the files' names."""
    lines = (line for path in sorted(where.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines())
    return [json.loads(line) for line in lines if line.strip()]


def score(rows: list[Row]) -> tuple[dict[str, Tally], list[float]]:
    """Labelled replies → the tallies by language and of `all`; and the seconds of processor time that each took."""
    tallies: dict[str, Tally] = {"all": Tally()}
    seconds = []
    for row in rows:
        start = time.process_time()
        got = answer({key: value for key, value in row.items() if key != "expected"})
        seconds.append(time.process_time() - start)
        for key in ("all", row["expected"]["language"]):
            judge(row["expected"], got, row["context"], tallies.setdefault(key, Tally()))
    return tallies, seconds


def is_right(want: Row, got: Row, context: Row) -> bool:
    """Whether the whole reading is right: what comes first, the promise, the dispute and the payment."""
    tally = Tally()
    judge(want, {**got, "needs_human": False}, context, tally)
    return bool(tally.hits["right"])


def judge(want: Row, got: Row, context: Row, tally: Tally) -> None:
    """Compare one answer with its label."""
    owed = {item["number"]: Decimal(item["amount"]) for item in context["open_invoices"]}
    same = set(want["intents"]) == set(got["intents"])
    first = got["intents"][0] == want["intents"][0] or (same and got["intents"][0] in want["intents"])
    promises = [_promise(side["promise"], owed) for side in (want, got)]
    disputes = [_dispute(side["dispute"], owed) for side in (want, got)]
    payments = [_paid(side["paid"], owed) for side in (want, got)]
    auto, promised, disputed = not got["needs_human"], promises[0] is not None, disputes[0] is not None
    right = first and all(a == b for a, b in (promises, disputes, payments))
    tally.add("primary", first)
    tally.add("set", same)
    tally.add("promise", promises[0] == promises[1], promised)
    tally.add("false", promises[1] is not None, not promised)
    tally.add("dispute", disputes[0] == disputes[1], disputed)
    tally.add("human", not auto, want["needs_human"])
    tally.add("auto", auto)
    tally.add("right", right)
    tally.add("safe", right and not want["needs_human"], auto)


def _scope(numbers: list[str] | None, owed: dict[str, Decimal]) -> frozenset[str]:
    """The invoices meant: no number is all of them."""
    return frozenset(numbers or owed)


def _promise(value: Row | None, owed: dict[str, Decimal]) -> object:
    """Invoices, and the days with their amounts; no amount is all of them together."""
    if not value or not value["installments"]:
        return None
    numbers = _scope(value["invoices"], owed)
    whole = sum((owed.get(number, Decimal(0)) for number in numbers), Decimal(0))
    parts = [(p["date"], whole if p["amount"] in (None, "") else Decimal(p["amount"])) for p in value["installments"]]
    return numbers, tuple(sorted(parts))


def _dispute(value: Row | None, owed: dict[str, Decimal]) -> object:
    return (value["reason"], _scope(value["invoices"], owed)) if value else None


def _paid(value: Row | None, owed: dict[str, Decimal]) -> object:
    return (value["date"], _scope(value["invoices"], owed)) if value else None


def run() -> Iterator[Row]:
    """Shares by language, and the median time of a reply on one core."""
    sets = {"": folder()} if "DUNWELL_LABELLED_DIR" in os.environ else {"": folder(), "unseen, ": UNSEEN}
    seconds: list[float] = []
    for about, where in sets.items():
        rows = labelled(where)
        if not rows:
            raise SystemExit(f"{where}: no labelled replies (*.jsonl) there")
        score(rows[:50])
        tallies, took = score(rows)
        seconds += took
        for language in sorted(tallies, key=lambda key: (key != "all", key)):
            for name in FIGURES:
                tally = tallies[language]
                yield {"name": f"{about}{name} {language} ({tally.cases[name]})",
                       "value": round(tally.share(name), 3), "unit": "share", "goal": GOALS.get(name)}  # fmt: skip
    yield {"name": "median of a reply", "value": round(1000 * median(seconds), 2), "unit": "ms", "goal": "< 5"}
