"""What a reply says besides its first subject: by a day of payment, or about another invoice."""

from __future__ import annotations

from dataclasses import replace

from outreach.replies.accounting import likeliest
from outreach.replies.clause_labels import Label
from outreach.replies.judging import PERSON, RECORDED, Verdict
from outreach.replies.message import Message
from outreach.replies.model import Intent
from outreach.replies.payment_days import maturity
from outreach.replies.roles import DatedRole, Role
from outreach.replies.statements import Statement

_PAID = (Label.PAID, Label.PAID_QUESTION, Label.DISPUTE_ALREADY_PAID)
_AT_ALL, _PERHAPS, _LIKELY, _PLAIN, _SURE = 0.1, 0.25, 0.6, 0.7, 0.8
_HALF = 0.5
_A_SUM = 20
"""A number from which on it may be a sum that is refused, and no count of goods."""
_THEN_PAID = {Intent.INVOICE_COPY_REQUEST, Intent.DISPUTE}
"""Beside these a payment without a day ("then I pay at once") is no promise by the rules for German and Japanese."""


def complete(message: Message, verdict: Verdict, roles: list[DatedRole], statements: list[Statement]) -> Verdict:
    """A verdict with what one of its days or a statement about another invoice tells as well."""
    made = [r for r in roles if r.role is Role.PAID and r.paid > _PLAIN]
    to_come = any(r.promised > _PERHAPS for r in roles)
    intents = list(verdict.intents)
    if intents == [Intent.INVOICE_COPY_REQUEST] and not to_come and _pays_behind_it(message, statements):
        return replace(verdict, intents=(Intent.INVOICE_COPY_REQUEST, Intent.PROMISE_TO_PAY))
    if message.language in ("de", "ja") and not to_come and _THEN_PAID & set(intents) and len(intents) > 1:
        intents = [i for i in intents if i is not Intent.PROMISE_TO_PAY]
        verdict = replace(verdict, intents=tuple(intents))
    if intents[0] is Intent.PROMISE_TO_PAY and not to_come and _refuses(message, roles, statements):
        intents = [Intent.DISPUTE, *(i for i in intents[1:] if i is not Intent.DISPUTE)]
        return replace(verdict, intents=tuple(intents))
    if intents[0] is Intent.ALREADY_PAID and maturity(message, roles):  # a cheque of a later day, handed over already
        intents = [Intent.PROMISE_TO_PAY, *(i for i in intents[1:] if i is not Intent.PROMISE_TO_PAY)]
        return replace(verdict, intents=tuple(intents), said={**verdict.said, RECORDED: 1.0})
    if Intent.PROMISE_TO_PAY in intents and made and not to_come and not _vague(statements):
        # the only day is one of a payment made
        intents[intents.index(Intent.PROMISE_TO_PAY)] = Intent.ALREADY_PAID
        return replace(verdict, intents=tuple(dict.fromkeys(intents)))
    if intents in ([Intent.PROMISE_TO_PAY], [Intent.ACKNOWLEDGEMENT]) and _is_vague(message, roles, statements):
        return _as_acknowledgement(verdict)
    if intents[0] is Intent.ALREADY_PAID and not made and _lies_ahead(message, roles, statements):
        intents = [Intent.PROMISE_TO_PAY, *(i for i in intents[1:] if i is not Intent.PROMISE_TO_PAY)]
        return replace(verdict, intents=tuple(intents), said={**verdict.said, RECORDED: 1.0})
    if intents[0] is not Intent.PROMISE_TO_PAY or not to_come:
        return verdict
    tells = [s for r in made for s in statements if _holds(s, r)]
    contests = [s for s in statements if s.guess.disputes > _LIKELY]
    for intent, found in ((Intent.ALREADY_PAID, tells), (Intent.DISPUTE, contests)):
        apart = any(_is_apart(message, s, statements) for s in found)
        if intent not in intents and apart and verdict.said[intent.value] > _PERHAPS:
            intents.append(intent)
    refuses = any(_refuses_part(message, s, statements) for s in statements)
    if Intent.DISPUTE not in intents and (refuses or _keeps_a_part(message, statements)):
        intents.append(Intent.DISPUTE)
    return replace(verdict, intents=tuple(intents))


def _pays_behind_it(message: Message, statements: list[Statement]) -> bool:
    """ "Send me a copy and the payment leaves the day after": outside German and Japanese a promise on a condition."""
    if message.language in ("de", "ja"):
        return False
    told = [s for s in statements if all(message.says(cue, s.start, s.end) for cue in ("copy", "condition", "future"))]
    return any(
        s.guess.of(Label.PROMISE_CONDITIONAL) > _AT_ALL and not message.says("harmless_condition", s.start, s.end)
        for s in told
    )


def _refuses(message: Message, roles: list[DatedRole], statements: list[Statement]) -> bool:
    """ "We will NOT pay by Friday nor by the 31st, the machine stands still": every day refused, none asked for."""
    days = [r for r in roles if r.role not in (Role.OTHER, Role.UNKNOWN)]
    told = max((s.guess.disputes + s.guess.of(Label.COMPLAINT, Label.REFUSAL) for s in statements), default=0.0)
    needy = max((s.guess.of(Label.HARDSHIP, Label.EXTENSION) for s in statements), default=0.0)
    refused = bool(days) and all(r.role is Role.REFUSED for r in days)
    return refused and told > max(_LIKELY, needy) and not message.says("hardship")


def _lies_ahead(message: Message, roles: list[DatedRole], statements: list[Statement]) -> bool:
    """ "Lo pagamos el 17": what may be a payment made, each on a day that is surely one to come."""
    told = [s for s in statements if s.guess.of(*_PAID) > _PERHAPS]
    surely = [r for r in roles if r.role is Role.PROMISED and r.promised > _LIKELY]
    return bool(told) and all(_may_be_to_come(message, s) and any(_holds(s, r) for r in surely) for s in told)


def _may_be_to_come(message: Message, statement: Statement) -> bool:
    """By a verb that is present and past alike, or because the model isn't sure."""
    unsure = statement.guess.of(*_PAID) < _SURE and statement.guess.of(Label.PROMISE) > _PERHAPS
    return unsure or message.says("either", statement.start, statement.end)


def _refuses_part(message: Message, statement: Statement, statements: list[Statement]) -> bool:
    """ "The other 200 are for the scratched table, those we don't pay": a sum of its own that is refused, and why."""
    if statement.guess.disputes + statement.guess.of(Label.REFUSAL) < _LIKELY or not _is_refused(message, statement):
        return False
    before = [s for s in statements if s.end <= statement.start][-1:]
    about = [s for s in (*before, statement) if s.guess.of(Label.PROMISE, Label.PLAN) < _PERHAPS]
    sums = [a for a in message.amounts if a.amount >= _A_SUM and any(s.start <= a.span[0] < s.end for s in about)]
    return statement in about and bool(sums)


def _is_refused(message: Message, statement: Statement) -> bool:
    return any(message.says(cue, statement.start, statement.end) for cue in ("negation", "contest", "refusal"))


def _keeps_a_part(message: Message, statements: list[Statement]) -> bool:
    """ "We hold back 250 until it is repaired, the other 950 go out in 14 days": sums that are an invoice together."""
    totals = {i.amount for i in message.context.open_invoices} | {message.context.total()}
    for statement in statements:
        span = statement.start, statement.end
        if not message.says("contest", *span) or message.says("discount", *span) or message.says("past", *span):
            continue
        inside = [a.amount for a in message.amounts if span[0] <= a.span[0] < span[1]]
        outside = [a.amount for a in message.amounts if not span[0] <= a.span[0] < span[1]]
        if any(kept > 0 and left > 0 and kept + left in totals for kept in inside for left in outside):
            return True
    return False


def _vague(statements: list[Statement]) -> bool:
    """A promise without a day beside the payment made."""
    return any(s.guess.of(Label.PROMISE_VAGUE, Label.PROMISE_CONDITIONAL, Label.PLAN) > _LIKELY for s in statements)


def _is_vague(message: Message, roles: list[DatedRole], statements: list[Statement]) -> bool:
    """ "We'll see to it as soon as we can": no day, no sum, no condition; no promise in German and Japanese."""
    if message.language not in ("de", "ja") or roles or message.amounts or message.shares:
        return False
    conditional = max(
        (s.guess.of(Label.PROMISE_CONDITIONAL, Label.PLAN, Label.EXTENSION) for s in statements), default=0
    )
    vague = any(s.guess.of(Label.PROMISE_VAGUE, Label.ACKNOWLEDGEMENT) > _LIKELY for s in statements)
    return vague and conditional < _PERHAPS and not message.says("incoming")


def _as_acknowledgement(verdict: Verdict) -> Verdict:
    """A verdict whose promise is no more than a word that the message was received."""
    told, promise = Intent.ACKNOWLEDGEMENT.value, Intent.PROMISE_TO_PAY.value
    first = {**verdict.first, told: verdict.first[told] + verdict.first[promise], promise: 0.0}
    said = {**verdict.said, told: max(verdict.said[told], verdict.said[promise]), promise: 0.0, RECORDED: 0.0}
    return replace(verdict, intents=(Intent.ACKNOWLEDGEMENT,), first=first, said=said)


def _holds(statement: Statement, role: DatedRole) -> bool:
    return statement.start <= role.finding.span[0] < statement.end


def _is_apart(message: Message, statement: Statement, statements: list[Statement]) -> bool:
    """Whether a statement is about invoices that no statement with another subject is about."""
    if len(message.context.open_invoices) == 1:
        return False
    own = _scope(message, statement)
    others = [s for s in statements if s is not statement and s.guess.of(Label.PROMISE, Label.PLAN) > _LIKELY]
    return bool(own) and all(not own & _scope(message, s) for s in others)


def _scope(message: Message, statement: Statement) -> set[str]:
    """Invoices that its words name, else those of the line that they answer."""
    named = {m.number for m in message.mentions if statement.start <= m.span[0] < statement.end}
    return named or set(message.answered_invoices(statement.start))


_SOONER_OR_LATER = frozenset({Intent.PROMISE_TO_PAY, Intent.ACKNOWLEDGEMENT})


def without_a_day(message: Message, verdict: Verdict, statements: list[Statement]) -> Verdict:
    """ "We'll see to it soon": in German and Japanese no promise but an acknowledgement, whichever seems likelier."""
    if (
        message.language not in ("de", "ja")
        or message.dates
        or not set(verdict.intents) <= _SOONER_OR_LATER
        or verdict.records
    ):
        return verdict
    told = likeliest(statements, Label.PROMISE_VAGUE, Label.ACKNOWLEDGEMENT)
    if (
        (told < _HALF and not message.says("vague"))
        or likeliest(statements, Label.PROMISE_CONDITIONAL) > _PERHAPS
        or message.says("condition")
    ):
        return verdict
    promise, ack = Intent.PROMISE_TO_PAY.value, Intent.ACKNOWLEDGEMENT.value
    first = {**verdict.first, ack: verdict.first[ack] + verdict.first[promise], promise: 0.0}
    said = {**verdict.said, ack: min(1.0, verdict.said[ack] + verdict.said[promise]), promise: 0.0, PERSON: 0.0}
    return replace(verdict, intents=(Intent.ACKNOWLEDGEMENT,), first=first, said=said)
