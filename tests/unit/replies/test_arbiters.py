"""The arbiters: their file fits the labels, they answer with chances, and the same file gives the same answers."""

import json
from importlib import resources
from typing import Any

import pytest

from bench.train_arbiters import digest
from domain.disputes import DisputeReason
from outreach.replies.arbiters import Arbiter, load_bench, read_bench
from outreach.replies.judging import PERSON, RECORDED, is_hard, kind_of
from outreach.replies.model import Intent


def values() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        resources.files("outreach.replies.weights").joinpath("arbiters.json").read_bytes()
    )
    return told


def test_every_answer_is_one_that_the_engine_knows() -> None:
    bench = load_bench()
    assert set(bench.date.answers) == {"promised", "paid", "neither"}
    assert {Intent(name) for name in bench.first.answers} == set(Intent) - {Intent.OPT_IN}
    assert {Intent(name) for name in bench.said.answers if name not in (RECORDED, PERSON)} == set(Intent) - {
        Intent.OPT_IN
    }
    assert 0 < bench.threshold < 1


def test_every_piece_of_evidence_weighs_for_each_answer() -> None:
    bench = load_bench()
    for arbiter in (bench.date, bench.first, bench.said, bench.reason, bench.act):
        assert arbiter.weights
        assert {len(weights) for weights in arbiter.weights.values()} == {len(arbiter.answers)}
        assert len(arbiter.bias) == len(arbiter.answers)


def test_weights_for_other_labels_of_clauses_are_refused() -> None:
    told = values()
    told["labels"] = told["labels"][1:]
    with pytest.raises(ValueError, match="make model"):
        read_bench(told)


def test_reasons_are_weighed_alike_but_for_how_frequent_they_are() -> None:
    shared = [name for name in load_bench().reason.weights if not name.startswith("is ")]
    assert shared
    assert not any(reason.value in name.split() for name in shared for reason in DisputeReason if reason != "other")


def test_chances_add_up_and_follow_the_evidence() -> None:
    arbiter = Arbiter(("yes", "no"), (0.0, 0.0), {"for": (1.0, -1.0), "against": (-2.0, 2.0)})
    assert arbiter.chances({})["yes"] == pytest.approx(0.5)
    assert sum(arbiter.chances({"for": 1.0, "unheard of": 5.0}).values()) == pytest.approx(1)
    assert arbiter.chances({"for": 1.0})["yes"] > 0.8
    assert arbiter.chances({"for": 1.0, "against": 1.0})["yes"] < 0.2
    assert arbiter.each({"for": 1.0})["yes"] == pytest.approx(1 - arbiter.each({"for": 1.0})["no"])


def test_the_kind_of_a_doubt_holds_none_of_the_words_it_quotes() -> None:
    assert kind_of("“pay up” may say something else (complaint)") == "“…” may say something else"
    assert kind_of("asks something") == "asks something"


@pytest.mark.parametrize(
    ("doubt", "hard"),
    [
        ("the day “3/7” can be read in two ways", True),
        ("the promise depends on something else", True),
        ("“once paid” may say something else (promise_conditional)", True),
        ("“Gern auch als XRechnung” may say something else (dispute_missing_po)", False),
        ("asks something", False),
    ],
)
def test_some_doubts_bring_a_person_however_sure_the_rest_is(doubt: str, hard: bool) -> None:
    assert is_hard(doubt) is hard


def test_the_arbiters_were_trained_on_these_lexicons_models_and_replies() -> None:
    assert values()["trained_on"] == digest(), "run `python -m bench.train_arbiters`"
