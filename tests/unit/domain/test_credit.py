"""Exposure, limits, and which disputes block an order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.credit import (
    CreditStanding,
    DisputedPart,
    accepts_order,
    blocking_disputes,
    convert_minor,
    must_block,
)


def standing(balance: int = 0, overdue: int = 0, orders: int = 0, limit: int | None = None) -> CreditStanding:
    return CreditStanding("EUR", balance, overdue, orders, limit)


def test_exposure_is_balance_plus_orders_and_headroom_what_is_left_of_the_limit() -> None:
    account = standing(balance=300, orders=250, limit=500)
    assert (account.exposure, account.headroom, account.over_limit) == (550, -50, True)
    assert standing(balance=500, limit=500).over_limit is False
    assert standing(balance=500).headroom is None


@pytest.mark.parametrize(
    ("limit", "amount", "fits"), [(None, 100, True), (0, 0, False), (200, 0, True), (200, 150, False), (200, 100, True)]
)
def test_an_order_fits_within_the_limit(limit: int | None, amount: int, fits: bool) -> None:
    assert accepts_order(standing(balance=100, limit=limit), amount) is fits


def test_a_dispute_blocks_an_order_if_taking_it_out_would_release_it() -> None:
    account = standing(balance=900, overdue=400, orders=50, limit=1000)
    assert blocking_disputes([account], [DisputedPart(1, "EUR", 400, 400)]) == (1,)
    assert blocking_disputes([account], [DisputedPart(1, "EUR", 300, 300)]) == ()
    assert blocking_disputes([account], [DisputedPart(1, "EUR", 300, 300), DisputedPart(2, "EUR", 100, 100)]) == (1, 2)


def test_a_dispute_about_what_is_not_due_blocks_only_through_the_limit() -> None:
    late = standing(balance=900, overdue=400, limit=1000)
    parts = [DisputedPart(1, "EUR", 400, 400), DisputedPart(2, "EUR", 100, 0)]
    assert blocking_disputes([late], parts) == (1,)
    over = standing(balance=1050, limit=1000)
    assert blocking_disputes([over], [DisputedPart(2, "EUR", 100, 0)]) == (2,)


def test_an_account_that_nothing_stops_is_blocked_by_no_dispute() -> None:
    assert blocking_disputes([standing(balance=100, limit=1000)], [DisputedPart(1, "EUR", 100, 0)]) == ()
    assert must_block(standing(overdue=5), overdue_allowed=5) is False


def test_money_overdue_in_another_currency_still_stops_the_order() -> None:
    dollars = CreditStanding("USD", 100, 100, 0)
    assert blocking_disputes([standing(balance=10, overdue=10), dollars], [DisputedPart(1, "EUR", 10, 10)]) == ()


def test_conversion_knows_the_decimals_of_both_currencies() -> None:
    assert convert_minor(10_000, "EUR", "JPY", Decimal("160.5")) == 16_050
    assert convert_minor(16_050, "JPY", "KWD", Decimal("0.002")) == 32_100
