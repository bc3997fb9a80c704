"""Dates and amounts in nonsense: the time goes in step with the length, so that no mail can hold a worker."""

from __future__ import annotations

import time
from datetime import date

import pytest

from outreach.replies.amounts import find_amounts
from outreach.replies.dates import find_dates

NONSENSE = [
    "1 ", "one ", "in 2 weeks and ", "the day after ", "1,", "a ", "x", "9", "1/", "twenty-", " ", "half a ", "-", "(0",
    "12 12 12 ", "einund", "inv-1-", "merry ", "a@b.c ", "日", "一", "3日後", "5 EUR. ", "\n",
]  # fmt: skip


@pytest.mark.parametrize("locale", ["en_US", "es_ES", "fr_FR", "de_DE", "ja_JP"])
@pytest.mark.parametrize("size", [4_000, pytest.param(32_000, marks=pytest.mark.slow)])
def test_the_time_goes_in_step_with_the_length(locale: str, size: int) -> None:
    start = time.process_time()
    for part in NONSENSE:
        text = (part * size)[:size]
        find_dates(text, date(2026, 5, 12), locale)
        find_amounts(text, locale)
    assert time.process_time() - start < 3e-4 * size * len(NONSENSE) / 4
