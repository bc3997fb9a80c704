"""Plain words → what is asked: phrasings, typos, names like grammar, four more languages, and what is none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.questions import understand_question
from domain.name_index import Directory, NameIndex
from domain.questions import Question

TODAY = date(2026, 3, 10)
"""A Tuesday."""
DIRECTORY = Directory(
    NameIndex(
        [
            (1, "C-001", "Acme GmbH"), (2, "C-002", "Northwind Traders Ltd"), (3, "C-003", "Balance Systems Inc."),
            (4, "1004", "Banco de la Rioja S.A."), (5, "C-5", "株式会社アクメ商事"), (6, "C-6", "Globex Corporation"),
            (7, "C-7", "Now Foods"), (8, "ALFKI", "Müller & Söhne KG"), (9, "C-9", "Harborview Hospitals Group"),
            (10, "C-10", "Open Market Trading"), (11, "C-11", "Sales Force One"),
        ]
    )
)  # fmt: skip


def read(text: str) -> Question | None:
    return understand_question(text, TODAY, DIRECTORY)


def days(question: Question) -> tuple[str, str]:
    assert question.period is not None
    return str(question.period.first), str(question.period.last)


KINDS = {
    "balance": """
        what does Acme owe? | How much money does Acme GmbH currently owe us in total? | acme balance
        what's outstanding on acme's account? | balance of customer 1004 | blance of acme | wat does Acme ow
        how much are we owed in euros? | who owes more than 10k | which customers owe over €5,000
        cuánto debe Acme? | combien doit Acme ? | Was schuldet Acme? | アクメ商事の残高は？ | solde de Acme
        what does the Acme group owe | total receivables by currency | Saldo von Acme""",
    "overdue": """
        how much is Acme overdue | acme past due | is Acme late? | is Acme behind on payments | overdeu for Acme
        how much is past due across all accounts | which customers are more than 30 days late | who is 60+ days overdue
        how many customers are over 90 days | how much is 31 to 60 days overdue | how much is over 90 days for Acme
        Wie viel ist bei Müller überfällig? | アクメ商事の期限超過はいくらですか | facturas vencidas de Acme""",
    "aging": "aging for Acme | show aging by collector | aging report | acme ageing as of 31 January 2026",
    "open_items": """
        Show me Acme's open invoices | which invoices of Acme are overdue? | how many open invoices does Acme have
        which invoices are over 60 days overdue
        quelles factures d'Acme sont en retard | offene Rechnungen von Acme""",
    "invoice": """
        status of INV-123 | is INV-123 paid | when is INV-123 due? | how much is open on INV-123 | PO 4500012345
        what about invoice 4711 | INV-123 | who does INV-123 belong to""",
    "why": """
        why wasn't Acme contacted today? | why no reminder to Acme today | why did Acme not get a reminder on Monday
        why haven't you chased C-001 | why was Acme skipped | why Acme? | warum wurde Acme nicht kontaktiert
        ¿por qué no se contactó a Acme? | pourquoi Acme n'a-t-il pas été contacté ?
        なぜアクメ商事に連絡しなかったのですか""",
    "last_contact": """
        when did we last contact Acme | when was acme last contacted? | last reminder to Acme
        last time we contacted Northwind Traders""",
    "contacted": """
        who did we contact this week | how many reminders went out today | did we contact Acme today
        which customers did we email yesterday""",
    "not_contacted": "who hasn't been contacted today | which customers were not contacted today",
    "replies": "when did we last hear from Acme | what did Acme say | did acme reply",
    "promises": """
        open promises of Acme | what did Acme promise | who broke a promise this week? | how much is promised
        which promises fall due this week | did Acme keep its promise | broken promises | promesas de Acme
        アクメ商事の支払約束""",
    "disputes": "how much is disputed | open disputes | how much of Acme's balance is disputed | disputes of Acme",
    "blocking_disputes": "which disputes block orders? | which orders are blocked by disputes",
    "blocked_orders": "which orders are blocked | why is order SO-123 blocked | blocked orders of Acme",
    "orders": "what orders does Acme have | order SO-123",
    "top_overdue": """top 10 overdue in EUR
        top ten overdue customers | the 3 customers with the largest overdue balance""",
    "top_balance": "top 5 debtors | who owes us the most in EUR | biggest debtors in USD",
    "due": """
        what is due in the next 7 days | what falls due this week | what is due by Friday | which invoices are due today
        what's due by end of the month for Acme | due next week in EUR""",
    "oldest": "oldest open invoice | oldest overdue invoice of Acme",
    "largest": """largest overdue invoice | what's the biggest overdue invoice of Acme
        show me the 5 largest open invoices""",
    "exposure": "exposure of Acme | group exposure of Acme",
    "headroom": "headroom of acme | available credit for Acme | how much credit does acme have left",
    "credit_limit": "what is acme's credit limit",
    "over_limit": "is Acme over its limit | which customers exceed their credit limit",
    "unapplied": "unapplied cash of Acme | payments on account from Acme",
    "credits": "credit notes of Acme | open credits",
    "payments": "last payment of Acme | what did acme pay this month | how much did we collect this week",
    "opted_out": "who is opted out | did Acme opt out | who has unsubscribed",
    "tasks": "tasks for me | my tasks | what should I do today | tasks of Acme",
    "dso": "what is our DSO | days sales outstanding",
    "contacts": "contact details for Acme | who is our contact at Acme | what is acme's phone number",
    "owner": "who is the collector for Acme | who looks after Acme",
    "summary": "Acme | tell me about Acme | status of Acme | C-001 | show everything for acme",
    "customers": "my accounts | how many customers do I have",
    "help": "help | what can you do",
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_meant_is_understood(kind: str) -> None:
    texts = [text.strip() for text in KINDS[kind].replace("\n", "|").split("|") if text.strip()]
    found = {text: (str(q.kind) if (q := read(text)) else None) for text in texts}
    assert found == dict.fromkeys(texts, kind)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "?", "hi", "thanks!", "is the sky blue", "why is the sky blue", "tell me a joke", "how are you",
     "what is the weather in Paris", "send Acme a reminder", "write off INV-123", "delete all invoices", "x" * 401],
)  # fmt: skip
def test_what_is_no_question_about_accounts_is_not_understood(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("what does Acme owe?", ("Acme",)),
        ("what does balance systems owe us right now", ("balance systems",)),
        ("what does open market trading owe", ("open market trading",)),
        ("balance of sales force one", ("sales force one",)),
        ("balance of Banco de la Rioja", ("Banco de la Rioja",)),
        ("what does Now Foods owe", ("Now Foods",)),
        ("what does now owe", ("now",)),
        ("what do Acme and Globex owe", ("Acme", "Globex")),
        ('what does "top customer" owe', ("top customer",)),
        ("what does alfki owe", ("alfki",)),
        ("アクメ商事の残高は？", ("アクメ商事",)),
        ("how much do we get from Northwnd Tradres?", ("Northwnd Tradres",)),
    ],
)
def test_names_are_found_even_where_they_read_like_grammar(text: str, names: tuple[str, ...]) -> None:
    question = read(text)
    assert question is not None
    assert question.names == names


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("what is due today", "2026-03-10", "2026-03-10"),
        ("what is due tomorrow", "2026-03-11", "2026-03-11"),
        ("what is due this week", "2026-03-09", "2026-03-15"),
        ("what is due next week", "2026-03-16", "2026-03-22"),
        ("what is due in the next 7 days", "2026-03-10", "2026-03-16"),
        ("what is due within two weeks", "2026-03-10", "2026-03-23"),
        ("what is due by end of month", "2026-03-10", "2026-03-31"),
        ("what is due by the end of next month", "2026-03-10", "2026-04-30"),
        ("what is due by Friday", "2026-03-10", "2026-03-13"),
        ("what is due by 31 March", "None", "2026-03-31"),
        ("what is due between 2026-03-01 and 2026-03-31", "2026-03-01", "2026-03-31"),
        ("what is due in April", "2026-04-01", "2026-04-30"),
        ("what is due this quarter", "2026-01-01", "2026-03-31"),
        ("who broke a promise last month", "2026-02-01", "2026-02-28"),
        ("who was contacted on Monday", "2026-03-09", "2026-03-09"),
        ("who was contacted yesterday", "2026-03-09", "2026-03-09"),
        ("payments in the last 30 days", "2026-02-09", "2026-03-10"),
        ("payments since 1 March", "2026-03-01", "None"),
    ],
)
def test_periods_are_days_from_to(text: str, first: str, last: str) -> None:
    question = read(text)
    assert question is not None
    assert days(question) == (first, last)


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("who is over 60 days", {"over_days": 61}),
        ("who is at least 60 days overdue", {"over_days": 60}),
        ("who is 90+ days late", {"over_days": 91}),
        ("how much is 31-60 days past due", {"over_days": 31, "up_to_days": 60}),
        ("who owes more than 10,000 EUR", {"at_least": Decimal(10000), "currency": "EUR", "or_equal": False}),
        ("who owes at least $2.5k", {"at_least": Decimal(2500), "currency": "USD", "or_equal": True}),
        ("who owes over 1.234,50 €", {"at_least": Decimal("1234.50"), "currency": "EUR"}),
        ("top 5 overdue in usd", {"limit": 5, "currency": "USD"}),
        ("TOP 10 overdue", {"limit": 10, "currency": None}),
        ("what did Acme owe as of 2026-02-28", {"as_of": date(2026, 2, 28)}),
        ("balance of Acme as of 31 December 2025", {"as_of": date(2025, 12, 31)}),
        ("aging by country", {"by": "country"}),
        ("who broke a promise", {"status": "broken"}),
        ("what does she owe", {"pronoun": True}),
    ],
)
def test_amounts_ages_currencies_and_days_are_slots(text: str, slots: dict[str, Any]) -> None:
    question = read(text)
    assert question is not None
    assert {key: getattr(question, key) for key in slots} == slots


def test_a_date_that_two_countries_read_differently_is_read_as_none() -> None:
    question = read("what is due by 3/4/2026")
    assert question is None or question.period is None
