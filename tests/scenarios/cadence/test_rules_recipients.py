"""Rules of the trade, "Who is written to": recipients, channels, groups, money, days."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.account import OptOut, PastContact, Pause, PauseKind
from domain.parties import Channel, ContactRole
from domain.tasks import TaskCause
from domain.touches import SkipReason
from outreach.cadence.loading import parse_policies
from outreach.cadence.policy import PolicyBook
from outreach.cadence.rehearsal import rehearse
from outreach.cadence.view import PlanOptions
from tests.unit.cadence.build import (
    DE,
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

DUE = date(2026, 3, 2)
LATE = date(2026, 3, 9)

LADDER = book(
    """
    code: first, after_due: 5, template: first
    code: second, after_due: 15, template: second, recipients: [ap_manager, ap]
    code: final, after_due: 30, template: final, approval: required, recipients: [finance_head, ap_manager, ap]
    """,
    "channels: [email, sms, letter]\n",
)
CLERK = contact()
MANAGER = contact(id=12, name="Max Chef", role=ContactRole.AP_MANAGER, email="max@acme.example", phone=None)
HEAD = contact(id=13, name="Fia Finanz", role=ContactRole.FINANCE_HEAD, email="fia@acme.example", phone=None)
BUYER = contact(id=14, name="Bo Kauf", role=ContactRole.BUYER, email="bo@acme.example")
OWN = contact(id=0, name=None, role=ContactRole.OTHER, email="info@acme.example", phone=None)


def _to(found) -> tuple[str, int | None, str]:
    message = only(found)
    return message.channel, message.contact_id, message.address


def test_the_ladder_goes_up_with_the_steps() -> None:
    story = Story(account(item(due=DUE), contacts=(CLERK, MANAGER, HEAD)), LADDER)
    reached = []
    for day in (date(2026, 3, 9), date(2026, 3, 17), date(2026, 4, 1)):
        story.run(day)
        reached.append(only(story.plan).contact_id)
    assert reached == [11, 12, 13]


def test_without_a_finance_head_the_next_below_is_written_to_and_never_a_buyer() -> None:
    old = item(due=DUE, stages_done=(done("second", 15, date(2026, 3, 17)),))
    assert _to(plan(account(old, contacts=(BUYER, CLERK)), date(2026, 4, 1), LADDER))[1] == 11
    found = plan(account(item(due=DUE), contacts=(BUYER,)), LATE, book("code: first, after_due: 5, template: first"))
    assert reasons(found) == {1: SkipReason.NO_ADDRESS}
    assert [task.cause for task in found.tasks] == [TaskCause.NO_ADDRESS]


def test_the_customers_own_address_is_the_last_resort() -> None:
    assert _to(plan(account(item(due=DUE), contacts=(OWN, BUYER)), LATE)) == ("email", None, "info@acme.example")


def test_out_of_office_another_contact_is_used() -> None:
    away = Pause(PauseKind.OUT_OF_OFFICE, date(2026, 3, 5), date(2026, 3, 18), contact_id=11)
    there = contact(id=15, email="eva@acme.example")
    assert _to(plan(account(item(due=DUE), contacts=(CLERK, there), pauses=(away,)), LATE))[1] == 15
    alone = account(item(due=DUE), contacts=(CLERK,), pauses=(away,))
    assert reasons(plan(alone, LATE)) == {1: SkipReason.PAUSED}
    assert stages(plan(alone, date(2026, 3, 19))) == {1: "first"}


def test_an_opt_out_holds_for_that_address_and_channel_and_the_next_channel_is_used() -> None:
    stopped = frozenset({OptOut(Channel.EMAIL, "ada@acme.example")})
    loud = contact(email="Ada@Acme.example")
    assert _to(plan(account(item(due=DUE), contacts=(loud,), opt_outs=stopped), LATE, LADDER))[0] == "sms"
    both = stopped | {OptOut(Channel.SMS, "+4930123456")}
    assert _to(plan(account(item(due=DUE), contacts=(loud,), opt_outs=both), LATE, LADDER))[0] == "letter"
    found = plan(account(item(due=DUE), contacts=(loud,), opt_outs=stopped), LATE)
    assert reasons(found) == {1: SkipReason.OPTED_OUT}


def test_letters_and_calls_go_on_after_an_opt_out() -> None:
    policies = book("code: first, after_due: 5, template: first, channels: [call]")
    stopped = frozenset({OptOut(Channel.SMS, "+4930123456"), OptOut(Channel.EMAIL, "ada@acme.example")})
    found = plan(account(item(due=DUE), opt_outs=stopped), LATE, policies)
    assert found.to_send == ()
    assert [(call.channel, call.address) for call in found.to_call] == [("call", "+4930123456")]


def test_a_call_step_is_a_task_beside_the_message_and_both_carry_their_own_items() -> None:
    policies = book("""
        code: first, after_due: 5, template: first
        code: call, after_due: 15, template: second, channels: [call]
    """)
    older = item(2, due=date(2026, 2, 16), stages_done=(done("first", 5, date(2026, 2, 23)),))
    found = plan(account(item(1, due=DUE), older), LATE, policies)
    assert [[touch.document_id for touch in message.touches] for message in found.to_send] == [[1]]
    assert [[touch.document_id for touch in message.touches] for message in found.to_call] == [[2]]


def test_one_mail_holds_invoices_at_several_steps_and_the_gravest_words_lead() -> None:
    graver = item(2, due=date(2026, 2, 2), stages_done=(done("second", 15, date(2026, 2, 23)),))
    message = only(plan(account(item(1, due=DUE), graver), date(2026, 3, 9)))
    assert (message.template, message.needs_approval) == ("final", True)
    assert [(touch.document_id, touch.template) for touch in message.touches] == [(2, "final"), (1, "first")]


def test_each_invoice_keeps_its_own_step_when_a_message_is_about_one_invoice() -> None:
    per_invoice = book("code: first, after_due: 5, template: first", "grouping: invoice\n")
    found = plan(account(item(1, due=DUE), item(2, due=DUE)), LATE, per_invoice)
    assert sorted(touch.document_id for message in found.messages for touch in message.touches) == [1, 2]
    assert len(found.messages) == 2


def test_entities_and_currencies_never_share_a_message() -> None:
    other = account(item(3, due=DUE), entity=replace(DE, id=2, code="E2"))
    found = plan([account(item(1, due=DUE), item(2, due=DUE, currency="USD")), other], LATE)
    assert sorted((message.entity_id, message.currency) for message in found.messages) == [
        (1, "EUR"),
        (1, "USD"),
        (2, "EUR"),
    ]
    assert all(touch.currency == message.currency for message in found.messages for touch in message.touches)


def test_the_weekly_cap_is_shared_by_entities_and_channels_and_the_gravest_goes_first() -> None:
    two_a_week = PlanOptions(ledger_max_age=None, contact_cap_per_week=2)
    called = PastContact(date(2026, 3, 5), Channel.CALL, entity_id=2, automated=False, document_ids=(99,))
    graver = item(2, due=date(2026, 2, 16), currency="USD", stages_done=(done("first", 5, date(2026, 2, 23)),))
    found = plan(account(item(1, due=DUE), graver, past_contacts=(called,)), LATE, options=two_a_week)
    assert stages(found) == {2: "second"}
    assert reasons(found) == {1: SkipReason.CONTACT_CAP}
    week_later = plan(account(item(1, due=DUE), past_contacts=(called,) * 2), date(2026, 3, 12), options=two_a_week)
    assert stages(week_later) == {1: "first"}


def test_one_message_a_day_even_when_an_invoice_comes_free_later_that_day() -> None:
    story = Story(account(item(1, due=DUE), item(2, due=DUE, disputed=10_000)))
    assert story.run(LATE) == {1: "first"}
    story.change(2, disputed=0)
    assert story.run(LATE) == {}
    assert story.run(date(2026, 3, 10)) == {2: "first"}


def test_a_minimum_is_by_currency_and_over_the_whole_message() -> None:
    policies = book("code: first, after_due: 5, template: first", "minimum: {EUR: 25.00}\n")
    small = [item(number, due=DUE, amount=1_000) for number in (1, 2, 3)]
    assert reasons(plan(account(*small[:2]), LATE, policies)) == dict.fromkeys((1, 2), SkipReason.BELOW_MINIMUM)
    assert stages(plan(account(*small), LATE, policies)) == dict.fromkeys((1, 2, 3), "first")
    assert stages(plan(account(item(due=DUE, amount=1_000, currency="USD")), LATE, policies)) == {1: "first"}


def test_cash_that_covers_what_is_overdue_leaves_the_notice_of_what_is_not_yet_due() -> None:
    early = item(2, due=date(2026, 3, 11), amount=5_000)
    found = plan(account(item(1, due=DUE), early, credits=(cash(10_000),)), LATE)
    assert stages(found) == {2: "before_due"}
    assert reasons(found) == {1: SkipReason.COVERED_BY_CREDIT}
    assert plan(account(item(1, due=DUE), early, credits=(cash(15_000),)), LATE).messages == ()


def test_a_due_date_on_a_bank_holiday_counts_from_the_next_banking_day() -> None:
    policies = book("code: first, after_due: 1, template: first", "due_date_rolls: true\n")
    friday_1_may = item(due=date(2026, 5, 1))
    assert verdict(friday_1_may, date(2026, 5, 4), policies) == SkipReason.NOT_DUE
    assert verdict(friday_1_may, date(2026, 5, 5), policies) == "first"
    as_written = book("code: first, after_due: 1, template: first", "due_date_rolls: false\n")
    assert verdict(friday_1_may, date(2026, 5, 4), as_written) == "first"


def test_after_an_outage_old_debt_gets_one_message_at_the_first_reminder_and_no_stage_is_skipped() -> None:
    story = Story(account(item(due=date(2025, 6, 2))), STANDARD)
    assert story.run(date(2026, 3, 9)) == {1: "first"}
    seen = {day: story.run(date(2026, 3, day)) for day in range(10, 20)}
    assert {day: found for day, found in seen.items() if found} == {16: {1: "second"}}, (
        "the interval after it: a Monday"
    )
    assert story.run(date(2026, 3, 23)) == {1: "final"}


def test_a_window_with_a_lunch_break_is_kept() -> None:
    french = account(item(due=DUE), customer=customer(country="FR", timezone="Europe/Paris"))
    noon = datetime(2026, 3, 9, 11, 30, tzinfo=UTC)  # 12:30 in Paris
    message = only(plan(french, LATE, now=noon))
    assert message.not_before.astimezone(ZoneInfo("Europe/Paris")).hour == 14


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 3, 9, 3, tzinfo=UTC), "2026-03-09T08:00:00+00:00"),
        (datetime(2026, 3, 9, 10, 15, tzinfo=UTC), "2026-03-09T10:15:00+00:00"),
        (datetime(2026, 3, 9, 20, tzinfo=UTC), "2026-03-10T08:00:00+00:00"),
    ],
)
def test_a_message_begins_in_the_first_allowed_moment_from_now_on(now: datetime, expected: str) -> None:
    assert only(plan(account(item(due=DUE)), LATE, now=now)).not_before.isoformat() == expected


def test_on_a_friday_evening_nothing_is_put_into_the_weekend() -> None:
    evening = datetime(2026, 3, 13, 20, tzinfo=UTC)
    assert reasons(plan(account(item(due=DUE)), date(2026, 3, 13), now=evening)) == {1: SkipReason.NOT_A_BUSINESS_DAY}


def test_a_naive_now_is_a_bug() -> None:
    with pytest.raises(ValueError, match="aware"):
        plan(account(item(due=DUE)), LATE, now=datetime(2026, 3, 9))


def test_an_unknown_time_zone_holds_up_that_customer_only() -> None:
    nowhere = account(item(1, due=DUE), customer=customer(id=2, number="C-2", timezone="Mars/Olympus"))
    found = plan([nowhere, account(item(2, due=DUE))], LATE)
    assert reasons(found) == {1: SkipReason.LEDGER_DOUBT}
    assert "Mars/Olympus" in found.skips[0].detail
    assert stages(found) == {2: "first"}


@pytest.mark.parametrize(
    ("as_of", "today", "stale"),
    [
        (date(2026, 3, 9), date(2026, 3, 9), False),
        (date(2026, 3, 6), date(2026, 3, 9), False),
        (date(2026, 3, 5), date(2026, 3, 9), True),
        (date(2026, 3, 5), date(2026, 3, 8), True),
        (date(2026, 4, 2), date(2026, 4, 7), False),
        (None, date(2026, 3, 9), True),
    ],
    ids=["today", "friday on monday", "thursday on monday", "thursday on sunday", "before easter", "never loaded"],
)
def test_a_ledger_older_than_one_business_day_sends_nothing(as_of: date | None, today: date, stale: bool) -> None:
    found = plan(account(item(due=DUE), ledger_as_of=as_of), today, options=PlanOptions())
    assert (set(reasons(found).values()) == {SkipReason.LEDGER_STALE}) == stale


def test_a_customer_named_by_a_refused_row_is_not_dunned() -> None:
    assert reasons(plan(account(item(due=DUE), doubted=True), LATE)) == {1: SkipReason.LEDGER_DOUBT}


def test_without_a_policy_or_with_one_that_excludes_the_reason_says_so() -> None:
    assert reasons(plan(account(item(due=DUE)), LATE, PolicyBook(()))) == {1: SkipReason.NO_POLICY}
    never = parse_policies({"n.yaml": "policy: n\napplies_to: everybody\nnever_contact: intercompany\n"})
    assert reasons(plan(account(item(due=DUE)), LATE, never)) == {1: SkipReason.POLICY_EXCLUDES}


def test_the_sales_rep_is_in_copy_where_the_policy_says() -> None:
    policies = book("code: first, after_due: 5, template: first", "copy_sales_rep: true\n")
    assert only(plan(account(item(due=DUE)), LATE, policies)).copy_rep_id == 7
    assert only(plan(account(item(due=DUE)), LATE)).copy_rep_id is None


def test_the_first_runs_after_going_live_wait_for_a_yes_on_the_whole_plan() -> None:
    assert plan(account(item(due=DUE)), LATE, options=PlanOptions(ledger_max_age=None, needs_yes=True)).needs_yes


def test_the_rehearsal_says_who_gets_what_when_and_in_which_language() -> None:
    shown = rehearse([account(item(due=date(2026, 3, 16)))], STANDARD, date(2026, 3, 9), 50)
    assert [(day, message.head_stage, message.locale) for day, message in shown] == [
        (date(2026, 3, 13), "before_due", "de_DE"),
        (date(2026, 3, 23), "first", "de_DE"),
        (date(2026, 3, 31), "second", "de_DE"),
        (date(2026, 4, 15), "final", "de_DE"),
    ]
