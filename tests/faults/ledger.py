"""Ledgers for faults: one legal entity a round, each of its customers with one invoice that is due for a reminder."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import insert, select

from storage.database import Database
from storage.tables import customer, document, entity_bank, ledger_entry, legal_entity
from tests.fakes.ledgers import DAY, NOON, seed_users

MINOR = 12_345
DUE = DAY - timedelta(days=7)


def seed_round(database: Database, number: int, customers: int, day: date = DAY) -> list[int]:
    """Entity `number` and so many customers of its own, each with an invoice a week overdue. Returns the customers.

    In one transaction: a planner that looks meanwhile sees nothing or everything.
    """
    first = number * 10_000
    ids = list(range(first, first + customers))
    with database.write() as unit:
        connection = unit.connection
        if number == 1:
            seed_users(connection)
        entity = {
            "id": number, "code": f"E{number}", "name": f"Emerald Supplies {number} Ltd", "country": "IE",
            "timezone": "Europe/Dublin", "address": "1 Quay Street\nDublin 2", "sender_email": "ar@emerald.example",
            "ledger_as_of": day, "cash_loaded_to": day, "updated_at": NOON,
        }  # fmt: skip
        connection.execute(insert(legal_entity).values(entity))
        bank = {"entity_id": number, "currency": "EUR", "account": "IE29 AIBK 9311 5212 3456 78", "bic": "AIBKIE2D"}
        connection.execute(insert(entity_bank).values(bank))
        connection.execute(insert(customer), [_customer(which) for which in ids])
        connection.execute(insert(document), [_invoice(number, which) for which in ids])
        made = select(document.c.id).where(document.c.entity_id == number)
        entries = [
            {"document_id": found, "effective_on": DUE - timedelta(days=30), "recorded_at": NOON, "kind": "issued",
             "amount_minor": MINOR}
            for found in connection.execute(made).scalars()
        ]  # fmt: skip
        connection.execute(insert(ledger_entry), entries)
        unit.commit()
    return ids


def _customer(which: int) -> dict[str, object]:
    return {
        "id": which, "number": f"C{which}", "name": f"Customer {which}", "name_folded": f"customer {which}",
        "country": "IE", "locale": "en_IE", "timezone": "Europe/Dublin", "currency": "EUR",
        "email": f"ap{which}@customer.example", "updated_at": NOON,
    }  # fmt: skip


def _invoice(entity: int, which: int) -> dict[str, object]:
    return {
        "entity_id": entity, "customer_id": which, "number": f"INV-{which}", "kind": "invoice", "currency": "EUR",
        "issued_on": DUE - timedelta(days=30), "due_on": DUE, "amount_minor": MINOR, "open_minor": MINOR,
        "updated_at": NOON,
    }  # fmt: skip
