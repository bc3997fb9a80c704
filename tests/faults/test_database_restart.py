"""The database stops in mid-run, at once and without a word, and comes back: nothing is doubled, nothing lost."""

from __future__ import annotations

import time

import pytest

from tests.faults.premises import Premises
from tests.faults.provider import Behaviour
from tests.faults.servers import OwnPostgres

CUSTOMERS, WIRES = 120, 4
SLOW_ENOUGH = Behaviour(seconds=(0.05, 0.1))
"""So that messages are on the wire when the database goes."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("away", [0.0, 4.0], ids=["at once", "after longer than a result is kept trying"])
def test_a_database_that_stops_in_mid_run_costs_no_message(
    on_own_postgres: Premises, own_postgres: OwnPostgres, away: float
) -> None:
    premises = on_own_postgres
    premises.seed(CUSTOMERS)
    premises.provider.behave(SLOW_ENOUGH)
    with premises.staff(2, wires=WIRES):
        for part in (1, 2):
            premises.until(lambda part=part: premises.counts().get("sent", 0) >= part * CUSTOMERS // 4)  # type: ignore[misc]
            own_postgres.crash()
            time.sleep(away)
            own_postgres.start()
        premises.until(premises.settled)
    verdict = premises.verdict()
    assert verdict.problems == []
    assert verdict.sent + len(verdict.unknown) == CUSTOMERS
    assert len(verdict.unknown) <= 2 * 2 * WIRES  # two stops, two workers
