"""RabbitMQ is killed in mid-run, forgets everything it held, and comes back: a lost ring costs a tick, never work."""

from __future__ import annotations

import time

import pytest

from tests.faults.premises import Premises
from tests.faults.provider import Behaviour
from tests.faults.servers import OwnRabbit

CUSTOMERS, WIRES = 60, 2
UNHURRIED = Behaviour(seconds=(0.1, 0.15))

pytestmark = pytest.mark.slow


def test_a_broker_that_dies_and_forgets_costs_no_message(premises: Premises, own_rabbit: OwnRabbit) -> None:
    premises.broker_url = own_rabbit.url
    premises.seed(CUSTOMERS)
    premises.provider.behave(UNHURRIED)
    with premises.staff(2, wires=WIRES):
        premises.until(lambda: premises.counts().get("sent", 0) >= CUSTOMERS // 4)
        own_rabbit.crash(forgetting=True)
        time.sleep(2.0)
        premises.seed(CUSTOMERS)  # work that comes up while nobody can ring
        own_rabbit.start()
        premises.until(premises.settled)
    verdict = premises.verdict()
    assert verdict.problems == []
    assert verdict.sent == 2 * CUSTOMERS  # nobody died: there is nothing to doubt


def test_workers_and_schedulers_started_while_the_broker_is_away_find_it_later(
    premises: Premises, own_rabbit: OwnRabbit
) -> None:
    premises.broker_url = own_rabbit.url
    premises.seed(CUSTOMERS)
    own_rabbit.crash()
    with premises.staff(2, wires=WIRES):
        time.sleep(2.0)
        assert premises.provider.truth().met == 0
        own_rabbit.start()
        premises.until(premises.settled)
    verdict = premises.verdict()
    assert verdict.problems == []
    assert verdict.sent == CUSTOMERS
