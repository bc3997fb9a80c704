"""What other systems' own tests assert, told as ours, with their numbers."""

from datetime import date, timedelta

import pytest

from domain.account import Pause, PauseKind
from domain.money import Money, split_by_amount, split_evenly, total
from domain.tasks import TaskCause
from domain.touches import SkipReason, TouchStatus
from tests.unit.cadence.build import (
    STANDARD,
    Story,
    account,
    book,
    customer,
    done,
    item,
    only,
    plan,
    reasons,
    stages,
    verdict,
)

TRYTON = book("""
    code: one, after_due: 5, template: first
    code: two, after_due: 20, template: second
    code: three, after_due: 40, template: final, approval: required
""")
DUE = date(2026, 6, 1)


def _day(late: int) -> date:
    return DUE + timedelta(days=late)


def test_1_levels_5_20_40_of_100_due() -> None:
    assert verdict(item(due=DUE), _day(4), TRYTON) == SkipReason.BETWEEN_STEPS
    assert verdict(item(due=DUE), _day(5), TRYTON) == "one"
    unprocessed = item(due=DUE, stages_done=(done("one", 5, _day(5)),), pending=TouchStatus.AWAITING_APPROVAL)
    assert verdict(unprocessed, _day(30), TRYTON) == SkipReason.AWAITING_APPROVAL
    processed = item(due=DUE, stages_done=(done("one", 5, _day(5)),))
    blocked = Pause(PauseKind.MANUAL, _day(10), document_id=1)
    assert verdict(processed, _day(30), TRYTON, pauses=(blocked,)) == SkipReason.PAUSED
    assert verdict(processed, _day(30), TRYTON) == "two"
    paid = item(due=DUE, residual=0, stages_done=(done("one", 5, _day(5)), done("two", 20, _day(30))))
    assert verdict(paid, _day(50), TRYTON) == SkipReason.ZERO_BALANCE


def test_1_a_level_done_late_may_be_followed_at_once_where_the_policy_wants_no_interval() -> None:
    at_once = book(
        """
        code: one, after_due: 5, template: first
        code: two, after_due: 20, template: second
        """,
        "min_interval_days: 0\n",
    )
    late = item(due=DUE, stages_done=(done("one", 5, _day(30)),))
    assert verdict(late, _day(30), at_once) == SkipReason.ALREADY_PLANNED, "never two steps on one day"
    assert verdict(late, _day(31), at_once) == "two"
    assert verdict(late, _day(31), TRYTON) == SkipReason.INTERVAL


def test_2_a_single_final_level_is_planned_waits_for_a_yes_and_ends_the_cycle() -> None:
    policies = book("code: only, after_due: 0, template: final, approval: required", "threshold_day: day_after\n")
    story = Story(account(item(due=DUE)), policies)
    assert story.run(DUE) == {}
    assert story.run(_day(1)) == {1: "only"}
    assert only(story.plan).needs_approval
    assert [task.cause for task in story.plan.tasks] == [TaskCause.APPROVE_FINAL]
    story.change(1, pending=TouchStatus.AWAITING_APPROVAL)
    assert story.run(_day(1)) == {}
    assert reasons(story.plan) == {1: SkipReason.AWAITING_APPROVAL}
    story.change(1, pending=None)
    assert story.run(_day(2)) == {}
    assert reasons(story.plan) == {1: SkipReason.CYCLE_FINISHED}


def test_3_a_fee_of_10_at_day_5_and_15_percent_at_day_10_make_100_110_125() -> None:
    policies = book("""
        code: one, after_due: 5, template: first, fee: {EUR: 10.00}
        code: two, after_due: 10, template: second, fee: {percent: 15}
    """)
    story, balance = Story(account(item(due=DUE, amount=10_000)), policies), [10_000]
    for day in range(1, 15):
        story.run(_day(day))
        for message in story.plan.messages:
            balance.append(balance[-1] + sum(touch.fee_minor for touch in message.touches))
    assert balance == [10_000, 11_000, 12_500]


def test_5_a_hundred_in_thirties_in_three_and_edited() -> None:
    hundred = Money(10_000, "EUR")
    assert [part.minor for part in split_by_amount(hundred, Money(3_000, "EUR"))] == [3_000, 3_000, 3_000, 1_000]
    assert [part.minor for part in split_evenly(hundred, 3)] == [3_333, 3_333, 3_334]
    edited = [Money(4_000, "EUR"), Money(3_000, "EUR"), Money(3_000, "EUR")]
    assert total(edited, "EUR") == hundred


def test_6_grace_13_13_30_gives_level_3_and_level_1_together_on_15_november() -> None:
    policies = book(
        """
        code: L1, after_due: 13, template: first
        code: L2, after_previous: 13, template: second
        code: L3, after_previous: 30, template: second
        """,
        "threshold_day: day_after\n",
    )
    # 2027: 15 and 30 September and 15 November are working days.
    story = Story(account(item(1, due=date(2027, 9, 1)), item(2, due=date(2027, 10, 1))), policies)
    assert story.run(date(2027, 9, 14)) == {}
    assert story.run(date(2027, 9, 15)) == {1: "L1"}
    assert story.run(date(2027, 9, 30)) == {1: "L2"}
    assert story.run(date(2027, 11, 15)) == {1: "L3", 2: "L1"}
    assert len(story.plan.messages) == 1


def test_6_grace_10_on_11_october_reminds_the_first_only() -> None:
    policies = book("code: L1, after_due: 1, template: first", "grace_days: 10\n")
    found = plan(account(item(1, due=date(2027, 9, 1)), item(2, due=date(2027, 10, 1))), date(2027, 10, 11), policies)
    assert stages(found) == {1: "L1"}
    assert reasons(found) == {2: SkipReason.GRACE}


def test_7_a_second_run_adds_nothing_and_a_run_after_a_crash_does_only_the_second_customer() -> None:
    first = account(item(1, due=DUE))
    second = account(item(2, due=DUE), customer=customer(id=2, number="C-2"))
    day = _day(7)
    story = Story(first)
    story.run(day)
    again = plan([story.account, second], day)
    assert stages(again) == {2: "first"}
    assert reasons(again) == {1: SkipReason.ALREADY_PLANNED}


def test_8_500_one_year_old_has_one_two_three_lines_after_three_runs() -> None:
    policies = book("""
        code: one, after_due: 10, template: first
        code: two, after_due: 30, to_month_end: true, template: second
        code: three, after_previous: 10, template: second
    """)
    today = date(2026, 11, 23)
    story = Story(account(item(due=date(2025, 11, 21), amount=50_000)), policies)
    lines = []
    for day in (date(2026, 5, 22), date(2026, 9, 23), today):
        story.run(day)
        lines.append(len(story.account.items[0].stages_done))
    assert lines == [1, 2, 3]
    assert story.run(date(2026, 10, 1)) == {}, "a day before the last touch adds nothing"


def test_8_month_end_counts_from_the_end_of_the_month_of_the_thirtieth_day() -> None:
    policies = book("code: one, after_due: 30, to_month_end: true, template: first")
    assert verdict(item(due=date(2026, 1, 20)), date(2026, 2, 27), policies) == SkipReason.BETWEEN_STEPS
    assert verdict(item(due=date(2026, 1, 20)), date(2026, 2, 28), policies) == "one"


def test_11_thresholds_by_currency_two_attempts_two_days_apart_then_finished() -> None:
    policies = book(
        """
        code: attempt1, after_due: 0, template: first
        code: attempt2, after_previous: 2, template: second
        """,
        "cycle: account\nthreshold_day: day_after\nmin_interval_days: 2\nminimum: {EUR: 150.00, USD: 100.00}\n",
    )
    due = date(2022, 12, 20)
    in_euro = item(1, due=due, amount=14_900)
    in_dollar = item(2, due=due, amount=12_000, currency="USD")
    american = customer(country="US", timezone="America/New_York")
    story = Story(account(in_euro, in_dollar, customer=american), policies)

    def finished() -> list[str]:
        return [task.currency for task in story.plan.tasks if task.cause is TaskCause.CYCLE_FINISHED]

    assert story.run(date(2023, 1, 3)) == {2: "attempt1"}
    assert reasons(story.plan) == {1: SkipReason.BELOW_MINIMUM}
    assert story.run(date(2023, 1, 5)) == {}
    story.set(items=(*story.account.items, item(3, due=due, amount=1_000)))
    assert story.run(date(2023, 1, 6)) == {1: "attempt1", 2: "attempt2", 3: "attempt1"}
    assert len(story.plan.messages) == 2
    assert finished() == ["USD"]
    assert story.run(date(2023, 1, 9)) == {1: "attempt2", 3: "attempt2"}
    assert finished() == ["EUR"], "one finished event"
    assert story.run(date(2023, 1, 12)) == {}
    assert finished() == []
    assert set(reasons(story.plan).values()) == {SkipReason.CYCLE_FINISHED}


def test_12_unpaid_since_31_may_the_stages_come_on_30_june_10_and_20_july() -> None:
    policies = book("""
        code: one, after_due: 30, template: first
        code: two, after_due: 40, template: second
        code: three, after_due: 50, template: second
    """)
    unpaid, found = item(due=date(2026, 5, 31)), []
    for ahead in range(60):
        day = date(2026, 5, 31) + timedelta(days=ahead)
        stage = verdict(unpaid, day, policies)
        if stage in ("one", "two", "three"):
            found.append((day, stage))
            unpaid = item(
                due=date(2026, 5, 31), stages_done=(*unpaid.stages_done, done(stage, 20 + 10 * len(found), day))
            )
    assert found == [(date(2026, 6, 30), "one"), (date(2026, 7, 10), "two"), (date(2026, 7, 20), "three")]


def test_12_written_off_stays_clear_on_day_6_and_is_overdue_at_once_when_it_is_no_longer() -> None:
    policies = book("code: one, after_due: 5, template: first")
    assert verdict(item(due=DUE, written_off=True), _day(6), policies) == SkipReason.WRITTEN_OFF
    assert verdict(item(due=DUE), _day(6), policies) == "one"


def test_13_threshold_10_not_on_day_5_but_on_10_and_11_and_never_disputed_or_zero() -> None:
    policies = book("code: one, after_due: 10, template: first")
    assert verdict(item(due=DUE), _day(5), policies) == SkipReason.BETWEEN_STEPS
    assert verdict(item(due=DUE), _day(10), policies) == "one"
    assert verdict(item(due=DUE), _day(11), policies) == "one"
    assert verdict(item(due=DUE, disputed=10_000), _day(15), policies) == SkipReason.DISPUTED
    assert verdict(item(due=DUE, residual=0), _day(15), policies) == SkipReason.ZERO_BALANCE


def test_13_a_gap_of_10_days_after_1_february_allows_11_february() -> None:
    policies = book(
        """
        code: one, after_due: 10, template: first
        code: two, after_due: 20, template: second
        """,
        "min_interval_days: 10\n",
    )
    dunned = item(due=date(2021, 1, 1), stages_done=(done("one", 10, date(2021, 2, 1)),))
    assert verdict(dunned, date(2021, 2, 5), policies) == SkipReason.INTERVAL
    assert verdict(dunned, date(2021, 2, 11), policies) == "two"


def test_13_a_grace_date_of_the_run_day_still_holds() -> None:
    grace = Pause(PauseKind.MANUAL, DUE, until=_day(11), document_id=1)
    assert verdict(item(due=DUE), _day(11), pauses=(grace,)) == SkipReason.PAUSED
    assert verdict(item(due=DUE), _day(12), pauses=(grace,)) == "first"


def test_14_reminders_on_6_11_16_march_then_every_14_days_and_14_days_before() -> None:
    policies = book("""
        code: early, before_due: 14
        code: one, after_due: 5, template: first
        code: two, after_due: 10, template: second
        code: three, after_due: 15, template: second, repeat: {every_days: 14, times: 2}
    """)
    found, current = [], item(due=date(2024, 3, 1))
    for ahead in range(60):
        day = date(2024, 3, 1) + timedelta(days=ahead)
        stage = verdict(current, day, policies)
        if policies.policies[0].step(stage):
            found.append((day, stage))
            offset = policies.policies[0].step(stage).offset
            current = item(due=date(2024, 3, 1), stages_done=(*current.stages_done, done(stage, offset, day)))
    assert found == [
        (date(2024, 3, 6), "one"),
        (date(2024, 3, 11), "two"),
        (date(2024, 3, 16), "three"),
        (date(2024, 3, 30), "three+1"),
        (date(2024, 4, 13), "three+2"),
    ]
    assert verdict(item(due=date(2024, 3, 31)), date(2024, 3, 16), policies) == SkipReason.NOT_DUE
    assert verdict(item(due=date(2024, 3, 31)), date(2024, 3, 17), policies) == "early"


@pytest.mark.parametrize(
    ("setting", "silent", "fires"),
    [("counts", 4, 5), ("day_after", 5, 6)],
)
def test_the_threshold_day_counts_or_not_as_the_policy_says(setting: str, silent: int, fires: int) -> None:
    policies = book("code: one, after_due: 5, template: first", f"threshold_day: {setting}\n")
    assert verdict(item(due=DUE), _day(silent), policies) == SkipReason.BETWEEN_STEPS
    assert verdict(item(due=DUE), _day(fires), policies) == "one"


@pytest.mark.parametrize(("setting", "silent", "fires"), [("counts", 9, 10), ("day_after", 10, 11)])
def test_the_threshold_day_of_an_interval_follows_the_same_setting(setting: str, silent: int, fires: int) -> None:
    policies = book(
        """
        code: one, after_due: 5, template: first
        code: two, after_due: 25, template: second
        """,
        f"threshold_day: {setting}\nmin_interval_days: 10\n",
    )
    late = item(due=DUE - timedelta(days=100), stages_done=(done("one", 5, DUE),))
    assert verdict(late, _day(silent), policies) == SkipReason.INTERVAL
    assert verdict(late, _day(fires), policies) == "two"


@pytest.mark.parametrize(("setting", "late"), [("counts", 5), ("day_after", 6)])
def test_on_schedule_no_interval_delays_the_policys_own_steps(setting: str, late: int) -> None:
    policies = book(
        """
        code: one, after_due: 5, template: first
        code: two, after_due: 8, template: second
        """,
        f"threshold_day: {setting}\nmin_interval_days: 30\n",
    )
    reminded = item(due=DUE, stages_done=(done("one", 5, _day(late)),))
    assert verdict(reminded, _day(late + 3), policies) == "two"


def test_standard_policy_is_what_the_stories_say() -> None:
    assert [step.offset for step in STANDARD.policies[0].steps] == [-3, 5, 15, 30]
