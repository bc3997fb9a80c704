"""An account prepared for judging: pauses, contacts by hand and broken promises, worked out once for all its items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from domain.account import AccountCycle, AccountSnapshot, PastContact, Pause, PauseKind
from domain.calendars import DEFAULT_HOURS, SendHours, calendar_of
from domain.documents import OpenItem
from domain.promises import Promise, PromiseStatus
from domain.touches import SkipReason
from outreach.cadence.policy import Policy, Step


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """Settings of an installation that planning reads.

    `ledger_max_age`: business days of the entity's country that its ledger may be old; None: not looked at (rehearsal).
    `contact_cap_per_week`: contacts a customer gets in seven days, over all channels and legal entities.
    `needs_yes`: the first runs after going live wait for a person's yes on the whole plan.
    """

    ledger_max_age: int | None = 1
    contact_cap_per_week: int = 2
    needs_yes: bool = False
    hours: SendHours = DEFAULT_HOURS


DEFAULT_OPTIONS = PlanOptions()

_PAUSED: dict[PauseKind, SkipReason] = {
    PauseKind.INSOLVENCY: SkipReason.INSOLVENT,
    PauseKind.REPLY: SkipReason.REPLY_PENDING,
    PauseKind.PROMISE_OFFERED: SkipReason.PROMISE_OFFERED,
}
_PAUSE_ORDER = (SkipReason.INSOLVENT, SkipReason.REPLY_PENDING, SkipReason.PROMISE_OFFERED, SkipReason.PAUSED)


def ledger_is_stale(country: str, ledger_as_of: date | None, today: date, max_age: int = 1) -> bool:
    """Whether a ledger of `ledger_as_of` is more than `max_age` business days old on `today` in the entity's country.

    On a Monday, Friday's ledger is one business day old. A ledger never loaded is stale.
    """
    return ledger_as_of is None or ledger_as_of < _oldest_fresh(country, today, max_age)


@lru_cache(maxsize=256)
def _oldest_fresh(country: str, today: date, max_age: int) -> date:
    return calendar_of(country).add_business_days(today, -max_age)


class AccountView:
    """What judging one account's items shares. `held` is why nothing of it may be asked for, `paused` the same by
    document, `verdicts` where an account's own cycles stand (kept by `eligibility`)."""

    __slots__ = (
        "_cycles",
        "_items",
        "broken",
        "calendar",
        "held",
        "manual",
        "paused",
        "policy",
        "snapshot",
        "today",
        "verdicts",
    )

    def __init__(
        self, snapshot: AccountSnapshot, policy: Policy | None, today: date, options: PlanOptions = DEFAULT_OPTIONS
    ) -> None:
        self.snapshot = snapshot
        self._cycles: dict[str, AccountCycle] | None = None
        self._items: dict[int, OpenItem] | None = None
        self.verdicts: dict[str, SkipReason | Step] = {}
        self.today = today
        self.policy = policy
        rolls = policy is not None and policy.due_date_rolls
        self.calendar = calendar_of(snapshot.customer.country) if rolls else None
        self.paused: dict[int, SkipReason] = {}
        paused = _read_pauses(snapshot.pauses, today, self.paused) if snapshot.pauses else None
        self.held = _held(snapshot, policy, today, options) or paused
        contacts = snapshot.past_contacts
        self.manual = [c for c in contacts if _is_manual(c, snapshot.entity.id)] if contacts else []
        self.broken = _newest_broken(snapshot.broken_promises) if snapshot.broken_promises else {}

    def effective_due(self, item: OpenItem) -> date:
        """The due date, moved to the next banking day of the customer's country where the policy says so."""
        return item.due_on if self.calendar is None else self.calendar.next_banking_day(item.due_on)

    def last_manual(self, item: OpenItem) -> date | None:
        """The newest day on which a person of ours contacted the customer about this item, or about everything."""
        return max(
            (
                contact.on
                for contact in self.manual
                if contact.currency in (None, item.currency)
                and (not contact.document_ids or item.id in contact.document_ids)
            ),
            default=None,
        )

    def cycle(self, currency: str) -> AccountCycle | None:
        """The account's open cycle in a currency, for policies that count so."""
        if self._cycles is None:
            self._cycles = {cycle.currency: cycle for cycle in self.snapshot.account_cycles}
        return self._cycles.get(currency)

    def item(self, document_id: int) -> OpenItem | None:
        """The account's open item of that id."""
        if self._items is None:
            self._items = {item.id: item for item in self.snapshot.items}
        return self._items.get(document_id)


def _held(snapshot: AccountSnapshot, policy: Policy | None, today: date, options: PlanOptions) -> SkipReason | None:
    """Why nothing of the account is asked for, pauses left out."""
    age = options.ledger_max_age
    if age is not None and ledger_is_stale(snapshot.entity.country, snapshot.ledger_as_of, today, age):
        return SkipReason.LEDGER_STALE
    if snapshot.doubted:
        return SkipReason.LEDGER_DOUBT
    if policy is None:
        return SkipReason.NO_POLICY
    return SkipReason.POLICY_EXCLUDES if policy.excluded else None


def _read_pauses(pauses: tuple[Pause, ...], today: date, by_document: dict[int, SkipReason]) -> SkipReason | None:
    """Pauses in force → the account's reason (returned) and its documents' (filled in). A contact's isn't an item's."""
    account: SkipReason | None = None
    for pause in pauses:
        if pause.only_contact or not pause.holds(today):
            continue
        reason = _PAUSED.get(pause.kind, SkipReason.PAUSED)
        if pause.document_id is None or reason is SkipReason.INSOLVENT:
            account = _first(account, reason)
        else:
            by_document[pause.document_id] = _first(by_document.get(pause.document_id), reason)
    return account


def _first(one: SkipReason | None, other: SkipReason) -> SkipReason:
    return other if one is None else min(one, other, key=_PAUSE_ORDER.index)


def _is_manual(contact: PastContact, entity_id: int) -> bool:
    return not contact.automated and contact.entity_id in (None, entity_id)


def newest(promise: Promise) -> tuple[date, int]:
    """Sorts promises by the promised day, then as they were made."""
    return promise.promised_on, promise.id


def _newest_broken(promises: tuple[Promise, ...]) -> dict[int, Promise]:
    """Document → the newest broken promise about it: that one is told, older ones aren't dug up."""
    found: dict[int, Promise] = {}
    for promise in sorted(promises, key=newest):
        if promise.status in (PromiseStatus.BROKEN, PromiseStatus.PARTLY_KEPT):
            found.update(dict.fromkeys((document for document, _ in promise.documents), promise))
    return found
