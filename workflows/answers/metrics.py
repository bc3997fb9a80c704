"""Figures about the whole: days sales outstanding, who the customers are."""

from __future__ import annotations

from domain.questions import Answer, Cell
from storage import history
from workflows.answers.asking import Ask, answer, plural
from workflows.build_report import dso_rows


def answer_dso(ask: Ask) -> Answer:
    """Days sales outstanding per entity and currency, simple over 90 days and by countback."""
    rows = dso_rows(ask.connection, ask.wanted(), ask.today, ask.as_of)
    said = [
        f"{r['entity']} {r['currency']}: {_days(r['dso_simple'])} simple over {r['days']} days, "
        f"{_days(r['dso_countback'])} by countback{' at least' if r['countback_exhausted'] else ''}"
        for r in rows
    ]
    return answer(
        ask, f"DSO{ask.day()}. " + ("; ".join(said) or "Nothing was invoiced, nothing is open") + ".", rows=rows
    )


def _days(value: Cell) -> str:
    return "no figure" if value is None else f"{value} days"


def answer_customers(ask: Ask) -> Answer:
    """Who the asker's customers are, and how many."""
    found = history.customers_of(ask.connection, ask.scope)
    rows: list[dict[str, Cell]] = [
        {"customer": c.number, "name": c.name, "country": c.country, "segment": c.segment} for c in found
    ]
    return answer(ask, f"{ask.whom()}: {plural(len(rows), 'customer')}.", rows=rows)
