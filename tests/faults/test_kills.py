"""Invariant 2 under `kill -9`: two workers, each killed again and again in mid work, over one provider that counts.

Ten kills here, on each database; `make faults KILLS=300` does as many as told (tests/faults/__main__.py).
"""

from __future__ import annotations

import os

import pytest

from storage.database import Database
from tests.faults.killing import ANYWHERE, OF_THE_SEND, PLANNING, Killing, draw_orders
from tests.faults.premises import Premises

KILLS = 10


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both databases, in `make test` too."""
    fixture = "sqlite_url" if request.param == "sqlite" else "fresh_postgres_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture
def broker_url(database: Database) -> str:
    """PostgreSQL workers share the RabbitMQ that is named; without one, and on SQLite, each ticks for itself."""
    return "" if database.is_sqlite else os.environ.get("DUNWELL_TEST_AMQP_URL", "")


def test_workers_killed_anywhere_send_everything_once_or_ask_a_person(premises: Premises, broker_url: str) -> None:
    premises.broker_url = broker_url
    killing = Killing(premises, draw_orders(KILLS, seed=3))
    verdict = killing.run()
    assert verdict.problems == []
    assert (killing.kills, verdict.doubled, verdict.lost) == (KILLS, 0, 0)
    assert verdict.sent + len(verdict.unknown) == len(premises.customers)


def test_the_orders_name_every_point_and_are_the_same_for_the_same_seed() -> None:
    orders = draw_orders(60, seed=3)
    assert {order.point for order in orders} == {*OF_THE_SEND, ANYWHERE}
    assert orders == draw_orders(60, seed=3) != draw_orders(60, seed=4)


@pytest.mark.slow
@pytest.mark.parametrize("moment", PLANNING)
def test_a_worker_killed_in_mid_planning_leaves_a_plan_that_the_next_one_finishes(
    premises: Premises, moment: str
) -> None:
    premises.seed(12)
    premises.start(kill_at=moment).reap()
    with premises.staff(1):
        premises.until(premises.settled)
    verdict = premises.verdict()
    assert (verdict.problems, verdict.sent) == ([], 12)
