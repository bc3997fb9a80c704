"""Questions in plain words, answered from a ledger small enough to count by hand."""

from __future__ import annotations

from datetime import date

import pytest

from bot.questions import understand_question
from domain.errors import BadInput
from domain.questions import Answer
from tests.integration.bot.ledger import TODAY, Ledger, day
from workflows.answer_question import answer_text, find_asker


def ask(ledger: Ledger, text: str, who: str | None = "ann", as_of: date | None = None) -> Answer:
    return answer_text(ledger.services, find_asker(ledger.database, who), text, understand_question, as_of=as_of)


def amounts(answer: Answer) -> dict[str, str]:
    return {m.currency: str(m.amount) for m in answer.amounts}


FIGURES: dict[str, dict[str, str]] = {
    "what does Acme GmbH owe?": {"EUR": "4000.00", "USD": "70.00"},
    "What's C-001's balance": {"EUR": "4000.00", "USD": "70.00"},
    "how much is Acme GmbH overdue": {"EUR": "1000.00", "USD": "70.00"},
    "Acme GmbH past due in EUR?": {"EUR": "1000.00"},
    "what does Northwnd Tradrs owe": {"EUR": "12445.67"},
    "balance of balance systems": {"EUR": "0.00"},
    "what is due in the next 7 days for Acme GmbH": {"EUR": "3000.00"},
    "what is due today": {"EUR": "500.00"},
    "unapplied cash of acme gmbh": {"EUR": "100.00"},
    "how much is over 90 days": {"EUR": "12345.67"},
    "status of INV-101": {"EUR": "1000.00"},
    "is PO-77 paid?": {"EUR": "1000.00"},
    "is inv-100 paid": {"EUR": "0.00"},
    "largest overdue invoice in EUR": {"EUR": "12345.67"},
    "oldest open invoice": {"EUR": "12345.67"},
    "what do we have outstanding in yen": {"JPY": "120000"},
    "cuánto debe Acme GmbH": {"EUR": "4000.00", "USD": "70.00"},
    "Wie viel ist bei Northwind überfällig?": {"EUR": "12345.67"},
    "combien doit Northwind ?": {"EUR": "12445.67"},
    "アクメ商事の残高は？": {"JPY": "120000"},
    "exposure of Acme GmbH": {"EUR": "4000.00", "USD": "70.00"},
    "headroom of C-001": {"EUR": "1000.00"},
    "credit limit of Acme GmbH": {"EUR": "5000.00"},
    "what did Acme GmbH owe as of 2026-03-05": {"EUR": "5300.00", "USD": "70.00"},
}


def test_a_question_gets_exactly_the_figures_it_asks_for(ledger: Ledger) -> None:
    answers = {text: ask(ledger, text) for text in FIGURES}
    assert {text: amounts(answer) for text, answer in answers.items()} == FIGURES


def test_two_good_matches_are_asked_about_and_neither_is_taken(ledger: Ledger) -> None:
    answer = ask(ledger, "what does Acme owe?")
    assert {c.number for c in answer.choices} == {"C-001", "C-002"}
    assert answer.amounts == ()


def test_a_name_that_is_ambiguous_to_a_manager_is_clear_to_a_rep(ledger: Ledger) -> None:
    answer = ask(ledger, "what does Acme owe?", "sue")
    assert amounts(answer) == {"EUR": "300.00"}
    assert "Acme France SAS (C-002)" in answer.text


def test_an_account_one_may_not_see_is_answered_like_one_that_does_not_exist(ledger: Ledger) -> None:
    hidden = ask(ledger, "what does Northwind owe?", "sam").text
    missing = ask(ledger, "what does Northfold owe?", "sam").text
    assert hidden.replace("Northwind", "X") == missing.replace("Northfold", "X")
    assert "INV-301" in ask(ledger, "status of INV-301").text
    by_number = ask(ledger, "status of INV-301", "sam").text
    assert by_number == "I know no invoice, purchase order, order or account “INV-301”."
    assert ask(ledger, "what does C-003 owe", "sam").amounts == ()


def test_everything_and_my_accounts_mean_what_the_asker_may_see(ledger: Ledger) -> None:
    assert amounts(ask(ledger, "how much do my accounts owe", "sam")) == {"EUR": "4000.00", "USD": "70.00"}
    assert amounts(ask(ledger, "everything overdue", "otto")) == {"EUR": "300.00", "JPY": "120000"}
    assert amounts(ask(ledger, "total overdue")) == {"EUR": "13645.67", "JPY": "120000", "USD": "70.00"}
    assert {r["customer"] for r in ask(ledger, "list my customers", "sue").rows} == {"C-002", "C-003"}


def test_due_today_is_not_overdue_and_yesterday_is(ledger: Ledger) -> None:
    rows = ask(ledger, "which invoices are overdue for Acme GmbH").rows
    assert {r["invoice"] for r in rows} == {"INV-101", "US-1"}


def test_over_ninety_days_begins_with_the_ninety_first(ledger: Ledger) -> None:
    answer = ask(ledger, "how many customers are over 90 days?")
    assert answer.text.startswith("1 customer ")
    assert [r["customer"] for r in answer.rows] == ["C-003"]
    assert [r["customer"] for r in ask(ledger, "who is at least 90 days past due").rows] == ["C-003", "C-002"]


def test_the_top_list_stays_within_a_currency_and_says_how_many_there_are(ledger: Ledger) -> None:
    answer = ask(ledger, "top 2 overdue in EUR")
    assert [(r["customer"], str(r["amount"])) for r in answer.rows] == [
        ("C-003", "12345.67 EUR"),
        ("C-001", "1000.00 EUR"),
    ]
    assert "top 2 of 3" in answer.text


def test_customers_are_listed_over_an_amount(ledger: Ledger) -> None:
    assert [r["customer"] for r in ask(ledger, "who owes more than 10,000 EUR").rows] == ["C-003"]
    assert [r["customer"] for r in ask(ledger, "which customers owe more than 12445.67 EUR").rows] == []
    assert [r["customer"] for r in ask(ledger, "which customers owe at least 12445.67 EUR").rows] == ["C-003"]


def test_aging_counts_from_the_due_date_and_its_buckets_add_up(ledger: Ledger) -> None:
    answer = ask(ledger, "aging for Acme GmbH")
    euro = next(r for r in answer.rows if r["currency"] == "EUR")
    assert [str(euro[b]) for b in ("current", "1-30", "31-60", "balance")] == [
        "3000.00 EUR", "1000.00 EUR", "0.00 EUR", "4000.00 EUR",
    ]  # fmt: skip


def test_what_was_owed_on_an_earlier_day_comes_from_the_ledgers_entries(ledger: Ledger) -> None:
    before = ask(ledger, "what does Acme GmbH owe", as_of=day(-4))
    assert amounts(before) == {"EUR": "5300.00", "USD": "70.00"}
    assert amounts(ask(ledger, "how much is Acme GmbH overdue", as_of=day(-4))) == {"EUR": "2300.00"}
    assert amounts(ask(ledger, "what does Acme GmbH owe", as_of=TODAY)) == {"EUR": "4000.00", "USD": "70.00"}
    assert amounts(ask(ledger, "unapplied cash of Acme GmbH", as_of=day(-3))) == {"EUR": "0.00"}


def test_promises_are_told_by_their_state_and_their_days(ledger: Ledger) -> None:
    ledger.promise("C-001", "INV-101", 100_000, -5, 3)
    ledger.promise("C-003", "INV-301", 50_000, -20, -6, "broken", judged=-1)
    ledger.promise("C-003", "INV-301", 20_000, -40, -30, "broken", judged=-25)
    assert amounts(ask(ledger, "open promises of Acme GmbH")) == {"EUR": "1000.00"}
    assert "2026-03-13" in ask(ledger, "what did Acme GmbH promise").text
    broken = ask(ledger, "who broke a promise this week?", "maria")
    assert [(r["customer"], str(r["amount"])) for r in broken.rows] == [("C-003", "500.00 EUR")]
    assert [r["customer"] for r in ask(ledger, "promises due this week").rows] == ["C-001"]
    assert ask(ledger, "who broke a promise this week?", "otto").rows == ()


def test_what_is_not_understood_says_so_and_never_guesses_a_number(ledger: Ledger) -> None:
    for text in ("is the sky blue", "tell me a joke", "42", "why is the sky blue", "x" * 500, "?!"):
        answer = ask(ledger, text)
        assert not answer.amounts, text
        assert not answer.rows, text
        assert "Try, for instance" in answer.text or "know no" in answer.text, text


def test_she_is_nobody_on_file(ledger: Ledger) -> None:
    answer = ask(ledger, "what does she owe?")
    assert (answer.amounts, answer.text[:14]) == ((), "Which account?")


def test_an_unknown_person_is_refused_with_those_who_are_known(ledger: Ledger) -> None:
    with pytest.raises(BadInput, match="no user 'bob'; known are: ann, maria"):
        ask(ledger, "what does Acme owe", "bob")


def test_a_word_of_the_grammar_in_a_name_is_no_grammar(ledger: Ledger) -> None:
    ledger.customer("C-007", "Total Overdue Solutions", collector="maria")
    ledger.invoice("INV-701", "C-007", 3, 1_000)
    assert amounts(ask(ledger, "what does Total Overdue Solutions owe")) == {"EUR": "10.00"}
    assert amounts(ask(ledger, "what does total owe")) == {"EUR": "10.00"}
