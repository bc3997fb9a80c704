"""A reply on its way into the books, and what has been done about it: what the workflows of replies hand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from domain.tasks import TaskCause
from outreach.compose.context import Stage
from outreach.replies.model import Understanding
from workflows.match_reply import Match
from workflows.read_inbound import Inbound


@dataclass(frozen=True, slots=True)
class Received:
    """One reply on its way into the books. `today` is the entity's business day, `items` what the account has open."""

    reply_id: int
    inbound: Inbound
    match: Match
    reading: Understanding
    items: Sequence[Any]
    today: date
    now: datetime
    # Open credit memos and unapplied cash by currency: what was asked for was net of them.
    credits: Mapping[str, int] = field(default_factory=dict)
    # Who answers for what is done: 'system', or the person who corrected the reading.
    actor: str = "system"

    @property
    def customer_id(self) -> int:
        """The matched customer's id. Only asked for where there is one."""
        assert self.match.customer_id is not None
        return self.match.customer_id

    @property
    def cause(self) -> str:
        """What pauses and tasks of this reply are found by."""
        return f"reply:{self.reply_id}"

    @property
    def source_ref(self) -> str:
        """What promises and disputes of this reply are recorded under; a person's correction is a source of its own."""
        return str(self.reply_id) if self.actor == "system" else f"{self.reply_id}:corrected"

    def asked_items(self) -> list[Any]:
        """What the customer was asked for: the overdue items, else everything open."""
        overdue = [item for item in self.items if item.due_on < self.today]
        return overdue or list(self.items)


@dataclass
class Done:
    """What was done: the stage and facts of the answer it calls for, and what a person must look at after all."""

    stage: Stage | None = None
    currency: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    task: TaskCause | None = None

    def answer(self, stage: Stage, currency: str | None, facts: dict[str, Any]) -> None:
        """What the customer is told. A reply gets one answer: the first act's, others are settled without words."""
        if self.stage is None:
            self.stage, self.currency, self.facts = stage, currency, facts


def named_items(received: Received) -> list[Any]:
    """Open items that the reply's own words name; none for the whole account."""
    reading = received.reading
    numbers: set[str] = set(reading.named)
    for part in (reading.promise, reading.dispute, reading.paid):
        if part is not None:
            numbers |= set(part.invoices)
    return [item for item in received.items if item.number in numbers]
