"""Dates, amounts and quotations read in cases of other projects' test suites: shares right and wrong, a language each.

The cases are no part of this repository: `DUNWELL_PEERS_DIR` says where they lie, `../shared/peers` if it says nothing.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from outreach.replies.amounts import find_amounts
from outreach.replies.dates import find_dates
from outreach.replies.quoting import strip_quoted

# The suites were written in these countries' conventions; they name none themselves.
LOCALES = {"en": "en_US", "es": "es_ES", "fr": "fr_FR", "de": "de_DE", "ja": "ja_JP"}
DATES_RIGHT = {"en": 0.88, "es": 0.96, "fr": 0.92, "de": 0.88, "ja": 0.90}
NONE, RIGHT, WRONG = "none", "right", "wrong"

Case = dict[str, Any]


def folder() -> Path:
    """Where the cases lie."""
    told = os.environ.get("DUNWELL_PEERS_DIR")
    return Path(told) if told else Path(__file__).parents[2] / "shared" / "peers"


def cases(name: str) -> list[Case]:
    """The cases of one file, none where it is missing."""
    path = folder() / f"{name}.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def judge_date(case: Case) -> str:
    """`right` if the days found are the one that is meant and no other."""
    found = {f.date for f in find_dates(case["text"], date.fromisoformat(case["today"]), LOCALES[case["language"]])}
    if not found:
        return NONE
    return RIGHT if found == {date.fromisoformat(case["date"])} else WRONG


def judge_amount(case: Case) -> str:
    """`right` if the first amount found is the one meant, in its currency where the case has one."""
    found = find_amounts(case["text"], LOCALES[case["language"]])
    if not found:
        return NONE
    same = found[0].amount == Decimal(case["amount"]) and case["currency"] in (None, found[0].currency)
    return RIGHT if same else WRONG


def lost_words(case: Case) -> Counter[str]:
    """Words of the reply that were cut away."""
    return Counter(case["reply"].split()) - Counter(strip_quoted(case["text"]).reply.split())


def is_exact(case: Case) -> bool:
    """Whether just the reply is left, white space aside."""
    return bool(strip_quoted(case["text"]).reply.split() == case["reply"].split())


def _figure(name: str, value: float, goal: str) -> Case:
    return {"name": name, "value": round(100 * value, 1), "unit": "%", "goal": goal}


def _by_language(found: list[Case]) -> Iterator[tuple[str, list[Case]]]:
    for language in LOCALES:
        chosen = [case for case in found if case["language"] == language]
        if chosen:
            yield language, chosen


def _share(verdicts: list[str], wanted: str) -> float:
    return verdicts.count(wanted) / len(verdicts)


def _dates() -> Iterator[Case]:
    for language, chosen in _by_language(cases("dates")):
        verdicts = [judge_date(case) for case in chosen]
        goal = f">= {DATES_RIGHT[language]:.0%}"
        yield _figure(f"peers' dates right, {language}", _share(verdicts, RIGHT), goal)
        yield _figure(f"peers' dates wrong, {language}", _share(verdicts, WRONG), "<= 5 %")
    without = cases("no-dates")
    if without:
        false = sum(
            bool(find_dates(c["text"], date.fromisoformat(c["today"]), LOCALES[c["language"]])) for c in without
        )
        yield _figure("peers' sentences without a date, false dates", false / len(without), "<= 3 %")


def _amounts() -> Iterator[Case]:
    for language, chosen in _by_language(cases("amounts")):
        verdicts = [judge_amount(case) for case in chosen]
        yield _figure(f"peers' amounts right, {language}", _share(verdicts, RIGHT), ">= 92 %")


def _quotes() -> Iterator[Case]:
    found = cases("quotes")
    if found:
        yield _figure("peers' quotations cut exactly", sum(map(is_exact, found)) / len(found), ">= 82 %")
        yield _figure("peers' replies of which words got lost", sum(map(bool, map(lost_words, found))) / len(found),
                      "<= 3 %")  # fmt: skip


def run() -> list[Case]:
    """Shares in per cent beside their goals; nothing, and a line that says so, where the cases are missing."""
    figures = [*_dates(), *_amounts(), *_quotes()]
    if not figures:
        print(f"no peers' cases in {folder()}: set DUNWELL_PEERS_DIR to measure against them", file=sys.stderr)
    return figures


def misses() -> Iterator[str]:
    """What is not right, a line each, for whoever works on the grammars."""
    for name, judge in (("dates", judge_date), ("amounts", judge_amount)):
        for case in cases(name):
            verdict = judge(case)
            if verdict != RIGHT:
                yield f"{name} {case['language']} {verdict}: {case['text']!r}"


if __name__ == "__main__":
    print(*misses(), sep="\n")
