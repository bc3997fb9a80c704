"""What goes into understanding a reply and what comes out: values, no behaviour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.disputes import DisputeReason


class Intent(StrEnum):
    """What a customer wants or tells; a reply may hold several."""

    PROMISE_TO_PAY = "promise_to_pay"
    PAYMENT_PLAN = "payment_plan"
    ALREADY_PAID = "already_paid"
    REMITTANCE_ADVICE = "remittance_advice"
    DISPUTE = "dispute"
    INVOICE_COPY_REQUEST = "invoice_copy_request"
    STATEMENT_REQUEST = "statement_request"
    TERMS_EXTENSION_REQUEST = "terms_extension_request"
    WRONG_CONTACT = "wrong_contact"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    INSOLVENCY = "insolvency"
    HARDSHIP = "hardship"
    COMPLAINT = "complaint"
    OUT_OF_OFFICE = "out_of_office"
    ACKNOWLEDGEMENT = "acknowledgement"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reply:
    """One inbound message. `body` is plain text; `headers` have lower-case names; `received_at` is aware."""

    channel: str
    body: str
    received_at: datetime
    timezone: str
    locale: str
    subject: str = ""
    from_name: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None:
            raise ValueError("received_at needs a time zone")

    @property
    def today(self) -> date:
        """The sender's calendar day on which it was received: what "tomorrow" counts from."""
        return self.received_at.astimezone(ZoneInfo(self.timezone)).date()


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An open item that the reply may be about; `amount` is its residual in major units."""

    number: str
    amount: Decimal
    currency: str
    due_on: date
    po_number: str | None = None


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """What the sender owes. `asked` are the numbers that the message which they answer was about, where it is known."""

    open_invoices: tuple[OpenInvoice, ...] = ()
    asked: tuple[str, ...] = ()

    def total(self, numbers: tuple[str, ...] = ()) -> Decimal:
        """Sum of the named invoices, of all for none."""
        return sum((i.amount for i in self.open_invoices if not numbers or i.number in numbers), Decimal(0))

    @property
    def currency(self) -> str | None:
        """The one currency of all open invoices, None where there are several or none."""
        found = {i.currency for i in self.open_invoices}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The customer's own words that a finding rests on, and how sure the finding is (0 to 1)."""

    finding: str
    quote: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Instalment:
    """One dated part; `amount` None means everything asked for within the scope."""

    date: dt.date
    amount: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class PromiseReading:
    """A promise as read: its parts, and the invoices it names (none: all that was open)."""

    instalments: tuple[Instalment, ...]
    invoices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DisputeReading:
    """A dispute as read; `amount` is the contested part where the customer states it."""

    reason: DisputeReason
    invoices: tuple[str, ...] = ()
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PaidReading:
    """A payment that the customer says was made."""

    date: dt.date | None
    amount: Decimal | None = None
    reference: str | None = None
    invoices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactReading:
    """Whom we are told to turn to instead."""

    name: str | None
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Understanding:
    """A reply as read. `doubts` say why a person must look; without one the system may act by itself."""

    language: str
    intents: tuple[Intent, ...]
    promise: PromiseReading | None = None
    dispute: DisputeReading | None = None
    paid: PaidReading | None = None
    new_contact: ContactReading | None = None
    automatic: bool = False
    back_on: date | None = None
    named: tuple[str, ...] = ()
    text: str = ""
    evidence: tuple[Evidence, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def needs_human(self) -> bool:
        """Whether a person must look at it before anything is done beyond pausing."""
        return bool(self.doubts)
