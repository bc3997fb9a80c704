"""When an item would be written about next: what `why` answers beside the reason for today's silence."""

from __future__ import annotations

from datetime import date, timedelta

from domain.account import AccountSnapshot
from domain.documents import OpenItem
from domain.touches import SkipReason
from outreach.cadence.eligibility import judge_item
from outreach.cadence.policy import Policy, Step
from outreach.cadence.view import PlanOptions

_NO_LEDGER = PlanOptions(ledger_max_age=None)
"""Tomorrow's ledger isn't loaded yet: the outlook takes it to be fresh."""


def next_step(
    item: OpenItem, account: AccountSnapshot, policy: Policy | None, today: date, days: int = 120
) -> tuple[date, Step] | None:
    """The first day from `today` on, within `days`, on which a step of the item is due if nothing else changes.

    None when none comes: paid, finished, or held by something without an end. Days off and the message's own reasons
    (minimum, cap, address) are not looked at; the clock only is.
    """
    for ahead in range(days):
        day = today + timedelta(days=ahead)
        verdict = judge_item(item, account, policy, day, _NO_LEDGER)
        if isinstance(verdict, Step):
            return day, verdict
        if verdict in _WITHOUT_END:
            return None
    return None


_WITHOUT_END = frozenset(
    {
        SkipReason.ZERO_BALANCE,
        SkipReason.WRITTEN_OFF,
        SkipReason.NO_POLICY,
        SkipReason.POLICY_EXCLUDES,
        SkipReason.CYCLE_FINISHED,
        SkipReason.LEDGER_DOUBT,
    }
)
"""Reasons that no passing of days ends."""
