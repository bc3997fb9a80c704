"""What follows from a reading: what the system does by itself, and what waits for a person. Pure.

The rules are those of the trade: a promise is taken by itself only soon, seldom and never after a formal demand; a
dispute only with a reason and an invoice; whatever leaves a doubt waits for a person, and waits in silence.
"""

from __future__ import annotations

from dataclasses import dataclass
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

    LOG_PROMISE = "log_promise"
    OFFER_PROMISE = "offer_promise"
    OPEN_DISPUTE = "open_dispute"
    TRACE_PAYMENT = "trace_payment"
    ASK_PROOF = "ask_proof"
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

    `silent_until` is the last day of the silence that an act brings; `answer`: the customer is told what was logged.
    """

    acts: tuple[Act, ...]
    task: TaskCause | None = None
    why: tuple[str, ...] = ()
    silent_until: date | None = None
    answer: bool = False


def decide(reading: Understanding, facts: ReplyFacts) -> Decision:
    """A reading and its facts → what is done, and what a person must do."""
    intents = set(reading.intents)
    acts: list[Act] = []
    if Intent.OPT_OUT in intents:
        acts.append(Act.OPT_OUT)
    if Intent.OPT_IN in intents:
        return Decision((Act.OPT_IN,))
    if reading.automatic:
        return _away(reading, facts)
    if intents == {Intent.OPT_OUT} and not reading.needs_human:
        return Decision(tuple(acts), answer=facts.on_file)
    why = list(reading.doubts)
    if not facts.matched:
        why.insert(0, "it is not clear which customer wrote this")
    elif not facts.on_file:
        why.insert(0, "the sender is not on file for this customer")
    if why:
        return Decision(tuple(acts), _cause(intents), tuple(why))
    return _plain(intents, reading, facts, acts)


def _away(reading: Understanding, facts: ReplyFacts) -> Decision:
    """Out of office: that contact rests until it is back, at most ten business days."""
    if reading.needs_human:
        return Decision((), TaskCause.REPLY, reading.doubts)
    longest = add_business_days(facts.country, facts.today, AWAY_DAYS)
    back = reading.back_on - timedelta(days=1) if reading.back_on else longest
    return Decision((Act.CONTACT_AWAY,), silent_until=min(max(back, facts.today), longest))


def _cause(intents: set[Intent]) -> TaskCause:
    if Intent.INSOLVENCY in intents:
        return TaskCause.INSOLVENCY
    if intents == {Intent.INVOICE_COPY_REQUEST} or intents == {Intent.STATEMENT_REQUEST}:
        return TaskCause.COPY_REQUEST
    if intents and intents <= {Intent.WRONG_CONTACT, Intent.OPT_OUT}:
        return TaskCause.WRONG_CONTACT
    return TaskCause.REPLY


def _plain(intents: set[Intent], reading: Understanding, facts: ReplyFacts, acts: list[Act]) -> Decision:
    if reading.promise is not None and intents <= {Intent.PROMISE_TO_PAY, Intent.REMITTANCE_ADVICE}:
        return _promise(reading, facts)
    if intents == {Intent.PAYMENT_PLAN} and reading.promise is not None:
        until = add_business_days(facts.country, facts.today, OFFERED_DAYS)
        why = ("a payment plan needs a yes",)
        return Decision((Act.OFFER_PROMISE,), TaskCause.APPROVE_PLAN, why, until)
    if Intent.DISPUTE in intents and reading.dispute is not None and intents <= {Intent.DISPUTE, Intent.ALREADY_PAID}:
        return Decision((Act.OPEN_DISPUTE,), answer=True)
    if reading.paid is not None and intents <= {Intent.ALREADY_PAID, Intent.REMITTANCE_ADVICE}:
        until = add_business_days(facts.country, facts.today, TRACE_DAYS)
        if facts.traced_before:
            why = ("a payment was claimed before and no cash has matched it: ask for proof",)
            return Decision((Act.ASK_PROOF,), TaskCause.PROOF_OF_PAYMENT, why, until, answer=True)
        answer = intents == {Intent.ALREADY_PAID}
        return Decision((Act.TRACE_PAYMENT,), TaskCause.TRACE_PAYMENT, ("trace the payment",), until, answer=answer)
    if intents == {Intent.ACKNOWLEDGEMENT}:
        return Decision(
            (Act.ACKNOWLEDGE,), silent_until=add_business_days(facts.country, facts.today, ACKNOWLEDGED_DAYS)
        )
    return Decision(tuple(acts), _cause(intents), tuple(sorted(str(i).replace("_", " ") for i in intents)))


def _promise(reading: Understanding, facts: ReplyFacts) -> Decision:
    """Taken by itself only soon, seldom, and never after a formal demand; otherwise offered."""
    assert reading.promise is not None
    last = max(part.date for part in reading.promise.instalments)
    why = []
    if last > facts.today + timedelta(days=PROMISE_DAYS):
        why.append(f"promised for {last.isoformat()}, more than {PROMISE_DAYS} days ahead")
    if facts.promises_before >= PROMISES_PER_INVOICE:
        why.append("the same invoice was promised twice before")
    if facts.formally_demanded:
        why.append("a formal demand went out before")
    if why:
        until = add_business_days(facts.country, facts.today, OFFERED_DAYS)
        return Decision((Act.OFFER_PROMISE,), TaskCause.PROMISE_OFFERED, tuple(why), until)
    return Decision((Act.LOG_PROMISE,), answer=True)
