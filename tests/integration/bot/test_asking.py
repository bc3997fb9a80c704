"""Questions in plain words, answered from a ledger small enough to count by hand."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, select, update

from bot.questions import understand_question
from domain.disputes import DisputeEvent, DisputeReason
from domain.errors import BadInput
from domain.questions import Answer
from storage.tables import contact_log, dispute, exchange_rate, legal_entity, opt_out
from tests.integration.bot.ledger import TODAY, Ledger, day
from workflows.answer_question import answer_text, find_asker
from workflows.manage_dispute import dispute_invoices, resolve_dispute
from workflows.run_cadence import run_cadence


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


def test_two_good_matches_are_asked_about_and_neither_is_taken(lite: Ledger) -> None:
    answer = ask(lite, "what does Acme owe?")
    assert {c.number for c in answer.choices} == {"C-001", "C-002"}
    assert answer.amounts == ()


def test_a_name_that_is_ambiguous_to_a_manager_is_clear_to_a_rep(lite: Ledger) -> None:
    answer = ask(lite, "what does Acme owe?", "sue")
    assert amounts(answer) == {"EUR": "300.00"}
    assert "Acme France SAS (C-002)" in answer.text


def test_an_account_one_may_not_see_is_answered_like_one_that_does_not_exist(lite: Ledger) -> None:
    hidden = ask(lite, "what does Northwind owe?", "sam").text
    missing = ask(lite, "what does Northfold owe?", "sam").text
    assert hidden.replace("Northwind", "X") == missing.replace("Northfold", "X")
    assert "INV-301" in ask(lite, "status of INV-301").text
    by_number = ask(lite, "status of INV-301", "sam").text
    assert by_number == "I know no invoice, purchase order, order or account “INV-301”."
    assert ask(lite, "what does C-003 owe", "sam").amounts == ()


def test_everything_and_my_accounts_mean_what_the_asker_may_see(lite: Ledger) -> None:
    assert amounts(ask(lite, "how much do my accounts owe", "sam")) == {"EUR": "4000.00", "USD": "70.00"}
    assert amounts(ask(lite, "everything overdue", "otto")) == {"EUR": "300.00", "JPY": "120000"}
    assert amounts(ask(lite, "total overdue")) == {"EUR": "13645.67", "JPY": "120000", "USD": "70.00"}
    assert {r["customer"] for r in ask(lite, "list my customers", "sue").rows} == {"C-002", "C-003"}


def test_due_today_is_not_overdue_and_yesterday_is(lite: Ledger) -> None:
    rows = ask(lite, "which invoices are overdue for Acme GmbH").rows
    assert {r["invoice"] for r in rows} == {"INV-101", "US-1"}


def test_over_ninety_days_begins_with_the_ninety_first(lite: Ledger) -> None:
    answer = ask(lite, "how many customers are over 90 days?")
    assert answer.text.startswith("1 customer ")
    assert [r["customer"] for r in answer.rows] == ["C-003"]
    assert [r["customer"] for r in ask(lite, "who is at least 90 days past due").rows] == ["C-003", "C-002"]


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


def test_what_is_not_understood_says_so_and_never_guesses_a_number(lite: Ledger) -> None:
    for text in ("is the sky blue", "tell me a joke", "42", "why is the sky blue", "x" * 500, "?!"):
        answer = ask(lite, text)
        assert not answer.amounts, text
        assert not answer.rows, text
        assert "Try, for instance" in answer.text or "know no" in answer.text, text


def test_she_is_nobody_on_file(lite: Ledger) -> None:
    answer = ask(lite, "what does she owe?")
    assert (answer.amounts, answer.text[:14]) == ((), "Which account?")


def test_an_unknown_person_is_refused_with_those_who_are_known(lite: Ledger) -> None:
    with pytest.raises(BadInput, match="no user 'bob'; known are: ann, maria"):
        ask(lite, "what does Acme owe", "bob")


def test_a_word_of_the_grammar_in_a_name_is_no_grammar(lite: Ledger) -> None:
    lite.customer("C-007", "Total Overdue Solutions", collector="maria")
    lite.invoice("INV-701", "C-007", 3, 1_000)
    assert amounts(ask(lite, "what does Total Overdue Solutions owe")) == {"EUR": "10.00"}
    assert amounts(ask(lite, "what does total owe")) == {"EUR": "10.00"}


def test_the_ledger_as_it_stands_and_as_of_today_say_the_same(ledger: Ledger) -> None:
    ledger.promise("C-001", "INV-101", 100_000, -5, 3)
    texts = [t for t in FIGURES if "as of" not in t] + ["total overdue", "how much is promised", "aging by country"]
    now = {text: amounts(ask(ledger, text)) for text in texts}
    assert {text: amounts(ask(ledger, text, as_of=TODAY)) for text in texts} == now


def test_a_dispute_counts_from_the_day_it_was_opened_to_the_day_it_was_settled(ledger: Ledger) -> None:
    maria = find_asker(ledger.database, "maria")
    opened = dispute_invoices(
        ledger.services, maria, [(ledger.ids["INV-101"], 30_000)], DisputeReason.PRICE,
        day=day(-1), source="desk", source_ref="r",
    )  # fmt: skip
    assert amounts(ask(ledger, "how much is disputed")) == {"EUR": "300.00"}
    assert amounts(ask(ledger, "how much of Acme GmbH is disputed", as_of=day(-2))) == {"EUR": "0.00"}
    assert [r["reason"] for r in ask(ledger, "disputes of Acme GmbH").rows] == ["price"]
    with ledger.database.read() as connection:
        key = connection.execute(select(dispute.c.public_id).where(dispute.c.id == opened.dispute_id)).scalar_one()
    resolve_dispute(ledger.services, key, DisputeEvent.REJECT, maria, "as ordered")
    assert amounts(ask(ledger, "how much of Acme GmbH is disputed")) == {"EUR": "0.00"}
    assert amounts(ask(ledger, "how much of Acme GmbH is disputed", as_of=day(-1))) == {"EUR": "300.00"}


def test_which_disputes_block_orders_names_dispute_order_and_rep(lite: Ledger) -> None:
    lite.order("SO-9", "C-002", 5_000, "blocked", rep="sam")
    dispute_invoices(
        lite.services, None, [(lite.ids["INV-201"], None)], DisputeReason.DAMAGED, day=TODAY, source="desk",
        source_ref="r",
    )  # fmt: skip
    answer = ask(lite, "which disputes block orders?")
    assert [(r["customer"], r["orders"], r["sales_rep"], r["reason"]) for r in answer.rows] == [
        ("C-002", "SO-9", "Sam Ruiz", "damaged")
    ]
    assert "released" in ask(lite, "which orders are blocked").text
    assert ask(lite, "which disputes block orders?", "maria").rows == ()


def test_a_group_parent_sums_exposure_and_other_currencies_count_at_a_shown_rate(lite: Ledger) -> None:
    lite.customer("C-010", "Nova Holding AG", collector="maria", credit_limit_minor=100_000)
    lite.customer("C-011", "Nova Tools AG", collector="maria", parent="C-010")
    lite.invoice("INV-901", "C-010", 5, 10_000)
    lite.invoice("INV-902", "C-011", 5, 20_000)
    lite.invoice("INV-903", "C-011", 5, 11_000, "USD")
    lite.order("SO-7", "C-011", 5_000, "open")
    assert amounts(ask(lite, "exposure of Nova Holding")) == {"EUR": "350.00", "USD": "110.00"}
    unrated = ask(lite, "headroom of Nova Holding")
    assert amounts(unrated) == {"EUR": "650.00"}
    assert "110.00 USD not counted" in unrated.text
    with lite.writing() as connection:
        connection.execute(
            insert(exchange_rate).values(base="EUR", quote="USD", on_day=day(-1), rate="1.1", source="ECB")
        )
    rated = ask(lite, "headroom of Nova Holding")
    assert amounts(rated) == {"EUR": "550.00"}
    assert "2026-03-09 (ECB)" in rated.text


def test_why_tells_the_reason_of_every_open_item_once_the_day_was_planned(ledger: Ledger) -> None:
    before = ask(ledger, "why wasn't Acme GmbH contacted today?")
    assert "No run has planned that day" in before.text
    with ledger.writing() as connection:
        connection.execute(update(legal_entity).values(ledger_as_of=TODAY, cash_loaded_to=TODAY))
    run_cadence(ledger.services, ledger.ids["MAIN"], TODAY)
    run_cadence(ledger.services, ledger.ids["US"], TODAY)
    answer = ask(ledger, "why wasn't Acme GmbH contacted today?")
    assert {r["invoice"] for r in answer.rows} == {"INV-101", "INV-102", "INV-103", "US-1"}
    assert all(r["reason"] or r["outcome"] in ("waits", "contacted") for r in answer.rows)
    assert "No run" not in answer.text
    assert "C-001" in {r["customer"] for r in ask(ledger, "who wasn't contacted today").rows}


def test_the_last_contact_and_who_was_contacted(lite: Ledger) -> None:
    assert "was never contacted" in ask(lite, "when did we last contact Northwind?").text
    with lite.writing() as connection:
        connection.execute(
            insert(contact_log).values(
                customer_id=lite.ids["C-003"], channel="call", on_day=day(-1), outcome="reached", note="",
                by_user_id=lite.ids["maria"], created_at=lite.services.now(),
            )
        )  # fmt: skip
    assert "on 2026-03-09 by call" in ask(lite, "when did we last contact Northwind?").text
    assert [r["customer"] for r in ask(lite, "who was contacted yesterday").rows] == ["C-003"]
    assert ask(lite, "who was contacted today").rows == ()


def test_who_opted_out_is_told_with_the_customer(ledger: Ledger) -> None:
    ledger.customer("C-020", "Sol Textiles SL", collector="maria", email="AP@sol.example")
    with ledger.writing() as connection:
        connection.execute(
            insert(opt_out).values(
                channel="email", address="ap@sol.example", since=ledger.services.now(), source="reply"
            )
        )
    assert [(r["customer"], r["address"]) for r in ask(ledger, "who is opted out").rows] == [
        ("C-020", "ap@sol.example")
    ]
    assert "nobody opted out" in ask(ledger, "did Northwind opt out").text
