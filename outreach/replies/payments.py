"""Payments that the customer says were made: when, how much, under which reference."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from outreach.replies.clause_labels import Label
from outreach.replies.dates import DateFinding
from outreach.replies.grammar.reading import DateKind
from outreach.replies.message import Message
from outreach.replies.model import Evidence, PaidReading
from outreach.replies.parts import payment_amounts
from outreach.replies.payment_references import find_reference
from outreach.replies.roles import DatedRole, Role, tenses
from outreach.replies.scopes import invoices_for
from outreach.replies.statements import SURE, Statement


@dataclass
class PaidResult:
    """A payment as far as it could be read."""

    paid: PaidReading | None = None
    statements: list[Statement] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


_MAYBE = 0.2
"""A chance from which a day in an advice is taken for the one of payment where no other is surer."""
_PAID = (Label.PAID, Label.PAID_QUESTION, Label.DISPUTE_ALREADY_PAID)


def read_paid(message: Message, roles: list[DatedRole], statements: list[Statement]) -> PaidResult:
    """The payment that the message says was made, if any."""
    result = PaidResult()
    dated = [r for r in roles if r.role is Role.PAID and r.finding.kind is not DateKind.NOW]
    now = [r for r in roles if r.role is Role.PAID and r.finding.kind is DateKind.NOW]
    result.statements = [s for s in statements if _is_of_payment(message, s, roles, result)]
    if not result.statements:
        result.statements = [max(statements, key=lambda s: s.guess.of(*_PAID))]
    days = sorted({r.finding.past for r in dated if _stands_in(r, result.statements)})
    if not days and not now:
        days = sorted({r.finding.past for r in dated}) or _likely_days(message, roles, result)
    day: date | None = days[0] if days else (message.reply.today if now else None)
    if len(days) > 1:
        result.doubts.append("more than one day of payment is named")
    if any(message.says("believed", s.start, s.end) for s in result.statements):
        result.doubts.append("the customer only believes that it was paid")
    if any(r.finding.ambiguous for r in dated):
        result.doubts.append("the day of payment can be read in two ways")
    if day is not None and (message.reply.today - day).days > 150:
        result.doubts.append("the payment would be more than five months old")
    invoices, doubts = _invoices(message, result, statements)
    result.doubts += doubts
    amount = _amount(message, result, invoices)
    result.paid = PaidReading(day, amount, _reference(message, result), tuple(invoices))
    confidence = 0.9 if day else 0.8
    result.evidence = [Evidence("paid", message.quote(s.start, s.end), confidence) for s in result.statements[:2]]
    return result


def _invoices(message: Message, result: PaidResult, statements: list[Statement]) -> tuple[list[str], list[str]]:
    """Invoices that were paid: those named with the payment, or in the sentence after it ("It covers 118 and 121")."""
    found, doubts = invoices_for(message, result.statements, [(s.start, s.end) for s in result.statements])
    last = result.statements[-1]
    named = {m.number for m in message.mentions if any(s.start <= m.span[0] < s.end for s in result.statements)}
    if not named:
        following = next((s for s in statements if s.start >= last.end), None)
        inside = {m.number for m in message.mentions if following and following.start <= m.span[0] < following.end}
        if following and inside and following.guess.of(*_PAID, Label.REMITTANCE, Label.NONE) > 0.3:
            return [i.number for i in message.context.open_invoices if i.number in inside], []
    return found, doubts


def _likely_days(message: Message, roles: list[DatedRole], result: PaidResult) -> list[date]:
    """The one day behind us in a statement that the model is sure tells of a payment; "yesterday" needs less."""
    sure = [s for s in result.statements if s.guess.of(*_PAID) > 0.7]
    likely = [s for s in result.statements if s.guess.of(*_PAID) > 0.4]
    today = message.reply.today
    found = {
        r.finding.past
        for r in roles
        if _stands_in(r, likely if r.finding.date < today else sure)
        and r.role in (Role.OTHER, Role.UNKNOWN, Role.ASKED)
        and r.finding.past <= today and r.finding.kind is not DateKind.NOW
    }  # fmt: skip
    return sorted(found) if len(found) == 1 else []


def _stands_in(role: DatedRole, statements: list[Statement]) -> bool:
    return any(s.start <= role.finding.span[0] < s.end for s in statements)


def _is_of_payment(message: Message, statement: Statement, roles: list[DatedRole], result: PaidResult) -> bool:
    """Rules and model together: either alone must be sure."""
    inside = [r for r in roles if statement.start <= r.finding.span[0] < statement.end]
    if inside and all(r.role is Role.PROMISED for r in inside):
        return False
    dated = any(r.role is Role.PAID for r in inside)
    told = _tells_of_payment(message, statement, dated)
    chance = statement.guess.of(*_PAID)
    if told and chance < 0.15 and not dated:
        if statement.chance > SURE:
            return False
        result.doubts.append("perhaps nothing was paid yet")
    elif told and chance < 0.08 and not dated:
        return False
    elif told and chance < 0.15:
        result.doubts.append("perhaps nothing was paid yet")
    return told or chance >= 0.7


def _tells_of_payment(message: Message, statement: Statement, dated: bool) -> bool:
    """Words of a payment made; present and past alike ("pagamos") only beside a day or word of the past."""
    span = statement.start, statement.end
    past = tenses(message, *span)[1]
    either = message.hits("either", *span)
    if not past or (all(p in either for p in past) and not dated and not message.says("did", *span)):
        return False
    if message.says("incoming", *span):
        return False
    negations = message.hits("negation", *span)
    if any(n[0] < p[1] and p[0] < n[1] for n in negations for p in past):
        return False
    return message.says("money", *span)


def _amount(message: Message, result: PaidResult, invoices: list[str]) -> Decimal | None:
    start, end = result.statements[0].start, result.statements[-1].end
    values = {a.amount for a in payment_amounts(message, start, end + 60)}
    total = message.context.total(tuple(invoices))
    net = _net(message, start, end, total)
    if net is not None:
        return net
    if total in values:
        return total
    if len(values) == 1:
        value = values.pop()
        if value > total:
            result.doubts.append("more was paid than is open")
        elif not invoices and len(message.context.open_invoices) > 1:
            result.doubts.append("part of what is open was paid, and for which invoice is not said")
        return value
    return None


def _net(message: Message, start: int, end: int, total: Decimal) -> Decimal | None:
    """ "1,16,000 (1,18,000 less TDS 2,000)": what was sent is what is left when the part kept back is taken off."""
    following = next((s for s in message.sentences if s.start >= end), None)
    last = max(end + 60, following.end if following else 0)
    first = message.sentence_at(start).start
    if not message.says("kept_back", first, last):
        return None
    sums = [a.amount for a in message.amounts if first <= a.span[0] < last and a.amount > 1]
    whole = {total, *sums}
    for kept in sums:
        sent = [value for value in sums if value > kept and value + kept in whole]
        if sent:
            return sent[0]
    smaller = {value for value in sums if total / 2 < value < total}
    return smaller.pop() if len(smaller) == 1 and total in sums else None


def read_advice(message: Message, roles: list[DatedRole]) -> PaidResult:
    """A formal payment advice: the labelled day, the documents it lists, the sum, its number."""
    result = PaidResult()
    outside = [d for d in message.dates if not _in_row(message, d.span[0])]
    labelled = [d for d in outside if message.says("pay_date_label", max(0, d.span[0] - 40), d.span[0])]
    paid = [r.finding for r in roles if r.role in (Role.PAID, Role.PROMISED)]
    # The dates in the rows of an advice are those of its invoices.
    days = labelled or [d for d in paid if d in outside] or paid or (outside if len(outside) == 1 else [])
    days = days or _perhaps_paid(roles, outside)
    numbers = _listed(message)
    if not days:
        result.doubts.append("the advice names no day of payment")
    if not numbers:
        result.doubts.append("the advice names no open invoice")
    invoices = tuple(i.number for i in message.context.open_invoices if i.number in numbers)
    day = days[0].past if days else None
    today = message.reply.today
    if days:
        ahead = today < days[0].date and days[0].date - today <= max(today - days[0].past, timedelta(days=1))
        day = days[0].date if ahead or days[0].date == days[0].past else days[0].past
    result.paid = PaidReading(day, _advised(message, invoices), _reference(message, result), invoices)
    result.evidence = [Evidence("remittance_advice", message.quote(0, min(len(message.text), 160)), 0.9)]
    return result


def _perhaps_paid(roles: list[DatedRole], outside: list[DateFinding]) -> list[DateFinding]:
    """The day that is likeliest one of payment, where an advice tells none for sure."""
    maybe = [r for r in roles if r.finding in outside and r.paid > _MAYBE]
    return [max(maybe, key=lambda r: r.paid).finding] if maybe else []


def _listed(message: Message) -> set[str]:
    """Invoices that an advice is about, without those that it says are not in it."""
    left_out = set()
    for mention in message.mentions:
        sentence = message.sentence_at(mention.span[0])
        start = max(sentence.start, message.text.rfind("\n", 0, mention.span[0]) + 1)
        later = [m.span[0] for m in message.mentions if m.span[0] > mention.span[1]]
        following = message.text.rfind("\n", 0, later[0]) if later else -1
        end = following if following > mention.span[1] else sentence.end
        if message.says("left_out", start, min(end, sentence.end)):
            left_out.add(mention.number)
    return {m.number for m in message.mentions} - left_out


def _in_row(message: Message, offset: int) -> bool:
    """Whether a line that lists an invoice holds the offset, and no other words to speak of."""
    start, end = _line_of(message, offset)
    words = re.findall(r"[^\W\d_]{3,}", message.text[start:end])
    return len(words) <= 4 and any(start <= m.span[0] < end for m in message.mentions)


def _advised(message: Message, invoices: tuple[str, ...]) -> Decimal | None:
    """The sum of an advice: what a line calls the total or net, else the largest that is no more than is open.

    Numbers of vendors and of documents stand in such tables too, and are no sums.
    """
    most = message.context.total(invoices)
    money = [a for a in message.amounts if 0 < a.amount <= most]
    net = _net(message, 0, len(message.text), most) if len(invoices) == 1 else None
    if net is not None:
        return net
    marked = [a for a in money if a.currency or re.search(r"[.,'’]\d", a.text)] or money
    totals = [a for a in marked if message.says("sum_label", *_line_of(message, a.span[0]))]
    if totals:
        return totals[-1].amount
    return max((a.amount for a in marked), default=None)


def _line_of(message: Message, offset: int) -> tuple[int, int]:
    start = message.text.rfind("\n", 0, offset) + 1
    end = message.text.find("\n", offset)
    return start, end if end >= 0 else len(message.text)


def _reference(message: Message, result: PaidResult) -> str | None:
    return find_reference(message, [(s.start, s.end) for s in result.statements])
