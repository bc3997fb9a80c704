"""When an item would be written about next."""

from datetime import date, timedelta

import pytest

from domain.account import Pause, PauseKind
from outreach.cadence.outlook import next_step
from tests.unit.cadence.build import STANDARD, account, done, item

DUE = date(2026, 3, 2)
POLICY = STANDARD.policies[0]


def _next(one, today: date, **changes) -> tuple[date, str] | None:
    found = next_step(one, account(one, **changes), POLICY, today)
    return (found[0], found[1].code) if found else None


def test_between_two_steps_the_outlook_names_the_next_one_and_its_day() -> None:
    reminded = item(due=DUE, stages_done=(done("first", 5, date(2026, 3, 9)),))
    assert _next(reminded, date(2026, 3, 10)) == (date(2026, 3, 17), "second")
    assert _next(item(due=DUE), DUE - timedelta(days=20)) == (DUE - timedelta(days=3), "before_due")


def test_a_pause_with_an_end_puts_it_off_to_the_day_after() -> None:
    pause = Pause(PauseKind.REPLY, date(2026, 3, 6), date(2026, 3, 12))
    assert _next(item(due=DUE), date(2026, 3, 9), pauses=(pause,)) == (date(2026, 3, 13), "first")


@pytest.mark.parametrize(
    "changes",
    [
        {"residual": 0},
        {"written_off": True},
        {"disputed": 10_000},
        {"stages_done": (done("final", 30, date(2026, 4, 1)),)},
    ],
    ids=["paid", "written off", "disputed", "finished"],
)
def test_what_no_day_ends_has_no_next_step(changes) -> None:
    assert _next(item(due=DUE, **changes), date(2026, 4, 10)) is None
