"""A customer with one overdue invoice, to whom a reminder went out."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert

from storage.database import Database
from storage.tables import message
from tests.fakes.ledgers import DAY, ENTITY, NOON, make_services, seed_ledger
from tests.integration.replies.helpers import OURS
from workflows.services import Services


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    seed_ledger(database, 1)
    with database.write() as unit:
        unit.connection.execute(
            insert(message).values(
                public_id="00000000-0000-0000-0000-000000000500", customer_id=1, entity_id=ENTITY,
                currency="EUR", purpose="cadence", channel="email", address="ap1@customer.example", locale="en_IE",
                template="first", planned_on=DAY, status="sent", not_before=NOON, reply_token="abcdef0123456789abcd",
                message_id=OURS, created_at=NOON,
            )
        )  # fmt: skip
        unit.commit()
    return make_services(database, tmp_path)
