"""A customer's reminders hang together in the reader's mail program, and apart from everything else's."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import insert, update

from outreach.channels.base import Delivery, Outcome
from outreach.compose.senders import Senders, read_mail_domains, read_mail_senders
from storage.database import Database
from storage.tables import customer, legal_entity, message
from storage.threads import LONGEST, threads_of
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.ledgers import DAY, ENTITY, NOON, at, load_ledger_again, messages, plan_day
from workflows.send_messages import drain
from workflows.services import Services

SECOND = DAY + timedelta(days=14)


def a_day(services: Services, channel: ScriptedChannel, day=DAY) -> list[EmailMessage]:
    """Plan and send a day. Returns the mails handed over, parsed, as they were finished."""
    load_ledger_again(services.database, day)
    plan_day(services, day)
    before = len(channel.given)
    drain(at(by(services, channel), NOON + (day - DAY)))
    return [email.message_from_bytes(one.content, policy=email.policy.default) for one in channel.given[before:]]


def test_the_second_reminder_hangs_on_to_the_first(planned: Services) -> None:
    channel = ScriptedChannel()
    first = a_day(planned, channel)
    second = a_day(planned, channel, SECOND)
    assert len(first) == len(second) == 3
    for mail in first:
        assert "In-Reply-To" not in mail
        assert "References" not in mail
    for earlier, later in zip(first, second, strict=True):
        assert later["To"] == earlier["To"]
        assert later["In-Reply-To"] == earlier["Message-ID"]
        assert later["References"] == earlier["Message-ID"]
        assert later["Message-ID"] != earlier["Message-ID"]
        assert later["Reply-To"] != earlier["Reply-To"]  # each message has its own token


def test_what_never_went_and_what_went_elsewhere_is_no_thread(planned: Services) -> None:
    channel = ScriptedChannel(Delivery(Outcome.REFUSED, error="550 no"))
    a_day(planned, channel)
    with planned.database.write() as unit:
        unit.connection.execute(update(customer).where(customer.c.id == 2).values(email="other@customer.example"))
        unit.commit()
    alone, elsewhere, thread = sorted(a_day(planned, channel, SECOND), key=lambda mail: "In-Reply-To" in mail)
    assert {str(alone["To"]), str(elsewhere["To"])} != {str(thread["To"])}
    assert "In-Reply-To" not in alone
    assert "In-Reply-To" not in elsewhere
    assert "ap3@" in str(thread["To"])


def test_another_creditor_another_thread(planned: Services) -> None:
    a_day(planned, ScriptedChannel())
    with planned.database.write() as unit:
        unit.connection.execute(
            insert(legal_entity).values(
                id=2, code="DE01", name="N", country="DE", timezone="Europe/Berlin", updated_at=NOON
            )
        )
        old = messages(planned.database)[0]._asdict()
        new = {**old, "id": 99, "public_id": "x", "reply_token": "tokx1234", "message_id": None, "status": "planned"}
        unit.connection.execute(insert(message).values(**new | {"planned_on": SECOND, "entity_id": 2}))
        assert threads_of(unit.connection, [99]) == {}
        unit.connection.execute(update(message).where(message.c.id == 99).values(entity_id=ENTITY))
        assert threads_of(unit.connection, [99]) == {99: (old["message_id"],)}


@pytest.mark.parametrize(("gap", "named"), [(30, LONGEST), (91, 0)])
def test_a_long_thread_names_its_first_and_its_newest_and_one_that_slept_is_over(
    database: Database, planned: Services, gap: int, named: int
) -> None:
    with database.write() as unit:
        row = messages(database)[0]._asdict()
        for n in range(15):
            made = {
                "id": 100 + n,
                "public_id": f"p{n}",
                "reply_token": f"token{n:04}",
                "message_id": f"<{n}@us.example>",
            }
            on = DAY - timedelta(days=gap * (15 - n))
            made |= {"message_id": f"<{n}@us.example>", "planned_on": on, "status": "delivered"}
            unit.connection.execute(insert(message).values(**row | made))
        found = threads_of(unit.connection, [row["id"]]).get(row["id"], ())
    assert len(found) == named
    if named:
        assert (found[0], found[1], found[-1]) == ("<0@us.example>", "<6@us.example>", "<14@us.example>")


def test_the_settings_of_senders_reach_the_finished_mail(planned: Services) -> None:
    senders = Senders(
        mail=read_mail_senders("MAIN/en:Collections <collect@emerald.example>"),
        domains=read_mail_domains("MAIN:reply.emerald.example"),
        unsubscribe=True,
    )
    channel = ScriptedChannel()
    (mail, *_) = a_day(replace(planned, senders=senders), channel)
    token = messages(planned.database)[0].reply_token
    assert mail["From"].addresses[0].addr_spec == channel.given[0].sender == "collect@emerald.example"
    assert mail["From"].addresses[0].display_name == "Collections"
    assert mail["Reply-To"].addresses[0].addr_spec == f"reply+{token}@reply.emerald.example"
    assert mail["Message-ID"].endswith("@reply.emerald.example>")
    assert mail["List-Unsubscribe"].startswith(f"<mailto:reply%2B{token}@reply.emerald.example?")
    assert channel.given[0].entity == "MAIN"
