"""A group's exposure sums the companies that the asker may see, and no others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, update

from domain.questions import Scope
from storage.database import Database
from storage.tables import app_user, customer
from tests.integration.plan.random_ledger import fill
from workflows.answers.credit import _group_of

PARENT, OWN, OTHERS = 1, 2, 3
NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scope", "seen"), [(Scope(), [PARENT, OWN, OTHERS]), (Scope(user_id=7, sales_rep_id=7), [PARENT, OWN])]
)
def test_a_rep_gets_no_sums_of_accounts_that_are_not_theirs(database: Database, scope: Scope, seen: list[int]) -> None:
    fill(database, 1, date(2026, 3, 9), customers=4)
    with database.write() as unit:
        for number in (7, 8):
            row = {"id": number, "code": f"rep{number}", "name": "Rep", "role": "sales"}
            unit.connection.execute(insert(app_user).values(**row, updated_at=NOW))
        for company, rep in ((OWN, 7), (OTHERS, 8)):
            changed = update(customer).where(customer.c.id == company)
            unit.connection.execute(changed.values(parent_id=PARENT, sales_rep_id=rep))
        unit.connection.execute(update(customer).where(customer.c.id == PARENT).values(sales_rep_id=7))
        unit.commit()
    with database.read() as connection:
        ask = SimpleNamespace(connection=connection, scope=scope)
        assert _group_of(ask, SimpleNamespace(id=PARENT)) == seen  # type: ignore[arg-type]
