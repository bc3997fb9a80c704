"""Questions about accounts and their answers: what every assistant (Slack, terminal) reads and gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.money import Money
from domain.parties import SEES_EVERYTHING, User, UserRole


class QuestionKind(StrEnum):
    """What can be asked."""

    HELP = "help"
    SUMMARY = "summary"
    BALANCE = "balance"
    OVERDUE = "overdue"
    AGING = "aging"
    OPEN_ITEMS = "open_items"
    INVOICE = "invoice"
    ORDERS = "orders"
    BLOCKED_ORDERS = "blocked_orders"
    WHY = "why"
    LAST_CONTACT = "last_contact"
    CONTACTED = "contacted"
    NOT_CONTACTED = "not_contacted"
    REPLIES = "replies"
    PROMISES = "promises"
    PROMISE_RATE = "promise_rate"
    DISPUTES = "disputes"
    BLOCKING_DISPUTES = "blocking_disputes"
    TOP_OVERDUE = "top_overdue"
    TOP_BALANCE = "top_balance"
    DUE = "due"
    OLDEST = "oldest"
    LARGEST = "largest"
    EXPOSURE = "exposure"
    HEADROOM = "headroom"
    CREDIT_LIMIT = "credit_limit"
    OVER_LIMIT = "over_limit"
    UNAPPLIED = "unapplied"
    CREDITS = "credits"
    PAYMENTS = "payments"
    OPTED_OUT = "opted_out"
    TASKS = "tasks"
    DSO = "dso"
    CONTACTS = "contacts"
    OWNER = "owner"
    CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included; None is open on that side. `label` is how it is said back."""

    label: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question as understood. `names` and `reference` are as typed: whom they mean is resolved by what one may see.

    `reference` is a word that may be an invoice, purchase order or order; `over_days`/`up_to_days` bound the days past
    due (both included); `at_least` is an amount in major units that an account must exceed, of `currency` if named.
    """

    kind: QuestionKind
    text: str
    names: tuple[str, ...] = ()
    reference: str | None = None
    mine: bool = False
    group: bool = False
    period: Period | None = None
    as_of: date | None = None
    currency: str | None = None
    limit: int | None = None
    over_days: int | None = None
    up_to_days: int | None = None
    at_least: Decimal | None = None
    or_equal: bool = False
    status: str | None = None
    reason: str | None = None
    by: str | None = None
    count: bool = False
    listing: bool = False
    pronoun: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several that were meant, perhaps: a customer's number and name (or an invoice's and its customer's)."""

    number: str
    name: str


Cell = str | int | date | Money | Decimal | None
Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person reads (`text`), the figures asked for, the table behind them, and whom to choose among.

    `question` is what was understood, with what it was resolved to. A row's Money is printed as a decimal beside the
    row's `currency`.
    """

    text: str
    understood: bool = True
    question: Mapping[str, object] = field(default_factory=dict)
    amounts: tuple[Money, ...] = ()
    rows: tuple[Row, ...] = ()
    choices: tuple[Choice, ...] = ()
    more_rows: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """What an asker may see: everything, or the accounts of one collector or one sales rep."""

    user_id: int | None = None
    collector_id: int | None = None
    sales_rep_id: int | None = None

    @property
    def everything(self) -> bool:
        """Whether every account is visible."""
        return self.collector_id is None and self.sales_rep_id is None


def scope_of(user: User | None) -> Scope:
    """What `user` may see (rules.md, "Figures"). None is the operator at the machine itself, who sees everything."""
    if user is None:
        return Scope()
    if user.role in SEES_EVERYTHING:
        return Scope(user_id=user.id)
    if user.role is UserRole.SALES:
        return Scope(user_id=user.id, sales_rep_id=user.id)
    return Scope(user_id=user.id, collector_id=user.id)
