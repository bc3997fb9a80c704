"""What follows from a reading: what the system does by itself, and what waits for a person. Pure.

The rules are those of the trade: a promise is taken by itself only soon, seldom and never after a formal demand; a
dispute only with a reason and an invoice; whatever leaves a doubt waits for a person, and waits in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from domain.calendars import add_business_days
from domain.tasks import TaskCause
from outreach.replies.model import Intent, Understanding

PROMISE_DAYS = 30
"""A promise further ahead is offered, not taken."""
PROMISES_PER_INVOICE = 2
"""A third promise about the same invoice is offered, not taken."""
OFFERED_DAYS = 2
"""Business days of silence while a person decides about an offered promise."""
TRACE_DAYS = 5
"""Business days of silence while a payment is traced."""
ACKNOWLEDGED_DAYS = 2
"""Business days of silence after an acknowledgement that was understood."""
AWAY_DAYS = 10
"""The most business days that an absence silences a contact."""


class Act(StrEnum):
    """What the system does by itself."""

    STOP_ALL = "stop_all"
    LOG_PROMISE = "log_promise"
    OFFER_PROMISE = "offer_promise"
    OPEN_DISPUTE = "open_dispute"
    TRACE_PAYMENT = "trace_payment"
    ASK_PROOF = "ask_proof"
    SEND_COPY = "send_copy"
    SEND_STATEMENT = "send_statement"
    PROPOSE_CONTACT = "propose_contact"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    CONTACT_AWAY = "contact_away"
    ACKNOWLEDGE = "acknowledge"


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """What the decision needs to know besides the reading. `today` is the entity's business day."""

    today: date
    country: str
    matched: bool
    on_file: bool
    promises_before: int = 0
    formally_demanded: bool = False
    traced_before: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`acts` are done at once. `task` is what a person must do, None when the reply is handled; `why` tells them.

    `silences`: act → the last day of the silence that it brings; `answer`: the customer is told what was logged.
    """

    acts: tuple[Act, ...]
    task: TaskCause | None = None
    why: tuple[str, ...] = ()
    silences: Mapping[Act, date] = field(default_factory=dict)
    answer: bool = False


def decide(reading: Understanding, facts: ReplyFacts) -> Decision:
    """A reading and its facts → what is done, and what a person must do."""
    intents = set(reading.intents)
    acts: list[Act] = []
    if Intent.OPT_OUT in intents:
        acts.append(Act.OPT_OUT)
    if Intent.OPT_IN in intents:
        return Decision((Act.OPT_IN,))
    if facts.matched and _is_grave(reading):
        acts.append(Act.STOP_ALL)
    if reading.automatic:
        return _away(reading, facts, acts)
    if intents == {Intent.OPT_OUT} and not reading.needs_human:
        return Decision(tuple(acts), answer=facts.on_file)
    why = list(reading.doubts)
    if not facts.matched:
        why.insert(0, "it is not clear which customer wrote this")
    elif not facts.on_file:
        why.insert(0, "the sender is not on file for this customer")
    if why:
        if facts.matched and reading.new_contact is not None and intents & _MOVES:
            acts.append(Act.PROPOSE_CONTACT)
        return Decision(tuple(acts), _cause(intents), tuple(why))
    return _plain(intents, reading, facts, acts)


def decide_by_person(reading: Understanding, facts: ReplyFacts) -> Decision:
    """What follows from a reading that a person gave or confirmed: what only doubts or limits held back is done.

    A plan is taken with it: who may take plans is the caller's to check.
    """
    settled = replace(reading, doubts=())
    decision = decide(settled, replace(facts, matched=True, on_file=True, promises_before=0, formally_demanded=False))
    taken = tuple(Act.LOG_PROMISE if act is Act.OFFER_PROMISE else act for act in decision.acts)
    return replace(decision, acts=taken, task=None, why=(), answer=decision.answer or Act.LOG_PROMISE in taken)


_MOVES = frozenset({Intent.WRONG_CONTACT, Intent.INSOLVENCY})
"""Intents that may come with somebody else to turn to."""


def _is_grave(reading: Understanding) -> bool:
    """Insolvency or a lawyer: everything stops for that customer until a person has looked."""
    return Intent.INSOLVENCY in reading.intents or any(e.finding in ("insolvency", "legal") for e in reading.evidence)


def _away(reading: Understanding, facts: ReplyFacts, acts: list[Act]) -> Decision:
    """Out of office: that contact rests until it is back, at most ten business days."""
    if reading.needs_human:
        cause = TaskCause.INSOLVENCY if Act.STOP_ALL in acts else TaskCause.REPLY
        return Decision(tuple(acts), cause, reading.doubts)
    longest = add_business_days(facts.country, facts.today, AWAY_DAYS)
    back = reading.back_on - timedelta(days=1) if reading.back_on else longest
    until = min(max(back, facts.today), longest)
    return Decision((Act.CONTACT_AWAY,), silences={Act.CONTACT_AWAY: until})


def _cause(intents: set[Intent]) -> TaskCause:
    if Intent.INSOLVENCY in intents:
        return TaskCause.INSOLVENCY
    if intents == {Intent.INVOICE_COPY_REQUEST} or intents == {Intent.STATEMENT_REQUEST}:
        return TaskCause.COPY_REQUEST
    if intents == {Intent.TERMS_EXTENSION_REQUEST}:
        return TaskCause.TERMS_EXTENSION
    if intents and intents <= {Intent.WRONG_CONTACT, Intent.OPT_OUT}:
        return TaskCause.WRONG_CONTACT
    return TaskCause.REPLY


@dataclass
class _Draft:
    """A decision in the making. `left` are the intents that nothing has answered yet."""

    left: set[Intent]
    facts: ReplyFacts
    acts: list[Act]
    task: TaskCause | None = None
    why: list[str] = field(default_factory=list)
    silences: dict[Act, date] = field(default_factory=dict)
    answer: bool = False

    def silence(self, act: Act, days: int) -> None:
        """`act` brings so many business days of silence."""
        self.acts.append(act)
        self.silences[act] = add_business_days(self.facts.country, self.facts.today, days)

    def ask(self, cause: TaskCause, *why: str) -> None:
        """A person must look; the first cause names the task."""
        self.task = self.task or cause
        self.why += why


def _plain(intents: set[Intent], reading: Understanding, facts: ReplyFacts, acts: list[Act]) -> Decision:
    """A reply without doubts, subject by subject: several may be settled by themselves, the rest goes to a person."""
    draft = _Draft(intents - {Intent.OPT_OUT}, facts, acts)
    _take_promise(draft, reading)
    _take_dispute(draft, reading)
    _take_paid(draft, reading)
    _take_requests(draft, reading)
    if intents == {Intent.ACKNOWLEDGEMENT}:
        draft.silence(Act.ACKNOWLEDGE, ACKNOWLEDGED_DAYS)
    draft.left.discard(Intent.ACKNOWLEDGEMENT)
    if draft.left or not (draft.acts or draft.task):
        draft.ask(_cause(draft.left), *sorted(str(i).replace("_", " ") for i in draft.left or intents))
    return Decision(tuple(draft.acts), draft.task, tuple(draft.why), draft.silences, draft.answer)


def _take_promise(draft: _Draft, reading: Understanding) -> None:
    """Taken by itself only soon, seldom, and never after a formal demand; otherwise offered."""
    asked = draft.left & {Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN}
    if not asked or reading.promise is None:
        return
    draft.left -= {Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN}
    if reading.paid is None:
        draft.left.discard(Intent.REMITTANCE_ADVICE)
    if Intent.PAYMENT_PLAN in asked:
        draft.silence(Act.OFFER_PROMISE, OFFERED_DAYS)
        draft.ask(TaskCause.APPROVE_PLAN, "a payment plan needs a yes")
        return
    facts = draft.facts
    last = max(part.date for part in reading.promise.instalments)
    why = []
    if last > facts.today + timedelta(days=PROMISE_DAYS):
        why.append(f"promised for {last.isoformat()}, more than {PROMISE_DAYS} days ahead")
    if facts.promises_before >= PROMISES_PER_INVOICE:
        why.append("the same invoice was promised twice before")
    if facts.formally_demanded:
        why.append("a formal demand went out before")
    if why:
        draft.silence(Act.OFFER_PROMISE, OFFERED_DAYS)
        draft.ask(TaskCause.PROMISE_OFFERED, *why)
        return
    draft.acts.append(Act.LOG_PROMISE)
    draft.answer = True


def _take_dispute(draft: _Draft, reading: Understanding) -> None:
    if Intent.DISPUTE not in draft.left or reading.dispute is None:
        return
    draft.left.discard(Intent.DISPUTE)
    draft.acts.append(Act.OPEN_DISPUTE)
    draft.answer = True
    paid = reading.paid
    if paid is None or not paid.invoices or set(paid.invoices) & set(reading.dispute.invoices):
        # Contested because it was paid: one matter, not two.
        draft.left.discard(Intent.ALREADY_PAID)


def _take_paid(draft: _Draft, reading: Understanding) -> None:
    claimed = draft.left & {Intent.ALREADY_PAID, Intent.REMITTANCE_ADVICE}
    if not claimed or reading.paid is None:
        return
    draft.left -= claimed
    if draft.facts.traced_before:
        draft.silence(Act.ASK_PROOF, TRACE_DAYS)
        draft.ask(TaskCause.PROOF_OF_PAYMENT, "a payment was claimed before and no cash has matched it: ask for proof")
        draft.answer = True
        return
    draft.silence(Act.TRACE_PAYMENT, TRACE_DAYS)
    draft.ask(TaskCause.TRACE_PAYMENT, "trace the payment")
    draft.answer = draft.answer or claimed == {Intent.ALREADY_PAID}


def _take_requests(draft: _Draft, reading: Understanding) -> None:
    for intent, act in (
        (Intent.INVOICE_COPY_REQUEST, Act.SEND_COPY),
        (Intent.STATEMENT_REQUEST, Act.SEND_STATEMENT),
    ):
        if intent in draft.left:
            draft.left.discard(intent)
            draft.acts.append(act)
            draft.answer = True
    if Intent.WRONG_CONTACT in draft.left:
        draft.left.discard(Intent.WRONG_CONTACT)
        if reading.new_contact is not None:
            draft.acts.append(Act.PROPOSE_CONTACT)
        draft.ask(TaskCause.WRONG_CONTACT, "we wrote to the wrong person")
    if Intent.TERMS_EXTENSION_REQUEST in draft.left:
        draft.left.discard(Intent.TERMS_EXTENSION_REQUEST)
        draft.ask(TaskCause.TERMS_EXTENSION, "asks for more time: decide, nothing was promised")
