"""A small ledger with everything awkward in it, drawn at random but the same for the same seed."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import insert

from storage.database import Database
from storage.tables import (
    contact,
    contact_log,
    credit_memo,
    customer,
    document,
    legal_entity,
    opt_out,
    pause,
    payment,
    promise,
    promise_document,
)

COUNTRIES = (("DE", "Europe/Berlin"), ("US", "America/New_York"), ("JP", "Asia/Tokyo"), ("KW", "Asia/Kuwait"))


def fill(database: Database, seed: int, today: date, customers: int = 60) -> None:
    """Write the ledger as of `today`, for the entity with id 1."""
    chance = random.Random(seed)
    now = datetime.combine(today, time(4), UTC)
    with database.write() as unit:
        connection = unit.connection
        connection.execute(
            insert(legal_entity).values(
                id=1, code="MAIN", name="Main GmbH", country="DE", timezone="Europe/Berlin", ledger_as_of=today,
                cash_loaded_to=today, updated_at=now,
            )
        )  # fmt: skip
        item = 0
        for number in range(1, customers + 1):
            country, zone = chance.choice(COUNTRIES)
            mail = f"ap{number}@c.example" if chance.random() < 0.9 else None
            connection.execute(
                insert(customer).values(
                    id=number, number=f"C{number}", name=f"Customer {number}", name_folded=f"customer {number}",
                    country=country, locale="en_GB", timezone=zone, currency="EUR", email=mail,
                    segment=chance.choice(["key", "small", None, None, None]), updated_at=now,
                    doubted_since=today if chance.random() < 0.03 else None,
                )
            )  # fmt: skip
            if chance.random() < 0.3:
                connection.execute(
                    insert(contact).values(
                        customer_id=number, key=f"boss{number}", name="Boss", role="ap_manager",
                        email=f"boss{number}@c.example", updated_at=now,
                    )
                )  # fmt: skip
            if mail and chance.random() < 0.08:
                connection.execute(insert(opt_out).values(channel="email", address=mail, since=now, source="test"))
            if chance.random() < 0.1:
                connection.execute(
                    insert(pause).values(
                        customer_id=number, entity_id=1, kind=chance.choice(["reply", "manual", "insolvency"]),
                        from_on=today - timedelta(days=2), until_on=today + timedelta(days=chance.randrange(-1, 5)),
                        cause="test", created_at=now,
                    )
                )  # fmt: skip
            if chance.random() < 0.1:
                connection.execute(
                    insert(contact_log).values(
                        customer_id=number, entity_id=1, channel="call", on_day=today - timedelta(days=1),
                        outcome="reached", created_at=now,
                    )
                )  # fmt: skip
            if chance.random() < 0.15:
                credit = {"entity_id": 1, "customer_id": number, "currency": "EUR", "updated_at": now}
                amount = chance.choice([500, 20_000, 900_000])
                shared = credit | {"amount_minor": amount, "unapplied_minor": amount}
                if chance.random() < 0.5:
                    connection.execute(insert(payment).values(reference=f"P{number}", received_on=today, **shared))
                else:
                    connection.execute(insert(credit_memo).values(number=f"CM{number}", issued_on=today, **shared))
            for _ in range(chance.choice([0, 1, 1, 2, 5])):
                item += 1
                _document(connection, chance, item, number, today, now)
        unit.commit()


def _document(connection, chance, item, owner, today, now) -> None:  # type: ignore[no-untyped-def]
    due = today + timedelta(days=chance.randrange(-60, 12))
    amount = chance.choice([300, 5_000, 120_000, 7_777])
    left = amount if chance.random() < 0.8 else amount // 2
    roll = chance.random()
    disputed = left if roll < 0.06 else left // 3 if roll < 0.12 else 0
    promised = left - disputed if 0.12 <= roll < 0.2 else 0
    pending = left if 0.2 <= roll < 0.23 else 0
    connection.execute(
        insert(document).values(
            id=item, entity_id=1, customer_id=owner, number=f"INV-{item}", kind="invoice", currency=chance.choice(
                ["EUR", "EUR", "EUR", "USD"]),
            issued_on=due - timedelta(days=30), due_on=due, amount_minor=amount, open_minor=left,
            disputed_minor=disputed, promised_minor=promised, credit_pending_minor=pending, updated_at=now,
        )
    )  # fmt: skip
    if promised:
        status = chance.choice(["open", "open", "broken"])
        made = connection.execute(
            insert(promise)
            .values(
                public_id=f"p{item}", customer_id=owner, entity_id=1, currency="EUR", amount_minor=promised,
                made_on=today - timedelta(days=9), promised_on=today + timedelta(days=chance.randrange(-2, 6)),
                status=status, judged_on=today - timedelta(days=1) if status == "broken" else None, source="call",
                source_ref=str(item), created_at=now,
            )
            .returning(promise.c.id)
        ).scalar_one()  # fmt: skip
        connection.execute(
            insert(promise_document).values(
                promise_id=made, document_id=item, amount_minor=promised, open_at_minor=left
            )
        )
        if status == "broken":
            connection.execute(document.update().where(document.c.id == item).values(promised_minor=0))
