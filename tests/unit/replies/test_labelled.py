"""Labelled replies in five languages: the engine must not become worse at them than this.

The bounds lie a little below what it reached when they were written. `python -m bench replies` prints the figures.
"""

from functools import cache

import pytest

from bench.replies import Tally, folder, labelled, score

LANGUAGES = ("en", "es", "fr", "de", "ja")


@cache
def tallies() -> dict[str, Tally]:
    return score(labelled(folder()))[0]


@pytest.mark.parametrize(
    ("figure", "least"),
    [("primary", 0.94), ("promise", 0.86), ("dispute", 0.90), ("human", 0.96), ("auto", 0.58), ("safe", 0.94)],
)
def test_enough_is_right(figure: str, least: float) -> None:
    assert tallies()["all"].share(figure) >= least


def test_hardly_a_promise_is_made_up() -> None:
    assert tallies()["all"].share("false") <= 0.02


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_is_left_behind(language: str) -> None:
    assert tallies()[language].cases["primary"] >= 50
    assert tallies()[language].share("primary") >= 0.90


def test_a_wrong_answer_counts_as_wrong() -> None:
    rows = labelled(folder())
    for row in rows:
        row["expected"] = {**row["expected"], "intents": ["opt_in"], "promise": None, "dispute": None}
    assert score(rows[:40])[0]["all"].share("primary") < 0.1
