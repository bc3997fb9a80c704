"""Rules of the trade, "Replies, promises, stalling" and "Disputes and orders": when the planner is silent."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.account import AccountCycle, PastContact, Pause, PauseKind
from domain.parties import Channel
from domain.promises import Promise, PromiseStatus
from domain.touches import SkipReason, TouchStatus
from outreach.cadence.progress import BEFORE_EVERY_STEP
from tests.unit.cadence.build import (
    STANDARD,
    Story,
    account,
    book,
    cash,
    done,
    item,
    only,
    plan,
    reasons,
    stages,
    verdict,
)

DUE = date(2026, 3, 2)
LATE = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (PauseKind.REPLY, SkipReason.REPLY_PENDING),
        (PauseKind.PROMISE_OFFERED, SkipReason.PROMISE_OFFERED),
        (PauseKind.INSOLVENCY, SkipReason.INSOLVENT),
        (PauseKind.TRACE_PAYMENT, SkipReason.PAUSED),
        (PauseKind.ACKNOWLEDGED, SkipReason.PAUSED),
        (PauseKind.MANUAL, SkipReason.PAUSED),
    ],
)
def test_a_pause_of_the_account_silences_everything_until_its_last_day(kind: PauseKind, reason: SkipReason) -> None:
    paused = account(item(1, due=DUE), item(2, due=DUE), pauses=(Pause(kind, LATE, date(2026, 3, 11)),))
    assert reasons(plan(paused, date(2026, 3, 11))) == {1: reason, 2: reason}
    assert stages(plan(paused, date(2026, 3, 12))) == {1: "first", 2: "first"}


def test_a_reply_that_names_an_invoice_pauses_that_one() -> None:
    found = plan(
        account(item(1, due=DUE), item(2, due=DUE), pauses=(Pause(PauseKind.REPLY, LATE, document_id=1),)), LATE
    )
    assert reasons(found) == {1: SkipReason.REPLY_PENDING}
    assert stages(found) == {2: "first"}


def test_a_reply_by_a_contact_silences_the_account_not_only_that_contact() -> None:
    replied = account(item(due=DUE), pauses=(Pause(PauseKind.REPLY, LATE, contact_id=11),))
    assert reasons(plan(replied, LATE)) == {1: SkipReason.REPLY_PENDING}


def test_the_gravest_of_several_pauses_is_the_reason() -> None:
    pauses = (Pause(PauseKind.MANUAL, LATE), Pause(PauseKind.INSOLVENCY, LATE), Pause(PauseKind.REPLY, LATE))
    assert reasons(plan(account(item(due=DUE), pauses=pauses), LATE)) == {1: SkipReason.INSOLVENT}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"residual": 0, "written_off": True}, SkipReason.ZERO_BALANCE),
        ({"residual": -500}, SkipReason.ZERO_BALANCE),
        ({"written_off": True}, SkipReason.WRITTEN_OFF),
        ({"credit_pending": 10_000}, SkipReason.CREDIT_PENDING),
        ({"promised": 10_000, "disputed": 10_000}, SkipReason.PROMISED),
        ({"disputed": 10_000}, SkipReason.DISPUTED),
        ({"promised": 6_000, "disputed": 4_000}, SkipReason.PROMISED),
        ({"pending": TouchStatus.UNKNOWN}, SkipReason.UNKNOWN_OUTCOME),
        ({"pending": TouchStatus.AWAITING_APPROVAL}, SkipReason.AWAITING_APPROVAL),
        ({"pending": TouchStatus.SENDING}, SkipReason.ALREADY_PLANNED),
    ],
)
def test_what_holds_an_item_is_its_reason(changes: dict[str, object], reason: SkipReason) -> None:
    assert verdict(item(due=DUE, **changes), LATE) == reason


def test_an_approved_credit_memo_that_waits_for_posting_is_not_dunned() -> None:
    assert only(plan(account(item(due=DUE, credit_pending=3_000)), LATE)).asked_minor == 7_000


def test_later_invoices_go_on_while_a_promise_holds_the_earlier_ones() -> None:
    assert stages(plan(account(item(1, due=DUE, promised=10_000), item(2, due=DUE)), LATE)) == {2: "first"}


PROMISE = Promise(5, "EUR", 10_000, date(2026, 3, 10), date(2026, 3, 20), PromiseStatus.OPEN, ((1, 10_000),))


def _broken(id: int, on: date, *documents: int) -> Promise:
    return replace(
        PROMISE, id=id, promised_on=on, status=PromiseStatus.BROKEN, documents=tuple((one, 10_000) for one in documents)
    )


def test_of_two_broken_promises_the_newest_is_told_and_the_older_is_not_dug_up() -> None:
    both = (_broken(5, date(2026, 3, 5), 1), _broken(6, date(2026, 3, 12), 1))
    story = Story(account(item(due=DUE), broken_promises=both))
    assert story.run(date(2026, 3, 17)) == {1: "promise_broken:6"}
    assert story.run(date(2026, 3, 18)) == {}
    assert story.run(date(2026, 3, 23)) == {1: "first"}


def test_a_broken_promise_about_one_invoice_leads_the_message_that_holds_another() -> None:
    found = plan(account(item(1, due=DUE), item(2, due=DUE), broken_promises=(_broken(5, date(2026, 3, 5), 1),)), LATE)
    assert [(touch.document_id, touch.template) for touch in only(found).touches] == [
        (1, "promise_broken"),
        (2, "first"),
    ]


def test_a_promise_broken_before_the_due_date_says_nothing_of_past_due() -> None:
    early = item(due=date(2026, 4, 1))
    found = plan(account(early, broken_promises=(_broken(5, date(2026, 3, 5), 1),)), LATE)
    assert reasons(found) == {1: SkipReason.NOT_DUE}


def test_a_promise_kept_in_part_is_told_like_a_broken_one_about_the_rest() -> None:
    partly = replace(_broken(5, date(2026, 3, 5), 1), status=PromiseStatus.PARTLY_KEPT)
    message = only(plan(account(item(due=DUE, residual=4_000), broken_promises=(partly,)), LATE))
    assert (message.template, message.asked_minor) == ("promise_broken", 4_000)


REMINDING = book(
    "code: first, after_due: 5, template: first\ncode: second, after_due: 15, template: second",
    "promise_reminder_days: 2\n",
)


def test_one_notice_as_agreed_before_a_promise_falls_due_asking_for_nothing() -> None:
    story = Story(account(item(due=DUE, promised=10_000), promises=(PROMISE,)), REMINDING)
    notices = []
    for day in range(11, 24):
        assert story.run(date(2026, 3, day)) == {}
        assert set(reasons(story.plan).values()) == {SkipReason.PROMISED}
        notices += [(day, message.template, message.asked_minor) for message in story.plan.messages]
    assert notices == [(18, "promise_reminder", 0)]


def test_the_notice_is_opt_in() -> None:
    assert plan(account(item(due=DUE, promised=10_000), promises=(PROMISE,)), date(2026, 3, 18)).messages == ()


@pytest.mark.parametrize(
    "silence",
    [
        {"pauses": (Pause(PauseKind.REPLY, LATE),)},
        {"pauses": (Pause(PauseKind.REPLY, LATE, document_id=1),)},
        {"pauses": (Pause(PauseKind.INSOLVENCY, LATE),)},
        {"credits": (cash(10_000),)},
        {"doubted": True},
    ],
    ids=["a reply", "a reply about it", "an insolvency", "cash that covers it", "a doubt"],
)
def test_the_notice_respects_silence(silence: dict[str, object]) -> None:
    quiet = account(item(due=DUE, promised=10_000), promises=(PROMISE,), **silence)
    assert plan(quiet, date(2026, 3, 18), REMINDING).messages == ()


def test_the_notice_waits_a_day_for_the_message_about_another_invoice() -> None:
    story = Story(
        account(item(1, due=DUE, promised=10_000), item(2, due=date(2026, 3, 13)), promises=(PROMISE,)), REMINDING
    )
    assert story.run(date(2026, 3, 18)) == {2: "first"}
    assert len(story.plan.messages) == 1
    story.run(date(2026, 3, 19))
    assert only(story.plan).template == "promise_reminder"


def test_a_notice_does_not_put_off_the_part_that_was_not_promised() -> None:
    part = replace(PROMISE, amount_minor=4_000, promised_on=date(2026, 3, 18))
    story = Story(account(item(due=DUE, promised=4_000), promises=(part,)), REMINDING)
    assert story.run(LATE) == {1: "first"}
    story.run(date(2026, 3, 16))
    assert only(story.plan).template == "promise_reminder"
    assert story.run(date(2026, 3, 17)) == {1: "second"}


def test_what_is_no_step_moves_the_cycle_nowhere() -> None:
    untouched, reminded = item(1, due=DUE), item(2, due=DUE, stages_done=(done("first", 5, LATE),))
    told = plan(account(untouched, reminded, broken_promises=(_broken(5, date(2026, 3, 12), 1, 2),)), date(2026, 3, 17))
    assert {touch.document_id: touch.offset for touch in only(told).touches} == {1: BEFORE_EVERY_STEP, 2: 5}
    early = item(due=date(2026, 3, 24), promised=10_000)
    story = Story(account(early, promises=(replace(PROMISE, promised_on=date(2026, 3, 20)),)), REMINDING)
    story.run(date(2026, 3, 18))
    assert [touch.offset for touch in only(story.plan).touches] == [BEFORE_EVERY_STEP]


def test_a_call_by_hand_about_everything_restarts_every_clock() -> None:
    called = PastContact(date(2026, 3, 6), Channel.CALL, automated=False)
    quiet = account(item(1, due=DUE), item(2, due=DUE), past_contacts=(called,))
    assert set(reasons(plan(quiet, LATE)).values()) == {SkipReason.INTERVAL}
    assert stages(plan(quiet, date(2026, 3, 11))) == {1: "first", 2: "first"}


def test_a_contact_by_hand_of_another_entity_or_currency_changes_nothing_here() -> None:
    for other in ({"entity_id": 2}, {"currency": "USD"}):
        called = PastContact(date(2026, 3, 6), Channel.CALL, automated=False, **other)
        assert stages(plan(account(item(due=DUE), past_contacts=(called,)), LATE)) == {1: "first"}


def test_closing_a_dispute_lifts_its_own_suspension_only() -> None:
    both = item(due=DUE, disputed=3_000, promised=2_000)
    assert only(plan(account(both), LATE)).asked_minor == 5_000
    settled = replace(both, disputed=0, resumed_on=date(2026, 3, 3))
    assert only(plan(account(settled), LATE)).asked_minor == 8_000


ACCOUNT = book(
    """
    code: first, after_due: 5, template: first
    code: second, after_due: 15, template: second
    """,
    "cycle: account\n",
)


def test_an_accounts_cycle_has_one_touch_for_all_its_overdue_items() -> None:
    cycle = AccountCycle(77, "EUR")
    late = account(
        item(1, due=DUE), item(2, due=date(2026, 3, 6)), item(3, due=date(2026, 3, 20)), account_cycles=(cycle,)
    )
    found = plan(late, LATE, ACCOUNT)
    (touch,) = only(found).touches
    assert (touch.document_id, touch.document_ids, touch.cycle_id, touch.asked_minor) == (None, (1, 2), 77, 20_000)
    assert reasons(found) == {3: SkipReason.NOT_DUE}


def test_an_accounts_cycle_counts_from_the_oldest_item_that_may_be_asked_for() -> None:
    disputed_oldest = account(item(1, due=DUE, disputed=10_000), item(2, due=date(2026, 3, 6)))
    assert reasons(plan(disputed_oldest, LATE, ACCOUNT)) == {1: SkipReason.DISPUTED, 2: SkipReason.BETWEEN_STEPS}


def test_an_accounts_message_that_waits_for_a_yes_holds_up_the_next() -> None:
    waiting = AccountCycle(77, "EUR", (done("first", 5, date(2026, 3, 9)),), TouchStatus.AWAITING_APPROVAL)
    found = plan(account(item(due=DUE), account_cycles=(waiting,)), date(2026, 3, 23), ACCOUNT)
    assert reasons(found) == {1: SkipReason.AWAITING_APPROVAL}


def test_a_broken_promise_in_an_accounts_cycle_is_told_once_for_the_account() -> None:
    story = Story(
        account(item(1, due=DUE), item(2, due=DUE), broken_promises=(_broken(5, date(2026, 3, 5), 1),)), ACCOUNT
    )
    assert story.run(LATE) == {1: "promise_broken:5", 2: "promise_broken:5"}
    assert story.run(LATE + timedelta(days=1)) == {}
    assert story.run(LATE + timedelta(days=7)) == {1: "first", 2: "first"}


def test_a_policy_that_begins_to_count_by_account_or_ends_to_repeats_no_step() -> None:
    story = Story(account(item(1, due=DUE), item(2, due=date(2026, 3, 13))))
    assert story.run(LATE) == {1: "first"}
    story.policies = ACCOUNT
    assert story.run(date(2026, 3, 17)) == {1: "second", 2: "second"}
    story.policies = STANDARD
    assert story.run(date(2026, 3, 24)) == {}
    assert story.run(date(2026, 4, 1)) == {1: "final"}


def test_a_doubtful_message_about_an_item_leaves_that_item_out_of_the_accounts_next_one() -> None:
    found = plan(account(item(1, due=DUE, pending=TouchStatus.UNKNOWN), item(2, due=DUE)), LATE, ACCOUNT)
    assert reasons(found) == {1: SkipReason.UNKNOWN_OUTCOME}
    assert stages(found) == {2: "first"}


ON_DUE = book("""
    code: early, before_due: 10
    code: soon, before_due: 3
    code: due, on_due: true
    code: first, after_due: 5, template: first
""")


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(-11, "not_due"), (-10, "early"), (-4, "early"), (-3, "soon"), (-1, "soon"), (0, "due"), (4, "due"), (5, "first")],
)
def test_steps_before_and_on_due_belong_to_their_own_days(ahead: int, expected: str) -> None:
    assert verdict(item(due=DUE), DUE + timedelta(days=ahead), ON_DUE) == expected


def test_on_the_due_day_nothing_is_overdue_yet() -> None:
    assert verdict(item(due=DUE), DUE, STANDARD) == SkipReason.NOT_DUE
