"""Money is exact (invariant 11): sums of parts are the whole, whatever is split, allocated or bucketed."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.account import compute_balances
from domain.currencies import EXPONENTS
from domain.documents import Credit, CreditKind
from domain.errors import BadInput
from domain.money import (
    CurrencyMismatch,
    Money,
    allocate_oldest_first,
    exponent,
    from_decimal,
    parse_amount,
    percent_of,
    round_minor,
    split_by_amount,
    split_evenly,
    total,
)
from tests.unit.cadence.build import item

MINOR = st.integers(-(10**14), 10**14)
POSITIVE = st.integers(1, 10**12)
CURRENCY = st.sampled_from(sorted(EXPONENTS))


@given(MINOR, st.integers(1, 400), CURRENCY)
def test_even_parts_sum_to_the_whole_and_differ_by_less_than_their_number(
    minor: int, parts: int, currency: str
) -> None:
    split = split_evenly(Money(minor, currency), parts)
    assert len(split) == parts
    assert total(split, currency).minor == minor
    assert max(abs(one.minor - split[0].minor) for one in split) < parts


@given(POSITIVE, st.integers(1, 10**12))
def test_parts_of_an_amount_sum_to_the_whole_and_only_the_last_is_smaller(minor: int, each: int) -> None:
    each = max(each, minor // 500 + 1)
    split = split_by_amount(Money(minor, "EUR"), Money(each, "EUR"))
    assert total(split, "EUR").minor == minor
    assert all(one.minor == each for one in split[:-1])
    assert 0 < split[-1].minor <= each


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**8), max_size=20))
def test_oldest_first_gives_no_more_than_there_is_and_leaves_no_older_amount_open(
    available: int, amounts: list[int]
) -> None:
    shares = allocate_oldest_first(available, amounts)
    assert len(shares) == len(amounts)
    assert sum(shares) == min(available, sum(amounts))
    assert all(0 <= share <= amount for share, amount in zip(shares, amounts, strict=True))
    short = [at for at, (share, amount) in enumerate(zip(shares, amounts, strict=True)) if share < amount]
    assert not short or not any(shares[short[0] + 1 :]), (
        "over-allocation never drives a later amount before an older one"
    )


@given(MINOR, CURRENCY)
def test_minor_units_survive_the_way_through_decimals_and_text(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert from_decimal(money.amount, currency) == money
    assert parse_amount(str(money.amount), currency) == money
    assert -money.amount.as_tuple().exponent == exponent(currency)


@given(st.decimals(-(10**9), 10**9, places=6), CURRENCY)
def test_more_decimals_than_the_currency_has_are_refused_never_rounded(value: Decimal, currency: str) -> None:
    if value == round(value, exponent(currency)):
        assert from_decimal(value, currency).amount == value
    else:
        with pytest.raises(BadInput, match="more decimals"):
            from_decimal(value, currency)


@given(MINOR, st.decimals(0, 100, places=4))
def test_a_percentage_is_rounded_once_half_away_from_zero(minor: int, percent: Decimal) -> None:
    exact = Decimal(minor) * percent / 100
    assert percent_of(minor, percent) == int(exact.to_integral_value(ROUND_HALF_UP))
    assert percent_of(-minor, percent) == -percent_of(minor, percent)
    assert abs(Decimal(round_minor(exact)) - exact) <= Decimal("0.5")


@given(st.lists(MINOR, max_size=20), st.lists(MINOR, max_size=20))
def test_sums_do_not_depend_on_order_and_currencies_never_meet(one: list[int], other: list[int]) -> None:
    euros = [Money(minor, "EUR") for minor in one]
    assert total(euros, "EUR") == total(reversed(euros), "EUR") == Money(sum(one), "EUR")
    with pytest.raises(CurrencyMismatch):
        total([*euros, Money(1, "USD"), *[Money(minor, "EUR") for minor in other]], "EUR")


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["EUR", "USD", "JPY"])), max_size=20
    ),
    st.lists(st.tuples(st.integers(1, 10**9), st.sampled_from(["EUR", "USD"])), max_size=5),
)
def test_balances_are_the_sums_of_their_items_a_currency(amounts, credits) -> None:
    items = [
        item(number, residual=residual, disputed=disputed, currency=currency)
        for number, (residual, disputed, currency) in enumerate(amounts, start=1)
    ]
    paper = [
        Credit(CreditKind.UNAPPLIED_CASH, "P", items[0].due_on if items else item().due_on, minor, c)
        for minor, c in credits
    ]
    found = compute_balances(items, paper, item().due_on)
    assert sum(one.balance for one in found) == sum(residual for residual, _, _ in amounts)
    for one in found:
        mine = [residual for residual, _, currency in amounts if currency == one.currency]
        assert one.balance == sum(mine)
        assert one.net == sum(mine) - sum(minor for minor, currency in credits if currency == one.currency)
        assert 0 <= one.disputed <= one.balance
        assert 0 <= one.overdue <= one.balance
