"""From due items to drafts of messages: what one message holds, in which words, and whether it is worth sending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.documents import OpenItem
from domain.parties import Channel
from outreach.cadence.eligibility import asked_overdue, credit_of
from outreach.cadence.plan import PlannedTouch
from outreach.cadence.policy import SEVERITY, CycleScope, Grouping, Policy, Step
from outreach.cadence.view import AccountView

DueItem = tuple[OpenItem, Step]
"""An item, and the step whose day has come for it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One message to be: the items it is about with their steps, the leading one first, all in one currency."""

    currency: str
    due: tuple[DueItem, ...]

    @property
    def head(self) -> Step:
        """The step whose words lead."""
        return self.due[0][1]

    @property
    def document_ids(self) -> tuple[int, ...]:
        """Ids of its items."""
        return tuple(item.id for item, _ in self.due)

    @property
    def asked_minor(self) -> int:
        """Sum of what it asks for, in minor units, fees left out."""
        return sum(item.askable for item, _ in self.due)

    @property
    def urgency(self) -> tuple[int, int, int]:
        """Sorts drafts: which goes first where the weekly cap doesn't allow all of them."""
        return -SEVERITY[self.head.template], -self.head.offset, -self.asked_minor


def _leading(due: DueItem) -> tuple[int, int, int, int]:
    item, step = due
    return -SEVERITY[step.template], -step.offset, item.due_on.toordinal(), item.id


def draft_messages(due: Iterable[DueItem], currency: str, policy: Policy) -> list[Draft]:
    """Due items of one currency → drafts: one for all of them, or one an invoice; calls are kept apart from mail.

    What reached a step by call is a person's task and doesn't wait in a message, nor does a message wait for the call.
    """
    ordered = sorted(due, key=_leading)
    if policy.grouping is Grouping.INVOICE and policy.cycle is CycleScope.INVOICE:
        return [Draft(currency, (one,)) for one in ordered]
    calls = tuple(one for one in ordered if one[1].channels[0] is Channel.CALL)
    others = tuple(one for one in ordered if one[1].channels[0] is not Channel.CALL)
    return [Draft(currency, group) for group in (others, calls) if group]


def split_covered(due: Sequence[DueItem], currency: str, view: AccountView) -> tuple[list[DueItem], list[DueItem]]:
    """Due items → (still to be asked for, covered by the account's credit).

    Credit is set against what is overdue first; only when it covers all of that, nothing overdue is asked for. What is
    not yet due stays unless the remaining credit covers it too. Nothing is allocated: it only decides about silence.
    """
    credit = credit_of(view.snapshot, currency) if view.snapshot.credits else 0
    if credit <= 0:
        return list(due), []
    overdue_total = asked_overdue(view, currency)
    if credit < overdue_total:
        return list(due), []
    overdue = [one for one in due if view.effective_due(one[0]) < view.today]
    early = [one for one in due if view.effective_due(one[0]) >= view.today]
    if credit - overdue_total >= sum(item.askable for item, _ in early):
        return [], list(due)
    return early, overdue


def too_small(draft: Draft, policy: Policy) -> bool:
    """Whether what a draft asks for is below the policy's minimum in its currency."""
    return draft.asked_minor < policy.minimum.get(draft.currency, 0)


def touches_of(draft: Draft, view: AccountView) -> tuple[PlannedTouch, ...]:
    """The touches that a draft's message carries: one an item, or one for the account's cycle."""
    assert view.policy is not None
    if view.policy.cycle is CycleScope.ACCOUNT:
        return (_account_touch(draft, view),)
    customer, entity = view.snapshot.customer.id, view.snapshot.entity.id
    return tuple(
        PlannedTouch(
            customer_id=customer,
            entity_id=entity,
            currency=draft.currency,
            document_id=item.id,
            document_ids=(item.id,),
            cycle=CycleScope.INVOICE,
            stage=step.code,
            offset=step.offset,
            template=step.template,
            asked_minor=item.askable,
            fee_minor=step.fee.of(item.amount, draft.currency) if step.fee else 0,
            cycle_id=item.cycle_id,
        )
        for item, step in draft.due
    )


def _account_touch(draft: Draft, view: AccountView) -> PlannedTouch:
    step, cycle = draft.head, view.cycle(draft.currency)
    original = sum(item.amount for item, _ in draft.due)
    return PlannedTouch(
        customer_id=view.snapshot.customer.id,
        entity_id=view.snapshot.entity.id,
        currency=draft.currency,
        document_id=None,
        document_ids=draft.document_ids,
        cycle=CycleScope.ACCOUNT,
        stage=step.code,
        offset=step.offset,
        template=step.template,
        asked_minor=draft.asked_minor,
        fee_minor=step.fee.of(original, draft.currency) if step.fee else 0,
        cycle_id=cycle.id if cycle else None,
    )
