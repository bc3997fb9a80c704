"""Policies as values: which steps a customer's items go through. How their files read is `loading`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.money import percent_of
from domain.parties import Channel, ContactRole, Customer
from domain.touches import When


class Template(StrEnum):
    """The words a step may use. `PROMISE_*` are the planner's own: no step of a policy names them."""

    BEFORE_DUE = "before_due"
    ON_DUE = "on_due"
    FIRST = "first"
    SECOND = "second"
    FINAL = "final"
    PROMISE_BROKEN = "promise_broken"
    PROMISE_REMINDER = "promise_reminder"


SEVERITY: dict[str, int] = {
    Template.PROMISE_REMINDER: 0,
    Template.BEFORE_DUE: 1,
    Template.ON_DUE: 2,
    Template.FIRST: 3,
    Template.SECOND: 4,
    Template.PROMISE_BROKEN: 5,
    Template.FINAL: 6,
}
"""Which words lead a message that holds several steps: the highest."""


class Tone(StrEnum):
    """How warm the words are."""

    FRIENDLY = "friendly"
    STANDARD = "standard"
    FIRM = "firm"


class Anchor(StrEnum):
    """What a step's days count from."""

    DUE = "due"
    MONTH_END = "month_end"
    PREVIOUS = "previous"


class CycleScope(StrEnum):
    """What goes through the steps: each invoice for itself, or the account in one currency."""

    INVOICE = "invoice"
    ACCOUNT = "account"


class Grouping(StrEnum):
    """What one message is about: everything of a customer, entity and currency, or one invoice."""

    CUSTOMER = "customer"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Fee:
    """A charge of a step: fixed minor units by currency, or a percentage of the item's original amount."""

    fixed: Mapping[str, int] = field(default_factory=dict)
    percent: Decimal | None = None

    def of(self, amount: int, currency: str) -> int:
        """The fee on an item whose original amount is `amount` minor units; 0 in a currency without one."""
        if self.percent is not None:
            return percent_of(amount, self.percent)
        return self.fixed.get(currency, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `days` as written (never negative), `offset` signed days to the due date, which orders the steps."""

    code: str
    when: When
    days: int
    template: Template
    offset: int
    anchor: Anchor = Anchor.DUE
    channels: tuple[Channel, ...] = (Channel.EMAIL,)
    recipients: tuple[ContactRole, ...] = (ContactRole.ACCOUNTS_PAYABLE,)
    tone: Tone = Tone.STANDARD
    approval: bool = False
    fee: Fee | None = None
    copy_sales_rep: bool = False


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Whom a policy is for. What is named must match; naming nothing is everybody."""

    customers: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    territories: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()

    def matches(self, customer: Customer) -> bool:
        """Whether every kind that is named holds the customer's."""
        return (
            (not self.customers or customer.number in self.customers)
            and (not self.segments or customer.segment in self.segments)
            and (not self.territories or customer.territory in self.territories)
            and (not self.countries or customer.country in self.countries)
        )

    @property
    def rank(self) -> tuple[bool, bool, bool, bool]:
        """How specific: naming a customer beats a segment, that a territory, that a country, that everybody."""
        return bool(self.customers), bool(self.segments), bool(self.territories), bool(self.countries)


@dataclass(frozen=True)
class Policy:
    """One policy. Amounts in minor units; days are calendar days.

    `inclusive`: whether the threshold day itself counts. `min_interval_days`: least days between two demands about an
    item, unless the policy's own steps lie closer. `excluded`: why these customers are never written to, or None.
    `failover`: channel → the provider that takes over while the channel's own is down.
    """

    code: str
    steps: tuple[Step, ...]
    applies_to: AppliesTo = AppliesTo()
    cycle: CycleScope = CycleScope.INVOICE
    grouping: Grouping = Grouping.CUSTOMER
    inclusive: bool = True
    grace_days: int = 0
    due_date_rolls: bool = True
    min_interval_days: int = 5
    minimum: Mapping[str, int] = field(default_factory=dict)
    tone: Tone = Tone.STANDARD
    contact_cap_per_week: int | None = None
    promise_reminder_days: int | None = None
    promise_grace_days: int = 3
    excluded: str | None = None
    failover: Mapping[Channel, str] = field(default_factory=dict)
    before: tuple[Step, ...] = field(init=False)
    on_due: Step | None = field(init=False)
    after: tuple[Step, ...] = field(init=False)
    after_index: Mapping[str, int] = field(init=False, repr=False)
    after_offsets: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        after = tuple(step for step in self.steps if step.when is When.AFTER_DUE)
        derived = {
            "before": tuple(step for step in self.steps if step.when is When.BEFORE_DUE),
            "on_due": next((step for step in self.steps if step.when is When.ON_DUE), None),
            "after": after,
            "after_index": {step.code: at for at, step in enumerate(after)},
            "after_offsets": tuple(step.offset for step in after),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def step(self, code: str) -> Step | None:
        """The step of a stage code, or None when the policy doesn't have it (any more)."""
        return next((step for step in self.steps if step.code == code), None)

    def first_after(self, offset: int) -> int:
        """Index in `after` of the first step with a larger offset than `offset`; its length when there is none."""
        return bisect_right(self.after_offsets, offset)

    def threshold(self, step: Step, effective_due: date, previous_on: date | None) -> date:
        """The first day on which an after-due step is due. `previous_on`: the day of the step before it."""
        if step.anchor is Anchor.PREVIOUS and previous_on is not None:
            reached = previous_on + timedelta(days=step.days)
        elif step.anchor is Anchor.MONTH_END:
            reached = month_end(effective_due + timedelta(days=step.days))
        else:
            reached = effective_due + timedelta(days=step.offset)
        return reached if self.inclusive else reached + timedelta(days=1)


def month_end(day: date) -> date:
    """The last day of `day`'s month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


class PolicyBook:
    """All policies of an installation: `choose` finds the most specific one for a customer.

    `texts` and `sha256` are what the policies were read from, for the record of a run; empty when made by hand.
    """

    texts: Mapping[str, str]
    sha256: str

    def __init__(self, policies: tuple[Policy, ...]) -> None:
        self.policies = tuple(sorted(policies, key=lambda policy: policy.applies_to.rank, reverse=True))
        self.texts = {}
        self.sha256 = ""
        self._named = frozenset(number for policy in policies for number in policy.applies_to.customers)
        self._chosen: dict[tuple[str | None, str | None, str | None, str], Policy | None] = {}

    def choose(self, customer: Customer) -> Policy | None:
        """The policy that a customer's items follow, or None when no policy is for it."""
        key = self.what_decides(customer.number, customer.segment, customer.territory, customer.country)
        try:
            return self._chosen[key]
        except KeyError:
            found = next((policy for policy in self.policies if policy.applies_to.matches(customer)), None)
            self._chosen[key] = found
            return found

    def what_decides(
        self, number: str, segment: str | None, territory: str | None, country: str
    ) -> tuple[str | None, str | None, str | None, str]:
        """What the choice rests on: customers who share it share their policy."""
        return number if number in self._named else None, segment, territory, country

    def by_code(self, code: str) -> Policy | None:
        """The policy of that code, or None."""
        return next((policy for policy in self.policies if policy.code == code), None)
