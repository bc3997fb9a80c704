"""Promises to pay: what was promised, and whether it was kept (rules.md, "Replies, promises, stalling")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DEFAULT_GRACE_DAYS = 3
"""Days after the promised day before a promise can be broken, by default of a policy."""


class PromiseStatus(StrEnum):
    """`OFFERED` waits for a person's yes; it becomes OPEN or CANCELLED."""

    OFFERED = "offered"
    OPEN = "open"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Promise:
    """One dated part of what a customer promised; a plan is several with one `plan`. Minor units of `currency`.

    `documents` are (document id, promised part in minor units, residual at the day it was made).
    """

    id: int
    currency: str
    amount_minor: int
    made_on: date
    promised_on: date
    status: PromiseStatus
    documents: tuple[tuple[int, int], ...] = ()
    plan: str | None = None

    def silent_until(self, grace_days: int = DEFAULT_GRACE_DAYS) -> date:
        """Last day on which what it binds is not asked for."""
        return self.promised_on + timedelta(days=grace_days)


@dataclass(frozen=True, slots=True)
class PromiseFacts:
    """What came in on what a promise binds, since it was made (minor units), and how far cash is loaded."""

    paid_minor: int
    residual_minor: int
    unapplied_minor: int
    cash_loaded_to: date | None


def judge_promise(
    promise: Promise, facts: PromiseFacts, today: date, grace_days: int = DEFAULT_GRACE_DAYS
) -> PromiseStatus:
    """The status of an open promise on `today`.

    Kept as soon as the promised amount is in (or nothing is left to pay). Broken only when cash up to the promised day
    plus grace has been loaded and no unapplied cash covers what is missing; partly kept when some of it came.
    """
    if promise.status is not PromiseStatus.OPEN:
        return promise.status
    if facts.paid_minor >= promise.amount_minor or facts.residual_minor <= 0:
        return PromiseStatus.KEPT
    deadline = promise.silent_until(grace_days)
    if today <= deadline or facts.cash_loaded_to is None or facts.cash_loaded_to < deadline:
        return PromiseStatus.OPEN
    if facts.unapplied_minor >= promise.amount_minor - facts.paid_minor:
        return PromiseStatus.OPEN
    return PromiseStatus.PARTLY_KEPT if facts.paid_minor > 0 else PromiseStatus.BROKEN
