"""What a provider answers, and what becomes of the message: sent only after acceptance, doubts for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from domain.breaker import backoff
from domain.touches import TouchStatus
from outreach.channels.base import Delivery, Outcome
from storage.database import Database
from storage.tables import message, message_attempt, task
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.ledgers import DAY, NOON, at, load_ledger_again, messages, plan_day, seed_ledger, statuses, touches
from tests.fakes.processes import run_out_of_lease
from workflows.list_tasks import finish_task
from workflows.record_sending import doubt_lost
from workflows.send_messages import drain
from workflows.services import Services
from workflows.tick import tick

REFUSED = Delivery(Outcome.REFUSED, error="550 no such mailbox")
BUSY = Delivery(Outcome.TRY_AGAIN, error="451 try later")
LOST = Delivery(Outcome.UNKNOWN, error="connection lost after DATA")
DOWN = Delivery(Outcome.TRY_AGAIN, error="connection refused", channel_down=True)


def tasks(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        return [(row.key, row.status) for row in connection.execute(select(task).order_by(task.c.id))]


def attempts(database: Database) -> list[tuple[int, int, str]]:
    with database.read() as connection:
        rows = connection.execute(select(message_attempt).order_by(message_attempt.c.id))
        return [(row.message_id, row.number, row.outcome) for row in rows]


def test_a_message_is_sent_only_after_the_provider_accepted_it(planned: Services) -> None:
    on_the_wire: list[str] = []
    channel = ScriptedChannel(during=lambda _: on_the_wire.append(statuses(planned.database)[0]))
    drain(by(planned, channel), limit=1)
    assert on_the_wire == [TouchStatus.SENDING]
    row = messages(planned.database)[0]
    assert (row.status, row.sent_at, row.provider_ref) == (TouchStatus.SENT, NOON, "ref")
    assert attempts(planned.database) == [(1, 1, "accepted")]


def test_a_refusal_is_a_failure_with_a_task_and_the_step_was_not_taken(planned: Services) -> None:
    assert drain(by(planned, ScriptedChannel(REFUSED))) == {"failed": 1, "sent": 2}
    failed = messages(planned.database)[0]
    assert (failed.status, failed.status_reason) == (TouchStatus.FAILED, "550 no such mailbox")
    assert touches(planned.database)[0].dropped_reason == "send_failed"
    assert tasks(planned.database) == [(f"send_failed:{failed.public_id}", "open")]


def test_a_refused_address_is_left_alone_until_its_task_is_closed_or_three_days_went_by(planned: Services) -> None:
    channel = ScriptedChannel(REFUSED)
    drain(by(planned, channel), limit=1)

    def run_on(days: int) -> str:
        day = DAY + timedelta(days=days)
        load_ledger_again(planned.database, DAY + timedelta(days=days))
        later = by(at(planned, NOON + timedelta(days=days)), channel)
        load_ledger_again(planned.database, day)
        plan_day(later, day)
        drain(later)
        return next(row for row in reversed(messages(planned.database)) if row.customer_id == 1).status

    assert run_on(1) == TouchStatus.CANCELLED
    with planned.database.read() as connection:
        number = connection.execute(select(task.c.id)).scalar_one()
    finish_task(planned, number, "address corrected", "collector")
    assert run_on(2) == TouchStatus.SENT


def test_a_busy_provider_is_tried_again_later_and_later(empty: Services) -> None:
    seed_ledger(empty.database, 1)
    plan_day(empty)
    channel = ScriptedChannel(BUSY, BUSY)
    number = messages(empty.database)[0].id
    # By chance up to a minute after the first try, up to five after the second: the same chance for the same try.
    second = NOON + backoff(timedelta(minutes=1), f"{number}:1")
    tries = [NOON, second, second + backoff(timedelta(minutes=5), f"{number}:2")]
    for moment in tries:
        assert messages(empty.database)[0].not_before == moment
        assert drain(by(at(empty, moment - timedelta(seconds=1)), channel)) == {}
        drain(by(at(empty, moment), channel))
    assert statuses(empty.database) == [TouchStatus.SENT]
    assert [number for _, number, _ in attempts(empty.database)] == [1, 2, 3]


def test_a_provider_that_names_its_time_is_given_it(planned: Services) -> None:
    slow = Delivery(Outcome.TRY_AGAIN, error="429", retry_after_seconds=600)
    drain(by(planned, ScriptedChannel(slow)), limit=1)
    later = messages(planned.database)[0].not_before - NOON
    assert timedelta(minutes=10) <= later < timedelta(minutes=11)


def test_after_ten_tries_it_has_failed(planned: Services) -> None:
    channel = ScriptedChannel(*[BUSY] * 10)
    for _ in range(10):
        with planned.database.write() as unit:  # only the count decides here, not the hours
            one = update(message).where(message.c.id == 1).values(not_before=NOON, not_after=None)
            unit.connection.execute(one)
            unit.commit()
        drain(by(planned, channel), limit=1)
    row = messages(planned.database)[0]
    assert (row.status, row.attempts) == (TouchStatus.FAILED, 10)


def test_a_channel_that_is_down_costs_one_message_a_try_and_the_others_nothing(planned: Services) -> None:
    assert drain(by(planned, ScriptedChannel(DOWN))) == {"planned": 1, "released": 2}
    assert [row.attempts for row in messages(planned.database)] == [1, 0, 0]
    assert set(statuses(planned.database)) == {TouchStatus.PLANNED}


def test_a_lost_answer_is_a_doubt_for_a_person_and_never_sent_again(planned: Services) -> None:
    channel = ScriptedChannel(LOST)
    assert drain(by(planned, channel)) == {"unknown": 1, "sent": 2}
    row = messages(planned.database)[0]
    assert tasks(planned.database) == [(f"unknown_outcome:{row.public_id}", "open")]
    for days in range(4):
        load_ledger_again(planned.database, DAY + timedelta(days=days))
        later = by(at(planned, NOON + timedelta(days=days)), channel)
        plan_day(later, DAY + timedelta(days=days))
        tick(later)
        drain(later)
    assert [given.to for given in channel.given].count("ap1@customer.example") == 1
    assert len(tasks(planned.database)) == 1


def test_a_fault_in_a_vendors_client_is_a_doubt_and_the_others_go(planned: Services) -> None:
    def burst(_outgoing: object) -> None:
        if len(channel.given) == 1:
            raise RuntimeError("bug in the client")

    channel = ScriptedChannel(during=burst)
    assert drain(by(planned, channel)) == {"unknown": 1, "sent": 2}
    assert "RuntimeError" in messages(planned.database)[0].status_reason


@pytest.mark.parametrize(
    ("answer", "after"), [(Delivery(Outcome.ACCEPTED), TouchStatus.SENT), (REFUSED, TouchStatus.UNKNOWN)]
)
def test_an_answer_after_the_lease_settles_the_doubt_only_when_it_is_acceptance(
    planned: Services, answer: Delivery, after: TouchStatus
) -> None:
    def lease_runs_out(_outgoing: object) -> None:
        run_out_of_lease(planned.database)
        assert doubt_lost(planned, NOON) == 1

    drain(by(planned, ScriptedChannel(answer, during=lease_runs_out)), limit=1)
    assert statuses(planned.database)[0] == after


def test_a_claim_whose_lease_ran_out_is_not_sent_by_its_old_holder(planned: Services) -> None:
    channel = ScriptedChannel()

    def lose_the_lease(point: str) -> None:
        if point == "claimed":
            run_out_of_lease(planned.database)

    slow = replace(by(planned, channel), fault=lose_the_lease)
    assert drain(slow, limit=3) == {"lost": 3}
    assert channel.given == []
    tick(planned)
    assert drain(by(planned, channel)) == {"sent": 3}
