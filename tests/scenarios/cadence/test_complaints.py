"""What users of other systems complained of, and the behaviour that answers each. Numbers are of the field list."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.account import PastContact
from domain.documents import CreditKind, Order, OrderStatus
from domain.errors import BadInput
from domain.parties import Channel
from domain.promises import Promise, PromiseStatus
from domain.tasks import TaskCause
from domain.touches import SkipReason
from outreach.cadence.eligibility import recheck
from outreach.cadence.plan import PlannedMessage
from outreach.cadence.policy import Template
from outreach.cadence.rehearsal import rehearse
from tests.unit.cadence.build import (
    ANY_LEDGER,
    STANDARD,
    Story,
    account,
    book,
    cash,
    contact,
    customer,
    done,
    item,
    only,
    plan,
    reasons,
    stages,
    verdict,
)

MONDAY = date(2026, 3, 2)


def _look_again(message: PlannedMessage, fresh, today: date):
    return recheck(
        message.touches,
        fresh,
        STANDARD.policies[0],
        today,
        channel=message.channel,
        contact_id=message.contact_id,
        address=message.address,
        options=ANY_LEDGER,
    )


def test_1_however_often_the_run_goes_one_message_and_one_fee_a_step() -> None:
    policies = book("code: first, after_due: 5, template: first, fee: {EUR: 10.00}")
    story = Story(account(item(due=MONDAY)), policies)
    messages = []
    for _ in range(22):
        story.run(date(2026, 3, 9))
        messages += story.plan.messages
    assert [touch.fee_minor for message in messages for touch in message.touches] == [1_000]
    assert reasons(story.plan) == {1: SkipReason.ALREADY_PLANNED}


def test_3_an_invoice_paid_between_plan_and_sending_is_not_asked_for() -> None:
    before = account(item(1, due=MONDAY), item(2, due=MONDAY))
    message = only(plan(before, date(2026, 3, 9)))
    look = _look_again(message, account(item(1, due=MONDAY), item(2, due=MONDAY, residual=0)), date(2026, 3, 9))
    assert [touch.document_id for touch in look.kept] == [1]
    assert [(touch.document_id, reason) for touch, reason in look.dropped] == [(2, SkipReason.ZERO_BALANCE)]


def test_3_a_message_whose_every_invoice_was_paid_keeps_nothing() -> None:
    message = only(plan(account(item(due=MONDAY)), date(2026, 3, 9)))
    look = _look_again(message, account(), date(2026, 3, 9))
    assert look.kept == ()


def test_4_a_mail_by_hand_yesterday_restarts_the_clock() -> None:
    by_hand = PastContact(date(2026, 3, 8), Channel.EMAIL, "EUR", 1, (1,), automated=False)
    written = account(item(1, due=MONDAY), item(2, due=MONDAY), past_contacts=(by_hand,))
    found = plan(written, date(2026, 3, 9))
    assert stages(found) == {2: "first"}
    assert reasons(found) == {1: SkipReason.INTERVAL}
    assert stages(plan(written, date(2026, 3, 13))) == {1: "first", 2: "first"}


def test_4_nothing_reads_as_past_due_before_it_is() -> None:
    for ahead in range(1, 15):
        found = plan(account(item(due=MONDAY)), MONDAY - timedelta(days=ahead))
        assert {message.template for message in found.messages} <= {Template.BEFORE_DUE}


@pytest.mark.parametrize(
    ("country", "zone"),
    [("JP", "Asia/Tokyo"), ("US", "America/Los_Angeles"), ("NZ", "Pacific/Auckland"), ("WS", "Pacific/Apia")],
)
def test_5_due_dates_stay_dates_and_the_hour_is_the_customers(country: str, zone: str) -> None:
    there = account(item(due=MONDAY), customer=customer(country=country, timezone=zone))
    assert verdict(item(due=MONDAY), date(2026, 3, 6)) == SkipReason.BETWEEN_STEPS
    message = only(plan(there, date(2026, 3, 10), now=datetime(2026, 3, 10, 5, tzinfo=UTC)))
    local = message.not_before.astimezone(ZoneInfo(zone))
    assert local.date() >= date(2026, 3, 10)
    assert 9 <= local.hour < 17


def test_6_before_and_after_are_words_and_the_preview_shows_the_day() -> None:
    policies = book("""
        code: early, before_due: 3
        code: late, after_due: 60, template: second
    """)
    due = date(2026, 5, 11)
    shown = [(day, message.head_stage) for day, message in rehearse([account(item(due=due))], policies, MONDAY, 150)]
    assert shown == [(date(2026, 5, 8), "early"), (date(2026, 7, 10), "late")]


def test_6_a_sign_is_refused_and_explained() -> None:
    with pytest.raises(BadInput, match=r"test.yaml:6: steps\[1\]\.after_due: read '-60'; .* never by a sign"):
        book("code: late, after_due: -60, template: second")


def test_9_a_part_paid_invoice_is_asked_for_by_its_residual() -> None:
    assert only(plan(account(item(due=MONDAY, residual=6_000)), date(2026, 3, 9))).asked_minor == 6_000


def test_9_a_credit_note_smaller_than_what_is_overdue_leaves_the_message_and_its_net_to_the_letter() -> None:
    memo = cash(4_000, kind=CreditKind.CREDIT_MEMO)
    assert only(plan(account(item(due=MONDAY), credits=(memo,)), date(2026, 3, 9))).asked_minor == 10_000


@pytest.mark.parametrize("kind", list(CreditKind))
def test_9_credit_that_covers_what_is_overdue_makes_a_task_instead_of_a_message(kind: CreditKind) -> None:
    found = plan(account(item(due=MONDAY), credits=(cash(10_000, kind=kind),)), date(2026, 3, 9))
    assert found.messages == ()
    assert reasons(found) == {1: SkipReason.COVERED_BY_CREDIT}
    assert [(task.cause, task.stake_minor) for task in found.tasks] == [(TaskCause.COVERED_BY_CREDIT, 10_000)]


def test_9_cash_in_another_currency_covers_nothing() -> None:
    assert plan(account(item(due=MONDAY), credits=(cash(10_000, "USD"),)), date(2026, 3, 9)).messages


def test_10_reminding_one_invoice_does_not_silence_the_others() -> None:
    story = Story(account(item(1, due=MONDAY), item(2, due=MONDAY + timedelta(days=1))))
    assert story.run(date(2026, 3, 9)) == {1: "first", 2: "first"}
    story = Story(account(item(1, due=MONDAY), item(2, due=MONDAY + timedelta(days=3))))
    assert story.run(date(2026, 3, 9)) == {1: "first"}
    assert story.run(date(2026, 3, 10)) == {2: "first"}


def test_13_a_flag_without_a_balance_is_no_reason_to_write() -> None:
    zero = item(due=MONDAY, residual=0, stages_done=(done("first", 5, date(2026, 3, 9)),))
    found = plan(account(zero), date(2026, 3, 20))
    assert found.messages == ()
    assert reasons(found) == {1: SkipReason.ZERO_BALANCE}


def test_14_a_credit_that_zeroes_the_balance_ends_it_and_its_reversal_begins_again_where_it_stood() -> None:
    story = Story(account(item(due=MONDAY)))
    assert story.run(date(2026, 3, 9)) == {1: "first"}
    story.pay(1)
    assert story.run(date(2026, 3, 17)) == {}
    story.change(1, residual=10_000)
    assert story.run(date(2026, 3, 18)) == {1: "second"}


def test_15_paying_the_oldest_reschedules_from_the_current_oldest_without_skipping_a_stage() -> None:
    policies = book(
        """
        code: first, after_due: 30, template: first
        code: second, after_due: 40, template: second
        code: third, after_due: 50, template: second
        """,
        "cycle: account\n",
    )
    story = Story(account(item(1, due=date(2026, 3, 2)), item(2, due=date(2026, 3, 23))), policies)
    assert story.run(date(2026, 4, 1)) == {1: "first", 2: "first"}
    story.pay(1)
    assert story.run(date(2026, 4, 13)) == {}, "day 42 of the paid one, day 21 of the oldest now"
    assert story.run(date(2026, 4, 30)) == {}, "day 38: the first stage was had, the second has not come"
    assert story.run(date(2026, 5, 4)) == {2: "second"}
    assert story.run(date(2026, 5, 12)) == {2: "third"}


def test_20_a_promise_is_silence_and_a_broken_one_resumes_politely_once() -> None:
    story = Story(account(item(due=MONDAY)))
    story.run(date(2026, 3, 9))
    promise = Promise(5, "EUR", 10_000, date(2026, 3, 10), date(2026, 3, 20), PromiseStatus.OPEN, ((1, 10_000),))
    story.set(promises=(promise,))
    story.change(1, promised=10_000)
    for day in (17, 18, 20, 23):
        assert story.run(date(2026, 3, day)) == {}
        assert reasons(story.plan) == {1: SkipReason.PROMISED}
    story.set(promises=(), broken_promises=(replace(promise, status=PromiseStatus.BROKEN),))
    story.change(1, promised=0)
    assert story.run(date(2026, 3, 24)) == {1: "promise_broken:5"}
    assert only(story.plan).template == "promise_broken"
    assert story.run(date(2026, 3, 25)) == {}
    assert reasons(story.plan) == {1: SkipReason.INTERVAL}
    assert story.run(date(2026, 3, 30)) == {1: "second"}


def test_20_a_promise_for_a_part_leaves_the_rest_asked_for() -> None:
    assert only(plan(account(item(due=MONDAY, promised=4_000)), date(2026, 3, 9))).asked_minor == 6_000


def test_21_a_disputed_invoice_is_left_out_by_default_and_the_undisputed_rest_is_not() -> None:
    found = plan(account(item(1, due=MONDAY, disputed=10_000), item(2, due=MONDAY, disputed=2_500)), date(2026, 3, 9))
    assert reasons(found) == {1: SkipReason.DISPUTED}
    assert [(touch.document_id, touch.asked_minor) for touch in only(found).touches] == [(2, 7_500)]


def test_22_a_blocked_order_never_stops_collection() -> None:
    order = Order("O-1", MONDAY, 50_000, "EUR", OrderStatus.BLOCKED)
    assert stages(plan(account(item(due=MONDAY), orders=(order,)), date(2026, 3, 9))) == {1: "first"}


def test_closing_a_dispute_restores_dunning_where_its_clock_stood() -> None:
    story = Story(account(item(due=MONDAY)))
    assert story.run(date(2026, 3, 9)) == {1: "first"}
    story.change(1, disputed=10_000)
    assert story.run(date(2026, 3, 17)) == {}
    # Disputed from 11 March to 31 March: twenty days that don't count.
    story.change(1, disputed=0, clock_stopped_days=20, resumed_on=date(2026, 3, 31))
    assert story.run(date(2026, 4, 1)) == {}
    assert story.run(date(2026, 4, 2)) == {}, "day 11 of its own clock"
    assert story.run(date(2026, 4, 7)) == {1: "second"}, "day 36 less 20, and more than the interval after closing"


def test_after_a_settled_dispute_the_next_step_waits_the_interval_even_when_its_day_has_come() -> None:
    late = item(due=MONDAY, stages_done=(done("first", 5, date(2026, 3, 9)),), resumed_on=date(2026, 4, 1))
    assert verdict(late, date(2026, 4, 2)) == SkipReason.INTERVAL
    assert verdict(late, date(2026, 4, 6)) == "second"


def test_one_language_the_contacts_before_the_customers() -> None:
    french = account(item(due=MONDAY), contacts=(contact(locale="fr_CH"),))
    assert only(plan(french, date(2026, 3, 9))).locale == "fr_CH"
    assert only(plan(account(item(due=MONDAY)), date(2026, 3, 9))).locale == "de_DE"
