"""Answers and notices: told by the facts in their row, to an address on file, in the reader's language; and letters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from storage.database import Database
from storage.runs import new_message_row
from storage.tables import customer, message, opt_out, task
from tests.fakes.ledgers import DAY, ENTITY, NOON, mails, messages, plan_day, seed_ledger
from workflows.send_messages import drain
from workflows.services import Services


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """SQLite alone: nothing here depends on the database."""
    made = Database(sqlite_url)
    yield made
    made.dispose()


@pytest.fixture
def customers(empty: Services) -> Services:
    seed_ledger(empty.database, 2, phone="+353861234567")
    return empty


def put(services: Services, **values: Any) -> str:
    """An answer to customer 1, due now. Returns its public id."""
    row = {
        "customer_id": 1, "entity_id": ENTITY, "currency": "EUR", "purpose": "answer", "channel": "email",
        "address": "ap1@customer.example", "locale": "de_DE", "template": "promise_confirmed", "planned_on": DAY,
        "status": "planned", "not_before": NOON, "created_at": NOON, **values,
    }  # fmt: skip
    made = new_message_row(**row)
    with services.database.write() as unit:
        unit.connection.execute(insert(message).values(made))
        unit.commit()
    return str(made["public_id"])


PROMISE = {
    "promise": {"promised_on": (DAY + timedelta(days=7)).isoformat(), "amount_minor": 12_345},
    "documents": [1],
}


def test_a_promise_is_confirmed_in_the_customers_language_in_the_thread_it_came_in(customers: Services) -> None:
    put(customers, facts=PROMISE, in_reply_to="<q@customer.example>")
    assert drain(customers) == {"sent": 1}
    mail = message_from_bytes(mails(customers)[0].read_bytes(), policy=policy.default)
    text = mail.get_body(("plain",)).get_content()
    assert mail["In-Reply-To"] == "<q@customer.example>"
    assert "16. März 2026" in text
    assert "123,45" in text
    assert messages(customers.database)[0].asked_minor == 0


@pytest.mark.parametrize(
    ("template", "facts"),
    [
        ("dispute_received", {"documents": [1], "answer_by": "2026-03-23"}),
        ("paid_claim_received", {"documents": [1]}),
        ("we_have_your_message", {}),
        ("opt_out_confirmed", None),
        ("statement", {}),
    ],
)
def test_every_other_answer_can_be_told_from_its_facts(customers: Services, template: str, facts: Any) -> None:
    put(customers, template=template, facts=facts)
    assert drain(customers) == {"sent": 1}


def test_account_data_does_not_go_to_an_address_that_is_not_on_file(customers: Services) -> None:
    put(customers, facts=PROMISE, address="somebody@customer.example")
    assert drain(customers) == {"cancelled": 1}


def test_who_opted_out_gets_only_the_confirmation_of_that(customers: Services) -> None:
    stop = {"channel": "email", "address": "ap1@customer.example", "since": NOON, "source": "reply"}
    with customers.database.write() as unit:
        unit.connection.execute(insert(opt_out).values(stop))
        unit.commit()
    put(customers, facts=PROMISE)
    confirmed = put(customers, template="opt_out_confirmed")
    assert drain(customers) == {"cancelled": 1, "sent": 1}
    assert mails(customers)[0].stem == confirmed


def test_facts_that_can_not_be_read_are_reported_for_this_one_recipient(customers: Services) -> None:
    put(customers, facts={"promise": {"promised_on": "soon"}})
    put(customers, facts=PROMISE)
    assert drain(customers) == {"failed": 1, "sent": 1}


def test_an_sms_is_counted_in_parts_and_holds_no_mail_headers(customers: Services) -> None:
    put(customers, channel="sms", address="+353861234567", facts=PROMISE, locale="en_IE")
    assert drain(customers) == {"sent": 1}
    assert messages(customers.database)[0].segments in (1, 2)
    (file,) = customers.outbox_dir.rglob("*.json")
    assert '"to": "+353861234567"' in file.read_text()


def test_a_customer_without_an_address_gets_a_letter_that_a_person_posts(customers: Services) -> None:
    with customers.database.write() as unit:
        unit.connection.execute(update(customer).where(customer.c.id == 1).values(email=None))
        unit.commit()
    plan_day(customers)
    assert drain(customers) == {"sent": 2}
    (page,) = customers.outbox_dir.rglob("*.html")
    with customers.database.read() as connection:
        note = connection.execute(select(task.c.note).where(task.c.cause == "letter")).scalar_one()
    assert page.name in note
