"""Whether a run would send so much more than usual that somebody should look first."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

FEWEST_RUNS = 5
"""With fewer runs behind it nothing is usual yet; the first runs wait for a yes anyway."""
LEAST_MESSAGES = 50
"""A plan that a person could read through in minutes is never too much."""


def times_the_usual(planned: int, before: Sequence[int], factor: int) -> int | None:
    """How many times the usual volume a run would send, where that is more than `factor` times; else None.

    `before`: messages of the last runs; the usual is their median, at least one.
    """
    if len(before) < FEWEST_RUNS or planned < LEAST_MESSAGES:
        return None
    usual = max(1, median(before))
    return round(planned / usual) if planned > factor * usual else None


def volume_sentence(times: int) -> str:
    """What the person is told who has to say yes."""
    return f"this run would send {times} times the usual volume: approve"
