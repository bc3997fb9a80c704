"""Figures about the whole: days sales outstanding, who the customers are."""

from __future__ import annotations

from domain.questions import Answer, Cell
from storage import history
from workflows.answers.asking import Ask, answer, plural


def answer_dso(ask: Ask) -> Answer:
    """Days sales outstanding per entity and currency."""
    return answer(ask, "")


def answer_customers(ask: Ask) -> Answer:
    """Who the asker's customers are, and how many."""
    found = history.customers_of(ask.connection, ask.scope)
    rows: list[dict[str, Cell]] = [
        {"customer": c.number, "name": c.name, "country": c.country, "segment": c.segment} for c in found
    ]
    return answer(ask, f"{ask.whom()}: {plural(len(rows), 'customer')}.", rows=rows)
