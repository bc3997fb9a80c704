"""The model of clauses: its weights are those of the examples beside it, and it knows its own examples."""

from datetime import datetime

import pytest

from outreach.replies.classifier import corpus_hash, guess, load_weights, read_corpus
from outreach.replies.clause_labels import LABELS, Label
from outreach.replies.locales import LANGUAGES
from outreach.replies.message import Message, read_message
from outreach.replies.model import Reply, ReplyContext

RECEIVED = datetime.fromisoformat("2026-05-13T09:00:00+00:00")


def message(text: str, language: str) -> Message:
    return read_message(Reply("email", text, RECEIVED, "UTC", language), ReplyContext())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_weights_were_trained_from_the_examples_beside_them(language: str) -> None:
    assert load_weights(language).corpus == corpus_hash(language), "the examples have changed: run `make model`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_has_examples_in_every_language(language: str) -> None:
    labels = [label for _, label in read_corpus(language)]
    assert [label for label in LABELS if labels.count(label) < 3] == []


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        ("en", "The lot goes across next Tuesday.", Label.PROMISE),
        ("es", "Se lo transfiero todo el martes que viene.", Label.PROMISE),
        ("fr", "On vous vire le tout mardi prochain.", Label.PROMISE),
        ("de", "Am Dienstag geht alles raus.", Label.PROMISE),
        ("ja", "来週の火曜に全額を送金します。", Label.PROMISE),
        ("en", "Your fitter came twice and the boiler still leaks.", Label.DISPUTE_QUALITY),
        ("de", "Der Monteur war da und die Heizung läuft immer noch nicht.", Label.DISPUTE_QUALITY),
        ("fr", "Le tribunal a prononcé la liquidation judiciaire.", Label.INSOLVENCY),
        ("es", "Quítenme de su lista de mensajes.", Label.OPT_OUT),
    ],
)
def test_a_sentence_that_is_no_example_is_known(language: str, text: str, label: Label) -> None:
    said = message(text, language)
    reading = guess(said, 0, len(said.text))
    assert reading.label is label
    assert 0.5 < reading.chance <= 1


def test_nonsense_is_nothing_for_sure() -> None:
    said = message("Zqx vrbl knrr.", "en")
    reading = guess(said, 0, len(said.text))
    assert reading.label is Label.NONE or reading.chance < 0.6


def test_chances_add_up_to_one() -> None:
    said = message("We pay on Friday.", "en")
    assert sum(guess(said, 0, len(said.text)).chances) == pytest.approx(1)
