"""May this item be asked for today? The verdict on one item, and the second look at the moment of sending.

The order in which reasons are looked for is stated once, in `docs/policies.md`; the first that applies is the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.account import AccountSnapshot
from domain.documents import OpenItem, StageDone
from domain.parties import Channel
from domain.promises import Promise
from domain.touches import SkipReason, TouchStatus, When
from outreach.cadence.plan import PlannedTouch
from outreach.cadence.policy import CycleScope, Policy, Step, Template
from outreach.cadence.progress import PROMISE_BROKEN, PROMISE_REMINDER, interval_holds, next_due, offset_reached
from outreach.cadence.recipients import OWN_ADDRESS, contacts_away, is_dead, is_opted_out, is_still_on_file
from outreach.cadence.view import DEFAULT_OPTIONS, AccountView, PlanOptions, newest

_PENDING: dict[TouchStatus, SkipReason] = {
    TouchStatus.PLANNED: SkipReason.ALREADY_PLANNED,
    TouchStatus.CLAIMED: SkipReason.ALREADY_PLANNED,
    TouchStatus.SENDING: SkipReason.ALREADY_PLANNED,
    TouchStatus.AWAITING_APPROVAL: SkipReason.AWAITING_APPROVAL,
    TouchStatus.UNKNOWN: SkipReason.UNKNOWN_OUTCOME,
}


def hold_reason(item: OpenItem, view: AccountView) -> SkipReason | None:
    """Why an item may not be asked for at all now, whatever its step; None when it may."""
    if item.residual <= 0:
        return SkipReason.ZERO_BALANCE
    if item.written_off:
        return SkipReason.WRITTEN_OFF
    if view.held is not None:
        return view.held
    if view.paused and item.id in view.paused:
        return view.paused[item.id]
    if item.residual - item.disputed - item.promised - item.credit_pending > 0:
        return None
    if item.credit_pending > 0:
        return SkipReason.CREDIT_PENDING
    return SkipReason.PROMISED if item.promised > 0 else SkipReason.DISPUTED


def is_overdue_and_free(item: OpenItem, view: AccountView) -> bool:
    """Whether an item is past its effective due date and nothing holds it."""
    return hold_reason(item, view) is None and view.effective_due(item) < view.today


def judge(item: OpenItem, view: AccountView) -> SkipReason | Step:
    """The verdict on one item of a prepared account: the step it is to be asked for with, or why not."""
    held = hold_reason(item, view)
    if held is not None:
        return held
    policy, today = view.policy, view.today
    assert policy is not None
    effective_due = view.effective_due(item)
    if policy.cycle is CycleScope.ACCOUNT:
        if item.pending is not None and item.pending in _PENDING:
            return _PENDING[item.pending]
        return SkipReason.NOT_DUE if effective_due >= today else _account_verdict(view, item.currency)
    done = item.stages_done
    if view.snapshot.account_cycles:
        done += _done_for_the_account(item, effective_due, view)
    under_way = _under_way(item.pending, done, today)
    if under_way is not None:
        return under_way
    manual_on = view.last_manual(item) if view.manual else None
    if view.broken and effective_due < today and (promise := view.broken.get(item.id)):
        told = _broken_promise_step(promise, done, policy)
        if told is not None:
            return _unless_too_soon(told, done, view, manual_on, item.resumed_on)
    verdict = next_due(done, effective_due, today, policy, item.clock_stopped_days, item.resumed_on)
    return _unless_too_soon(verdict, done, view, manual_on, item.resumed_on)


def _account_verdict(view: AccountView, currency: str) -> SkipReason | Step:
    """The step of an account's cycle whose day has come, or why none has. Counts from the oldest overdue item."""
    verdict = view.verdicts.get(currency)
    if verdict is None:
        verdict = view.verdicts[currency] = _judge_account(view, currency)
    return verdict


def _judge_account(view: AccountView, currency: str) -> SkipReason | Step:
    assert view.policy is not None
    overdue = [
        item
        for item in view.snapshot.items_in(currency)
        if item.pending not in _PENDING and is_overdue_and_free(item, view)
    ]
    oldest = min(overdue, key=view.effective_due)
    cycle = view.cycle(currency)
    # The policy may have counted by invoice before: what the oldest one got then was got.
    done = cycle.stages_done if cycle and cycle.stages_done else oldest.stages_done
    under_way = _under_way(cycle.pending if cycle else None, done, view.today)
    if under_way is not None:
        return under_way
    manual_on = max((day for item in overdue if (day := view.last_manual(item))), default=None)
    resumed_on = max((item.resumed_on for item in overdue if item.resumed_on), default=None)
    promises = [promise for item in overdue if (promise := view.broken.get(item.id))]
    told = _broken_promise_step(max(promises, key=newest), done, view.policy) if promises else None
    verdict = told or next_due(done, view.effective_due(oldest), view.today, view.policy)
    return _unless_too_soon(verdict, done, view, manual_on, resumed_on)


def _done_for_the_account(item: OpenItem, effective_due: date, view: AccountView) -> tuple[StageDone, ...]:
    """What an item got while its policy counted by account: the steps since it fell due."""
    cycle = view.cycle(item.currency)
    return tuple(stage for stage in cycle.stages_done if stage.on > effective_due) if cycle else ()


def _under_way(pending: TouchStatus | None, done: tuple[StageDone, ...], today: date) -> SkipReason | None:
    """Why a message about the same thing that is on its way, in doubt, or of today stands against another one."""
    if pending is not None and pending in _PENDING:
        return _PENDING[pending]
    if done and any(stage.on >= today for stage in done):
        return SkipReason.ALREADY_PLANNED
    return None


def _broken_promise_step(promise: Promise, done: tuple[StageDone, ...], policy: Policy) -> Step | None:
    """The one message that says a promise was broken; None once it went. It moves the cycle no further."""
    code = f"{PROMISE_BROKEN}{promise.id}"
    if any(stage.stage == code for stage in done):
        return None
    like = policy.after[0] if policy.after else policy.steps[0]
    return Step(
        code=code,
        when=When.AFTER_DUE,
        days=0,
        template=Template.PROMISE_BROKEN,
        offset=offset_reached(done),
        channels=like.channels,
        recipients=like.recipients,
        tone=policy.tone,
        copy_sales_rep=like.copy_sales_rep,
    )


def _unless_too_soon(
    verdict: SkipReason | Step,
    done: tuple[StageDone, ...],
    view: AccountView,
    manual_on: date | None,
    resumed_on: date | None,
) -> SkipReason | Step:
    if isinstance(verdict, SkipReason) or not (done or manual_on or resumed_on):
        return verdict
    assert view.policy is not None
    if verdict.template is Template.PROMISE_BROKEN:
        done = ()  # the promise's own days were the pause; only a person's contact or a dispute delays its message
    too_soon = interval_holds(verdict, done, view.today, view.policy, manual_on, resumed_on)
    return SkipReason.INTERVAL if too_soon else verdict


def judge_item(
    item: OpenItem,
    account: AccountSnapshot,
    policy: Policy | None,
    today: date,
    options: PlanOptions = DEFAULT_OPTIONS,
) -> SkipReason | Step:
    """The verdict on one item: the step it is to be asked for with today, or the first reason that speaks against it.

    Looks at the item and its account only; what concerns the whole message (credit that covers it, minimum, address,
    weekly cap, business day) is decided by `plan_outreach`.
    """
    return judge(item, AccountView(account, policy, today, options))


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What remains of a message at the moment of sending. `stopped`: why the whole must not go; then nothing is kept.

    `kept` touches ask for what may be asked for now; `dropped` ones free their step.
    """

    kept: tuple[PlannedTouch, ...]
    dropped: tuple[tuple[PlannedTouch, SkipReason], ...]
    stopped: SkipReason | None = None


def recheck(
    touches: Sequence[PlannedTouch],
    account: AccountSnapshot,
    policy: Policy | None,
    today: date,
    *,
    channel: Channel,
    contact_id: int | None,
    address: str,
    approved: bool = False,
    options: PlanOptions = DEFAULT_OPTIONS,
) -> SecondLook:
    """The second look (invariant 1): planned touches against the account as it is now, inside the sending transaction.

    `account` is read afresh and may hold the touches themselves as done: they don't stand against each other. What was
    paid, credited, disputed, promised, paused, amended or handled by a person since is dropped with its reason; asked
    amounts are taken from fresh residuals. `approved`: a person said yes to this message, so that a contact by hand
    today doesn't put it off. The whole stops when its address is gone or opted out, its contact is
    away, credit covers what is overdue, or what remains is below the policy's minimum.
    """
    view = AccountView(account, policy, today, options)
    items = {item.id: item for item in account.items}
    kept: list[PlannedTouch] = []
    dropped: list[tuple[PlannedTouch, SkipReason]] = []
    for touch in touches:
        verdict = _look_again(touch, items, view, approved)
        if isinstance(verdict, SkipReason):
            dropped.append((touch, verdict))
        else:
            kept.append(verdict)
    stopped = _why_stopped(kept, view, channel, contact_id, address) if kept else None
    if stopped is not None:
        return SecondLook((), (*dropped, *((touch, stopped) for touch in kept)), stopped)
    return SecondLook(tuple(kept), tuple(dropped))


def _look_again(
    touch: PlannedTouch, items: dict[int, OpenItem], view: AccountView, approved: bool
) -> PlannedTouch | SkipReason:
    first_reason = SkipReason.ZERO_BALANCE
    still: list[OpenItem] = []
    for at, document in enumerate(touch.document_ids):
        item = items.get(document)
        reason = SkipReason.ZERO_BALANCE if item is None else _why_not_now(touch, item, view, approved)
        if reason is None and item is not None:
            still.append(item)
        elif at == 0 and reason is not None:
            first_reason = reason
    if not still:
        return first_reason
    demand = not touch.stage.startswith(PROMISE_REMINDER)
    asked = sum(item.askable for item in still) if demand else 0
    return replace(touch, document_ids=tuple(item.id for item in still), asked_minor=asked)


def _why_not_now(touch: PlannedTouch, item: OpenItem, view: AccountView, approved: bool) -> SkipReason | None:
    reason = hold_reason(item, view)
    if touch.stage.startswith(PROMISE_REMINDER):
        # It speaks of the promised part: that this is held still is the point.
        if reason not in (None, SkipReason.PROMISED):
            return reason
        return None if _still_ahead(touch, view) and item.promised > 0 else SkipReason.BETWEEN_STEPS
    if reason is not None:
        return reason
    if item.pending is TouchStatus.UNKNOWN:
        return SkipReason.UNKNOWN_OUTCOME
    if not approved and (manual_on := view.last_manual(item)) is not None and manual_on >= view.today:
        return SkipReason.INTERVAL
    late = (view.today - view.effective_due(item)).days
    if touch.template == Template.BEFORE_DUE:
        return SkipReason.BETWEEN_STEPS if late >= 0 else None
    if touch.template == Template.ON_DUE:
        return SkipReason.NOT_DUE if late < 0 else None
    return SkipReason.NOT_DUE if late <= 0 else None


def _still_ahead(touch: PlannedTouch, view: AccountView) -> bool:
    """Whether the promise that a notice speaks of still stands, its day to come."""
    return any(
        touch.stage == f"{PROMISE_REMINDER}{promise.id}" and promise.promised_on > view.today
        for promise in view.snapshot.promises
    )


def _why_stopped(
    kept: list[PlannedTouch], view: AccountView, channel: Channel, contact_id: int | None, address: str
) -> SkipReason | None:
    account, currency = view.snapshot, kept[0].currency
    if not is_still_on_file(account, channel, contact_id, address):
        return SkipReason.NO_ADDRESS
    if is_opted_out(account.opt_outs, channel, address):
        return SkipReason.OPTED_OUT
    if is_dead(account.dead_addresses, channel, address):
        return SkipReason.UNDELIVERABLE
    if (OWN_ADDRESS if contact_id is None else contact_id) in contacts_away(account, view.today):
        return SkipReason.PAUSED
    asked = sum(touch.asked_minor for touch in kept)
    if asked and covers(account, currency, asked_overdue(view, currency)):
        return SkipReason.COVERED_BY_CREDIT
    assert view.policy is not None
    return SkipReason.BELOW_MINIMUM if 0 < asked < view.policy.minimum.get(currency, 0) else None


def asked_overdue(view: AccountView, currency: str) -> int:
    """Minor units of a currency that are overdue and held by nothing."""
    return sum(item.askable for item in view.snapshot.items_in(currency) if is_overdue_and_free(item, view))


def credit_of(account: AccountSnapshot, currency: str) -> int:
    """Open credit memos and unapplied cash of an account in a currency, in minor units."""
    return sum(credit.open_minor for credit in account.credits if credit.currency == currency)


def covers(account: AccountSnapshot, currency: str, overdue: int) -> bool:
    """Whether credit of the account covers what is overdue (minor units): then nothing is owed in truth."""
    return overdue > 0 and bool(account.credits) and credit_of(account, currency) >= overdue
