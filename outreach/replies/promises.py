"""Promises and plans: dated parts with their amounts and invoices, from the roles of the dates."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

from domain.money import exponent
from outreach.replies.amounts import AmountFinding
from outreach.replies.classifier import guess
from outreach.replies.clause_labels import Label
from outreach.replies.clauses import Sentence
from outreach.replies.grammar import calendar
from outreach.replies.grammar.reading import DateKind
from outreach.replies.message import Message, Span
from outreach.replies.model import Evidence, Instalment, PromiseReading
from outreach.replies.numbers import find_written_numbers, japanese_value
from outreach.replies.roles import DatedRole, Role
from outreach.replies.scopes import invoices_for
from outreach.replies.tables import Row, read_table

FAR_AHEAD = 200
"""Days ahead beyond which a day without a year is more likely one that has passed."""


@dataclass
class PromiseResult:
    """A promise as far as it could be read; `doubts` say why a person must look."""

    promise: PromiseReading | None = None
    plan: bool = False
    evidence: list[Evidence] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def read_promise(message: Message, roles: list[DatedRole]) -> PromiseResult:
    """The payments promised in a message."""
    result = PromiseResult()
    rows = read_table(message)
    if rows and not any(r.role is Role.PROMISED and not _in_rows(r, rows) and r.confidence > 0.7 for r in roles):
        return _from_rows(message, rows, result)
    promised = _distinct([r for r in roles if r.role is Role.PROMISED and _is_payment_day(message, r)])
    result.plan = _asks_for_plan(message)
    if not promised:
        rhythm = _rhythm(message)
        if rhythm:
            result.plan = True
            result.evidence.append(Evidence("promise", message.quote(rhythm[0].start, rhythm[0].end), 0.85))
            return _from_rhythm(message, rhythm, result)
        return result
    for role in promised:
        result.evidence.append(Evidence("promise", message.quote(*_words_around(role)), role.confidence))
    promised = _without_limits(message, promised)
    _judge_dates(message, promised, result)
    invoices, doubts = invoices_for(message, [r.sentence for r in promised], [r.finding.span for r in promised])
    result.doubts += doubts
    parts = _series(message, promised, invoices, result) or _parts(message, promised, invoices, result)
    if len(parts) >= 3:
        result.plan = True
    _judge_sum(message, parts, invoices, result)
    result.promise = PromiseReading(tuple(parts), tuple(invoices))
    return result


_LIMIT = {
    "en": r"(?:before|ahead of|in time for|well before)\W+$",
    "es": r"(?:antes de|previo a)(?:l| la| las)?\W*$",
    "fr": r"(?:avant)(?: le| la| les)?\W*$",
    "de": r"(?:vor|rechtzeitig zu)(?: dem| den)?\W*$",
    "ja": r"(?!)",
}


def _without_limits(message: Message, promised: list[DatedRole]) -> list[DatedRole]:
    """ "Early next week, still before Christmas" is one payment on the first of the days."""
    if len(promised) != 2 or promised[0].sentence != promised[1].sentence:
        return promised
    first, second = promised
    between = message.folded[first.finding.span[1] : second.finding.span[0]]
    if re.search(_LIMIT[message.language], between) and not payment_amounts(
        message, first.sentence.start, first.sentence.end
    ):
        return [first]
    return promised


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


def _is_payment_day(message: Message, role: DatedRole) -> bool:
    """ "Now" and "today" are days of payment only beside an amount, a share or the verb itself."""
    if role.finding.kind is DateKind.NOW:
        start, end = role.sentence.clause_at(role.finding.span[0])
        sums = [a.span for a in payment_amounts(message, start, end) if a.currency]
        sums += [s.span for s in message.shares if start <= s.span[0] < end]
        return bool(sums)
    return True


def _distinct(roles: list[DatedRole]) -> list[DatedRole]:
    """One role a day, the surest; a day said twice is one payment."""
    best: dict[date, DatedRole] = {}
    for role in roles:
        known = best.get(role.finding.date)
        if known is None or role.confidence > known.confidence:
            best[role.finding.date] = role
    return sorted(best.values(), key=lambda r: r.finding.span)


def _words_around(role: DatedRole) -> Span:
    return role.sentence.start, role.sentence.end


def _asks_for_plan(message: Message) -> bool:
    for sentence in message.sentences:
        span = sentence.start, sentence.end
        if message.says("plan", *span) and (
            any(message.says(cue, *span) for cue in ("count", "monthly", "weekly"))
            or ((sentence.question or message.says("request", *span)) and message.says("split", *span))
        ):
            return True
    return False


_DAY_OF_MONTH = {
    "en": r"(?:the |each |every )(\d{1,2})(?:st|nd|rd|th)? (?:of )?(?:each|every|the) month",
    "es": r"(?:el|los|dia|dias|cada dia|cada) (\d{1,2}) (?:de )?(?:cada|todos los) mes(?:es)?",
    "fr": r"(?:les?|tous les|chaque) (\d{1,2})(?:er)? (?:de |du )?(?:chaque )?mois",
    "de": r"(?:(?:immer |jeweils )?(?:zum|am)|jeden) (\d{1,2})\.? ?(?:eines jeden|jedes|jeden|des|im) monate?s?",
    "ja": r"毎月(\d{1,2})日|毎月(末)日?",
}


def _rhythm(message: Message) -> tuple[Sentence, int] | None:
    """ "€375 on the 20th of each month": the sentence and the day of the month, 31 for its end."""
    for sentence in message.sentences:
        match = re.search(_DAY_OF_MONTH[message.language], message.folded[sentence.start : sentence.end])
        view = guess(message, sentence.start, sentence.end)
        if (
            match
            and view.of(Label.PLAN, Label.PROMISE) > 0.6
            and not message.says("negation", sentence.start, sentence.end)
        ):
            return sentence, int(match[1]) if match[1] else 31
    return None


def _from_rhythm(message: Message, rhythm: tuple[Sentence, int], result: PromiseResult) -> PromiseResult:
    sentence, day = rhythm
    sums = [a.amount for a in payment_amounts(message, sentence.start, sentence.end) if a.amount > 31]
    count = _count(message, sentence.start, sentence.end)
    total, currency = message.context.total(), message.context.currency
    if count is None and len(sums) == 1:
        count = int(-(-total // sums[0]))
    if count is None or not 2 <= count <= 36 or len(sums) > 1 or (sums and sums[0] * count > total + sums[0]):
        result.doubts.append("a series of payments without a clear number")
        return result
    today = message.reply.today
    first = calendar.month_end(today.year, today.month) if day == 31 else calendar.next_day_of_month(day, today)
    if first is None:
        return result
    amounts = [sums[0]] * count if sums else _equal(total, count, currency)
    if sums and 0 < total - sums[0] * (count - 1) < sums[0]:
        amounts[-1] = total - sums[0] * (count - 1)
    days = [
        calendar.month_end(first.year, first.month + n) if day == 31 else calendar.add_months(first, n)
        for n in range(count)
    ]
    parts = [Instalment(d, a, currency) for d, a in zip(days, amounts, strict=True)]
    result.promise = PromiseReading(tuple(parts))
    _judge_sum(message, parts, [], result)
    return result


def _judge_dates(message: Message, promised: list[DatedRole], result: PromiseResult) -> None:
    today = message.reply.today
    for role in promised:
        finding = role.finding
        if finding.ambiguous:
            result.doubts.append(f"the day “{finding.text}” can be read in two ways")
        if role.confidence < 0.7:
            result.doubts.append(f"“{finding.text}” may not be the day of payment")
        if finding.date > today + timedelta(days=FAR_AHEAD) and finding.kind is not DateKind.ABSOLUTE:
            result.doubts.append(f"“{finding.text}” would be more than {FAR_AHEAD} days ahead")
        if role.conditional:
            result.doubts.append("the promise depends on something else")
        if message.says("hedge", *role.sentence.clause_at(finding.span[0])):
            result.doubts.append("the customer is not sure about the day")


def _series(
    message: Message, promised: list[DatedRole], invoices: list[str], result: PromiseResult
) -> list[Instalment]:
    """ "Four weekly payments of 5,500 from Friday on", "75 a month on the 1st": one first day and a rhythm."""
    sentences = {r.sentence.start: r.sentence for r in promised}
    start, end = min(sentences), max(s.end for s in sentences.values())
    monthly, weekly = message.says("monthly", start, end), message.says("weekly", start, end)
    planned = message.says("plan", start, end) or any(
        guess(message, s.start, s.end).of(Label.PLAN) > 0.5 for s in sentences.values()
    )
    if len(promised) > 2 or not (monthly or weekly) or not planned:
        return []
    total = message.context.total(tuple(invoices))
    sums = payment_amounts(message, start, end)
    each = min(sums, key=lambda a: a.amount).amount if sums else None
    count = _count(message, start, end)
    if count is None and each:
        count = int(-(-total // each)) if total else None
    if count is None or not 2 <= count <= 36:
        result.doubts.append("a series of payments without a clear number")
        return []
    if each is None or each * count > total + each:
        each = None
    first = min(r.finding.date for r in promised)
    month_end = first == calendar.month_end(first.year, first.month) and not weekly
    days = [
        first + timedelta(days=7 * n) if weekly else calendar.month_end(first.year, first.month + n) if month_end
        else calendar.add_months(first, n)
        for n in range(count)
    ]  # fmt: skip
    currency = message.context.currency
    amounts = _equal(total, count, currency) if each is None else [each] * count
    if each is not None and count > 1 and total and sum(amounts) != total:
        last = total - each * (count - 1)
        if 0 < last < each:
            amounts[-1] = last
    return [Instalment(day, amount, currency) for day, amount in zip(days, amounts, strict=True)]


def _count(message: Message, start: int, end: int) -> int | None:
    match = message.lexicon["count"].search(message.folded, start, end) or message.lexicon["count"].search(
        message.folded
    )
    if not match:
        return None
    word = match["n"]
    if word.isdigit():
        return int(word)
    if message.language == "ja":
        return int(japanese_value(word))
    return next((int(number.value) for number in find_written_numbers(word, message.language)), None)


def _equal(total: Decimal, count: int, currency: str | None) -> list[Decimal]:
    """`total` in equal parts; what is left by rounding goes to the last."""
    unit = Decimal(1).scaleb(-exponent(currency)) if currency else Decimal("0.01")
    part = (total / count).quantize(unit, rounding=ROUND_HALF_UP)
    return [part] * (count - 1) + [total - part * (count - 1)]


@dataclass(frozen=True, slots=True)
class _Sum:
    """What one date is about: an amount, a share of the total, or the rest."""

    span: Span
    amount: Decimal | None = None
    part: Fraction | None = None
    rest: bool = False


def _parts(message: Message, promised: list[DatedRole], invoices: list[str], result: PromiseResult) -> list[Instalment]:
    currency = message.context.currency
    total = message.context.total(tuple(invoices))
    if len(promised) == 1:
        found = _sums_near(message, promised[0], (promised[0].sentence.start, promised[0].sentence.end))
        amount = _one_amount(message, found, promised[0], total, result)
        return [Instalment(promised[0].finding.date, amount, currency)]
    by_invoice = _parts_by_invoice(message, promised, invoices)
    if by_invoice:
        return by_invoice
    start = min(r.sentence.start for r in promised)
    end = max(r.sentence.end for r in promised)
    sums = _all_sums(message, start, end)
    same = _same_each(message, sums, promised, start, end)
    if same:
        return [Instalment(r.finding.date, same, currency) for r in promised]
    matched = _pair(sums, promised, start, end)
    if matched is None:
        if (
            message.says("each", start, end)
            and (message.says("count", start, end) or len(promised) >= 3)
            and len(sums) <= 1
        ):
            amounts = _equal(total, len(promised), currency)
            if sums and sums[0].amount and sums[0].amount * len(promised) <= total:
                amounts = [sums[0].amount] * len(promised)
            return [Instalment(r.finding.date, a, currency) for r, a in zip(promised, amounts, strict=True)]
        result.doubts.append("several days of payment, and what is paid on which is not clear")
        return [Instalment(r.finding.date, None, currency) for r in promised[:1]]
    return _computed(promised, matched, total, currency, result)


def _same_each(message: Message, sums: list[_Sum], promised: list[DatedRole], start: int, end: int) -> Decimal | None:
    """ "On these three days, 120,000 each, 360,000 in all": the one sum that the others or the balance confirm."""
    if len(sums) != 2 or not message.says("each", start, end):
        return None
    known = sorted(s.amount for s in sums if s.amount is not None)
    return known[0] if len(known) == 2 and known[0] * len(promised) == known[1] else None


def _computed(
    promised: list[DatedRole], sums: list[_Sum], total: Decimal, currency: str | None, result: PromiseResult
) -> list[Instalment]:
    """Shares become amounts, the rest what is left."""
    unit = Decimal(1).scaleb(-exponent(currency)) if currency else Decimal("0.01")
    amounts: list[Decimal | None] = []
    for found in sums:
        if found.part is not None:
            amounts.append(
                (total * found.part.numerator / found.part.denominator).quantize(unit, rounding=ROUND_HALF_UP)
            )
        else:
            amounts.append(found.amount)
    if any(s.rest for s in sums):
        known = sum((a for a in amounts if a is not None), Decimal(0))
        rest = total - known
        if rest <= 0 or sum(s.rest for s in sums) > 1:
            result.doubts.append("the rest can't be computed")
        amounts = [rest if s.rest and a is None else a for s, a in zip(sums, amounts, strict=True)]
    if all(s.part is not None for s in sums) and sum(s.part or 0 for s in sums) == 1:
        # Three thirds are the whole, whatever rounding makes of each.
        amounts[-1] = total - sum((a or Decimal(0) for a in amounts[:-1]), Decimal(0))
    return [Instalment(r.finding.date, a, currency) for r, a in zip(promised, amounts, strict=True)]


def _parts_by_invoice(message: Message, promised: list[DatedRole], invoices: list[str]) -> list[Instalment]:
    """ "0456 and 0461 on 10 June, 0470 at month's end": each date with the sum of the invoices named beside it."""
    for groups in (_named_between(message, promised, -1), _named_between(message, promised, 1)):
        whole = set().union(*groups)
        if all(groups) and whole == set(invoices) and sum(map(len, groups)) == len(whole):
            return [
                Instalment(r.finding.date, message.context.total(tuple(g)), message.context.currency)
                for r, g in zip(promised, groups, strict=True)
            ]
    return []


def _named_between(message: Message, promised: list[DatedRole], side: int) -> list[set[str]]:
    """Invoices named before each date (`side` -1) or after it (1), up to the neighbouring date, in its sentence."""
    groups = []
    for number, role in enumerate(promised):
        start, end = role.sentence.start, role.sentence.end
        if side < 0:
            before = promised[number - 1].finding.span[1] if number else start
            start, end = max(start, before), role.finding.span[0]
        else:
            after = promised[number + 1].finding.span[0] if number + 1 < len(promised) else end
            start, end = role.finding.span[1], min(end, after)
        named = {m.number for m in message.mentions if start <= m.span[0] < end}
        groups.append(named or set(message.answered_invoices(role.finding.span[0])))
    return groups


def _all_sums(message: Message, start: int, end: int) -> list[_Sum]:
    found = [_Sum(a.span, amount=a.amount) for a in payment_amounts(message, start, end)]
    found += [_Sum(s.span, part=s.part) for s in message.shares if start <= s.span[0] < end]
    taken = [f.span for f in found]
    for span in message.hits("rest", start, end):
        # "The other half" and "the remaining 3,000" are a share and an amount already.
        if not any(span[0] <= t[0] < span[1] + 12 or (t[0] < span[1] and span[0] < t[1]) for t in taken):
            found.append(_Sum(span, rest=True))
    return sorted(found, key=lambda f: f.span)


def payment_amounts(message: Message, start: int, end: int) -> list[AmountFinding]:
    """Amounts between two offsets that can be what is paid: no fees; bare numbers only where none has a currency."""
    inside = [a for a in message.amounts if start <= a.span[0] < end and a.amount > 0]
    inside = [a for a in inside if not message.says("fee", a.span[1], a.span[1] + 24)]
    marked = [a for a in inside if a.currency]
    total = message.context.total()
    return marked or [a for a in inside if 20 <= a.amount <= total]


def _pair(sums: list[_Sum], promised: list[DatedRole], start: int, end: int) -> list[_Sum] | None:
    """One sum a date: the one between it and its neighbour, on the same side of all; None where they don't go together.

    Where there are more sums than dates a total stands among them ("the 1,500: 500 on Friday, 1,000 on the 20th").
    """
    if len(sums) == len(promised):
        return sums
    days = [role.finding.span for role in promised]
    if len(sums) < len(days):
        return None
    befores = [(start, days[0][0]), *((a[1], b[0]) for a, b in pairwise(days))]
    afters = [*((a[1], b[0]) for a, b in pairwise(days)), (days[-1][1], end)]
    for gaps, nearest in ((befores, -1), (afters, 0)):
        inside = [[s for s in sums if first <= s.span[0] < last] for first, last in gaps]
        if all(inside) and all(len(found) == 1 for found in inside[1:] if nearest):
            return [found[nearest] for found in inside]
    nearest_to = [min(sums, key=lambda s, day=day: _apart(s.span, day)) for day in days]  # type: ignore[misc]
    close = all(_apart(s.span, day) < 30 for s, day in zip(nearest_to, days, strict=True))
    return nearest_to if close and len({s.span for s in nearest_to}) == len(days) else None


def _apart(a: Span, b: Span) -> int:
    return max(b[0] - a[1], a[0] - b[1], 0)


def _sums_near(message: Message, role: DatedRole, span: Span) -> list[_Sum]:
    sums = _all_sums(message, *span)
    clause = role.sentence.clause_at(role.finding.span[0])
    return [s for s in sums if clause[0] <= s.span[0] < clause[1]] or sums


def _one_amount(
    message: Message, sums: list[_Sum], role: DatedRole, total: Decimal, result: PromiseResult
) -> Decimal | None:
    """The amount of the only dated part; None for everything in the scope."""
    amounts = {s.amount for s in sums if s.amount is not None}
    shares = [s.part for s in sums if s.part is not None]
    if len(amounts) > 1:
        if total in amounts and not shares:
            return total
        result.doubts.append("more than one amount beside the promised day")
        return max(amounts)
    if shares and not amounts:
        if len(set(shares)) > 1:
            result.doubts.append("more than one share beside the promised day")
        return (total * shares[0].numerator / shares[0].denominator).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    if any(s.rest for s in sums) and not amounts:
        result.doubts.append("a rest is promised, and the first part is not known")
    return next(iter(amounts), None)


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
