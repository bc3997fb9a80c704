"""Which sum a dispute is about: the figure the customer states, or the one that the stated figures make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from domain.disputes import DisputeReason
from outreach.replies.amounts import AmountFinding
from outreach.replies.message import Message, Span
from outreach.replies.statements import Statement

_WHOLE = frozenset({DisputeReason.DUPLICATE, DisputeReason.ALREADY_PAID})
"""Reasons for which all of an invoice is contested."""
_NEAR = {"ja": 14}
_REACH = 26
"""Characters between a sum and the words that say that it is the contested one."""
_FIGURE = re.compile(r"(?<![\w.,])\d{1,6}(?:[.,]\d{1,2})?(?![\w,.]*\d)")
_PER = re.compile(
    r"^\s?(?:/|an? (?:hour|metre|day|unit|piece|kg)|per |each|pro |je |par |por |el |la |le |die |der |das )"
)


def contested_amount(
    message: Message, about: Sequence[Statement], promised: Sequence[Statement], invoices: tuple[str, ...],
    reason: DisputeReason,
) -> Decimal | None:  # fmt: skip
    """The contested part of `invoices` as stated; None where all of them are contested."""
    total = message.context.total(invoices)
    if reason in _WHOLE:
        return _one_of(message, invoices) if reason is DisputeReason.DUPLICATE else total
    money = [a for a in message.amounts if 0 < a.amount <= total and a.currency in (None, message.context.currency)]
    sums = [a for a in money if not _stands_in(a.span, promised) and not _is_fee(message, a, reason)]
    for found in (
        _beside_the_rest(message, money, promised, total),
        _marked(message, sums, total),
        _product(message, sums, total),
        _stated(message, about, sums, total, reason),
    ):
        if found is not None:
            return found
    return _difference(sums, total) if reason is DisputeReason.PRICE else None


def _is_fee(message: Message, found: AmountFinding, reason: DisputeReason) -> bool:
    """A fee or interest that came on top: refusing it contests no part of the invoice; freight is one."""
    if reason in (DisputeReason.OTHER, DisputeReason.CONTRACT):
        return False
    return message.says("fee", max(0, found.span[0] - 16), min(len(message.text), found.span[1] + 16))


def _beside_the_rest(
    message: Message, money: list[AmountFinding], promised: Sequence[Statement], total: Decimal
) -> Decimal | None:
    """Of two sums that make the whole the one that isn't called the rest, the net, the agreed one, or promised."""
    for first in money:
        for second in money:
            if first.amount + second.amount != total or first is second or first.amount in (total, 0):
                continue
            if _kept(message, second, promised) > _kept(message, first, promised):
                return first.amount
    return None


def _kept(message: Message, found: AmountFinding, promised: Sequence[Statement]) -> int:
    """How surely a sum is what is left to pay: by the words beside it, or by a promise in its statement."""
    start, end = found.span
    named = message.says("net", max(0, start - 14), end + 6) or message.says("rest", max(0, start - 24), end + 14)
    if named or _is_price(message, found):
        return 2
    return int(_stands_in(found.span, promised))


def _one_of(message: Message, invoices: tuple[str, ...]) -> Decimal | None:
    """Of equal invoices of which either may go, the sum of one."""
    sums = {i.amount for i in message.context.open_invoices if i.number in invoices}
    return sums.pop() if len(invoices) > 1 and len(sums) == 1 else None


def _stands_in(span: Span, statements: Sequence[Statement]) -> bool:
    return any(s.start <= span[0] < s.end for s in statements)


def _marked(message: Message, sums: list[AmountFinding], total: Decimal) -> Decimal | None:
    """The sum that stands beside words such as "too much", "difference", "zu viel"."""
    reach = _NEAR.get(message.language, _REACH)
    over = message.hits("contested_sum")
    best: tuple[int, Decimal] | None = None
    for found in sums:
        if found.amount == total or found.amount < 3 or _is_price(message, found):
            continue
        near = [
            max(first - found.span[1], found.span[0] - last, 0)
            for first, last in over
            if _same_sentence(message, first, found)
        ]
        bare = not (found.currency or found.is_money)
        if bare and (found.amount < 20 or (near and min(near) > reach // 3) or _is_counted(message, found)):
            continue
        if near and min(near) <= reach and (best is None or min(near) < best[0]):
            best = min(near), found.amount
    return best[1] if best else None


def _is_counted(message: Message, found: AmountFinding) -> bool:
    """ "400 kg": a number with a unit of its own."""
    end = found.span[1]
    unit = re.match(r"\s?[^\W\d_]+", message.folded[end:])
    if unit is None:
        return False
    return not any(message.says(cue, end, end + 16) for cue in ("contested_sum", "net"))


def _same_sentence(message: Message, at: int, found: AmountFinding) -> bool:
    sentence = message.sentence_at(found.span[0])
    return sentence.start <= at < sentence.end


def _is_price(message: Message, found: AmountFinding) -> bool:
    """A price of one unit, the agreed sum or a limit."""
    after = message.folded[found.span[1] : found.span[1] + 12]
    return _follows(message, "agreed_sum", found) or bool(_PER.match(after))


def _follows(message: Message, cue: str, found: AmountFinding) -> bool:
    """Whether a cue stands right before a sum, no more than a sign of its currency between them."""
    hits = message.hits(cue, max(0, found.span[0] - 24), found.span[0])
    return any(not re.search(r"[^\s:=$€£]", message.folded[last : found.span[0]]) for _, last in hits)


def _product(message: Message, sums: list[AmountFinding], total: Decimal) -> Decimal | None:
    """ "15 x 28 = 420", or 18 hours at 85 instead of 72: the sum that other figures of the text make."""
    figures = {Decimal(m.group().replace(",", ".")) for m in _FIGURE.finditer(message.folded)}
    figures |= {a.amount for a in message.amounts}
    for found in sums:
        others = sorted(f for f in figures if 1 < f < 10**7 and f != found.amount)[:12]
        if found.amount == total or not (found.currency or found.is_money):
            continue
        if any(a * b == found.amount for n, a in enumerate(others) for b in others[n:]):
            return found.amount
    return None


def _stated(
    message: Message, about: Sequence[Statement], sums: list[AmountFinding], total: Decimal, reason: DisputeReason
) -> Decimal | None:
    """The one sum stated with what is contested; a lone price may be the agreed one or the charged one."""
    if reason is DisputeReason.PRICE:
        return None
    for places in (about, None):
        inside = [a for a in sums if a.currency and (places is None or _stands_in(a.span, places))]
        smaller = {a.amount for a in inside if a.amount < total and not _follows(message, "limit", a)}
        if len(smaller) == 1:
            other = smaller.pop()
            both = total in {a.amount for a in inside} and reason is not DisputeReason.CREDIT_MISSING
            return total - other if both and places is not None else other
    return None


def _difference(sums: list[AmountFinding], total: Decimal) -> Decimal | None:
    """What was charged less what was agreed, where both are stated as sums of the whole invoice."""
    stated = sorted({a.amount for a in sums if a.currency or a.is_money or a.text.endswith("万")})
    charged = [a for a in stated if total * Decimal("0.75") <= a <= total]
    agreed = [a for a in stated if total * Decimal("0.4") <= a < total and a not in charged[-1:]]
    if not charged or len(agreed) != 1:
        return None
    return charged[-1] - agreed[0]
