"""The rehearsal: the same planner applied day after day, printing who would get what, when, in which language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from domain.account import AccountCycle, AccountSnapshot, PastContact
from domain.documents import OpenItem, StageDone
from outreach.cadence.plan import Plan, PlannedMessage, PlannedTouch
from outreach.cadence.planner import plan_outreach
from outreach.cadence.policy import CycleScope, PolicyBook
from outreach.cadence.view import DEFAULT_OPTIONS, PlanOptions


def rehearse(
    snapshots: Iterable[AccountSnapshot],
    policies: PolicyBook,
    start: date,
    days: int,
    options: PlanOptions = DEFAULT_OPTIONS,
) -> list[tuple[date, PlannedMessage]]:
    """What would go out on each of `days` days from `start` on, if nothing changed but our own messages.

    Nobody pays, replies or promises; what needs approval is taken as approved on its day; the ledger counts as fresh.
    """
    accounts = list(snapshots)
    options = replace(options, ledger_max_age=None)
    found: list[tuple[date, PlannedMessage]] = []
    for ahead in range(days):
        day = start + timedelta(days=ahead)
        plan = plan_outreach(accounts, policies, day, options=options)
        found += [(day, message) for message in plan.messages]
        accounts = apply_plan(accounts, plan)
    return found


def apply_plan(accounts: Sequence[AccountSnapshot], plan: Plan) -> list[AccountSnapshot]:
    """The accounts as they are once all of a plan was sent: its touches done, its messages among the past contacts.

    A customer's other accounts learn of the contact too, for the weekly cap is theirs together.
    """
    by_customer: dict[int, list[PlannedMessage]] = {}
    for message in plan.messages:
        by_customer.setdefault(message.customer_id, []).append(message)
    if not by_customer:
        return list(accounts)
    return [
        _after(account, by_customer[account.customer.id], plan.day) if account.customer.id in by_customer else account
        for account in accounts
    ]


def _after(account: AccountSnapshot, messages: list[PlannedMessage], day: date) -> AccountSnapshot:
    contacts = tuple(
        PastContact(
            on=day,
            channel=message.channel,
            currency=message.currency,
            entity_id=message.entity_id,
            document_ids=tuple(document for touch in message.touches for document in touch.document_ids),
        )
        for message in messages
    )
    by_document: dict[int, list[StageDone]] = {}
    cycles = {cycle.currency: cycle for cycle in account.account_cycles}
    for touch in (touch for message in messages for touch in message.touches):
        if touch.entity_id != account.entity.id:
            continue
        if touch.cycle is CycleScope.ACCOUNT:
            cycles[touch.currency] = _with_touch(cycles.get(touch.currency), touch, day)
        elif touch.document_id is not None:
            by_document.setdefault(touch.document_id, []).append(_stage(touch, day))
    return replace(
        account,
        items=tuple(_with_stages(item, by_document.get(item.id)) for item in account.items),
        account_cycles=tuple(cycles.values()),
        past_contacts=account.past_contacts + contacts,
    )


def _stage(touch: PlannedTouch, day: date) -> StageDone:
    return StageDone(touch.stage, touch.offset, day)


def _with_stages(item: OpenItem, stages: list[StageDone] | None) -> OpenItem:
    return replace(item, stages_done=(*item.stages_done, *stages)) if stages else item


def _with_touch(cycle: AccountCycle | None, touch: PlannedTouch, day: date) -> AccountCycle:
    cycle = cycle or AccountCycle(touch.cycle_id or 0, touch.currency)
    return replace(cycle, stages_done=(*cycle.stages_done, _stage(touch, day)))
