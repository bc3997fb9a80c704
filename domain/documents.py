"""Open items and what stands against them: invoices by instalment, debit memos, credits, unapplied cash, orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.touches import TouchStatus


class DocumentKind(StrEnum):
    """What asks for money. Credit memos and payments are `Credit`s, never documents."""

    INVOICE = "invoice"
    DEBIT_MEMO = "debit_memo"


class EntryKind(StrEnum):
    """Kinds of ledger entry; the signed sum of a document's entries up to a day is what was open on that day."""

    ISSUED = "issued"
    PAYMENT = "payment"
    PAID_BY_SOURCE = "paid_by_source"
    CREDIT = "credit"
    REVERSAL = "reversal"
    AMENDED = "amended"
    CLOSED_BY_SOURCE = "closed_by_source"
    REOPENED_BY_SOURCE = "reopened_by_source"
    WRITE_OFF = "write_off"


class CreditKind(StrEnum):
    """Money or paper in the customer's favour that names no open item (yet)."""

    UNAPPLIED_CASH = "unapplied_cash"
    CREDIT_MEMO = "credit_memo"


class OrderStatus(StrEnum):
    """States of a sales order."""

    OPEN = "open"
    BLOCKED = "blocked"
    RELEASED = "released"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StageDone:
    """A step of the open cycle that was planned or sent: stage code, days (signed, after due > 0), day."""

    stage: str
    offset: int
    on: date


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One instalment of an invoice or debit memo. Amounts in minor units of `currency`.

    `residual` = amount − payments − credits that name it. `disputed` and `promised` are the parts of the residual that
    an open dispute or an open promise holds still; `credit_pending` an approved memo that waits for posting.
    """

    id: int
    number: str
    kind: DocumentKind
    instalment: int
    issued_on: date
    due_on: date
    amount: int
    residual: int
    currency: str
    disputed: int = 0
    promised: int = 0
    credit_pending: int = 0
    fees: int = 0
    po_number: str | None = None
    order_number: str | None = None
    written_off: bool = False
    stages_done: tuple[StageDone, ...] = ()
    cycle_id: int | None = None
    # State of a message about this item that is on its way, waits for a yes, or is in doubt; None otherwise.
    pending: TouchStatus | None = None
    # Days past due on which a dispute held all of it, and when the newest one was settled: see domain.disputes.
    clock_stopped_days: int = 0
    resumed_on: date | None = None

    def days_past_due(self, today: date) -> int:
        """Days from the due date; negative before it."""
        return (today - self.due_on).days

    @property
    def askable(self) -> int:
        """What may be asked for now, in minor units: the residual less what is held still. Never negative."""
        return max(0, self.residual - self.disputed - self.promised - self.credit_pending)


@dataclass(frozen=True, slots=True)
class Credit:
    """An open credit memo or unapplied payment of an account: shown apart, never allocated by itself."""

    kind: CreditKind
    number: str
    on: date
    open_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Order:
    """A sales order. Open and blocked ones count towards exposure."""

    number: str
    ordered_on: date
    amount_minor: int
    currency: str
    status: OrderStatus
    sales_rep_id: int | None = None
