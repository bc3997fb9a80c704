"""Sums beside promised days: which sum is paid on which day, shares and rests made into amounts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import groupby, pairwise

from domain.money import exponent
from outreach.replies.amounts import AmountFinding
from outreach.replies.clauses import Sentence
from outreach.replies.folding import cue
from outreach.replies.message import Message, Span
from outreach.replies.model import Instalment
from outreach.replies.roles import DatedRole
from outreach.replies.scopes import named_between

_REST = {
    "en": ("whatever(?:'s| is) left", "what(?:'s| is)? (?:remains|remaining)", "the (?:other|final"
    "|last) (?:half|bit|part|chunk)",
           "the (?:difference|lot that'?s left|leftover)", "what i(?:'ll)? still owe"),
    "es": ("lo que (?:falte|quede|reste|sobre)", "lo q (?:falte|quede)", "(?:el )?pico(?: que (?:queda"
    "|falta|resta|quede))?",
           "lo (?:restante|pendiente|ultimo)", "la parte (?:restante|que falta)", "(?:la|el) otr[ao] (?:parte|mitad)"),
    "fr": ("ce qui (?:reste|restera)", "ce qu'il (?:reste|restera)", "l'autre (?:partie|moitie)", "la derniere partie",
           "le (?:restant|dernier bout)"),
    "de": ("(?:den|der|die) (?:andere|zweite)n? (?:hälfte|teil)", "was (?:dann )?(?:noch )?(?:übrig"
    "|offen) (?:ist|bleibt)",
           "(?:den|das) übrige\\w*", "der letzte rest"),
    "ja": ("あとの(?:分|半分)", "残(?:りの分|り分|高)", "不足分"),
}  # fmt: skip
_RESTS = {language: cue(phrases, language) for language, phrases in _REST.items()}
_REST_BEHIND = {
    "en": "(?:that'?s |which is |that is )?(?:left|remaining|outstanding|still (?:owed|open|due))",
    "es": "(?:restantes?|que (?:quedan?|faltan?|restan?|resta))",
    "fr": "(?:restants?|qui (?:restent?|restera))",
    "de": "restliche\\w*",
    "ja": "の残り",
}
_NAMES_REST = {
    "en": "i\\.?e\\.?|so|that(?:'s| is)|which is|being|of",
    "es": "o sea|es decir|osea|esto es|que son|son|de",
    "fr": "soit|donc|c'est-a-dire|ce qui fait|a savoir|de",
    "de": "also|d\\.? ?h\\.?|das (?:sind|waren)|sprich|von|in hohe von|uber|mithin",
    "ja": "つまり|すなわち|の|で",
}
_NOT_THIS = {
    "en": r"(?:not|instead of|rather than|as opposed to|less than)(?: the)?",
    "es": r"(?:y no|no|en vez de|en lugar de)(?: los| las)?",
    "fr": r"(?:et non|et pas|au lieu de|plutot que)(?: les| des)?",
    "de": r"(?:nicht|statt|anstatt|anstelle von)(?: der| die)?",
    "ja": r"(?!)",
}
"""What stands before a sum that is not the one that is paid: "1,960, not 2,450"."""
_ABOUT = {
    "en": "(?:about|around|roughly|some|approx\\w*|-?ish|or so|odd|and a bit)",
    "es": "(?:unos|unas|aproximad\\w+|y pico|como|alrededor de|cerca de)",
    "fr": "(?:environ|a peu pres|dans les|quelque|et quelques?|et des poussieres)",
    "de": "(?:rund|etwa|ca\\.?|circa|gut|knapp|ungefahr|und ein paar zerquetschte)",
    "ja": "(?:約|ちょっと|ほど|くらい|ぐらい|あまり|余り|前後|弱|強)",
}


_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "MXN", "COP", "CLP", "ARS"})
"""Currencies whose sign several countries share."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What one date is about: an amount, a share of the total, or the rest; a rest may tell its amount."""

    span: Span
    amount: Decimal | None = None
    part: Fraction | None = None
    rest: bool = False


def sums_between(message: Message, start: int, end: int, loose: bool = False) -> list[Sum]:
    """Amounts, shares and rests between two offsets, in order; a rest that tells its amount is that amount.

    `loose`: bare numbers, too, where others have a currency ("3.000 € in May, another 3.000 in June").
    """
    amounts = _possible(message, start, end) if loose else payment_amounts(message, start, end)
    shares = [s for s in message.shares if start <= s.span[0] < end]
    kept = [s for s in shares if _is_discount(message, s.span)]
    found = [Sum(a.span, amount=a.amount) for a in amounts if not any(_overlap(a.span, s.span) for s in shares)]
    found += [Sum(s.span, part=s.part) for s in shares if s not in kept]
    if kept and not found:
        found = [Sum(kept[0].span, part=1 - kept[0].part)]
    days = [d.span for d in message.dates]
    found += _like_the_last(message, start, end, found)
    for span in [*rests(message, start, end), *_finishing(message, start, end, found)]:
        named = next((n for n, other in enumerate(found) if _is_named(message, span, other.span, days)), None)
        if named is None:
            found.append(Sum(span, rest=True))
        elif found[named].amount is not None:
            found[named] = replace(found[named], rest=True)
    return sorted(found, key=lambda f: f.span)


def _overlap(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _like_the_last(message: Message, start: int, end: int, found: list[Sum]) -> list[Sum]:
    """ "600 on the 15th and the same on the 29th": the sum before said again."""
    more = []
    for span in message.hits("same_again", start, end):
        before = max((f for f in found if f.span[1] <= span[0]), key=lambda f: f.span, default=None)
        if before:
            more.append(replace(before, span=span))
    return more


def _finishing(message: Message, start: int, end: int, found: list[Sum]) -> list[Span]:
    """ "500 on Friday, and we settle on the 29th": a verb that leaves nothing open is the rest behind another sum."""
    first = min((f.span[1] for f in found), default=end)
    return [span for span in message.hits("finishes", start, end) if span[0] >= first]


def _is_discount(message: Message, share: Span) -> bool:
    """ "Less 2 % discount": a share that is taken off, and not paid."""
    behind = message.folded[share[1] : share[1] + 30]
    line = share[1] + (behind.find("\n") if "\n" in behind else len(behind))
    return message.says("discount", share[1], line) or message.says("discount", max(0, share[0] - 14), share[0])


def rests(message: Message, start: int, end: int) -> list[Span]:
    """Words for the rest between two offsets."""
    more = [m.span() for m in _RESTS[message.language].finditer(message.folded, start, end)]
    return sorted({*message.hits("rest", start, end), *more}, key=lambda s: (s[0], -s[1]))


def _is_named(message: Message, rest: Span, other: Span, days: list[Span]) -> bool:
    """ "The other half", "the remaining 3,000", "the balance, i.e. 754.80", "the 1,187 left": one thing, not two."""
    if other[0] < rest[1] and rest[0] < other[1]:
        return True
    between = message.folded[min(rest[1], other[1]) : max(rest[0], other[0])]
    if any(rest[1] <= d[0] < other[0] or other[1] <= d[0] < rest[0] for d in days):
        return False
    if other[0] >= rest[1]:
        return len(between) < 12 or bool(
            len(between) < 24 and re.search(rf"(?<!\w)(?:{_NAMES_REST[message.language]})(?!\w)", between)
        )
    tail = message.folded[other[1] : rest[1]].strip(" ,(")
    return len(tail) < 26 and bool(re.match(_REST_BEHIND[message.language], tail))


def payment_amounts(message: Message, start: int, end: int) -> list[AmountFinding]:
    """Amounts between two offsets that can be what is paid: no fees; bare numbers only where none has a currency."""
    inside = _possible(message, start, end)
    marked = [a for a in inside if _is_marked(message, a)]
    total = message.context.total()
    if marked and len(inside) > len(marked) + 1 and all(a.amount >= total for a in marked):
        # "For the 3,000 €: 1,000 in March, 2,000 in April": the currency stands beside the whole alone.
        return inside
    return marked or inside


def _possible(message: Message, start: int, end: int) -> list[AmountFinding]:
    """Amounts between two offsets, and numbers that may be some."""
    inside = [a for a in message.amounts if start <= a.span[0] < end and a.amount > 0]
    inside = [a for a in inside if not message.says("fee", a.span[1], a.span[1] + 24)]
    denied = [a for a in inside if _is_denied(message, a)]
    inside = [a for a in inside if a not in denied] or inside
    total, year = message.context.total(), message.reply.today.year
    years = {str(n) for n in range(year - 1, year + 3)}
    inside = [_in_thousands(message, a, total) for a in inside]
    inside = [_like_thousands(a, inside, total) for a in inside]
    return [
        a for a in inside
        if _is_marked(message, a) or (20 <= a.amount <= total and not (a.text.strip() in years and a.amount != total))
    ]  # fmt: skip


_SMALL_UNITS = frozenset({"ARS", "CLP", "COP", "CRC", "PYG"})
"""Currencies in which people leave the thousands unsaid: nobody pays 500 Colombian pesos."""


def _in_thousands(message: Message, found: AmountFinding, total: Decimal) -> AmountFinding:
    """ "500 on Friday" of 1,120,000 pesos are 500,000."""
    if message.context.currency not in _SMALL_UNITS or found.currency is not None or not 20 <= found.amount < 1000:
        return found
    return replace(found, amount=found.amount * 1000) if found.amount * 1000 <= total else found


def _like_thousands(found: AmountFinding, others: list[AmountFinding], total: Decimal) -> AmountFinding:
    """ "20 mil on Saturday, the 28 that are left later" of 48,000: the thousands go on where that makes the whole."""
    if found.currency is not None or found.amount >= 1000:
        return found
    thousands = found.amount * 1000
    fits = any(other.amount >= 1000 and other.amount + thousands == total for other in others)
    return replace(found, amount=thousands) if fits else found


def _is_denied(message: Message, amount: AmountFinding) -> bool:
    before = message.folded[max(0, amount.span[0] - 18) : amount.span[0]]
    return bool(re.search(rf"(?<!\w){_NOT_THIS[message.language]}\s*$", before))


def _is_marked(message: Message, amount: AmountFinding) -> bool:
    """Whether a currency stands beside it; that of another land is a word misread ("le 1187,45" is no Egyptian sum)."""
    expected = message.context.currency
    return amount.currency is not None and (expected is None or amount.currency == expected or expected in _DOLLARS)


def is_about(message: Message, amount: Span) -> bool:
    """Whether a sum is told roughly: "some 40,000", "４万ちょっと"."""
    pattern = _ABOUT[message.language]
    before, after = message.folded[max(0, amount[0] - 12) : amount[0]], message.folded[amount[1] : amount[1] + 22]
    return bool(re.search(rf"(?:^|\W){pattern}\W*$", before) or re.match(rf"\W?{pattern}", after))


def computed(
    message: Message, days: Sequence[DatedRole], sums: Sequence[Sum], total: Decimal
) -> tuple[list[Instalment], bool]:
    """Shares become amounts, the rest what is left; and whether that could be computed."""
    currency = message.context.currency
    amounts = [share_of(total, s.part, currency) if s.part is not None else s.amount for s in sums]
    sound = True
    left = [s for s in sums if s.rest and s.amount is None]
    if left:
        rest = total - sum((a for a in amounts if a is not None), Decimal(0))
        sound = rest > 0 and len(left) == 1
        amounts = [rest if s in left else a for s, a in zip(sums, amounts, strict=True)]
    if all(s.part is not None for s in sums) and sum(s.part or 0 for s in sums) == 1:
        # Three thirds are the whole, whatever rounding makes of each.
        amounts[-1] = total - sum((a or Decimal(0) for a in amounts[:-1]), Decimal(0))
    return [Instalment(r.finding.date, a, currency) for r, a in zip(days, amounts, strict=True)], sound


def share_of(total: Decimal, part: Fraction, currency: str | None) -> Decimal:
    """A part of a sum, in whole units of its currency."""
    unit = Decimal(1).scaleb(-exponent(currency)) if currency else Decimal("0.01")
    return (total * part.numerator / part.denominator).quantize(unit, rounding=ROUND_HALF_UP)


def pair(sums: list[Sum], promised: list[DatedRole], start: int, end: int, total: Decimal) -> list[Sum] | None:
    """One sum a date: the one between it and its neighbour, on the same side of all; None where they don't go together.

    Where there are more sums than dates a total stands among them ("the 1,500: 500 on Friday, 1,000 on the 20th").
    """
    if len(sums) > len(promised):
        parts = [s for s in sums if s.amount is None or s.amount != total]
        sums = parts if len(parts) >= len(promised) else sums
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
    nearest_to = [min(sums, key=lambda s, day=day: apart(s.span, day)) for day in days]  # type: ignore[misc]
    close = all(apart(s.span, day) < 30 for s, day in zip(nearest_to, days, strict=True))
    return nearest_to if close and len({s.span for s in nearest_to}) == len(days) else None


def carried_on(sums: list[Sum], promised: list[DatedRole]) -> list[Sum] | None:
    """ "500 in May, then 350 in June and in July": a sum goes for each day up to the next sum; one behind all for all.

    None where there is a sum a day, or a rest among them that is paid more than once.
    """
    if not sums or len(sums) >= len(promised) or all(s.rest for s in sums):
        return None
    if len(sums) == 1:
        return sums * len(promised)
    before = [[s for s in sums if s.span[0] < role.finding.span[0]] for role in promised]
    carried = [found[-1] for found in before] if all(before) else None
    return None if carried and any(carried.count(s) != 1 for s in sums if s.rest) else carried


def paid_on_each(message: Message, sums: list[Sum], promised: list[DatedRole]) -> list[Sum] | None:
    """ "400 tomorrow, then 2 x 400 on 15 April and 15 May": sums carried on, where those of several days say so."""
    carried = carried_on(sums, promised)
    if carried is None or any(s.part is not None for s in sums):
        return None
    shared = [s.span[0] for s in sums if carried.count(s) > 1]
    told = (any(message.says(word, max(0, start - 16), start) for word in ("each", "times")) for start in shared)
    return carried if all(told) else None


def with_sums(message: Message, promised: list[DatedRole], sums: list[Sum]) -> list[DatedRole]:
    """The days that have a sum of their own, the nearest in their sentence; days without one are told by the way."""
    beside: dict[Span, DatedRole] = {}
    for found in sums:
        near = [
            r for r in promised if r.sentence.start <= found.span[0] < r.sentence.end and not _cut(message, found, r)
        ]
        free = [r for r in near if r not in beside.values()]
        if free:
            beside[found.span] = min(free, key=lambda r: (apart(found.span, r.finding.span), r.finding.span))
    return [r for r in promised if r in beside.values()]


def _cut(message: Message, found: Sum, role: DatedRole) -> bool:
    """A day in brackets of its own belongs to the day before them, not to a sum."""
    first, last = sorted((found.span, role.finding.span))
    return found.span < role.finding.span and "(" in message.folded[first[1] : last[0]] and len(last) > 0


def apart(a: Span, b: Span) -> int:
    """Characters between two spans."""
    return max(b[0] - a[1], a[0] - b[1], 0)


def parts_by_invoice(
    message: Message, promised: list[DatedRole], invoices: list[str]
) -> tuple[list[Instalment], list[str]]:
    """ "0456 and 0461 on 10 June, 0470 at month's end": each day with the sum of the invoices named beside it.

    `promised` may hold a day several times ("417: 20 March, 419: 20 March"). "The rest" beside a day is what no other
    day names. None where what is named doesn't go together with the days.
    """
    named: dict[date, set[str]] = {}
    for _, roles in groupby(promised, key=lambda role: role.sentence.start):
        days = list(roles)
        for role, numbers in zip(days, _beside_days(message, days, set(invoices)), strict=True):
            named.setdefault(role.finding.date, set()).update(numbers)
    scope = set(invoices)
    left = [day for day, numbers in named.items() if not numbers]
    if len(left) == 1 and _is_rest(message, left[0], promised):
        scope = {invoice.number for invoice in message.context.open_invoices}
        named[left[0]] = scope - set().union(*named.values())
    whole = set().union(*named.values())
    if len(named) < 2 or not all(named.values()) or whole != scope or sum(map(len, named.values())) != len(whole):
        return [], []
    currency = message.context.currency
    parts = [Instalment(day, message.context.total(tuple(numbers)), currency) for day, numbers in named.items()]
    return parts, [] if left else [i.number for i in message.context.open_invoices if i.number in scope]


def _is_rest(message: Message, day: date, promised: list[DatedRole]) -> bool:
    """Whether a day that names no invoice is that of the rest, and of nothing else."""
    within = [r.sentence.clause_at(r.finding.span[0]) for r in promised if r.finding.date == day]
    return any(rests(message, *clause) for clause in within) and not any(
        _tells_sums(message, r.sentence.start, r.sentence.end) for r in promised
    )  # "500 of it tomorrow, the rest on the 31st" is the rest of one invoice


def _tells_sums(message: Message, start: int, end: int) -> bool:
    """Whether a sum or a share is told between two offsets."""
    shares = any(start <= s.span[0] < end for s in message.shares)
    return shares or bool(payment_amounts(message, start, end))


def _beside_days(message: Message, days: list[DatedRole], invoices: set[str]) -> list[set[str]]:
    """Invoices beside each of the days of one sentence: in its clause, before it or after it, on the same side of all.

    One day alone is about all that its sentence names, or the quoted words that it answers.
    """
    sentence = days[0].sentence
    every = named_between(message, sentence.start, sentence.end) & invoices
    if len(days) == 1 or len({role.finding.date for role in days}) == 1:
        return [every or set(message.answered_invoices(role.finding.span[0])) for role in days]
    spans = [role.finding.span for role in days]
    befores = [(a, b[0]) for a, b in zip([sentence.start, *(s[1] for s in spans)], spans, strict=False)]
    afters = [(a[1], b) for a, b in zip(spans, [*(s[0] for s in spans[1:]), sentence.end], strict=True)]
    clauses = [sentence.clause_at(span[0]) for span in spans]
    found = []
    for stretches in (befores, afters, clauses, _segments(message, sentence, spans)):
        groups = [named_between(message, *stretch) & invoices for stretch in stretches]
        told = [group for group in groups if group]
        if len(told) >= len(days) - 1 and set().union(*told) == every and sum(map(len, told)) == len(every):
            found.append(groups)
            if all(group or rests(message, *s) for group, s in zip(groups, stretches, strict=True)):
                return groups
    return found[0] if found else [set() for _ in days]


_JOINS = re.compile(r"\s(?:y|e|and|et|und|&)\s|[,;、]")


def _segments(message: Message, sentence: Sentence, days: list[Span]) -> list[Span]:
    """A sentence cut before each further day, at the last word that joins: "0456 now and the other one on Friday"."""
    cuts = [sentence.start]
    for before, day in pairwise(days):
        joins = [match.start() for match in _JOINS.finditer(message.folded, before[1], day[0])]
        cuts.append(joins[-1] if joins else day[0])
    return list(pairwise([*cuts, sentence.end]))
