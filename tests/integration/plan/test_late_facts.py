"""What is only known late: the day on which an approved message went, credits behind a promise, a ledger come again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.errors import BadInput
from domain.parties import Channel
from exchange.check import RowChecker
from exchange.fields import FIELDS, Kind
from exchange.mapping import plain_mapping
from outreach.replies.model import Instalment, Intent, PromiseReading, Understanding
from storage.database import Database
from storage.snapshot_rows import read_past
from storage.tables import legal_entity, task
from tests.integration.plan.random_ledger import fill
from tests.integration.plan.test_by_set_equals_planner import MONDAY, services_at
from workflows.match_reply import Match
from workflows.read_inbound import Inbound
from workflows.reply_effects import promised_parts
from workflows.reply_received import Received
from workflows.run_cadence import run_cadence

PLANNED = date(2025, 12, 15)


@pytest.mark.parametrize(("days", "counted_on"), [(0, 0), (1, 0), (21, 21)])
def test_a_message_approved_weeks_later_is_a_contact_of_the_day_it_went(days: int, counted_on: int) -> None:
    """A day's difference is the recipient's time zone; more is a late yes."""
    sent = datetime(2025, 12, 15, 9, tzinfo=UTC) + timedelta(days=days)
    found = read_past([(1, 1, PLANNED, "email", "EUR", sent)], [])
    assert found[1][0].on == PLANNED + timedelta(days=counted_on)


def promise_of(amount: Decimal | None, credits: dict[str, int]) -> list[Any]:
    items = [
        SimpleNamespace(
            id=number, number=f"INV-{number}", currency="EUR", open_minor=50_000, disputed_minor=0, promised_minor=0,
            due_on=date(2026, 2, number),
        )
        for number in (1, 2)
    ]  # fmt: skip
    promise = PromiseReading((Instalment(MONDAY + timedelta(days=4), amount, "EUR"),))
    reading = Understanding("en", (Intent.PROMISE_TO_PAY,), promise, text="We pay all.")
    noon = datetime(2026, 3, 9, 12, tzinfo=UTC)
    inbound = Inbound(Channel.EMAIL, "ap1@customer.example", "We pay all.", noon)
    dated, _ = promised_parts(Received(1, inbound, Match(1, 1), reading, items, MONDAY, noon, credits), promise)
    return [part for _, parts in dated for part in parts]


def test_all_of_it_is_what_was_asked_for_net_of_credits() -> None:
    """Asked 900.00, being 1,000.00 less a memo of 100.00; paying 900.00 keeps the promise."""
    assert promise_of(None, {"EUR": 10_000}) == [(1, 50_000), (2, 40_000)]


def test_without_credits_and_with_a_stated_amount_credits_change_nothing() -> None:
    assert promise_of(None, {"USD": 10_000}) == [(1, 50_000), (2, 50_000)]
    assert promise_of(Decimal("700"), {"EUR": 10_000}) == [(1, 50_000), (2, 20_000)]


def test_a_promise_of_all_binds_nothing_where_credits_cover_it() -> None:
    with pytest.raises(BadInput):
        promise_of(None, {"EUR": 100_000})


def disputed(header: str, row: str) -> object:
    mapping = plain_mapping(Kind.INVOICES)
    columns = tuple(header.split(","))
    checker = RowChecker("f.csv", columns, mapping, mapping.kinds[0], MONDAY)
    refusals: list[Any] = []
    values = checker.check(2, row.split(","), refusals)
    assert (refusals, values is not None) == ([], True)
    names = [field.name for field in FIELDS[Kind.INVOICES]]
    assert values is not None
    return values[names.index("disputed_amount")]


def test_a_blanked_disputed_amount_says_that_it_is_over_and_no_column_says_nothing() -> None:
    head = "number,customer,issued,due,amount,currency"
    row = "INV-1,C1,2026-01-05,2026-02-05,100.00,EUR"
    assert disputed(f"{head},disputed_amount", f"{row},25.00") == 2_500
    assert disputed(f"{head},disputed_amount", f"{row},") == 0
    assert disputed(head, row) is None


def stale_tasks(database: Database) -> list[str]:
    stale = select(task.c.status).where(task.c.cause == "ledger_stale").order_by(task.c.id)
    with database.read() as connection:
        return list(connection.execute(stale).scalars())


def test_a_ledger_stale_for_days_is_one_task_that_a_newer_ledger_closes(database: Database) -> None:
    fill(database, 3, MONDAY)
    for away in (3, 4):
        day = MONDAY + timedelta(days=away)
        run_cadence(services_at(database, day), 1, day)
    assert stale_tasks(database) == ["open"]
    day = MONDAY + timedelta(days=7)
    with database.write() as unit:
        unit.connection.execute(update(legal_entity).values(ledger_as_of=day))
        unit.commit()
    run_cadence(services_at(database, day), 1, day)
    assert stale_tasks(database) == ["done"]
