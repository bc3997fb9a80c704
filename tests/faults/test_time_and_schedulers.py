"""Two that tick at once, and clocks that go wrong: one run, one message each."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from storage.tables import run, touch
from tests.faults.premises import Premises
from tests.faults.provider import Behaviour
from tests.faults.servers import OwnRabbit

CUSTOMERS = 30
UNHURRIED = Behaviour(seconds=(0.1, 0.15))


def runs_and_touches(premises: Premises) -> tuple[int, int]:
    with premises.database.read() as connection:
        runs = connection.execute(select(func.count()).select_from(run)).scalar_one()
        touches = connection.execute(select(func.count()).select_from(touch)).scalar_one()
    return runs, touches


def assert_each_got_one(premises: Premises) -> None:
    verdict = premises.verdict()
    assert verdict.problems == []
    assert verdict.sent == len(premises.customers)
    assert runs_and_touches(premises) == (premises.entities, len(premises.customers))


def test_workers_that_tick_from_the_same_moment_make_one_run(premises: Premises) -> None:
    premises.seed(CUSTOMERS)
    with premises.staff(3):
        premises.until(premises.settled)
        time.sleep(1.5)  # and they tick on
    assert_each_got_one(premises)


@pytest.mark.slow
def test_schedulers_that_start_at_the_same_moment_make_one_run_a_day(premises: Premises, own_rabbit: OwnRabbit) -> None:
    premises.broker_url = own_rabbit.url
    with premises.staff(2):
        for _ in range(3):
            premises.seed(CUSTOMERS)
            premises.until(premises.settled)
    assert_each_got_one(premises)


def test_a_clock_set_back_an_hour_in_mid_run_sends_nothing_twice(premises: Premises) -> None:
    """What was planned for noon waits for the second noon; what went doesn't go again; a lease is database time."""
    premises.provider.behave(UNHURRIED)
    premises.seed(CUSTOMERS)
    with premises.staff(2, wires=2):
        premises.until(lambda: premises.counts().get("sent", 0) >= 3)
        premises.clock.move(timedelta(hours=-1))
        premises.until(lambda: set(premises.counts()) <= {"sent", "planned"}, 20)
        premises.seed(CUSTOMERS)
        premises.until(lambda: premises.counts().get("sent", 0) > CUSTOMERS)
        premises.clock.move(timedelta(hours=1))
        premises.until(premises.settled)
    assert_each_got_one(premises)


@pytest.mark.slow
def test_a_clock_set_back_over_midnight_makes_no_second_run(premises: Premises) -> None:
    premises.seed(CUSTOMERS)
    with premises.staff(2):
        premises.until(premises.settled)
        premises.clock.move(timedelta(days=-1))
        time.sleep(2.0)
        premises.clock.move(timedelta(days=1))
        time.sleep(1.5)
    assert_each_got_one(premises)
