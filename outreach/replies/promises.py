"""Promises and plans: dated parts with their amounts and invoices, from the roles of the dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from outreach.replies.classifier import guess
from outreach.replies.clause_labels import Label
from outreach.replies.clauses import Sentence
from outreach.replies.folding import fold
from outreach.replies.grammar.reading import DateKind
from outreach.replies.message import Message
from outreach.replies.model import Evidence, Instalment, PromiseReading
from outreach.replies.parts import (
    Sum,
    apart,
    carried_on,
    computed,
    is_about,
    paid_on_each,
    pair,
    parts_by_invoice,
    share_of,
    sums_between,
    with_sums,
)
from outreach.replies.payment_days import days_of_payment, is_habit, likeliest, with_siblings
from outreach.replies.roles import DatedRole, Role
from outreach.replies.scopes import Piece, invoices_for
from outreach.replies.series import MOST, count_in, equal_parts, read_rest_in_series, read_series, rest_in_parts
from outreach.replies.tables import Row, read_table

FAR_AHEAD = 200
"""Days ahead beyond which a day without a year is more likely one that has passed."""
DEPENDS = "the promise depends on something else"
REST_UNKNOWN = "a rest is promised, and the first part is not known"
_UNCLEAR = "several days of payment, and what is paid on which is not clear"


@dataclass
class PromiseResult:
    """A promise as far as it could be read; `doubts` say why a person must look."""

    promise: PromiseReading | None = None
    plan: bool = False
    evidence: list[Evidence] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


_PAYS = (Label.PROMISE, Label.PLAN, Label.PROMISE_VAGUE, Label.PROMISE_CONDITIONAL, Label.NONE)


@dataclass(frozen=True, slots=True)
class _Clause:
    start: int
    end: int


@dataclass
class _Reading:
    """Parts of a promise, the days they rest on, the invoices they are for."""

    days: list[DatedRole]
    parts: list[Instalment]
    invoices: list[str]
    doubts: list[str] = field(default_factory=list)


def read_promise(message: Message, roles: list[DatedRole]) -> PromiseResult:
    """The payments promised in a message."""
    result = PromiseResult()
    rows = read_table(message)
    if rows and not any(r.role is Role.PROMISED and not _in_rows(r, rows) and r.confidence > 0.7 for r in roles):
        return _from_rows(message, rows, result)
    promised = days_of_payment(message, roles)
    promised = _as_counted(message, roles, promised)
    result.plan = _asks_for_plan(message)
    reading = _rest_in_series(message, promised)
    reading = reading or _whole(message, roles, promised) or _in_series(message, promised, result)
    if reading is None and promised:
        reading = _one_by_one(message, promised)
    if reading is None:
        return result
    for role in reading.days:
        quote = message.quote(role.sentence.start, role.sentence.end)
        result.evidence.append(Evidence("promise", quote, role.confidence))
    _judge_dates(message, reading.days, result)
    result.doubts += reading.doubts
    result.plan = result.plan or len(reading.parts) >= 3
    _judge_sum(message, reading.parts, reading.invoices, result)
    result.promise = PromiseReading(tuple(reading.parts), tuple(reading.invoices))
    return result


def _as_counted(message: Message, roles: list[DatedRole], promised: list[DatedRole]) -> list[DatedRole]:
    """ "In two parts, on the 20th of May and of June": as many days as payments are told are all of payment."""
    if len(promised) != 1:
        return promised
    sentence, today = promised[0].sentence, message.reply.today
    beside = [r for r in roles if r.sentence == sentence and r.finding.date > today and r.role is not Role.REFUSED]
    counted = len(beside) > 1 and message.says("count", sentence.start, sentence.end)
    return beside if counted and count_in(message, sentence.start, sentence.end) == len(beside) else promised


def _in_rows(role: DatedRole, rows: list[Row]) -> bool:
    return any(row.start <= role.finding.span[0] < row.end for row in rows)


def _from_rows(message: Message, rows: list[Row], result: PromiseResult) -> PromiseResult:
    """A table of days of payment → one instalment a row, those of one day added up."""
    currency, due = message.context.currency, {i.number: i.amount for i in message.context.open_invoices}
    days: dict[date, Decimal] = {}
    for row in rows:
        days[row.finding.date] = days.get(row.finding.date, Decimal(0)) + (row.amount or due[row.number])
        if row.amount and row.amount > due[row.number]:
            result.doubts.append(f"more than the open amount of {row.number} is promised")
    parts = [Instalment(day, amount, currency) for day, amount in sorted(days.items())]
    named = {row.number for row in rows}
    numbers = tuple(i.number for i in message.context.open_invoices if i.number in named)
    result.promise = PromiseReading(tuple(parts), numbers)
    result.evidence = [Evidence("promise", message.quote(row.start, row.end), 0.9) for row in rows]
    if currency is None:
        result.doubts.append("open items in more than one currency")
    return result


def _asks_for_plan(message: Message) -> bool:
    for sentence in message.sentences:
        span = sentence.start, sentence.end
        if (
            message.says("plan", *span)
            and not is_habit(message, *span)
            and (
                any(message.says(cue, *span) for cue in ("count", "monthly", "weekly"))
                or ((sentence.question or message.says("request", *span)) and message.says("split", *span))
            )
        ):
            return True
    return False


def _scope(message: Message, days: list[DatedRole]) -> tuple[list[str], list[str]]:
    pieces = [piece for role in days for piece in _about(message, role, days)]
    return invoices_for(message, pieces, [r.finding.span for r in days])


def _about(message: Message, role: DatedRole, days: list[DatedRole]) -> list[Piece]:
    """The sentence of a day, without clauses about other invoices that tell of something else than paying."""
    clauses = [_Clause(*c) for c in role.sentence.clauses]
    named = [c for c in clauses if any(c.start <= m.span[0] < c.end for m in message.mentions)]
    own = _Clause(*role.sentence.clause_at(role.finding.span[0]))
    if own not in named or len(named) < 2:
        return [role.sentence]
    if message.lexicon["other_invoices"].search(fold(message.text[own.start : own.end])):
        return [own]  # "the other two on the 20th, 418 is on hold"
    kept = [c for c in named if c == own or _is_paid_too(message, c, days)]
    return [role.sentence] if len(kept) == len(named) else list(kept)


def _is_paid_too(message: Message, clause: _Clause, days: list[DatedRole]) -> bool:
    """Whether a clause may be about invoices that are paid with those of another: not one with a day of its own."""
    inside = [d.span for d in message.dates if clause.start <= d.span[0] < clause.end]
    if inside and not any(day.finding.span in inside for day in days):
        return False
    return clause.end - clause.start < 18 or guess(message, clause.start, clause.end).of(*_PAYS) > 0.3


def _whole(message: Message, roles: list[DatedRole], promised: list[DatedRole]) -> _Reading | None:
    """Several days whose sums or invoices make up all that is owed: what adds up was read rightly."""
    for days in _choices(message, roles, promised):
        if not 2 <= len(days) <= MOST:
            continue
        invoices, doubts = _scope(message, days)
        by_invoice = _by_invoice(message, roles, days)
        if by_invoice:
            return by_invoice
        for loose in (False, True):
            sums = sums_between(message, *_span(days), loose=loose)
            kept = with_sums(message, days, sums) if len(sums) < len(days) else days
            matched = pair(sums, kept, *_span(kept), message.context.total(tuple(invoices))) if len(kept) > 1 else None
            for scope in (invoices, []):
                # Without an amount any scope adds up: then the invoices named decide.
                unsure = doubts if scope == invoices else []
                parts = rest_in_parts(message, days, sums, message.context.total(tuple(scope)))
                if parts:
                    return _Reading(days, parts, scope, unsure)
                parts = _adding_up(message, kept, matched, message.context.total(tuple(scope)))
                if parts:
                    return _Reading(kept, parts, scope, unsure)
                parts = _adding_up(message, days, carried_on(sums, days), message.context.total(tuple(scope)))
                if parts:
                    return _Reading(days, parts, scope, unsure)
    return None


def _by_invoice(message: Message, roles: list[DatedRole], days: list[DatedRole]) -> _Reading | None:
    """Days that are each about invoices of their own; a day may be told beside several of them."""
    dates = {r.finding.date for r in days}
    every = [r for r in roles if r in days or (r.role is Role.PROMISED and r.finding.date in dates)]
    invoices, doubts = _scope(message, every)
    parts, numbers = parts_by_invoice(message, every, invoices)
    return _Reading(days, parts, numbers, doubts) if parts else None


def _adding_up(message: Message, days: list[DatedRole], sums: list[Sum] | None, total: Decimal) -> list[Instalment]:
    """Parts that are all of `total`, none where these sums aren't."""
    if not sums:
        return []
    parts, sound = computed(message, days, sums, total)
    amounts = [p.amount or Decimal(0) for p in parts]
    return parts if sound and sum(amounts) == total and min(amounts) > 0 else []


def _choices(message: Message, roles: list[DatedRole], promised: list[DatedRole]) -> Iterator[list[DatedRole]]:
    """Days of payment as they may be meant: with those told beside them, as judged, with a sum of their own only."""
    wider = with_siblings(message, roles, promised) if len(roles) <= MOST else promised
    if len(wider) > len(promised):
        yield wider
    yield promised
    if 2 < len(promised) <= MOST:
        alone = [r for r in promised if sums_between(message, r.sentence.start, r.sentence.end)]
        if len(alone) < len(promised):
            yield alone


def _span(days: list[DatedRole]) -> tuple[int, int]:
    return min(r.sentence.start for r in days), max(r.sentence.end for r in days)


def _rest_in_series(message: Message, promised: list[DatedRole]) -> _Reading | None:
    """A share on a day, and the rest of it by a rhythm."""
    if not 1 <= len(promised) <= 3 or not message.shares:
        return None
    invoices, doubts = _scope(message, promised)
    series = read_rest_in_series(message, promised, message.context.total(tuple(invoices)))
    if series is None or not series.parts:
        return None
    return _Reading(promised, series.parts, invoices, [*doubts, *series.doubts])


def _in_series(message: Message, promised: list[DatedRole], result: PromiseResult) -> _Reading | None:
    """Payments of a rhythm."""
    if len(promised) > 3:
        return None
    invoices, doubts = _scope(message, promised) if promised else ([], [])
    series = read_series(message, promised, message.context.total(tuple(invoices)))
    if series is None:
        return None
    if not series.parts:
        result.doubts += series.doubts
        return None
    result.plan = True
    told = [p.date for p in series.parts]
    days = [r for r in promised if r.finding.date in told]
    if not days:
        quote = message.quote(series.sentence.start, series.sentence.end)
        result.evidence.append(Evidence("promise", quote, 0.85))
    return _Reading(days, series.parts, invoices, [*doubts, *series.doubts])


def _one_by_one(message: Message, promised: list[DatedRole]) -> _Reading:
    """The days with the sums that stand beside them, whether or not these add up."""
    currency = message.context.currency
    invoices, doubts = _scope(message, promised)
    total = message.context.total(tuple(invoices))
    sums = sums_between(message, *_span(promised))
    if len(promised) == 1:
        return _on_one_day(message, promised[0], [])
    same = _same_each(message, sums, promised)
    if same:
        parts = [Instalment(r.finding.date, same, currency) for r in promised]
        return _Reading(promised, parts, invoices, doubts)
    matched = pair(sums, promised, *_span(promised), total)
    if matched:
        parts, sound = computed(message, promised, matched, total)
        return _Reading(promised, parts, invoices, doubts if sound else [*doubts, "the rest can't be computed"])
    each = paid_on_each(message, sums, promised)
    if each:
        parts, _ = computed(message, promised, each, total)
        return _Reading(promised, parts, invoices, doubts)
    equal = _equal_each(message, sums, promised, total)
    if equal:
        parts = [Instalment(r.finding.date, a, currency) for r, a in zip(promised, equal, strict=True)]
        return _Reading(promised, parts, invoices, doubts)
    if len(sums) == 1 and sums[0].amount is not None:
        # One sum and several days: it is paid on the day beside it.
        day = min(promised, key=lambda r: apart(sums[0].span, r.finding.span))
        return _on_one_day(message, day, [_UNCLEAR])
    return _on_one_day(message, likeliest(message, promised), [_UNCLEAR])


def _same_each(message: Message, sums: list[Sum], promised: list[DatedRole]) -> Decimal | None:
    """ "On these three days, 120,000 each, 360,000 in all": the one sum that the others or the balance confirm."""
    if len(sums) != 2 or not message.says("each", *_span(promised)):
        return None
    known = sorted(s.amount for s in sums if s.amount is not None)
    return known[0] if len(known) == 2 and known[0] * len(promised) == known[1] else None


def _equal_each(message: Message, sums: list[Sum], promised: list[DatedRole], total: Decimal) -> list[Decimal]:
    """Equal parts, by the one sum of all or by their number."""
    span = _span(promised)
    if len(sums) == 1 and sums[0].amount and sums[0].amount * len(promised) == total:
        return [sums[0].amount] * len(promised)
    counted = count_in(message, *span) == len(promised) and not sums
    told = counted or (message.says("each", *span) and (len(promised) > 2 or message.says("count", *span)))
    if len(sums) > 1 or not told:
        return []
    if sums and sums[0].amount and sums[0].amount * len(promised) <= total:
        return [sums[0].amount] * len(promised)
    return equal_parts(total, len(promised), message.context.currency)


def _on_one_day(message: Message, role: DatedRole, doubts: list[str]) -> _Reading:
    invoices, unsure = _scope(message, [role])
    reading = _Reading([role], [], invoices, [*doubts, *unsure])
    amount = _one_amount(message, role, message.context.total(tuple(invoices)), reading)
    if amount and message.context.total(tuple(invoices)) < amount <= message.context.total():
        # More than the invoices named elsewhere come to: it is paid on all that is open.
        reading.invoices = [] if not _names(message, role) else invoices
    reading.parts = [Instalment(role.finding.date, amount, message.context.currency)]
    return reading


def _names(message: Message, role: DatedRole) -> bool:
    return any(role.sentence.start <= m.span[0] < role.sentence.end for m in message.mentions)


def _one_amount(message: Message, role: DatedRole, total: Decimal, reading: _Reading) -> Decimal | None:
    """The amount of the only dated part; None for everything in the scope."""
    every = sums_between(message, role.sentence.start, role.sentence.end)
    clause = role.sentence.clause_at(role.finding.span[0])
    sums = [s for s in every if clause[0] <= s.span[0] < clause[1]] or every
    amounts = {s.amount for s in sums if s.amount is not None and not _means_all(message, s, total)}
    shares = [s.part for s in sums if s.part is not None]
    if len(amounts) > 1:
        left = [s.amount for s in sums if s.rest and s.amount is not None]
        if len(left) == 1 and left[0] < total:
            # "We deduct 432 and pay the balance of 1,296": what is kept is no payment.
            return left[0]
        due = {i.amount for i in message.context.open_invoices if not reading.invoices or i.number in reading.invoices}
        if (amounts == due and sum(amounts) == total) or (total in amounts and not shares):
            return total
        reading.doubts.append("more than one amount beside the promised day")
        return max(amounts)
    if shares and not amounts:
        if len(set(shares)) > 1:
            reading.doubts.append("more than one share beside the promised day")
        return share_of(total, shares[0], message.context.currency)
    if any(s.rest and s.amount is None for s in sums) and not amounts:
        return _left_of_other(message, role, total) or _rest_alone(every, total, reading)
    return next(iter(amounts), None) if amounts or every else _said_before(message, role, total)


_THAT = {
    "de": r"\W*(?:die|das|den|diese|dies)\s(?:(?:kann|konnte|will|werd\w*)\s)?(?:uberweis|ueberweis|zahl"
    r"|schick|bekomm|krieg|geb|ich)"
}


def _said_before(message: Message, role: DatedRole, total: Decimal) -> Decimal | None:
    """ "I have no more than 200. Those I transfer on Friday": the one sum of the sentence before."""
    before = [s for s in message.sentences if s.end <= role.sentence.start]
    opens = _THAT.get(message.language)
    if not before or not opens or not re.match(opens, message.folded[role.sentence.start : role.sentence.end]):
        return None
    sums = {s.amount for s in sums_between(message, before[-1].start, before[-1].end) if s.amount is not None}
    found = sums.pop() if len(sums) == 1 else None
    return found if found is not None and found < total else None


def _means_all(message: Message, found: Sum, total: Decimal) -> bool:
    """ "The small one, some 40,000": a sum told roughly that is all of the scope."""
    near = found.amount is not None and abs(found.amount - total) <= total / 10
    return near and found.amount != total and is_about(message, found.span)


def _left_of_other(message: Message, role: DatedRole, total: Decimal) -> Decimal | None:
    """What the one other payment leaves: "50,000 today. The rest on the 10th", "20,000 this month, the rest next"."""
    others = [s for s in message.sentences if s != role.sentence and _tells_of_paying(message, s)]
    sums = [f for s in others for f in sums_between(message, s.start, s.end) if not f.rest]
    if len(sums) != 1:
        return None
    paid = share_of(total, sums[0].part, message.context.currency) if sums[0].part is not None else sums[0].amount
    return total - paid if paid is not None and 0 < paid < total else None


def _tells_of_paying(message: Message, sentence: Sentence) -> bool:
    span = sentence.start, sentence.end
    view = guess(message, *span)
    told = message.says("past", *span) or message.says("future", *span)
    return told and view.of(Label.NONE, Label.REFUSAL) < 0.5 and view.disputes < 0.3


def _rest_alone(every: list[Sum], total: Decimal, reading: _Reading) -> Decimal | None:
    """A rest whose amount stands in another clause, confirmed by what is held back."""
    amounts = [s.amount for s in every if s.amount is not None]
    for amount in amounts:
        if amount < total and (total - amount in amounts or (len(amounts) == 1 and amount > total / 2)):
            return max(amount, total - amount)
    reading.doubts.append(REST_UNKNOWN)
    return None


def _judge_dates(message: Message, promised: list[DatedRole], result: PromiseResult) -> None:
    today = message.reply.today
    told = {role.finding.date for role in promised}  # "half on Friday, half next Friday" can be read in one way only
    for role in promised:
        finding = role.finding
        if finding.ambiguous and finding.date - timedelta(days=7) not in told:
            result.doubts.append(f"the day “{finding.text}” can be read in two ways")
        if role.confidence < 0.7:
            result.doubts.append(f"“{finding.text}” may not be the day of payment")
        if finding.date > today + timedelta(days=FAR_AHEAD) and finding.kind is not DateKind.ABSOLUTE:
            result.doubts.append(f"“{finding.text}” would be more than {FAR_AHEAD} days ahead")
        if role.conditional:
            result.doubts.append(DEPENDS)
        if message.says("hedge", *role.sentence.clause_at(finding.span[0])):
            result.doubts.append("the customer is not sure about the day")


def _judge_sum(message: Message, parts: list[Instalment], invoices: list[str], result: PromiseResult) -> None:
    if message.context.currency is None:
        result.doubts.append("open items in more than one currency")
        return
    total = message.context.total(tuple(invoices))
    promised = sum((p.amount for p in parts if p.amount is not None), Decimal(0))
    if promised > total > 0:
        result.doubts.append("more is promised than is open")
    if result.plan and parts and any(p.amount is None for p in parts):
        result.doubts.append("a plan without all its amounts")
    if result.plan and len(parts) < 2:
        result.doubts.append("a plan of which only one part could be read")
    if len(parts) > 1 and promised and promised < total and not any(p.amount is None for p in parts):
        result.doubts.append("the parts don't reach what is open")
