"""Invariants 2 and 14: one step, one message, whatever happens; before and after the due day are explicit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from domain.errors import BadInput
from domain.tasks import TaskCause
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.processes import WorkerProcess, run_out_of_lease, work_at_once
from tests.integration.send.test_results import LOST
from tests.scenarios.stories.house import CUSTOMERS, MONDAY, House, at, day_after
from workflows.send_messages import drain
from workflows.tick import tick

DUE = day_after(-7)

FEES = """policy: fees
applies_to: everybody
min_interval_days: 0
due_date_rolls: false
steps:
  - code: notice
    before_due: 3
  - code: first
    after_due: 5
    template: first
    fee: {EUR: 10.00}
  - code: second
    after_due: 15
    template: second
    fee: {percent: 5}
"""


def test_2_however_often_the_day_is_run_a_step_is_one_message_and_one_fee(small_house: House) -> None:
    small_house.follow(FEES)
    small_house.invoice("INV-1", due=day_after(-5))
    for _ in range(4):
        small_house.day(MONDAY)
    assert len(small_house.mails()) == 1
    assert small_house.rows("SELECT stage, fee_minor FROM touch") == [("first", 1_000)]
    assert small_house.days([1, 1, 4, 8, 9, 9, 10, 10, 11]).keys() == {10}
    assert small_house.rows("SELECT stage, fee_minor FROM touch ORDER BY id") == [("first", 1_000), ("second", 500)]
    assert len(small_house.mails()) == 2


def test_2_two_hosts_that_plan_and_send_the_same_day_write_to_each_customer_once(
    house: House, database_url: str
) -> None:
    header, first = CUSTOMERS.splitlines()
    more = [first.replace("C1", f"C{n}").replace("ap@acme", f"ap@c{n}") for n in range(2, 13)]
    house.load("customers", "\n".join([header, *more]), day_after(-30))
    for number in range(1, 13):
        house.invoice(f"INV-{number}", f"C{number}", due=DUE)
    house.export(MONDAY)
    noon = at(MONDAY, 12)
    work_at_once([WorkerProcess("plan", database_url, house.folder, now=noon) for _ in range(2)])
    work_at_once([WorkerProcess("drain", database_url, house.folder, now=noon, wires=2) for _ in range(2)])
    assert house.rows("SELECT COUNT(*) FROM run") == [(1,)]
    assert set(Counter(mail.to for mail in house.mails()).values()) == {1}
    assert len(house.mails()) == 12


def test_2_what_a_killed_process_may_have_sent_is_unknown_shown_and_never_sent_again(
    house: House, database_url: str
) -> None:
    house.invoice("INV-1", due=DUE)
    house.export(MONDAY)
    house.plan(MONDAY)
    process = WorkerProcess("drain", database_url, house.folder, kill_at="sending", now=at(MONDAY, 12))
    assert work_at_once([process]) == [None]
    run_out_of_lease(house.services.database)
    for number in (0, 1, 8, 21):
        services = house.on(day_after(number))
        house.export(day_after(number))
        tick(services)
        house.plan(day_after(number))
        house.send(day_after(number))
    assert house.mails() == []
    assert house.rows("SELECT status FROM message") == [("unknown",)]
    assert house.why(day_after(21)) == {"INV-1": ("skipped", "unknown_outcome")}
    [task] = house.tasks(TaskCause.UNKNOWN_OUTCOME)
    assert "dunwell settle" in task["note"]


def test_2_an_answer_that_is_lost_on_the_way_is_a_doubt_and_not_a_second_message(small_house: House) -> None:
    small_house.invoice("INV-1", due=DUE)
    small_house.export(MONDAY)
    small_house.plan(MONDAY)
    channel = ScriptedChannel(LOST)
    for _ in range(3):
        drain(by(small_house.on(MONDAY, 12), channel))
    assert len(channel.given) == 1
    assert small_house.rows("SELECT status FROM message") == [("unknown",)]


def test_2_an_edit_of_the_policy_a_part_payment_and_another_grouping_repeat_no_step(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    house.invoice("INV-2", due=DUE)
    [first] = house.day(MONDAY)
    assert "INV-1" in first.text
    assert "INV-2" in first.text
    house.pays("40.00", MONDAY, invoice="INV-1")
    shipped = (Path(__file__).parents[3] / "policies" / "default.yaml").read_text()
    house.follow(shipped.replace("grouping: customer", "grouping: invoice").replace("after_due: 5", "after_due: 6"))
    assert house.days([1, 2, 7]) == {}
    assert house.day(day_after(8)) == [], "the fifteenth day is Saint Patrick's"
    house.day(day_after(9))  # the second reminders, now one an invoice
    assert len(house.mails()) == 3
    assert house.rows("SELECT cycle_id, stage, COUNT(*) FROM touch GROUP BY 1, 2 HAVING COUNT(*) > 1") == []


def _days_of_steps(house: House, numbers: Iterable[int]) -> dict[str, int]:
    """Step → day (counted from the Monday) of its message."""
    house.days(numbers)
    rows = house.rows("SELECT stage, planned_on FROM touch ORDER BY id")
    return {stage: (date.fromisoformat(str(day)) - MONDAY).days for stage, day in rows}


@pytest.mark.parametrize(("setting", "later"), [("counts", 0), ("day_after", 1)])
def test_14_the_threshold_day_counts_or_not_as_the_policy_says(small_house: House, setting: str, later: int) -> None:
    small_house.follow(FEES.replace("min_interval_days: 0", f"min_interval_days: 0\nthreshold_day: {setting}"))
    small_house.invoice("INV-1", due=day_after(-5))  # a Wednesday: day 5 is the Monday
    assert _days_of_steps(small_house, [0, 1, 9, 10, 11]) == {"first": 0 + later, "second": 10 + later}


def test_14_a_step_before_the_due_day_is_said_so_and_never_speaks_of_past_due(small_house: House) -> None:
    small_house.follow(FEES)
    small_house.invoice("INV-1", due=day_after(4))
    assert small_house.day(MONDAY) == []
    [notice] = small_house.day(day_after(1))
    assert "overdue" not in notice.text.lower()
    assert "past" not in notice.text.lower()
    assert _days_of_steps(small_house, [2, 4, 7, 8, 9]) == {"notice": 1, "first": 9}


def test_14_a_sign_in_a_policy_is_refused_and_explained(small_house: House) -> None:
    with pytest.raises(BadInput, match=r"only\.yaml:\d+: steps\[2\]\.after_due: read '-5'.*never by a sign"):
        small_house.follow(FEES.replace("after_due: 5", "after_due: -5"))


def test_2_a_second_plan_of_the_same_day_reports_the_same_and_adds_nothing(small_house: House) -> None:
    small_house.invoice("INV-1", due=DUE)
    small_house.export(MONDAY)
    assert small_house.plan(MONDAY) == small_house.plan(MONDAY)
    assert small_house.rows("SELECT COUNT(*) FROM message") == [(1,)]
