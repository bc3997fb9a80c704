"""Disputes: whether an invoice is contested, why, and which part of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from domain.disputes import DisputeReason
from outreach.replies.clauses import Sentence
from outreach.replies.message import Message
from outreach.replies.model import DisputeReading, Evidence
from outreach.replies.scopes import invoices_for, subject_invoice

_NEEDS_CONTEST = frozenset({DisputeReason.PRICE, DisputeReason.CONTRACT, DisputeReason.TAX, DisputeReason.QUALITY})
_WEIGHT = {
    DisputeReason.MISSING_PO: 3,
    DisputeReason.DUPLICATE: 2,
    DisputeReason.WRONG_ENTITY: 2,
    DisputeReason.TAX: 2,
    DisputeReason.NOT_RECEIVED: 2,
}
"""How much a word for a reason says: "purchase order number" is plainer than "missing"."""
_UNSURE = frozenset({DisputeReason.OTHER, DisputeReason.CANCELLED, DisputeReason.CREDIT_MISSING})
"""Reasons that words tell badly apart from others: a person looks."""


@dataclass
class DisputeResult:
    """A dispute as far as it could be read."""

    dispute: DisputeReading | None = None
    evidence: list[Evidence] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def read_dispute(message: Message, paid: bool, promise_sentences: list[Sentence]) -> DisputeResult:
    """What is contested. `paid`: the customer says that it was paid; sentences of a promise don't contest."""
    result = DisputeResult()
    sentences = [s for s in message.sentences if s not in promise_sentences or message.says("contest", s.start, s.end)]
    contests = [s for s in sentences if message.says("contest", s.start, s.end)]
    scores: dict[DisputeReason, int] = {}
    where: dict[DisputeReason, list[Sentence]] = {}
    for reason, pattern in message.lexicon.reasons().items():
        for sentence in sentences:
            count = sum(1 for _ in pattern.finditer(message.folded, sentence.start, sentence.end))
            if count:
                scores[reason] = scores.get(reason, 0) + count * _WEIGHT.get(reason, 1)
                where.setdefault(reason, []).append(sentence)
    refused = any(message.says("refusal", s.start, s.end) for s in sentences)
    if (paid and not refused) or (not paid and not scores):
        return result
    ranked = sorted(scores, key=lambda r: -scores[r])
    best = DisputeReason.ALREADY_PAID if paid else ranked[0]
    undelivered = best is DisputeReason.NOT_RECEIVED and any(
        message.says("goods", s.start, s.end) for s in where.get(best, [])
    )
    if not paid and not contests and not undelivered and (scores[best] < 2 or best in _NEEDS_CONTEST):
        return result
    if len(ranked) > 1 and not paid and scores[ranked[1]] * 2 > scores[best]:
        result.doubts.append("the reason of the dispute is not clear")
    if {DisputeReason.QUANTITY, DisputeReason.NOT_RECEIVED} <= set(scores) and not paid:
        result.doubts.append("part or all of the delivery is missing, and which is not clear")
    if DisputeReason.OTHER in scores and not paid:
        result.doubts.append("the claim itself seems to be contested")
    if best in _UNSURE or (not contests and best is not DisputeReason.MISSING_PO and not undelivered):
        result.doubts.append("whether and why the invoice is contested is not certain")
    sources = where.get(best, contests) or contests
    about = sorted({s.start: s for s in [*sources, *contests]}.values(), key=lambda s: s.start)
    invoices, doubts = invoices_for(message, about, [(s.start, s.end) for s in about])
    if not invoices and len(message.context.open_invoices) == 1:
        invoices = [message.context.open_invoices[0].number]
    if not invoices:
        subject = subject_invoice(message)
        if subject:
            invoices = [subject]
        else:
            doubts.append("which invoice is contested is not clear")
    result.doubts += doubts
    result.dispute = DisputeReading(best, tuple(invoices), _contested(message, about, invoices, best))
    confidence = 0.9 if not result.doubts else 0.5
    result.evidence = [Evidence("dispute", message.quote(s.start, s.end), confidence) for s in about[:3]]
    return result


def _contested(message: Message, about: list[Sentence], invoices: list[str], reason: DisputeReason) -> Decimal | None:
    """The one amount stated as contested; the whole where it was paid."""
    if reason is DisputeReason.ALREADY_PAID:
        return message.context.total(tuple(invoices))
    total = message.context.total(tuple(invoices))
    stated = {a.amount for a in message.amounts if a.currency and any(s.start <= a.span[0] < s.end for s in about)}
    smaller = {a for a in stated if 0 < a < total}
    if len(smaller) != 1:
        return None
    other = smaller.pop()
    if total in stated:
        return total - other
    # A single price may be the agreed one, the charged one or the difference.
    return None if reason is DisputeReason.PRICE else other
