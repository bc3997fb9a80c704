"""`dunwell ask` and `dunwell report` in a terminal: one JSON object, the same figures as in Slack, clear refusals."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.errors import BadInput
from dunwell.cli import app
from tests.integration.bot.ledger import Ledger


@pytest.fixture
def run(lite: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A runner of commands on the small ledger."""
    monkeypatch.setenv("DUNWELL_DATABASE_URL", lite.database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("DUNWELL_DATA_DIR", str(tmp_path / "data"))

    def call(*arguments: str) -> str:
        found = CliRunner().invoke(app, list(arguments), catch_exceptions=False, standalone_mode=False)
        if found.exception is not None:
            raise found.exception
        return found.output

    return call


def test_the_json_of_an_answer_has_exactly_six_keys(run) -> None:
    found = json.loads(run("ask", "what does Acme GmbH owe?", "--as", "ann", "--as-of", "2026-03-10", "--json"))
    assert sorted(found) == ["amounts", "answer", "choices", "question", "rows", "understood"]
    assert found["understood"] is True
    assert found["amounts"] == [{"currency": "EUR", "amount": "4000.00"}, {"currency": "USD", "amount": "70.00"}]
    assert (found["question"]["kind"], found["question"]["customer"]) == ("balance", "C-001")
    assert found["rows"][0]["unapplied_cash"] == "100.00"


def test_an_unclear_name_gives_choices_and_no_figure(run) -> None:
    found = json.loads(run("ask", "what does Acme owe?", "--as", "ann", "--json"))
    assert (found["understood"], found["amounts"], found["rows"]) == (True, [], [])
    assert found["choices"] == [
        {"number": "C-001", "name": "Acme GmbH"},
        {"number": "C-002", "name": "Acme France SAS"},
    ]


def test_what_is_not_understood_is_said_with_examples(run) -> None:
    found = json.loads(run("ask", "is the sky blue", "--as", "ann", "--json"))
    assert found["understood"] is False
    assert found["answer"].count("“") >= 4


def test_an_answer_reads_as_text_with_its_table(run) -> None:
    text = run("ask", "top 10 overdue in EUR", "--as", "ann", "--as-of", "2026-03-10")
    assert "12,345.67 EUR" in text
    assert "Northwind Traders Ltd" in text


def test_reports_come_in_every_format(run, tmp_path: Path) -> None:
    day = ("--as-of", "2026-03-10")
    found = json.loads(run("report", "aging", "--by", "currency", "--format", "json", *day))
    assert {r["currency"]: r["balance"] for r in found["rows"]} == {
        "EUR": "16745.67", "JPY": "120000", "USD": "70.00",
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(run("report", "aging", "--format", "csv", *day))))
    assert rows[-1]["customer"] == "total"
    book = tmp_path / "aging.xlsx"
    run("report", "aging", "--format", "xlsx", "-o", str(book), *day)
    assert book.read_bytes()[:2] == b"PK"
    assert "dso_countback" in run("report", "dso", "--format", "csv", *day)
    assert "as of 2026-03-10" in run("report", "aging", *day)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "dso", "--as", "nobody"], "no user 'nobody'"),
        (["ask", "dso", "--as-of", "yesterday"], "--as-of 'yesterday' is not a day"),
        (["report", "aging", "--by", "colour"], "choose one of"),
        (["report", "aging", "--buckets", "90,30"], "rising days"),
        (["report", "aging", "--format", "pdf"], "choose table, json, csv or xlsx"),
    ],
)
def test_what_can_not_be_done_is_refused_with_what_can(run, arguments: list[str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        run(*arguments)
