"""Every pair of event and state of a message is stated: it moves, it is a repetition, or it must not happen."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import pytest

from domain.delivery import ADDRESS_EFFECT, TOUCH_EVENT, DeliveryKind, Effect, judge_event
from domain.errors import NotAllowed
from domain.touches import REFUSED, REPEATS, TOLD_BY_PROVIDER, TRANSITIONS, TouchEvent, TouchStatus, next_status

PAIRS = list(product(TouchEvent, TouchStatus))
S, K = TouchStatus, DeliveryKind


def test_every_pair_of_event_and_state_is_stated_exactly_once() -> None:
    refused = {(event, status) for event, states in REFUSED.items() for status in states}
    for pair in PAIRS:
        stated = [pair in TRANSITIONS, pair in REPEATS, pair in refused]
        assert stated.count(True) == 1, pair
    assert len(PAIRS) == len(TRANSITIONS) + len(REPEATS) + len(refused)


@pytest.mark.parametrize(("event", "status"), PAIRS)
def test_a_pair_does_what_it_is_stated_to_do(event: TouchEvent, status: TouchStatus) -> None:
    if status in REFUSED[event]:
        with pytest.raises(NotAllowed, match=f"{status} can't take {event}"):
            next_status(event, status)
    else:
        assert next_status(event, status) is TRANSITIONS.get((event, status), status)


def test_every_kind_of_delivery_event_means_something_for_message_and_address() -> None:
    assert set(TOUCH_EVENT) == set(ADDRESS_EFFECT) == set(DeliveryKind)
    assert set(TOUCH_EVENT.values()) == set(TOLD_BY_PROVIDER)


@pytest.mark.parametrize(("kind", "status"), list(product(DeliveryKind, TouchStatus)))
def test_whatever_a_provider_tells_in_whatever_state_there_is_an_answer(kind: K, status: S) -> None:
    effect, after = judge_event(kind, status, attempts=1)
    assert (effect is Effect.MOVED) == (after is not status)
    again, settled = judge_event(kind, after, attempts=1)
    assert settled is after
    assert again is not Effect.MOVED, "told twice is told once"


def test_what_was_never_handed_over_is_moved_by_nothing_that_is_told_of_it() -> None:
    for kind, status in product(DeliveryKind, (S.PLANNED, S.AWAITING_APPROVAL, S.CLAIMED, S.CANCELLED)):
        assert judge_event(kind, status, attempts=0) == (Effect.NOT_SENT_BY_US, status)


@pytest.mark.parametrize(
    "told",
    [
        (K.ACCEPTED, K.DELIVERED),
        (K.ACCEPTED, K.DEFERRED, K.DELIVERED),
        (K.ACCEPTED, K.DEFERRED, K.BOUNCED),
        (K.ACCEPTED, K.DELIVERED, K.BOUNCED),
        (K.ACCEPTED, K.DELIVERED, K.COMPLAINED, K.OPTED_OUT),
        (K.ACCEPTED, K.DROPPED),
    ],
)
@pytest.mark.parametrize("begin", [S.SENDING, S.SENT, S.UNKNOWN, S.PLANNED, S.CLAIMED, S.FAILED, S.CANCELLED])
def test_in_whatever_order_it_is_told_it_ends_in_the_same_state(told: tuple[K, ...], begin: S) -> None:
    ends = set()
    for order in permutations(told):
        status = begin
        for kind in order:
            _, status = judge_event(kind, status, attempts=1)
        ends.add(status)
    assert len(ends) == 1


def test_evidence_settles_a_doubt_of_a_restored_database_that_has_forgotten_the_attempt() -> None:
    assert judge_event(K.DELIVERED, S.UNKNOWN, attempts=0) == (Effect.MOVED, S.DELIVERED)
    assert judge_event(K.BOUNCED, S.FAILED, attempts=0) == (Effect.MOVED, S.BOUNCED)


def test_who_is_in_copy_proves_that_it_went_and_nothing_about_the_recipient() -> None:
    assert judge_event(K.BOUNCED, S.SENT, 1, about_a_copy=True) == (Effect.REPEATED, S.SENT)
    assert judge_event(K.DELIVERED, S.UNKNOWN, 1, about_a_copy=True) == (Effect.MOVED, S.SENT)


def test_the_page_about_delivery_states_the_same_table() -> None:
    page = (Path(__file__).parents[3] / "docs" / "delivery.md").read_text(encoding="utf-8")
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if "| " in line]
    [head] = [line for line in lines if line[0] == "told"]
    states = [S(cell.replace(" ", "_")) for cell in head[1:]]
    stated = {line[0]: line[1:] for line in lines if line[0] in set(TOLD_BY_PROVIDER)}
    assert set(states) == set(S)
    for event in TOLD_BY_PROVIDER:
        same = ["–" if s in REFUSED[event] else str(TRANSITIONS.get((event, s), "=")) for s in states]
        assert stated[event] == same, event
