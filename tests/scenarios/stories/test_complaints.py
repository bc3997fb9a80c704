"""What users of other systems complained of, played from the import to the mail (numbers as in the field cases)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.errors import BadInput
from domain.tasks import TaskCause
from outreach.channels.base import Delivery, Outcome
from tests.fakes.channels import ScriptedChannel, by
from tests.scenarios.stories.house import CUSTOMERS, INVOICES, MONDAY, House, day_after
from workflows.explain import find_customer
from workflows.log_call import Call, log_call
from workflows.rehearse import rehearse_days
from workflows.run_cadence import the_entity
from workflows.send_messages import drain
from workflows.tick import plan_due_runs, tick

DUE = day_after(-7)


@pytest.fixture
def house(small_house: House) -> House:
    """SQLite alone: these stories don't depend on the database."""
    return small_house


def stages(house: House) -> list[tuple[str, int]]:
    """Every touch that was not dropped: its step, and its day counted from the Monday."""
    rows = house.rows("SELECT stage, planned_on FROM touch WHERE dropped_reason IS NULL ORDER BY planned_on, id")
    return [(stage, (date.fromisoformat(str(day)) - MONDAY).days) for stage, day in rows]


def test_1_a_clock_that_rings_every_ten_minutes_sends_one_reminder_a_step(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    for number in (0, 1):
        house.export(day_after(number))
        for tenth in range(0, 24 * 6, 4):
            services = house.on(day_after(number), tenth / 6)
            plan_due_runs(services)
            drain(services)
            tick(services)
    assert len(house.mails()) == 1
    assert house.rows("SELECT COUNT(*) FROM run") == [(2,)]


def test_4_a_call_by_hand_restarts_the_clock(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    services = house.on(day_after(-1))
    log_call(services, Call(house.customer_id(), the_entity(services, "MAIN"), day_after(-1), "reached", by="kim"))
    assert house.days([0, 1, 2, 3, 4]).keys() == {4}
    assert house.why(day_after(3)) == {"INV-1": ("skipped", "interval")}


@pytest.mark.parametrize(
    ("country", "zone", "hour"),
    [
        ("NZ", "Pacific/Auckland", "2026-03-11 09"),  # the tenth's working hours were over there when the run began
        ("JP", "Asia/Tokyo", "2026-03-10 13"),
        ("GB", "Europe/London", "2026-03-10 09"),
        ("US", "Pacific/Honolulu", "2026-03-10 09"),
    ],
)
def test_5_due_dates_stay_dates_and_the_hour_is_the_customers(house: House, country: str, zone: str, hour: str) -> None:
    row = f"C1,Far Ltd,{country},en-GB,{zone},EUR,kim,sam,ap@far.example"
    house.load("customers", f"{CUSTOMERS.splitlines()[0]}\n{row}\n", day_after(-30))
    house.invoice("INV-1", due=date(2026, 3, 2))
    [mail] = house.day(day_after(1))
    assert "Due: 2 Mar 2026" in mail.text
    assert "Days overdue: 8" in mail.text
    [(sent,)] = house.rows("SELECT sent_at FROM message")
    local = datetime.fromisoformat(str(sent)).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    assert f"{local:%Y-%m-%d %H}" == hour


def test_6_the_rehearsal_says_before_and_after_and_is_what_then_happens(house: House) -> None:
    house.invoice("INV-1", due=day_after(7))
    house.invoice("INV-2", due=day_after(-2))
    house.export(MONDAY)
    services = house.on(MONDAY)
    foreseen = {
        (touch.stage, (day - MONDAY).days)
        for day, message in rehearse_days(services, the_entity(services, "MAIN"), MONDAY, 19)
        for touch in message.touches
    }
    # Monday the 23rd would be the call for INV-2's next step; the rehearsal ends before.
    house.days([0, 1, 2, 3, 4, 7, 9, 10, 11, 14, 15, 16, 17, 18])
    assert set(stages(house)) == foreseen
    assert ("before_due", 4) in foreseen


def test_9_a_part_paid_invoice_is_reminded_of_its_residual_with_open_credits_listed(house: House) -> None:
    house.invoice("INV-1", due=DUE, amount="500.00")
    house.pays("200.00", day_after(-2), invoice="INV-1")
    house.credit("50.00", day_after(-2))
    [mail] = house.day(MONDAY)
    for amount in ("€300.00", "-€50.00", "€250.00"):
        assert amount in mail.text


def test_10_reminding_one_invoice_does_not_silence_the_others(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    house.invoice("INV-2", due=day_after(-4))
    assert house.days([0, 1, 2]).keys() == {0, 1}
    assert stages(house) == [("first", 0), ("first", 1)]


def test_13_who_is_owed_money_gets_no_reminder(house: House) -> None:
    house.credit("300.00", day_after(-3))
    house.invoice("INV-1", due=DUE)
    house.pays("100.00", day_after(-2), invoice="INV-1")
    assert house.day(MONDAY) == []
    assert house.why(MONDAY) == {}


def test_14_a_credit_that_zeroes_the_balance_ends_it_and_taking_it_back_begins_anew(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    house.day(MONDAY)
    house.credit("100.00", day_after(1), invoice="INV-1")
    assert house.days([1, 9]) == {}
    assert house.why(day_after(9)) == {}
    house.credits[0] = house.credits[0].replace(",100.00,", ",40.00,")
    [mail] = house.day(day_after(10))
    assert "€60.00" in mail.text
    assert stages(house) == [("first", 0), ("first", 10)]


def test_15_paying_the_oldest_reschedules_from_the_current_oldest_and_skips_no_stage(house: House) -> None:
    small = CUSTOMERS.replace("sales_rep,email", "sales_rep,email,segment").replace(
        "acme.example", "acme.example,small"
    )
    house.load("customers", small, day_after(-30))
    house.invoice("OLD", due=day_after(-8))
    house.invoice("NEW", due=day_after(-1))
    assert house.days([0]).keys() == {0}
    house.pays("100.00", day_after(4), invoice="OLD")
    assert house.days([4, 7, 9]) == {}
    [second] = house.days([10, 11, 14])[10]
    assert "NEW" in second.text
    assert "OLD" not in second.text
    assert stages(house) == [("first", 0), ("second", 10)]


def test_16_what_the_provider_refused_was_not_sent_and_its_step_stays_free(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    house.export(MONDAY)
    house.plan(MONDAY)
    refused = ScriptedChannel(Delivery(Outcome.REFUSED, error="550 no such mailbox"))
    assert drain(by(house.on(MONDAY, 12), refused)) == {"failed": 1}
    assert house.why(MONDAY) == {"INV-1": ("not_sent", "send_failed")}
    [task] = house.tasks(TaskCause.SEND_FAILED)
    assert "550 no such mailbox" in task["note"]
    corrected = CUSTOMERS.replace("ap@acme.example", "accounts@acme.example")
    house.load("customers", corrected, day_after(1))
    assert [mail.to for mail in house.day(day_after(1))] == ["accounts@acme.example"]


def test_21_a_dispute_that_the_erp_tells_of_is_left_out_and_settled_there_dunning_is_restored(house: House) -> None:
    def export(day: date, disputed: str) -> None:
        rows = f"{INVOICES},disputed_amount\nINV-1,C1,2026-01-31,{DUE},100.00,EUR,MAIN,{disputed}\n"
        house.load("invoices", rows, day)

    export(MONDAY, "100.00")
    house.plan(MONDAY)
    assert house.why(MONDAY) == {"INV-1": ("skipped", "disputed")}
    export(day_after(1), "0")
    house.plan(day_after(1))
    assert house.rows("SELECT disputed_minor FROM document") == [(0,)]
    asked = []
    for number in (2, 3, 4, 7, 9, 10, 11):
        export(day_after(number), "0")
        asked += [number] * house.plan(day_after(number)).messages
    assert len(asked) == 1


def test_22_a_customer_whose_orders_are_blocked_is_reminded_all_the_same(house: House) -> None:
    house.load("orders", "number,customer,date,amount,currency,status\nO1,C1,2026-03-01,5,EUR,blocked\n", MONDAY)
    house.invoice("INV-1", due=DUE)
    assert len(house.day(MONDAY)) == 1


def test_a_partial_name_is_never_answered_with_the_first_match(house: House) -> None:
    header, first = CUSTOMERS.splitlines()
    house.load("customers", f"{header}\n{first.replace('C1', 'C2').replace('Acme Ltd', 'Acme Freight Ltd')}\n", MONDAY)
    with pytest.raises(BadInput, match=r"may be C2 \(Acme Freight Ltd\), C1 \(Acme Ltd\); give the number"):
        find_customer(house.services, "Acme")
    assert find_customer(house.services, "C2")[1] == "C2"
