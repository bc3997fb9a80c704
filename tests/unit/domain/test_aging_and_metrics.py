"""Aging from the due date, and the measures with the numbers that others publish."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import metrics
from domain.aging import AgedItem, age_items, bucket_cutoffs, bucket_labels, bucket_of, parse_bounds, total_lines
from domain.errors import BadInput
from domain.metrics import MonthSales

TODAY = date(2026, 3, 10)
BOUNDS = st.lists(st.integers(1, 400), min_size=1, max_size=6, unique=True).map(sorted)
ITEMS = st.lists(
    st.builds(
        AgedItem,
        key=st.sampled_from(["a", "b"]),
        currency=st.sampled_from(["EUR", "JPY"]),
        due_on=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
        residual=st.integers(0, 10**9),
        disputed=st.integers(0, 10**9),
    )
)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-5, "current"), (0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
     (90, "61-90"), (91, "over 90")],
)  # fmt: skip
def test_due_today_is_current_and_over_ninety_begins_with_the_ninety_first_day(days: int, bucket: str) -> None:
    assert bucket_labels()[bucket_of(days)] == bucket


@given(ITEMS, BOUNDS)
def test_sums_of_lines_equal_totals_and_currencies_stay_apart(items: list[AgedItem], bounds: list[int]) -> None:
    table = age_items(items, TODAY, bounds)
    for currency in ("EUR", "JPY"):
        total = next((t for t in table.totals if t.currency == currency), None)
        mine = [i for i in items if i.currency == currency and i.residual > 0]
        assert (total.balance if total else 0) == sum(i.residual for i in mine)
        if total:
            assert total.overdue == sum(i.residual for i in mine if i.due_on < TODAY)
            assert total.disputed <= total.balance
    assert table.totals == total_lines(table.lines, bounds)


@given(st.integers(-1000, 1000), BOUNDS)
def test_the_statements_cut_offs_and_the_pure_buckets_agree(days: int, bounds: list[int]) -> None:
    due = TODAY - timedelta(days=days)
    spans = bucket_cutoffs(TODAY, bounds)
    hits = [p for p, (a, b) in enumerate(spans) if (a is None or due >= a) and (b is None or due <= b)]
    assert hits == [bucket_of(days, bounds)]


@pytest.mark.parametrize("text", ["30,30", "0,30", "thirty", "", "60,30"])
def test_buckets_that_do_not_rise_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"30,60,90"):
        parse_bounds(text)


def test_dso_simple_replays_the_published_examples() -> None:
    assert metrics.compute_dso(150_000, 1_800_000, 365) == Decimal("30.4")
    assert metrics.compute_dso(600_000, 2_400_000, 90) == Decimal("22.5")
    assert metrics.compute_dso(18_000, 20_000, 30) == Decimal("27.0")
    assert metrics.compute_dso(5, 0, 90) is None


def test_countback_replays_the_published_examples() -> None:
    thirty = [MonthSales(100_000, 30), MonthSales(80_000, 30), MonthSales(70_000, 30)]
    found = metrics.compute_countback(212_000, thirty)
    assert (found.days, found.exhausted) == (Decimal("73.7"), False)
    calendar = [MonthSales(900_000, 31), MonthSales(800_000, 28), MonthSales(700_000, 31)]
    assert metrics.compute_countback(2_100_000, calendar).days == Decimal("76.7")


def test_countback_says_at_least_when_more_is_open_than_was_ever_invoiced() -> None:
    found = metrics.compute_countback(300, [MonthSales(100, 31), MonthSales(0, 28), MonthSales(100, 31)])
    assert (found.days, found.exhausted) == (Decimal("90.0"), True)
    assert metrics.compute_countback(300, [MonthSales(0, 31)]) is None
    assert metrics.compute_countback(0, [MonthSales(100, 31)]).days == 0


def test_a_month_without_sales_counts_its_days_and_takes_nothing() -> None:
    assert metrics.compute_countback(150, [MonthSales(0, 10), MonthSales(300, 30)]).days == Decimal("25.0")


def test_best_possible_dso_and_days_delinquent() -> None:
    assert metrics.compute_bpdso(8_000, 30_000, 28) == Decimal("7.5")
    best = metrics.compute_bpdso(4_000, 10_000, 30)
    assert (best, metrics.compute_add(metrics.compute_dso(15_000, 10_000, 30), best)) == (12, 33)


def test_cei_divides_sales_by_the_months() -> None:
    assert metrics.compute_cei(6_200, 10_890, 6_340, 3_590, months=3) == Decimal("55.9")
    assert metrics.compute_cei(6_200, 10_890, 6_340, 3_590) == Decimal("79.6")


def test_shares_and_cycles() -> None:
    assert metrics.compute_share(2, 3) == Decimal("66.7")
    assert metrics.compute_share(0, 0) is None
    assert metrics.compute_cycle([(TODAY, TODAY + timedelta(days=3)), (TODAY, TODAY)]) == Decimal("1.5")


def test_sales_fall_into_their_months_and_the_newest_ends_today() -> None:
    spans = metrics.months_back(date(2024, 3, 10), 3)
    assert spans[1] == (date(2024, 2, 1), date(2024, 2, 29))
    sales = [(date(2024, 3, 10), 5), (date(2024, 3, 11), 7), (date(2024, 2, 29), 11), (date(2023, 12, 31), 13)]
    assert metrics.month_sales(sales, spans) == [MonthSales(5, 10), MonthSales(11, 29), MonthSales(0, 31)]
