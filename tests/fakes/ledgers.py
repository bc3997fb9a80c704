"""Small ledgers written straight into the tables: one entity, customers with an overdue invoice each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from dunwell.bootstrap import build_services
from dunwell.settings import load_settings
from storage.database import Database
from storage.tables import app_user, customer, document, entity_bank, ledger_entry, legal_entity, message, touch
from workflows.run_cadence import run_cadence
from workflows.services import Services

DAY = date(2026, 3, 9)
"""A Monday without holidays."""
NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
"""Within everybody's hours in Ireland on that day."""
ENTITY = 1


def make_services(database: Database | str, folder: Path, now: datetime = NOON, **settings: Any) -> Services:
    """Services on a database, their data in `folder`, at a fixed instant; plans need no yes unless told otherwise."""
    url = database if isinstance(database, str) else database.url.render_as_string(hide_password=False)
    chosen = {"data_dir": folder, "database_url": url, "golive_runs": 0, **settings}
    made = build_services(load_settings(**chosen), now=lambda: now)
    if isinstance(database, str):
        return made
    made.database.dispose()
    return replace(made, database=database)


def at(services: Services, now: datetime) -> Services:
    """The same services at another instant."""
    return replace(services, now=lambda: now)


def seed_entity(connection: Connection, **values: Any) -> None:
    """The entity MAIN in Ireland, its ledger loaded today."""
    known = {
        "id": ENTITY, "code": "MAIN", "name": "Emerald Supplies Ltd", "country": "IE", "timezone": "Europe/Dublin",
        "address": "1 Quay Street\nDublin 2", "sender_email": "ar@emerald.example", "ledger_as_of": DAY,
        "cash_loaded_to": DAY, "updated_at": NOON,
    }  # fmt: skip
    connection.execute(insert(legal_entity).values({**known, **values}))
    bank = {"entity_id": ENTITY, "currency": "EUR", "account": "IE29 AIBK 9311 5212 3456 78", "bic": "AIBKIE2D"}
    connection.execute(insert(entity_bank).values(bank))


def seed_users(connection: Connection) -> None:
    """One person of each role; the code is the role."""
    roles = ("collector", "sales", "credit_manager", "ar_manager", "auditor", "admin")
    rows = [{"code": r, "name": r.title(), "role": r, "updated_at": NOON} for r in roles]
    connection.execute(insert(app_user), rows)


def seed_customer(connection: Connection, number: int, **values: Any) -> int:
    """Customer `number` with an address of its own. Returns its id."""
    row = {
        "id": number, "number": f"C{number:04}", "name": f"Customer {number}", "name_folded": f"customer {number}",
        "country": "IE", "locale": "en_IE", "timezone": "Europe/Dublin", "currency": "EUR",
        "email": f"ap{number}@customer.example", "updated_at": NOON, **values,
    }  # fmt: skip
    connection.execute(insert(customer).values(row))
    return number


def seed_invoice(
    connection: Connection, customer_id: int, number: str, *, due: date = DAY - timedelta(days=7), minor: int = 12_345,
    currency: str = "EUR",
) -> int:  # fmt: skip
    """An open invoice of `minor` units. Returns its id."""
    row = {
        "entity_id": ENTITY, "customer_id": customer_id, "number": number, "kind": "invoice", "currency": currency,
        "issued_on": due - timedelta(days=30), "due_on": due, "amount_minor": minor, "open_minor": minor,
        "updated_at": NOON,
    }  # fmt: skip
    made = int(connection.execute(insert(document).values(row).returning(document.c.id)).scalar_one())
    connection.execute(
        insert(ledger_entry).values(
            document_id=made, effective_on=row["issued_on"], recorded_at=NOON, kind="issued", amount_minor=minor
        )
    )
    return made


def seed_ledger(database: Database, customers: int, **customer_values: Any) -> None:
    """The entity, its people, and so many customers with one invoice a week overdue each."""
    with database.write() as unit:
        seed_entity(unit.connection)
        seed_users(unit.connection)
        for number in range(1, customers + 1):
            seed_customer(unit.connection, number, **customer_values)
            seed_invoice(unit.connection, number, f"INV-{number}")
        unit.commit()


def plan_day(services: Services, day: date = DAY) -> None:
    """Plan the entity's run of a day."""
    run_cadence(services, ENTITY, day)


def messages(database: Database) -> list[Any]:
    """All message rows, oldest first."""
    with database.read() as connection:
        return list(connection.execute(select(message).order_by(message.c.id)))


def touches(database: Database) -> list[Any]:
    """All touch rows, oldest first."""
    with database.read() as connection:
        return list(connection.execute(select(touch).order_by(touch.c.id)))


def statuses(database: Database) -> list[str]:
    """The states of all messages, oldest first."""
    return [row.status for row in messages(database)]


def set_open(database: Database, document_id: int, minor: int) -> None:
    """What is open of a document, as a payment just recorded leaves it (minor units)."""
    with database.write() as unit:
        unit.connection.execute(update(document).where(document.c.id == document_id).values(open_minor=minor))
        unit.commit()


def mails(services: Services) -> list[Path]:
    """The mails that the file outbox holds."""
    return sorted(services.outbox_dir.rglob("*.eml"))


def load_ledger_again(database: Database, day: date) -> None:
    """As if the day's export had been imported, nothing in it changed."""
    with database.write() as unit:
        unit.connection.execute(update(legal_entity).values(ledger_as_of=day, cash_loaded_to=day))
        unit.commit()
