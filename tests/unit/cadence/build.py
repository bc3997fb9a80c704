"""Accounts, items and policies for stories: everything has a sensible default, a test names what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from textwrap import dedent

from domain.account import AccountSnapshot
from domain.documents import Credit, CreditKind, DocumentKind, OpenItem, StageDone
from domain.parties import Contact, ContactRole, Customer, LegalEntity
from domain.touches import SkipReason
from outreach.cadence.eligibility import judge_item
from outreach.cadence.loading import parse_policies
from outreach.cadence.plan import Plan, PlannedMessage
from outreach.cadence.planner import plan_outreach
from outreach.cadence.policy import PolicyBook
from outreach.cadence.rehearsal import apply_plan
from outreach.cadence.view import PlanOptions

DE = LegalEntity(1, "MAIN", "Dunwell Demo GmbH", "DE", "Europe/Berlin")
ANY_LEDGER = PlanOptions(ledger_max_age=None, contact_cap_per_week=100)
"""For stories that are not about fresh ledgers and caps."""


def customer(**changes: object) -> Customer:
    base = Customer(1, "C-1", "Acme AG", "DE", "de_DE", "Europe/Berlin", "EUR", sales_rep_id=7)
    return replace(base, **changes)


def contact(**changes: object) -> Contact:
    return replace(Contact(11, "Ada Kern", ContactRole.ACCOUNTS_PAYABLE, "ada@acme.example", "+4930123456"), **changes)


def item(id: int = 1, due: date = date(2026, 3, 2), amount: int = 10_000, **changes: object) -> OpenItem:
    base = OpenItem(id, f"R-{id}", DocumentKind.INVOICE, 1, date(2026, 2, 1), due, amount, amount, "EUR")
    return replace(base, **changes)


def account(*items: OpenItem, **changes: object) -> AccountSnapshot:
    base = AccountSnapshot(customer(), DE, tuple(items), contacts=(contact(),))
    return replace(base, **changes)


def cash(minor: int, currency: str = "EUR", kind: CreditKind = CreditKind.UNAPPLIED_CASH) -> Credit:
    return Credit(kind, "P-1", date(2026, 3, 1), minor, currency)


def book(steps: str, more: str = "", applies_to: str = "everybody") -> PolicyBook:
    """A policy from its steps, one a line: `code: first, after_due: 5, template: first`. Due dates don't roll."""
    lines = "\n".join(f"  - {{{line.strip()}}}" for line in dedent(steps).strip().splitlines())
    rolls = "" if "due_date_rolls" in more else "due_date_rolls: false\n"
    text = f"policy: test\napplies_to: {applies_to}\n{rolls}{dedent(more)}\nsteps:\n{lines}\n"
    return parse_policies({"test.yaml": text})


STANDARD = book("""
    code: before_due, before_due: 3
    code: first, after_due: 5, template: first
    code: second, after_due: 15, template: second
    code: final, after_due: 30, template: final, approval: required
""")


def plan(
    accounts: AccountSnapshot | Sequence[AccountSnapshot],
    today: date,
    policies: PolicyBook = STANDARD,
    options: PlanOptions = ANY_LEDGER,
    **more: object,
) -> Plan:
    many = [accounts] if isinstance(accounts, AccountSnapshot) else accounts
    return plan_outreach(many, policies, today, options=options, **more)


def stages(found: Plan) -> dict[int, str]:
    """Document → the stage that it is written about with."""
    return {
        document: touch.stage
        for message in found.messages
        for touch in message.touches
        for document in touch.document_ids
        if not touch.stage.startswith("promise_reminder:")
    }


def reasons(found: Plan) -> dict[int, SkipReason]:
    """Document → why it isn't written about."""
    return {document: skip.reason for skip in found.skips for document in skip.document_ids}


def only(found: Plan) -> PlannedMessage:
    assert len(found.messages) == 1, found
    return found.messages[0]


def after(snapshot: AccountSnapshot, found: Plan) -> AccountSnapshot:
    """The account after everything of the plan was sent: its touches are done, nothing else changed."""
    return apply_plan([snapshot], found)[0]


def verdict(one: OpenItem, day: date, policies: PolicyBook = STANDARD, **changes: object) -> str:
    """The stage that an item's account would be written about with, or the reason why it isn't; days off count too."""
    found = judge_item(one, account(one, **changes), policies.policies[0], day, ANY_LEDGER)
    return str(found) if isinstance(found, SkipReason) else found.code


class Story:
    """An account through the days: `run` plans a day, sends everything, and tells who got which stage."""

    def __init__(self, start: AccountSnapshot, policies: PolicyBook = STANDARD, options: PlanOptions = ANY_LEDGER):
        self.account, self.policies, self.options = start, policies, options
        self.plan: Plan | None = None

    def run(self, day: date) -> dict[int, str]:
        self.plan = plan(self.account, day, self.policies, self.options)
        self.account = after(self.account, self.plan)
        return stages(self.plan)

    def change(self, id: int, **changes: object) -> None:
        """Something happens to an invoice."""
        items = (replace(one, **changes) if one.id == id else one for one in self.account.items)
        self.account = replace(self.account, items=tuple(items))

    def pay(self, id: int, minor: int | None = None) -> None:
        """Cash comes in for an invoice: all of it, or some minor units."""
        one = next(one for one in self.account.items if one.id == id)
        self.change(id, residual=0 if minor is None else one.residual - minor)

    def set(self, **changes: object) -> None:
        """Something happens to the account."""
        self.account = replace(self.account, **changes)


def done(stage: str, offset: int, on: date) -> StageDone:
    return StageDone(stage, offset, on)
