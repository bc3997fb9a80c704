"""The second look at the moment of sending (invariant 1)."""

from dataclasses import replace
from datetime import date

import pytest

from domain.account import OptOut, PastContact, Pause, PauseKind
from domain.parties import Channel
from domain.promises import Promise, PromiseStatus
from domain.touches import SkipReason, TouchStatus
from outreach.cadence.eligibility import PlanOptions, SecondLook, recheck
from tests.unit.cadence.build import ANY_LEDGER, STANDARD, account, after, book, cash, contact, item, only, plan

DUE = date(2026, 3, 2)
LATE = date(2026, 3, 9)
PLANNED = only(plan(account(item(1, due=DUE), item(2, due=DUE)), LATE))


def _look(fresh, today: date = LATE, message=PLANNED, policies=STANDARD, options=ANY_LEDGER, **more) -> SecondLook:
    return recheck(
        message.touches,
        fresh,
        policies.policies[0],
        today,
        channel=message.channel,
        contact_id=message.contact_id,
        address=message.address,
        options=options,
        **more,
    )


def test_nothing_changed_and_everything_is_kept_although_its_own_touches_are_recorded() -> None:
    before = account(item(1, due=DUE), item(2, due=DUE))
    fresh = after(before, plan(before, LATE))
    fresh = replace(fresh, items=tuple(replace(one, pending=TouchStatus.CLAIMED) for one in fresh.items))
    look = _look(fresh)
    assert (look.kept, look.dropped, look.stopped) == (PLANNED.touches, (), None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"residual": 0}, SkipReason.ZERO_BALANCE),
        ({"written_off": True}, SkipReason.WRITTEN_OFF),
        ({"disputed": 10_000}, SkipReason.DISPUTED),
        ({"promised": 10_000}, SkipReason.PROMISED),
        ({"credit_pending": 10_000}, SkipReason.CREDIT_PENDING),
        ({"due_on": date(2026, 4, 1)}, SkipReason.NOT_DUE),
        ({"pending": TouchStatus.UNKNOWN}, SkipReason.UNKNOWN_OUTCOME),
    ],
)
def test_what_changed_since_planning_is_dropped_with_its_reason(changes, reason: SkipReason) -> None:
    look = _look(account(item(1, due=DUE, **changes), item(2, due=DUE)))
    assert [touch.document_id for touch in look.kept] == [2]
    assert [(touch.document_id, why) for touch, why in look.dropped] == [(1, reason)]


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"residual": 2_500}, 2_500),
        ({"disputed": 4_000}, 6_000),
        ({"promised": 9_999}, 1),
        ({"residual": 12_000}, 12_000),
    ],
)
def test_asked_amounts_are_the_fresh_ones(changes, asked: int) -> None:
    assert _look(account(item(1, due=DUE, **changes))).kept[0].asked_minor == asked


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pauses": (Pause(PauseKind.REPLY, LATE),)}, SkipReason.REPLY_PENDING),
        ({"pauses": (Pause(PauseKind.INSOLVENCY, LATE),)}, SkipReason.INSOLVENT),
        ({"doubted": True}, SkipReason.LEDGER_DOUBT),
    ],
)
def test_what_silences_the_account_drops_everything(changes, reason: SkipReason) -> None:
    look = _look(account(item(1, due=DUE), item(2, due=DUE), **changes))
    assert look.kept == ()
    assert {why for _, why in look.dropped} == {reason}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opt_outs": frozenset({OptOut(Channel.EMAIL, "ada@acme.example")})}, SkipReason.OPTED_OUT),
        ({"contacts": (contact(email="new@acme.example"),)}, SkipReason.NO_ADDRESS),
        ({"contacts": ()}, SkipReason.NO_ADDRESS),
        ({"pauses": (Pause(PauseKind.OUT_OF_OFFICE, LATE, contact_id=11),)}, SkipReason.PAUSED),
        ({"credits": (cash(20_000),)}, SkipReason.COVERED_BY_CREDIT),
    ],
)
def test_what_concerns_the_message_stops_the_whole_of_it(changes, reason: SkipReason) -> None:
    look = _look(account(item(1, due=DUE), item(2, due=DUE), **changes))
    assert (look.kept, look.stopped) == ((), reason)
    assert {why for _, why in look.dropped} == {reason}


def test_a_payment_that_leaves_less_than_the_minimum_stops_it() -> None:
    policies = book("code: first, after_due: 5, template: first", "minimum: {EUR: 25.00}\n")
    assert _look(account(item(1, due=DUE, residual=2_499)), policies=policies).stopped == SkipReason.BELOW_MINIMUM
    assert _look(account(item(1, due=DUE, residual=2_500)), policies=policies).stopped is None


def test_a_ledger_that_went_stale_since_sends_nothing() -> None:
    fresh = account(item(1, due=DUE), ledger_as_of=date(2026, 3, 3))
    assert _look(fresh, options=PlanOptions()).dropped[0][1] == SkipReason.LEDGER_STALE


def test_a_collectors_call_this_morning_puts_off_the_automatic_message_but_not_an_approved_one() -> None:
    called = account(item(1, due=DUE), past_contacts=(PastContact(LATE, Channel.CALL, automated=False),))
    assert _look(called).dropped[0][1] == SkipReason.INTERVAL
    assert _look(called, approved=True).kept


def test_a_notice_before_the_due_day_that_comes_too_late_is_dropped() -> None:
    notice = only(plan(account(item(1, due=date(2026, 3, 11))), LATE))
    assert notice.template == "before_due"
    fresh = account(item(1, due=date(2026, 3, 11)))
    assert _look(fresh, date(2026, 3, 10), notice).kept
    assert _look(fresh, date(2026, 3, 11), notice).dropped[0][1] == SkipReason.BETWEEN_STEPS


def test_an_accounts_touch_keeps_the_items_that_may_still_be_asked_for() -> None:
    policies = book("code: first, after_due: 5, template: first", "cycle: account\n")
    message = only(plan(account(item(1, due=DUE), item(2, due=DUE)), LATE, policies))
    (touch,) = _look(account(item(1, due=DUE, residual=0), item(2, due=DUE)), message=message, policies=policies).kept
    assert (touch.document_ids, touch.asked_minor) == ((2,), 10_000)


def test_a_notice_of_a_promise_is_kept_while_the_promise_stands_and_dropped_when_it_is_paid() -> None:
    policies = book("code: first, after_due: 5, template: first", "promise_reminder_days: 2\n")
    promise = Promise(5, "EUR", 10_000, LATE, date(2026, 3, 11), PromiseStatus.OPEN, ((1, 10_000),))
    held = account(item(1, due=DUE, promised=10_000), promises=(promise,))
    message = only(plan(held, LATE, policies))
    assert _look(held, message=message, policies=policies).kept[0].asked_minor == 0
    paid = account(item(1, due=DUE, residual=0), promises=(promise,))
    assert _look(paid, message=message, policies=policies).kept == ()
    cancelled = account(item(1, due=DUE))
    assert _look(cancelled, message=message, policies=policies).dropped[0][1] == SkipReason.BETWEEN_STEPS
    assert _look(held, date(2026, 3, 11), message, policies).dropped[0][1] == SkipReason.BETWEEN_STEPS
