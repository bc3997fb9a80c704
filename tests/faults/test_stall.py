"""A process that stands still for longer than its lease (a suspended machine, a frozen disk), and then goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from storage.database import Database
from tests.fakes.ledgers import make_services
from tests.faults.premises import LEASE_SECONDS, Premises
from tests.faults.provider import Provider
from workflows.settle_message import settle_unknown

CUSTOMERS, WIRES = 4, 2

pytestmark = pytest.mark.slow  # they wait for leases


@contextmanager
def standing_still(premises: Premises, moment: str) -> Iterator[None]:
    """A worker that stands still at a moment; another one puts its messages in doubt, and sends what comes after."""
    premises.seed(WIRES)
    sleeper = premises.start(stall_at=moment, wires=WIRES, tick_seconds=3600)
    try:
        premises.until(lambda: sleeper.stands_still)
        premises.seed(CUSTOMERS)
        with premises.staff(1):
            premises.until(premises.settled)
            yield
            sleeper.wake()
            assert sleeper.stop() == 0
    finally:
        with suppress(ValueError):  # it was stopped as it should be
            sleeper.kill()


def test_an_acceptance_that_comes_after_the_lease_settles_its_doubt_and_the_task(premises: Premises) -> None:
    with standing_still(premises, "accepted"):
        in_doubt = premises.verdict()
        assert 1 <= len(in_doubt.unknown) <= WIRES
    verdict = premises.verdict()
    assert verdict.problems == []
    assert verdict.sent == WIRES + CUSTOMERS


def test_what_was_in_doubt_before_it_was_handed_over_is_not_handed_over_any_more(premises: Premises) -> None:
    """Somebody may have found out by now that it didn't arrive, and said so: its step is planned anew."""
    with standing_still(premises, "sending"):
        in_doubt = premises.verdict().unknown
        not_there = {which for which in in_doubt if not premises.provider.truth().asked[which]}
        assert not_there
        services = make_services(premises.database, premises.folder)
        for which in not_there:
            settle_unknown(services, which, sent=False, by="collector")
    assert not not_there & set(premises.provider.truth().asked)
    assert premises.verdict().problems == []


def test_one_that_stands_still_in_mid_transaction_holds_up_nobody_else(
    fresh_postgres_url: str, tmp_path: Path, provider: Provider
) -> None:
    """On PostgreSQL, where its rows are locked and no others; it goes on with them when it wakes."""
    database = Database(fresh_postgres_url)
    premises = Premises(database, tmp_path, provider)
    premises.seed(WIRES)
    sleeper = premises.start(stall_at="composed:2", wires=WIRES, tick_seconds=3600)
    premises.until(lambda: sleeper.stands_still)
    premises.seed(CUSTOMERS)
    with premises.staff(1):
        premises.until(lambda: premises.counts().get("sent", 0) + premises.counts().get("unknown", 0) > CUSTOMERS)
        assert premises.counts().get("claimed") == 1
        time.sleep(LEASE_SECONDS)
        sleeper.wake()
        premises.wait_out()
    assert sleeper.stop() == 0
    verdict = premises.verdict()
    assert verdict.problems == []
    assert verdict.sent + len(verdict.unknown) == WIRES + CUSTOMERS
    database.dispose()
