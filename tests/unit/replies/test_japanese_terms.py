"""Japanese words that look like a day of payment and are none."""

from __future__ import annotations

from datetime import date

import pytest

from outreach.replies.dates import find_dates

TODAY = date(2026, 5, 13)


@pytest.mark.parametrize(
    "text",
    ["弊社は20日締め翌月末払いです", "当社の支払条件は月末締め翌月末払いです", "末日締めの翌々月10日払いとなります"],
)
def test_terms_of_payment_name_no_day(text: str) -> None:
    assert find_dates(text, TODAY, "ja_JP") == []


def test_the_holiday_that_a_payment_evades_is_not_its_day() -> None:
    found = find_dates("31日が日曜のため29日にお振込みします", TODAY, "ja_JP")
    assert [finding.date for finding in found] == [date(2026, 5, 29)]


def test_the_five_and_ten_day_that_is_named_is_the_named_one() -> None:
    found = find_dates("残りは五十日の20日に払います", TODAY, "ja_JP")
    assert [finding.date for finding in found] == [date(2026, 5, 20)]


def test_from_now_is_today_and_from_now_in_three_days_is_not() -> None:
    assert [f.date for f in find_dates("今から15万円入れます", TODAY, "ja_JP")] == [TODAY]
    assert [f.date for f in find_dates("今から3日後", TODAY, "ja_JP")] == [date(2026, 5, 16)]
