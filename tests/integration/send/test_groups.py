"""A few messages at once: never more sending than wires, nobody waited for, each by itself where one is at fault."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from domain.touches import TouchStatus
from outreach.channels.base import Delivery, Outcome, Outgoing
from storage.database import Database
from storage.tables import contact, message
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.ledgers import NOON, make_services, messages, plan_day, seed_ledger, statuses
from workflows.observe import Observer
from workflows.send_messages import drain
from workflows.services import Services

CUSTOMERS = 12


@pytest.fixture
def twelve(database: Database, tmp_path: Path) -> Services:
    seed_ledger(database, CUSTOMERS)
    made = make_services(database, tmp_path)
    plan_day(made)
    return made


@pytest.fixture
def postgres(fresh_postgres_url: str) -> Iterator[Database]:
    made = Database(fresh_postgres_url)
    yield made
    made.dispose()


def how_many_sending(database: Database) -> int:
    with database.read() as connection:
        sending = select(func.count()).where(message.c.status == TouchStatus.SENDING)
        return int(connection.execute(sending).scalar_one())


def test_never_more_are_sending_than_there_are_wires(twelve: Services) -> None:
    """What is sending when a process dies is in doubt: that must not be more than was on the wire."""
    seen: list[int] = []

    def look(_outgoing: Outgoing) -> None:
        time.sleep(0.01)
        seen.append(how_many_sending(twelve.database))

    assert drain(by(twelve, ScriptedChannel(during=look), wires=4)) == {"sent": CUSTOMERS}
    assert 1 < max(seen) <= 4


def test_one_refusal_among_many_changes_nothing_for_the_others(twelve: Services) -> None:
    refused = Delivery(Outcome.REFUSED, error="550 no such mailbox")
    channel = ScriptedChannel(refused, during=lambda _: time.sleep(0.01))
    assert drain(by(twelve, channel, wires=4)) == {"failed": 1, "sent": CUSTOMERS - 1}
    assert len({given.public_id for given in channel.given}) == len(channel.given) == CUSTOMERS
    assert [row.attempts for row in messages(twelve.database)] == [1] * CUSTOMERS


def test_facts_of_one_recipient_that_can_not_be_read_keep_nobody_of_its_group_back(twelve: Services) -> None:
    broken = {"customer_id": 2, "key": "x", "role": "no such role", "email": "x@customer.example", "updated_at": NOON}
    with twelve.database.write() as unit:
        unit.connection.execute(insert(contact).values(broken))
        unit.commit()
    assert drain(by(twelve, ScriptedChannel(), wires=8)) == {"failed": 1, "sent": CUSTOMERS - 1}


def test_a_customer_whom_somebody_else_works_on_is_left_for_later_and_the_others_go(
    postgres: Database, tmp_path: Path
) -> None:
    """Such as a reply that is being recorded: what it brings is heard, and nobody else waits for it."""
    seed_ledger(postgres, CUSTOMERS)
    services = make_services(postgres, tmp_path)
    plan_day(services)
    with ExitStack() as stack:
        unit = stack.enter_context(postgres.write())
        unit.lock_customer(2)

        def let_go(_outgoing: Outgoing) -> None:
            if len(channel.given) == CUSTOMERS - 1:
                stack.close()

        channel = ScriptedChannel(during=let_go)
        assert drain(by(services, channel, wires=4)) == {"sent": CUSTOMERS}
    assert channel.given[-1].to == "ap2@customer.example"
    assert set(statuses(postgres)) == {TouchStatus.SENT}


class FailingObserver(Observer):
    """An observer whose own fault comes while a message is on the wire."""

    def timing(self, name: str, seconds: float, /, *labels: str) -> None:
        raise RuntimeError("no room for figures")

    def count(self, name: str, /, *labels: str, amount: int = 1) -> None:
        if name == "messages":
            raise RuntimeError("no room for figures")


def test_a_fault_beside_the_hand_over_is_a_doubt_and_nobody_waits_for_ever(twelve: Services) -> None:
    services = replace(by(twelve, ScriptedChannel(), wires=4), observe=FailingObserver())
    assert drain(services) == {"unknown": CUSTOMERS}
