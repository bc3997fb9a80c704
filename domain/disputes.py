"""Disputes: a disputed part is not asked for; the undisputed rest is (invariant 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import NotAllowed


class DisputeStatus(StrEnum):
    """`UPHELD`: the customer was right; `REJECTED`: the invoice stands; `WITHDRAWN`: the customer gave it up."""

    OPEN = "open"
    UNDER_REVIEW = "under_review"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class DisputeReason(StrEnum):
    """Why a customer contests an invoice."""

    PRICE = "price"
    QUANTITY = "quantity"
    QUALITY = "quality"
    DAMAGED = "damaged"
    NOT_RECEIVED = "not_received"
    DUPLICATE = "duplicate"
    MISSING_PO = "missing_po"
    TAX = "tax"
    WRONG_ENTITY = "wrong_entity"
    CONTRACT = "contract"
    ALREADY_PAID = "already_paid"
    CANCELLED = "cancelled"
    CREDIT_MISSING = "credit_missing"
    OTHER = "other"


class DisputeEvent(StrEnum):
    """What can happen to a dispute."""

    TAKE = "take"
    UPHOLD = "uphold"
    REJECT = "reject"
    WITHDRAW = "withdraw"


_D, _E = DisputeStatus, DisputeEvent
TRANSITIONS: dict[tuple[DisputeEvent, DisputeStatus], DisputeStatus] = {
    (_E.TAKE, _D.OPEN): _D.UNDER_REVIEW,
    (_E.TAKE, _D.UNDER_REVIEW): _D.UNDER_REVIEW,
    (_E.UPHOLD, _D.OPEN): _D.UPHELD,
    (_E.UPHOLD, _D.UNDER_REVIEW): _D.UPHELD,
    (_E.REJECT, _D.OPEN): _D.REJECTED,
    (_E.REJECT, _D.UNDER_REVIEW): _D.REJECTED,
    (_E.WITHDRAW, _D.OPEN): _D.WITHDRAWN,
    (_E.WITHDRAW, _D.UNDER_REVIEW): _D.WITHDRAWN,
}
"""Every pair that moves; the others are refused."""

SUSPENDS = frozenset({DisputeStatus.OPEN, DisputeStatus.UNDER_REVIEW})
"""States in which the disputed part is not asked for."""


def next_status(event: DisputeEvent, status: DisputeStatus) -> DisputeStatus:
    """The status after `event`. Raises NotAllowed for a pair that is not in the table."""
    try:
        return TRANSITIONS[event, status]
    except KeyError:
        raise NotAllowed(f"a dispute that is {status} can't {event}; it was settled before") from None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A contested part of an account's documents: (document id, disputed part in minor units)."""

    id: int
    public_id: str
    reason: DisputeReason
    status: DisputeStatus
    currency: str
    amount_minor: int
    opened_on: date
    documents: tuple[tuple[int, int], ...] = ()
    owner_id: int | None = None
    closed_on: date | None = None


def suspended_part(residual: int, parts: list[int]) -> int:
    """How much of a residual its open disputes hold still (minor units): their sum, at most the residual."""
    return max(0, min(residual, sum(parts)))


def days_stood_still(disputes: Iterable[Dispute], document_id: int, residual: int, due_on: date, today: date) -> int:
    """Days past due on which a document's closed disputes held all of it (its cadence clock stood still then).

    Disputes that hold only a part don't stop the clock: the rest was asked for all the while. `residual` in minor
    units. Overlapping disputes count a day once (rules.md: "the step's clock stood still").
    """
    spans = sorted(
        (max(dispute.opened_on, due_on), min(dispute.closed_on, today))
        for dispute in disputes
        if dispute.closed_on is not None
        for document, part in dispute.documents
        if document == document_id and part >= residual
    )
    total, seen_to = 0, due_on
    for start, end in spans:
        total += max(0, (end - max(start, seen_to)).days)
        seen_to = max(seen_to, end)
    return total


def last_closed_on(disputes: Iterable[Dispute], document_id: int) -> date | None:
    """The day on which the newest closed dispute about a document was settled; None when none was."""
    return max(
        (
            dispute.closed_on
            for dispute in disputes
            if dispute.closed_on is not None and any(document == document_id for document, _ in dispute.documents)
        ),
        default=None,
    )
