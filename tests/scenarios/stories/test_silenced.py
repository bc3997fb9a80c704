"""`report silenced`: silence has a price, added up once by reason and age."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.account import PauseKind
from domain.silence import Hold, add_up_silence, silenced_parts
from tests.scenarios.stories.house import CUSTOMERS, MONDAY, House, day_after
from workflows.answer_question import find_asker
from workflows.report_silenced import reasons_report, silenced_report


def report(house: House, day: int, who: str | None = None) -> dict[tuple[str, str], Any]:
    """(reason, currency) → (total, oldest); the totals under the reason 'total'."""
    services = house.on(day_after(day), 12)
    asker = find_asker(services.database, who)
    found = silenced_report(services, asker, day_after(day))
    return {
        (str(row["reason"]), str(row["currency"])): (row["total"].amount, row["oldest"])
        for row in (*found.rows, *found.totals)
    }


def test_a_promise_a_dispute_and_an_unread_reply_are_added_up_once_each(house: House) -> None:
    for number, amount in (("INV-1", "1000.00"), ("INV-2", "300.00"), ("INV-3", "70.00"), ("INV-4", "5.00")):
        house.invoice(number, due=day_after(-7), amount=amount)
    house.invoice("LATER", due=day_after(40), amount="999.00")
    [mail] = house.day(MONDAY)
    house.answer(mail, "We will pay INV-1 on 27 March 2026.", day_after(1))
    house.answer(mail, "The price on INV-2 is wrong, we agreed 100 less.", day_after(2))
    house.answer(mail, "Please call me about INV-3, I have a question.", day_after(3))
    assert report(house, 4) == {
        ("promised", "EUR"): (Decimal("1000.00"), day_after(1)),
        ("disputed: price", "EUR"): (Decimal("300.00"), day_after(2)),
        ("reply waits", "EUR"): (Decimal("70.00"), day_after(3)),
        ("total", "EUR"): (Decimal("1370.00"), day_after(1)),
    }


def test_what_is_paid_or_handled_is_silent_no_longer(small_house: House) -> None:
    house = small_house
    house.invoice("INV-1", due=day_after(-7), amount="1000.00")
    [mail] = house.day(MONDAY)
    house.answer(mail, "We will pay INV-1 on 13 March 2026.", day_after(1))
    assert report(house, 2) != {}
    house.pays("1000.00", day_after(4), invoice="INV-1")
    house.export(day_after(4))
    house.plan(day_after(4))
    assert report(house, 4) == {}


def test_a_sales_rep_sees_the_silence_of_own_accounts_alone(small_house: House) -> None:
    house = small_house
    house.load("customers", CUSTOMERS + "C2,Beta Ltd,IE,en-IE,Europe/Dublin,EUR,kim,,ap@beta.example\n", day_after(-50))
    house.invoice("INV-1", due=day_after(-7), amount="10.00")
    house.invoice("INV-2", "C2", due=day_after(-7), amount="20.00")
    for mail in house.day(MONDAY):
        house.answer(mail, "Please call me, I have a question.", day_after(1))
    assert report(house, 2)["total", "EUR"][0] == Decimal("30.00")
    assert report(house, 2, "sam")["total", "EUR"][0] == Decimal("10.00")


def test_overdue_money_is_told_apart_by_why_it_is_not_paid(house: House) -> None:
    for number, amount in (("INV-1", "1000.00"), ("INV-2", "300.00"), ("INV-3", "70.00")):
        house.invoice(number, due=day_after(-7), amount=amount)
    [mail] = house.day(MONDAY)
    house.answer(mail, "The price on INV-1 is wrong, we agreed 100 less.", day_after(1))
    house.answer(mail, "Could you please send me a copy of invoice INV-2?", day_after(2))
    found = reasons_report(house.on(day_after(3), 12), None, day_after(3))
    told = {str(row["reason"]): (row["total"].amount, row["oldest"]) for row in (*found.rows, *found.totals)}
    assert told == {
        "disputed": (Decimal("1000.00"), day_after(1)),
        "administrative": (Decimal("300.00"), day_after(2)),
        "silent": (Decimal("70.00"), None),
        "total": (Decimal("1370.00"), day_after(1)),
    }


def test_the_ages_of_silence_are_told_apart_by_days() -> None:
    item = (1, 1, "EUR", 100)
    parts = [
        part
        for days in (0, 2, 3, 7, 8, 30, 31)
        for part in silenced_parts(item, [Hold("disputed: price", MONDAY - timedelta(days), 10)], [], [])
    ]
    [line], [total] = add_up_silence(parts, MONDAY)
    assert line.ages == [20, 20, 20, 10]
    assert total.total == 70


@given(
    residual=st.integers(1, 10_000),
    disputes=st.lists(st.integers(1, 8_000), max_size=3),
    promises=st.lists(st.integers(1, 8_000), max_size=3),
    pauses=st.lists(st.sampled_from(list(PauseKind)), max_size=3),
)
def test_the_parts_of_an_item_never_exceed_its_residual(
    residual: int, disputes: list[int], promises: list[int], pauses: list[PauseKind]
) -> None:
    parts = silenced_parts(
        (1, 1, "EUR", residual),
        [Hold("disputed: price", MONDAY, minor) for minor in disputes],
        [Hold("promised", MONDAY, minor) for minor in promises],
        [(kind, MONDAY) for kind in pauses],
    )
    total = sum(part.minor for part in parts)
    assert total <= residual
    assert total == residual or not set(pauses) - {PauseKind.OUT_OF_OFFICE}
    assert all(part.minor > 0 for part in parts)


@pytest.mark.parametrize("days", [0, 9])
def test_whatever_is_overdue_and_not_silent_is_what_the_run_does_not_skip_for_silence(
    small_house: House, days: int
) -> None:
    """The report and the planner speak of the same silence: item by item."""
    house = small_house
    for number in range(1, 7):
        house.invoice(f"INV-{number}", due=day_after(-7), amount="100.00")
    [mail] = house.day(MONDAY)
    house.answer(mail, "We will pay INV-1 on 27 March 2026.", day_after(1))
    house.answer(mail, "INV-2 is a duplicate of INV-1, please credit it.", day_after(1))
    house.answer(mail, "Please call me about INV-3, I have a question.", day_after(1))
    house.day(day_after(1 + days))
    silent_reasons = {"promised", "disputed", "reply_pending", "paused", "promise_offered", "insolvent"}
    skipped = {n for n, (_, reason) in house.why(day_after(1 + days)).items() if reason in silent_reasons}
    told = report(house, 1 + days)["total", "EUR"][0]
    assert told == 100 * len(skipped)
