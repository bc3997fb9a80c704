"""Answers as Slack blocks: within Slack's limits whatever the answer, and never a mention or link out of a name."""

from __future__ import annotations

import json

import pytest

from bot.blocks import MOST_TEXT, answer_blocks, check_blocks, clip, section
from domain.money import Money
from domain.questions import Answer, Choice

ROWS = tuple(
    {"customer": f"C-{n:04}", "name": f"Company {n} " + "x" * 80, "amount": Money(n * 1000, "EUR")} for n in range(500)
)


def test_a_long_table_is_cut_and_says_how_many_more_there_are() -> None:
    blocks = answer_blocks(Answer(text="All of them.", rows=ROWS[:200], more_rows=300), "everything overdue")
    table = blocks[1]["text"]["text"]
    shown = table.count("C-0")
    assert len(table) <= MOST_TEXT
    assert table.endswith(f"and {500 - shown} more")


def test_a_long_text_is_cut_to_what_a_section_takes() -> None:
    assert len(answer_blocks(Answer(text="x" * 5000), "q")[0]["text"]["text"]) == MOST_TEXT
    assert clip("abc", 2) == "a…"


def test_a_name_can_not_mention_anybody_or_end_the_code_block() -> None:
    rows = ({"customer": "1", "name": "<!channel> ``` & <@U1>"}, {"customer": "2", "name": "plain"})
    blocks = answer_blocks(Answer(text="<!here> & co", rows=rows), "q")
    said = json.dumps(blocks)
    assert "<!" not in said
    assert "<@" not in said
    assert blocks[1]["text"]["text"].count("```") == 2


def test_choices_become_buttons_with_what_was_asked() -> None:
    choices = tuple(Choice(f"C-{n}", "A very long company name indeed " * 5) for n in range(8))
    blocks = answer_blocks(Answer(text="Which one?", choices=choices), "what does a very long company name owe")
    buttons = blocks[-1]["elements"]
    assert len(buttons) == 8
    assert all(len(b["text"]["text"]) <= 75 for b in buttons)
    assert json.loads(buttons[3]["value"])["n"] == "C-3"


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [section("x")] * 51,
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}],
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        [{"type": "actions", "elements": []}],
        [{"type": "context", "elements": [{}] * 11}],
        [section("x") | {"block_id": "a"}, section("y") | {"block_id": "a"}],
    ],
)
def test_blocks_that_slack_would_refuse_are_refused_here(blocks: list[dict]) -> None:
    with pytest.raises(ValueError):
        check_blocks(blocks)
