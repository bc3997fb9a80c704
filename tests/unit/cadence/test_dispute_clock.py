"""How long a settled dispute made a step's clock stand still."""

from datetime import date

import pytest

from domain.disputes import Dispute, DisputeReason, DisputeStatus, days_stood_still, last_closed_on

DUE, TODAY = date(2026, 3, 2), date(2026, 5, 1)


def _dispute(opened: date, closed: date | None, part: int = 10_000, document: int = 1) -> Dispute:
    status = DisputeStatus.REJECTED if closed else DisputeStatus.OPEN
    return Dispute(1, "D-1", DisputeReason.PRICE, status, "EUR", part, opened, ((document, part),), closed_on=closed)


@pytest.mark.parametrize(
    ("disputes", "days"),
    [
        ([], 0),
        ([_dispute(date(2026, 3, 11), date(2026, 3, 31))], 20),
        ([_dispute(date(2026, 2, 1), date(2026, 3, 12))], 10),
        ([_dispute(date(2026, 2, 1), date(2026, 2, 20))], 0),
        ([_dispute(date(2026, 3, 11), date(2026, 3, 31)), _dispute(date(2026, 3, 21), date(2026, 4, 10))], 30),
        ([_dispute(date(2026, 3, 11), date(2026, 3, 31)), _dispute(date(2026, 3, 13), date(2026, 3, 15))], 20),
        ([_dispute(date(2026, 3, 11), date(2026, 3, 31), part=9_999)], 0),
        ([_dispute(date(2026, 3, 11), date(2026, 3, 31), document=2)], 0),
        ([_dispute(date(2026, 3, 11), None)], 0),
    ],
    ids=[
        "none",
        "twenty days",
        "only the days past due count",
        "settled before it was due",
        "overlapping ones count once",
        "one within another",
        "a part doesn't stop the clock",
        "another invoice",
        "an open one is no closed one",
    ],
)
def test_the_clock_stands_still_while_all_of_an_overdue_item_is_disputed(disputes: list[Dispute], days: int) -> None:
    assert days_stood_still(disputes, 1, 10_000, DUE, TODAY) == days


def test_the_newest_settlement_is_what_the_interval_counts_from() -> None:
    disputes = [_dispute(DUE, date(2026, 3, 31)), _dispute(DUE, date(2026, 4, 10)), _dispute(DUE, None)]
    assert last_closed_on(disputes, 1) == date(2026, 4, 10)
    assert last_closed_on(disputes, 2) is None
