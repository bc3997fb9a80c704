"""Rates that are never passed, breakers, and volumes out of the ordinary: pure values, the instant an argument."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.breaker import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    OPENS_AFTER,
    Breaker,
    ProviderState,
    after_success,
    after_trouble,
    backoff,
    begin_probe,
    passage,
    pause_after,
)
from domain.errors import BadInput
from domain.pacing import Rate, RateLimit, free_from, free_now, read_daily_caps, read_rates, take
from domain.volume import times_the_usual, volume_sentence

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RATES = st.builds(Rate, st.integers(1, 400), st.sampled_from([1, 60, 3600]))


@settings(max_examples=200, deadline=None)
@given(RATES, st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(1, 60)), min_size=1, max_size=60))
def test_no_window_ever_holds_more_than_the_rate(rate: Rate, asked: list[tuple[int, int]]) -> None:
    now, full_at, went = NOW, None, []
    for pause, wanted in asked:
        now += timedelta(microseconds=pause)
        count = min(wanted, free_now(rate, full_at, now))
        if count:
            full_at = take(rate, full_at, now, count)
            went += [now] * count
    window = timedelta(seconds=rate.seconds)
    for first in range(len(went)):
        assert sum(1 for at in went[first:] if at < went[first] + window) <= rate.count


@settings(max_examples=200, deadline=None)
@given(RATES, st.integers(1, 2_000))
def test_a_worker_that_waits_until_it_may_gets_at_least_nine_tenths_of_the_rate(rate: Rate, messages: int) -> None:
    now, full_at = NOW, None
    for _ in range(messages):
        now = free_from(rate, full_at, now)
        assert free_now(rate, full_at, now) >= 1
        full_at = take(rate, full_at, now, 1)
    assert (now - NOW) * 0.9 <= timedelta(seconds=messages * rate.seconds / rate.count) + timedelta(
        microseconds=messages
    )


def test_limits_are_read_as_they_are_written() -> None:
    rates = read_rates("sendgrid:100/s, smtp:30/m,twilio/US:1/s,sendgrid@DE01:5000/h,twilio/US@DE01:1/m")
    assert [limit.key for limit in rates] == ["sendgrid", "smtp", "twilio/US", "sendgrid@DE01", "twilio/US@DE01"]
    assert rates[3] == RateLimit("sendgrid", Rate(5000, 3600), entity="DE01")
    assert rates[2].holds("twilio", "US", "MAIN")
    assert not rates[2].holds("twilio", "CA", "MAIN")
    assert not rates[3].holds("sendgrid", "US", "MAIN")
    assert read_daily_caps("sendgrid:50000, twilio:2000") == {"sendgrid": 50000, "twilio": 2000}


@pytest.mark.parametrize("text", ["sendgrid", "sendgrid:0/s", "sendgrid:10", "SendGrid:1/s", "twilio/usa:1/s", "a:1/d"])
def test_a_rate_that_can_not_be_read_is_named(text: str) -> None:
    with pytest.raises(BadInput, match="is no rate"):
        read_rates(text)


def test_the_same_limit_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="two rates"):
        read_rates("smtp:1/s,smtp:2/s")
    with pytest.raises(BadInput, match="no daily cap"):
        read_daily_caps("smtp:1,smtp:2")


def broken(failures: int = OPENS_AFTER) -> ProviderState:
    state = ProviderState("smtp")
    for _ in range(failures):
        state = after_trouble(state, NOW, "connection refused")
    return state


def test_a_breaker_opens_after_several_troubles_in_a_row_and_lets_one_message_try_after_its_pause() -> None:
    assert passage(broken(OPENS_AFTER - 1), NOW).most is None
    state = broken()
    assert state.breaker is Breaker.OPEN
    assert state.not_before is not None
    assert FIRST_PAUSE / 2 <= state.not_before - NOW <= FIRST_PAUSE
    assert passage(state, NOW).most == 0
    assert passage(state, state.not_before).most == 1
    trying = begin_probe(state, state.not_before + 60 * SECOND)
    assert passage(trying, state.not_before + SECOND).most == 0  # somebody is at it
    assert passage(trying, state.not_before + 60 * SECOND).most == 1  # who may have died
    assert after_success(trying, state.not_before) == ProviderState("smtp")


def test_a_success_in_between_starts_the_count_anew() -> None:
    state = after_success(broken(OPENS_AFTER - 1), NOW)
    assert state.is_well
    assert after_trouble(state, NOW, "x").breaker is Breaker.CLOSED


def test_a_try_that_fails_opens_it_for_longer_each_time_up_to_a_quarter_of_an_hour() -> None:
    state, pauses = broken(), []
    for _ in range(12):
        assert state.not_before is not None
        now = state.not_before
        state = after_trouble(begin_probe(state, now + SECOND), now, "still down")
        assert state.breaker is Breaker.OPEN
        assert state.not_before is not None
        pauses.append(state.not_before - now)
    assert all(later > earlier / 2 for earlier, later in pairwise(pauses))
    assert LONGEST_PAUSE / 2 <= pauses[-1] <= LONGEST_PAUSE


def test_a_late_success_of_something_under_way_closes_nothing() -> None:
    state = broken()
    assert after_success(state, NOW + SECOND) == state
    assert after_trouble(state, NOW + SECOND, "another").not_before == state.not_before


def test_a_provider_that_says_how_long_is_left_alone_so_long_and_not_counted_against() -> None:
    state = ProviderState("sendgrid")
    for _ in range(20):
        state = after_trouble(state, NOW, "429", 7)
    assert (state.breaker, state.failures, passage(state, NOW).again_at) == (Breaker.CLOSED, 0, NOW + 7 * SECOND)
    # What was under way succeeds meanwhile: the pause goes on.
    assert passage(after_success(state, NOW), NOW + 6 * SECOND).most == 0
    assert passage(after_success(state, NOW), NOW + 7 * SECOND).most is None
    assert after_trouble(state, NOW, "429", 10**9).not_before == NOW + timedelta(hours=6)


@given(st.integers(1, 200), st.text(max_size=20))
def test_waits_are_drawn_by_chance_and_the_same_each_time(failures: int, key: str) -> None:
    assert pause_after("smtp", failures) == pause_after("smtp", failures)
    assert timedelta(0) <= backoff(timedelta(minutes=5), key) < timedelta(minutes=5)
    assert backoff(timedelta(minutes=5), key) == backoff(timedelta(minutes=5), key)


def test_waits_are_spread_over_the_whole_span() -> None:
    waits = [backoff(timedelta(seconds=100), f"message-{n}:1") / SECOND for n in range(1_000)]
    for tenth in range(10):
        assert 60 < sum(1 for wait in waits if tenth * 10 <= wait < tenth * 10 + 10) < 140


@pytest.mark.parametrize(
    ("planned", "before", "times"),
    [
        (4_000, [90, 100, 110, 95, 105], 40),
        (1_000, [100] * 10, None),  # ten times is just not more than ten times
        (1_001, [100] * 10, 10),
        (49, [1] * 10, None),  # few enough to read through
        (50, [0] * 10, 50),
        (4_000, [100] * 4, None),  # nothing is usual yet
        (900, [10, 100, 100, 100, 5_000], None),  # one day out of the ordinary doesn't make it usual
    ],
)
def test_a_run_out_of_the_ordinary_is_noticed(planned: int, before: list[int], times: int | None) -> None:
    assert times_the_usual(planned, before, 10) == times
    if times == 40:
        assert volume_sentence(times) == "this run would send 40 times the usual volume: approve"
