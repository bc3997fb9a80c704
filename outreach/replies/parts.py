"""Sums beside promised days: which sum is paid on which day, shares and rests made into amounts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

from domain.money import exponent
from outreach.replies.amounts import AmountFinding
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
    found = [Sum(a.span, amount=a.amount) for a in amounts if not any(_overlap(a.span, s.span) for s in shares)]
    found += [Sum(s.span, part=s.part) for s in shares]
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
    total, year = message.context.total(), message.reply.today.year
    years = {str(n) for n in range(year - 1, year + 3)}
    inside = [_in_thousands(message, a, total) for a in inside]
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

    None where there is a sum a day, or a rest among them, which is paid once.
    """
    if not sums or len(sums) >= len(promised) or any(s.rest for s in sums):
        return None
    if len(sums) == 1:
        return sums * len(promised)
    before = [[s for s in sums if s.span[0] < role.finding.span[0]] for role in promised]
    return [found[-1] for found in before] if all(before) else None


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


def parts_by_invoice(message: Message, promised: list[DatedRole], invoices: list[str]) -> list[Instalment]:
    """ "0456 and 0461 on 10 June, 0470 at month's end": each date with the sum of the invoices named beside it."""
    for groups in (_named_between(message, promised, -1), _named_between(message, promised, 1)):
        whole = set().union(*groups)
        if all(groups) and whole == set(invoices) and sum(map(len, groups)) == len(whole):
            return [
                Instalment(r.finding.date, message.context.total(tuple(g)), message.context.currency)
                for r, g in zip(promised, groups, strict=True)
            ]
    return []


def the_rest_by_invoice(message: Message, promised: list[DatedRole]) -> list[Instalment]:
    """ "The older one tomorrow, the rest on the 31st": the last day is that of every invoice not named before."""
    groups = _named_between(message, promised, -1)
    every = [i.number for i in message.context.open_invoices]
    named = [number for group in groups for number in group]
    start = max(promised[-1].sentence.start, promised[-2].finding.span[1])
    end = promised[-1].sentence.end
    if groups[-1] or not all(groups[:-1]) or len(named) != len(set(named)) or not rests(message, start, end):
        return []
    if sums_of_money(message, promised[0].sentence.start, end):
        return []  # "500 of it tomorrow, the rest on the 31st" is the rest of one invoice
    groups[-1] = set(every) - set(named)
    return [
        Instalment(r.finding.date, message.context.total(tuple(g)), message.context.currency)
        for r, g in zip(promised, groups, strict=True)
        if g
    ]


def sums_of_money(message: Message, start: int, end: int) -> bool:
    """Whether a sum or a share is told between two offsets."""
    shares = any(start <= s.span[0] < end for s in message.shares)
    return shares or bool(payment_amounts(message, start, end))


def _named_between(message: Message, promised: list[DatedRole], side: int) -> list[set[str]]:
    """Invoices named before each date (`side` -1) or after it (1), up to the neighbouring date.

    In its sentence, else in the sentence before it ("The big one needs a token, so that is Friday week").
    """
    groups = []
    for number, role in enumerate(promised):
        start, end = role.sentence.start, role.sentence.end
        if side < 0:
            before = promised[number - 1].finding.span[1] if number else start
            start, end = max(start, before), role.finding.span[0]
        else:
            after = promised[number + 1].finding.span[0] if number + 1 < len(promised) else end
            start, end = role.finding.span[1], min(end, after)
        named = named_between(message, start, end)
        groups.append(named or set(message.answered_invoices(role.finding.span[0])))
    return groups
