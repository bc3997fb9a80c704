"""A provider that fails in every way it can: each message goes once, or is in doubt and shown, and none is lost."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from tests.faults.premises import Premises
from tests.faults.provider import Behaviour
from tests.faults.verdict import Verdict

CUSTOMERS = 24
WIRES = 2
MEET = 4
"""So many messages meet the trouble before it is over."""
WELL = Behaviour()

thorough = pytest.mark.slow
"""Four seconds each: `make test` has one of each kind of trouble, `make faults` all."""


def send_through(premises: Premises, channel: str, trouble: Behaviour, meet: int = MEET) -> Verdict:
    """Two workers send while the provider is in trouble, and go on when it is well again, until all is settled."""
    premises.seed(CUSTOMERS)
    premises.provider.behave(trouble)
    with premises.staff(2, channel, wires=WIRES):
        premises.until(lambda: premises.provider.truth().met >= meet)
        premises.provider.behave(WELL)
        premises.wait_out()
    verdict = premises.verdict()
    assert verdict.problems == []
    assert verdict.sent + len(verdict.unknown) + verdict.other.total() == CUSTOMERS
    return verdict


@pytest.mark.parametrize("takes", [True, pytest.param(False, marks=thorough)], ids=["taken", "dropped"])
def test_a_provider_that_says_500_leaves_doubts_and_no_doubles(premises: Premises, takes: bool) -> None:
    """Behind a 500 a message may have been taken. Whether it was we can't know, so neither may we send it again."""
    verdict = send_through(premises, "sendgrid", Behaviour(status=500, takes=takes))
    assert len(verdict.unknown) >= MEET
    assert verdict.taken == (len(verdict.unknown) if takes else 0)


@pytest.mark.parametrize("channel", ["sendgrid", pytest.param("smtp", marks=thorough)])
def test_a_provider_that_is_busy_gets_everything_once_when_it_no_longer_is(premises: Premises, channel: str) -> None:
    verdict = send_through(premises, channel, Behaviour(status=429, takes=False, retry_after=30), meet=1)
    assert verdict.sent == CUSTOMERS


@thorough
def test_a_busy_provider_is_left_alone_for_as_long_as_it_asked(premises: Premises) -> None:
    premises.seed(CUSTOMERS)
    premises.provider.behave(Behaviour(status=429, takes=False, retry_after=900))
    with premises.staff(2, wires=WIRES):
        # Whoever heard it tells the others: only what was on the wires meets it.
        premises.until(lambda: premises.provider.truth().met >= 1)
        premises.until(lambda: not premises.sending())
        premises.provider.behave(WELL)
        refused = premises.provider.truth().asked
        premises.let_pass(timedelta(seconds=840))
        time.sleep(2.5)  # at least two ticks
        assert premises.provider.truth().asked == refused
        premises.wait_out()
    verdict = premises.verdict()
    assert verdict.problems == []
    assert verdict.sent == CUSTOMERS


@pytest.mark.parametrize("channel", ["sendgrid", pytest.param("smtp", marks=thorough)])
@pytest.mark.parametrize("takes", [True, pytest.param(False, marks=thorough)], ids=["taken", "dropped"])
def test_a_provider_that_never_answers_leaves_doubts_and_no_doubles(
    premises: Premises, channel: str, takes: bool
) -> None:
    verdict = send_through(premises, channel, Behaviour(hang=True, takes=takes))
    assert len(verdict.unknown) >= MEET
    assert verdict.taken == (len(verdict.unknown) if takes else 0)


@pytest.mark.parametrize("channel", [pytest.param("sendgrid", marks=thorough), "smtp"])
def test_a_provider_that_hangs_up_on_what_it_took_gets_nothing_twice(premises: Premises, channel: str) -> None:
    verdict = send_through(premises, channel, Behaviour(hang_up="after"))
    assert len(verdict.unknown) >= MEET
    assert verdict.taken == len(verdict.unknown)


@pytest.mark.parametrize("channel", ["sendgrid", pytest.param("smtp", marks=thorough)])
def test_a_provider_that_hangs_up_before_it_reads_costs_no_message(premises: Premises, channel: str) -> None:
    """Over HTTP it can't be told from one that had read: doubts. Over SMTP it is known that nothing was handed over."""
    verdict = send_through(premises, channel, Behaviour(hang_up="before", takes=False))
    assert verdict.taken == 0
    if channel == "smtp":  # a doubt is only what it had read, and answered too late
        assert verdict.unknown <= set(premises.provider.truth().asked)


@thorough
def test_a_provider_that_fails_now_and_then_is_sent_to_all_the_same(premises: Premises) -> None:
    verdict = send_through(premises, "sendgrid", Behaviour(status=500, every=4))
    assert verdict.sent + len(verdict.unknown) == CUSTOMERS
