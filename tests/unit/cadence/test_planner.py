from datetime import date

from domain.touches import SkipReason
from tests.unit.cadence.build import account, item, only, plan, reasons, stages

DUE = date(2026, 3, 2)  # a Monday


def test_an_item_five_days_late_gets_the_first_reminder_in_the_recipients_morning() -> None:
    message = only(plan(account(item(due=DUE)), date(2026, 3, 9)))
    assert (message.head_stage, message.asked_minor, message.address) == ("first", 10_000, "ada@acme.example")
    assert message.not_before.isoformat() == "2026-03-09T08:00:00+00:00"
    assert message.not_after.isoformat() == "2026-03-09T16:00:00+00:00"


def test_a_day_off_of_the_recipient_is_a_reason() -> None:
    assert reasons(plan(account(item(due=DUE)), date(2026, 3, 7))) == {1: SkipReason.NOT_A_BUSINESS_DAY}


def test_before_the_first_step_nothing_is_sent() -> None:
    found = plan(account(item(due=DUE)), date(2026, 3, 6))
    assert stages(found) == {}
    assert reasons(found) == {1: SkipReason.BETWEEN_STEPS}
