"""What planning a day returns: messages with their touches, skips with their reasons, tasks for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.parties import Channel
from domain.tasks import TaskCause
from domain.touches import SkipReason
from outreach.cadence.policy import CycleScope


@dataclass(frozen=True, slots=True)
class PlannedTouch:
    """One step of one cycle. Its key is (cycle, stage): the cycle is an invoice's, or the account's in the currency.

    `asked_minor` is what of the ledger may be asked for, without `fee_minor`, the charge of this very step. The items
    it speaks for are `document_ids`; `document_id` is None for an account's cycle, `cycle_id` for one not opened yet.
    """

    customer_id: int
    entity_id: int
    currency: str
    document_id: int | None
    document_ids: tuple[int, ...]
    cycle: CycleScope
    stage: str
    offset: int
    template: str
    asked_minor: int
    fee_minor: int = 0
    cycle_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """What goes to one recipient: one customer, entity, currency, language. Instants are UTC.

    With channel CALL it is a task for a person, never sent. `head_stage` and `template` give the words; others of its
    touches have their own section. `copy_rep_id`: the sales rep who gets a copy.
    """

    customer_id: int
    entity_id: int
    currency: str
    channel: Channel
    contact_id: int | None
    address: str
    locale: str
    tone: str
    head_stage: str
    template: str
    touches: tuple[PlannedTouch, ...]
    needs_approval: bool
    policy: str
    not_before: datetime
    not_after: datetime
    copy_rep_id: int | None = None

    @property
    def asked_minor(self) -> int:
        """Sum of what its touches ask for, in minor units, fees left out."""
        return sum(touch.asked_minor for touch in self.touches)


@dataclass(frozen=True, slots=True)
class Skip:
    """Items of an account that are not written about today, and why."""

    customer_id: int
    entity_id: int
    reason: SkipReason
    document_ids: tuple[int, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """Something a person must do. The same task comes again on the next day's plan until its cause is gone: whoever
    records tasks keeps one open a (cause, customer, entity, document, currency)."""

    cause: TaskCause
    customer_id: int
    entity_id: int
    document_id: int | None
    stake_minor: int
    currency: str
    note: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One day's plan. `needs_yes`: nothing of it goes out before a person agreed to the whole."""

    day: date
    messages: tuple[PlannedMessage, ...]
    skips: tuple[Skip, ...]
    tasks: tuple[PlannedTask, ...]
    needs_yes: bool = False

    @property
    def to_send(self) -> tuple[PlannedMessage, ...]:
        """The messages proper."""
        return tuple(message for message in self.messages if message.channel is not Channel.CALL)

    @property
    def to_call(self) -> tuple[PlannedMessage, ...]:
        """The calls: each becomes a task that carries its touches."""
        return tuple(message for message in self.messages if message.channel is Channel.CALL)
