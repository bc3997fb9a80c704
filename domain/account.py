"""The account snapshot: everything that deciding about one customer × legal entity needs, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.documents import Credit, CreditKind, OpenItem, Order, OrderStatus, StageDone
from domain.parties import Channel, Contact, Customer, LegalEntity
from domain.promises import Promise
from domain.touches import TouchStatus


class PauseKind(StrEnum):
    """Why automated outreach is silent about something."""

    REPLY = "reply"
    PROMISE_OFFERED = "promise_offered"
    TRACE_PAYMENT = "trace_payment"
    OUT_OF_OFFICE = "out_of_office"
    MANUAL = "manual"
    INSOLVENCY = "insolvency"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence about a document, a contact, or (neither named) the account; to `until` inclusive, or until lifted."""

    kind: PauseKind
    from_on: date
    until: date | None = None
    document_id: int | None = None
    contact_id: int | None = None

    def holds(self, today: date) -> bool:
        """Whether it is in force on `today`."""
        return self.from_on <= today and (self.until is None or today <= self.until)

    @property
    def only_contact(self) -> bool:
        """Whether it silences one contact, so that another one may be written to; a reply silences what it is about."""
        contact_only = self.kind in (PauseKind.OUT_OF_OFFICE, PauseKind.MANUAL)
        return contact_only and self.contact_id is not None and self.document_id is None


@dataclass(frozen=True, slots=True)
class PastContact:
    """A contact that counts for intervals and caps: a message sent (or maybe sent), a call, a mail by hand."""

    on: date
    channel: Channel
    currency: str | None = None
    entity_id: int | None = None
    document_ids: tuple[int, ...] = ()
    automated: bool = True


@dataclass(frozen=True, slots=True)
class OptOut:
    """An address or number that wants nothing more on a channel. `address` is normalised (lower case, E.164)."""

    channel: Channel
    address: str


@dataclass(frozen=True, slots=True)
class DeadAddress:
    """An address or number that proved undeliverable on a channel, until somebody corrects it. Normalised."""

    channel: Channel
    address: str


@dataclass(frozen=True, slots=True)
class AccountCycle:
    """The open cycle of a whole account in one currency, where the policy counts so (`cycle: account`)."""

    id: int
    currency: str
    stages_done: tuple[StageDone, ...] = ()
    # State of its message that is on its way, waits for a yes, or is in doubt; None otherwise.
    pending: TouchStatus | None = None


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
    """One account (customer × entity) as of a moment. Amounts of different currencies stay apart.

    `cash_loaded_to` is the day up to which the entity's cash is known, `ledger_as_of` the day of its newest import.
    `contacts` hold the customer's own address as contact 0, if any. `doubted`: a refused row named the customer.
    `past_contacts` are those of the whole customer, other entities' too: the weekly cap is shared.
    """

    customer: Customer
    entity: LegalEntity
    items: tuple[OpenItem, ...] = ()
    credits: tuple[Credit, ...] = ()
    contacts: tuple[Contact, ...] = ()
    promises: tuple[Promise, ...] = ()
    broken_promises: tuple[Promise, ...] = ()
    pauses: tuple[Pause, ...] = ()
    opt_outs: frozenset[OptOut] = frozenset()
    dead_addresses: frozenset[DeadAddress] = frozenset()
    past_contacts: tuple[PastContact, ...] = ()
    orders: tuple[Order, ...] = ()
    account_cycles: tuple[AccountCycle, ...] = ()
    ledger_as_of: date | None = None
    cash_loaded_to: date | None = None
    doubted: bool = False

    def currencies(self) -> list[str]:
        """Currencies with an open item or credit, sorted."""
        return sorted({item.currency for item in self.items} | {credit.currency for credit in self.credits})

    def items_in(self, currency: str) -> tuple[OpenItem, ...]:
        """Open items of one currency, in the order of the snapshot."""
        return tuple(item for item in self.items if item.currency == currency)


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account owes in one currency, in minor units. Credits and unapplied cash are apart, not netted in."""

    currency: str
    balance: int
    overdue: int
    disputed: int
    promised: int
    credit_memos: int
    unapplied_cash: int
    open_items: int

    @property
    def net(self) -> int:
        """Balance less credit memos and unapplied cash."""
        return self.balance - self.credit_memos - self.unapplied_cash


def compute_balances(items: Iterable[OpenItem], credits: Iterable[Credit], today: date) -> list[Balance]:
    """Open items and credits → one Balance a currency, by code. Overdue is due before `today`, disputed too."""
    items, credits = list(items), list(credits)
    found = []
    for currency in sorted({i.currency for i in items} | {c.currency for c in credits}):
        mine = [i for i in items if i.currency == currency and i.residual > 0]
        paper = [c for c in credits if c.currency == currency]
        found.append(
            Balance(
                currency=currency,
                balance=sum(i.residual for i in mine),
                overdue=sum(i.residual for i in mine if i.due_on < today),
                disputed=sum(min(i.disputed, i.residual) for i in mine),
                promised=sum(min(i.promised, i.residual) for i in mine),
                credit_memos=sum(c.open_minor for c in paper if c.kind is CreditKind.CREDIT_MEMO),
                unapplied_cash=sum(c.open_minor for c in paper if c.kind is CreditKind.UNAPPLIED_CASH),
                open_items=len(mine),
            )
        )
    return found


def compute_exposure(balance: int, orders: Iterable[Order], currency: str) -> int:
    """Balance plus orders open or blocked in the same currency, in minor units (rules.md, "Exposure")."""
    counted = (OrderStatus.OPEN, OrderStatus.BLOCKED)
    return balance + sum(o.amount_minor for o in orders if o.currency == currency and o.status in counted)
