"""The order in which reasons are looked for (docs/policies.md): of all that is wrong at once, the first is told."""

from datetime import date

import pytest

from domain.account import OptOut, PastContact, Pause, PauseKind
from domain.parties import Channel
from domain.touches import SkipReason, TouchStatus
from outreach.cadence.view import PlanOptions
from tests.unit.cadence.build import account, book, cash, done, item, plan, reasons

SATURDAY = date(2026, 3, 14)
DUE = date(2026, 3, 2)
STEPS = "code: first, after_due: 5, template: first"
BOOK, HIGH_MINIMUM = book(STEPS), book(STEPS, "minimum: {EUR: 200.00}\n")
STRICT = PlanOptions(ledger_max_age=1, contact_cap_per_week=0)

EVERYTHING_WRONG: list[tuple[SkipReason, dict[str, object], dict[str, object]]] = [
    (SkipReason.ZERO_BALANCE, {"residual": 0}, {}),
    (SkipReason.WRITTEN_OFF, {"written_off": True}, {}),
    (SkipReason.LEDGER_STALE, {}, {"ledger_as_of": None}),
    (SkipReason.LEDGER_DOUBT, {}, {"doubted": True}),
    (SkipReason.REPLY_PENDING, {}, {"pauses": (Pause(PauseKind.REPLY, DUE),)}),
    (SkipReason.CREDIT_PENDING, {"credit_pending": 10_000}, {}),
    (SkipReason.PROMISED, {"promised": 10_000}, {}),
    (SkipReason.DISPUTED, {"disputed": 10_000}, {}),
    (SkipReason.UNKNOWN_OUTCOME, {"pending": TouchStatus.UNKNOWN}, {}),
    (SkipReason.ALREADY_PLANNED, {"stages_done": (done("gone", 1, SATURDAY),)}, {}),
    (SkipReason.INTERVAL, {"resumed_on": SATURDAY}, {}),
    (SkipReason.COVERED_BY_CREDIT, {}, {"credits": (cash(10_000),)}),
    (SkipReason.BELOW_MINIMUM, {}, {}),
    (SkipReason.OPTED_OUT, {}, {"opt_outs": frozenset({OptOut(Channel.EMAIL, "ada@acme.example")})}),
    (SkipReason.CONTACT_CAP, {}, {"past_contacts": (PastContact(SATURDAY, Channel.EMAIL, "EUR", 1, (99,)),)}),
]  # fmt: skip


@pytest.mark.parametrize("at", range(len(EVERYTHING_WRONG)), ids=[str(row[0]) for row in EVERYTHING_WRONG])
def test_the_first_reason_that_applies_is_the_reason(at: int) -> None:
    of_item: dict[str, object] = {}
    of_account: dict[str, object] = {"ledger_as_of": SATURDAY}
    for _, item_changes, account_changes in reversed(EVERYTHING_WRONG[at:]):
        of_item |= item_changes
        of_account |= account_changes
    still_wrong = [reason for reason, _, _ in EVERYTHING_WRONG[at:]]
    policies = HIGH_MINIMUM if SkipReason.BELOW_MINIMUM in still_wrong else BOOK
    found = plan(account(item(due=DUE, **of_item), **of_account), SATURDAY, policies, STRICT)
    assert reasons(found) == {1: EVERYTHING_WRONG[at][0]}


def test_the_last_reason_is_a_day_off() -> None:
    fine = account(item(due=DUE), ledger_as_of=SATURDAY)
    assert reasons(plan(fine, SATURDAY, BOOK, PlanOptions())) == {1: SkipReason.NOT_A_BUSINESS_DAY}
