"""The one opt-in notice "as agreed" before a promise or an instalment falls due. It asks for nothing."""

from __future__ import annotations

from domain.documents import OpenItem, StageDone
from domain.parties import Channel
from domain.promises import Promise, PromiseStatus
from domain.touches import SkipReason, When
from outreach.cadence.drafts import Draft
from outreach.cadence.eligibility import credit_of, hold_reason
from outreach.cadence.plan import PlannedTouch
from outreach.cadence.policy import CycleScope, Policy, Step, Template
from outreach.cadence.progress import BEFORE_EVERY_STEP, PROMISE_REMINDER, offset_reached
from outreach.cadence.view import AccountView

_WRITTEN = (Channel.EMAIL, Channel.SMS)


def reminder_of_promises(view: AccountView, policy: Policy) -> list[tuple[Draft, tuple[PlannedTouch, ...]]]:
    """Open promises that fall due within the policy's days → one notice a currency, its touches asking for 0.

    Each promise is told once, before its day. What a reply, a dispute or an insolvency silences is left in peace, and
    so is a promise that the account's credit covers.
    """
    days = policy.promise_reminder_days or 0
    by_currency: dict[str, list[Promise]] = {}
    for promise in view.snapshot.promises:
        if promise.status is PromiseStatus.OPEN and 0 < (promise.promised_on - view.today).days <= days:
            by_currency.setdefault(promise.currency, []).append(promise)
    found = []
    for currency, promises in sorted(by_currency.items()):
        touches: list[PlannedTouch] = []
        due: list[tuple[OpenItem, Step]] = []
        for promise in promises:
            items = _bound_and_untold(promise, view)
            if items and credit_of(view.snapshot, currency) < promise.amount_minor:
                step = _step(promise, policy)
                due += [(item, step) for item in items]
                touches += _touches(promise, step, items, view, policy)
        if touches:
            found.append((Draft(currency, tuple(due)), tuple(touches)))
    return found


def _bound_and_untold(promise: Promise, view: AccountView) -> list[OpenItem]:
    cycle = view.cycle(promise.currency)
    if cycle is not None and _told(promise, cycle.stages_done):
        return []
    bound = (view.item(document) for document, _ in promise.documents)
    items = [item for item in bound if item is not None and item.promised > 0]
    if any(_told(promise, item.stages_done) or item.pending is not None for item in items):
        return []
    return [item for item in items if hold_reason(item, view) in (None, SkipReason.PROMISED)]


def _told(promise: Promise, done: tuple[StageDone, ...]) -> bool:
    return any(stage.stage == f"{PROMISE_REMINDER}{promise.id}" for stage in done)


def _step(promise: Promise, policy: Policy) -> Step:
    like = policy.steps[0]
    return Step(
        code=f"{PROMISE_REMINDER}{promise.id}",
        when=When.BEFORE_DUE,
        days=0,
        template=Template.PROMISE_REMINDER,
        offset=BEFORE_EVERY_STEP,
        channels=tuple(channel for channel in like.channels if channel in _WRITTEN) or (Channel.EMAIL,),
        recipients=like.recipients,
        tone=policy.tone,
    )


def _touches(
    promise: Promise, step: Step, items: list[OpenItem], view: AccountView, policy: Policy
) -> list[PlannedTouch]:
    by_account = policy.cycle is CycleScope.ACCOUNT
    cycle = view.cycle(promise.currency) if by_account else None
    groups = [items] if by_account else [[item] for item in items]
    return [
        PlannedTouch(
            customer_id=view.snapshot.customer.id,
            entity_id=view.snapshot.entity.id,
            currency=promise.currency,
            document_id=None if by_account else group[0].id,
            document_ids=tuple(item.id for item in group),
            cycle=policy.cycle,
            stage=step.code,
            offset=offset_reached(cycle.stages_done if cycle else () if by_account else group[0].stages_done),
            template=step.template,
            asked_minor=0,
            cycle_id=cycle.id if cycle else None if by_account else group[0].cycle_id,
        )
        for group in groups
    ]
