"""Planning a day: which customers are written to about which items, and why the others are not.

Every open item of every snapshot ends in exactly one touch or one skip (invariant 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from domain.account import AccountSnapshot, PastContact
from domain.calendars import Span, calendar_of, first_allowed, zone_of
from domain.errors import BadInput
from domain.parties import Channel
from domain.tasks import TaskCause
from domain.touches import SkipReason
from outreach.cadence.drafts import Draft, DueItem, draft_messages, split_covered, too_small, touches_of
from outreach.cadence.eligibility import judge
from outreach.cadence.plan import Plan, PlannedMessage, PlannedTask, PlannedTouch, Skip
from outreach.cadence.policy import Grouping, Policy, PolicyBook, Step
from outreach.cadence.recipients import Recipient, choose_recipient
from outreach.cadence.reminders import reminder_of_promises
from outreach.cadence.view import DEFAULT_OPTIONS, AccountView, PlanOptions

_WEEK = timedelta(days=7)


def plan_outreach(
    snapshots: Iterable[AccountSnapshot],
    policies: PolicyBook,
    today: date,
    *,
    now: datetime | None = None,
    options: PlanOptions = DEFAULT_OPTIONS,
) -> Plan:
    """The plan of the business day `today` for these accounts: messages, skips with reasons, tasks.

    `now` (aware) lets messages begin no earlier; without it they may go from the recipient's morning on. Accounts of
    one customer share the weekly cap when they are in one call, or when `past_contacts` says what the others planned.
    """
    if now is not None and now.tzinfo is None:
        raise ValueError("`now` must be aware")
    planner = _Planner(policies, today, now, options)
    for snapshot in snapshots:
        planner.plan_account(snapshot)
    return Plan(today, tuple(planner.messages), tuple(planner.skips), tuple(planner.tasks), options.needs_yes)


class _Planner:
    """One call's state: what was planned so far, and windows found for country, zone and channel."""

    def __init__(self, policies: PolicyBook, today: date, now: datetime | None, options: PlanOptions) -> None:
        self._policies = policies
        self._today = today
        self._now = now
        self._options = options
        self._windows: dict[tuple[str, str, Channel], Span | None] = {}
        self._contacts: dict[int, int] = {}
        self.messages: list[PlannedMessage] = []
        self.skips: list[Skip] = []
        self.tasks: list[PlannedTask] = []

    def plan_account(self, snapshot: AccountSnapshot) -> None:
        """Judges every item, drafts messages from what is due, and records touches or skips."""
        policy = self._policies.choose(snapshot.customer)
        view = AccountView(snapshot, policy, self._today, self._options)
        skipped: dict[SkipReason, list[int]] = {}
        due: dict[str, list[DueItem]] = {}
        for item in snapshot.items:
            verdict = judge(item, view)
            if isinstance(verdict, Step):
                due.setdefault(item.currency, []).append((item, verdict))
            elif verdict in skipped:
                skipped[verdict].append(item.id)
            else:
                skipped[verdict] = [item.id]
        customer, entity = snapshot.customer.id, snapshot.entity.id
        for reason, ids in skipped.items():
            self.skips.append(Skip(customer, entity, reason, tuple(ids)))
        if policy is None or view.held is not None:
            return
        written = self._plan_due(due, view, policy) if due else set()
        if policy.promise_reminder_days is not None and snapshot.promises:
            self._remind_of_promises(view, policy, written)

    def _plan_due(self, due: dict[str, list[DueItem]], view: AccountView, policy: Policy) -> set[str]:
        """Drafts and messages of every currency; returns the currencies in which a message was planned."""
        drafts: list[Draft] = []
        for currency in sorted(due):
            asked, covered = split_covered(due[currency], currency, view)
            if covered:
                self._covered(Draft(currency, tuple(covered)), view)
            drafts += draft_messages(asked, currency, policy) if asked else []
        drafts.sort(key=lambda draft: draft.urgency)
        return {draft.currency for draft in drafts if self._plan_draft(draft, view, policy)}

    def _covered(self, draft: Draft, view: AccountView) -> None:
        self._skip(draft, view, SkipReason.COVERED_BY_CREDIT)
        self._task(TaskCause.COVERED_BY_CREDIT, draft, view, "credit on account covers this: allocate or refund it")

    def _plan_draft(self, draft: Draft, view: AccountView, policy: Policy) -> bool:
        """Makes one draft a message, or skips its items with the first reason that stands against all of it."""
        snapshot = view.snapshot
        if too_small(draft, policy):
            return self._skip(draft, view, SkipReason.BELOW_MINIMUM)
        recipient = choose_recipient(snapshot, draft.head, self._today)
        if isinstance(recipient, SkipReason):
            if recipient is not SkipReason.PAUSED:
                self._task(TaskCause.NO_ADDRESS, draft, view, f"nobody can be reached for step {draft.head.code}")
            return self._skip(draft, view, recipient)
        if policy.grouping is Grouping.CUSTOMER and _written_today(snapshot, draft.currency, recipient, self._today):
            return self._skip(draft, view, SkipReason.CONTACT_CAP, "one message a day was written already")
        if self._over_cap(snapshot, policy):
            return self._skip(draft, view, SkipReason.CONTACT_CAP)
        try:
            span = self._window(snapshot, recipient.channel)
        except BadInput as error:
            return self._skip(draft, view, SkipReason.LEDGER_DOUBT, str(error))
        if span is None:
            return self._skip(draft, view, SkipReason.NOT_A_BUSINESS_DAY)
        self._write(draft, view, policy, recipient, span, touches_of(draft, view))
        return True

    def _write(
        self,
        draft: Draft,
        view: AccountView,
        policy: Policy,
        recipient: Recipient,
        span: Span,
        touches: tuple[PlannedTouch, ...],
    ) -> None:
        customer, steps, head = view.snapshot.customer, [step for _, step in draft.due], draft.head
        needs_approval = any(step.approval for step in steps) and recipient.channel is not Channel.CALL
        message = PlannedMessage(
            customer_id=customer.id,
            entity_id=view.snapshot.entity.id,
            currency=draft.currency,
            channel=recipient.channel,
            contact_id=recipient.contact_id,
            address=recipient.address,
            locale=recipient.locale,
            tone=head.tone,
            head_stage=head.code,
            template=head.template,
            touches=touches,
            needs_approval=needs_approval,
            policy=policy.code,
            not_before=span[0],
            not_after=span[1],
            copy_rep_id=customer.sales_rep_id if any(step.copy_sales_rep for step in steps) else None,
        )
        self.messages.append(message)
        self._contacts[customer.id] = self._contacts.get(customer.id, 0) + 1
        if needs_approval:
            self._task(TaskCause.APPROVE_FINAL, draft, view, f"step {head.code} waits for approval")
        elif policy.after and any(step is policy.after[-1] for step in steps) and recipient.channel is not Channel.CALL:
            self._task(TaskCause.CYCLE_FINISHED, draft, view, f"step {head.code} was the last one: decide what follows")

    def _remind_of_promises(self, view: AccountView, policy: Policy, written: set[str]) -> None:
        for draft, touches in reminder_of_promises(view, policy):
            recipient = choose_recipient(view.snapshot, draft.head, self._today)
            if (
                draft.currency in written
                or isinstance(recipient, SkipReason)
                or _written_today(view.snapshot, draft.currency, recipient, self._today)
                or self._over_cap(view.snapshot, policy)
            ):
                continue
            try:
                span = self._window(view.snapshot, recipient.channel)
            except BadInput:
                continue
            if span is not None:
                self._write(draft, view, policy, recipient, span, touches)

    def _over_cap(self, snapshot: AccountSnapshot, policy: Policy) -> bool:
        cap = policy.contact_cap_per_week
        cap = self._options.contact_cap_per_week if cap is None else cap
        since = self._today - _WEEK
        used = sum(1 for contact in snapshot.past_contacts if since < contact.on <= self._today)
        return used + self._contacts.get(snapshot.customer.id, 0) >= cap

    def _window(self, snapshot: AccountSnapshot, channel: Channel) -> Span | None:
        """When the message may go: today in the recipient's zone, or tomorrow when today's hours are over there.

        Never on an earlier local day: what is overdue for us could still be due for the recipient.
        """
        customer = snapshot.customer
        key = customer.country, customer.timezone, channel
        if key not in self._windows:
            self._windows[key] = self._find_window(*key)
        return self._windows[key]

    def _find_window(self, country: str, timezone: str, channel: Channel) -> Span | None:
        today, now, hours = self._today, self._now, self._options.hours
        found = first_allowed(country, timezone, (today,), now, channel, hours)
        if found is not None or now is None:
            return found
        gone_there = now.astimezone(zone_of(timezone)).date() > today
        if not gone_there and not calendar_of(country).is_business_day(today):
            return None
        return first_allowed(country, timezone, (today + timedelta(days=1),), now, channel, hours)

    def _skip(self, draft: Draft, view: AccountView, reason: SkipReason, detail: str = "") -> bool:
        snapshot = view.snapshot
        self.skips.append(Skip(snapshot.customer.id, snapshot.entity.id, reason, draft.document_ids, detail))
        return False

    def _task(self, cause: TaskCause, draft: Draft, view: AccountView, note: str) -> None:
        ids = draft.document_ids
        self.tasks.append(
            PlannedTask(
                cause=cause,
                customer_id=view.snapshot.customer.id,
                entity_id=view.snapshot.entity.id,
                document_id=ids[0] if len(ids) == 1 else None,
                stake_minor=draft.asked_minor,
                currency=draft.currency,
                note=note,
            )
        )


def _written_today(snapshot: AccountSnapshot, currency: str, recipient: Recipient, today: date) -> bool:
    """Whether this group got its one message of the day in an earlier run."""
    return recipient.channel is not Channel.CALL and any(
        _is_message_of(contact, snapshot.entity.id, currency) and contact.on == today
        for contact in snapshot.past_contacts
    )


def _is_message_of(contact: PastContact, entity_id: int, currency: str) -> bool:
    same_group = contact.entity_id == entity_id and contact.currency == currency
    return contact.automated and contact.channel is not Channel.CALL and same_group
