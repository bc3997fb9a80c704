"""Disputes: whether an invoice is contested, why, and which part of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp

from domain.disputes import DisputeReason
from outreach.replies.arbiters import Arbiter
from outreach.replies.clause_labels import REASONS, Label
from outreach.replies.contested import contested_amount
from outreach.replies.message import Message
from outreach.replies.model import DisputeReading, Evidence
from outreach.replies.reason_evidence import reason_evidence
from outreach.replies.scopes import counts_every, invoices_for, quoted_invoice, subject_invoice
from outreach.replies.statements import SURE, Statement

REASON_ORDER = tuple(REASONS)


@dataclass
class DisputeResult:
    """A dispute as far as it could be read; `about` contest.

    `sure` is how likely the reason is, `ahead` by how much it is likelier than the next.
    """

    dispute: DisputeReading
    about: list[Statement] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    sure: float = 1.0
    ahead: float = 1.0


def read_dispute(
    message: Message, statements: list[Statement], arbiter: Arbiter, promised: list[Statement], named: list[str]
) -> DisputeResult:
    """What is contested in a message that contests something: why, which invoices, which part.

    What is `promised` is not contested, and invoices `named` with a promise only where no other is.
    """
    open_statements = [s for s in statements if s not in promised or s.guess.disputes > SURE] or statements
    chances = likely_reasons(message, open_statements, arbiter)
    if _is_of_a_fee(message, open_statements):
        chances[DisputeReason.OTHER] += chances.pop(DisputeReason.CONTRACT)
    best, second = sorted(chances, key=lambda reason: -chances[reason])[:2]
    result = DisputeResult(DisputeReading(best), sure=chances[best], ahead=chances[best] - chances[second])
    contests = [s for s in open_statements if message.says("contest", s.start, s.end)]
    firmest = max(open_statements, key=lambda s: s.guess.disputes)
    result.about = [s for s in open_statements if _is_about(s, message, best)] or contests[:2] or [firmest]
    if result.ahead < 0.3:
        result.doubts.append("the reason of the dispute is not clear")
    _scope(message, best, named, promised, result)
    result.evidence = [
        Evidence("dispute", message.quote(s.start, s.end), round(result.sure, 2)) for s in result.about[:3]
    ]
    return result


def _is_of_a_fee(message: Message, statements: list[Statement]) -> bool:
    """An invoice of nothing but a fee or interest; German and Japanese rules call no agreement about it a contract."""
    if message.language not in ("de", "ja"):
        return False
    sums = {i.amount for i in message.context.open_invoices}
    beside = [message.sentence_at(a.span[0]) for a in message.amounts if a.amount in sums]
    return any(message.says("fee", s.start, s.end) for s in beside if any(o.sentence == s for o in statements))


def likely_reasons(message: Message, statements: list[Statement], arbiter: Arbiter) -> dict[DisputeReason, float]:
    """How likely each reason is, by one set of weights for all of them."""
    evidence = reason_evidence(message, statements)
    scores = {reason: arbiter.scores(found)[0] for reason, found in evidence.items()}
    top = max(scores.values())
    powers = {reason: exp(score - top) for reason, score in scores.items()}
    whole = sum(powers.values())
    return {reason: power / whole for reason, power in powers.items()}


def _of_payment(statement: Statement) -> bool:
    return statement.guess.of(Label.DISPUTE_ALREADY_PAID, Label.PAID, Label.PAID_QUESTION) > 0.3


def _is_about(statement: Statement, message: Message, best: DisputeReason) -> bool:
    if best is DisputeReason.ALREADY_PAID:
        return _of_payment(statement) or message.says("refusal", statement.start, statement.end)
    return statement.guess.disputes > 0.4 or statement.guess.of(Label.REFUSAL) > SURE


def _scope(
    message: Message, best: DisputeReason, promised_invoices: list[str], promised: list[Statement],
    result: DisputeResult,
) -> None:  # fmt: skip
    about = result.about
    invoices, doubts = invoices_for(message, about, [(s.start, s.end) for s in about], leaving_out=False)
    if best is DisputeReason.DUPLICATE and not invoices:
        invoices, doubts = _of_one_sum(message) or invoices, []
    invoices = _without_untouched(message, invoices)
    if best is DisputeReason.DUPLICATE and len(invoices) > 1:
        invoices = _the_duplicate(message, invoices, promised_invoices)
    elif len(invoices) > len(promised_invoices) and set(promised_invoices) < set(invoices):
        invoices = [number for number in invoices if number not in promised_invoices]
    if not invoices and (len(message.context.open_invoices) == 1 or counts_every(message, about)):
        invoices = _all(message)
    if not invoices:
        told = subject_invoice(message) or quoted_invoice(message)
        if told:
            invoices = [told]
        else:
            doubts.append("which invoice is contested is not clear")
    result.doubts += doubts
    result.dispute = DisputeReading(
        best, tuple(invoices), contested_amount(message, about, promised, tuple(invoices), best)
    )


def _without_untouched(message: Message, invoices: list[str]) -> list[str]:
    """The contested invoices without those that the reply says are fine, or have nothing to do with it."""
    fine = {m.number for m in message.mentions if message.says("untouched", *_topic(message, m.span))}
    if not fine:
        return invoices
    every = _all(message)
    # Where only what is fine stands beside the complaint, that is about the others.
    return [n for n in invoices or every if n not in fine] or [n for n in every if n not in fine] or invoices


def _all(message: Message) -> list[str]:
    return [i.number for i in message.context.open_invoices]


def _of_one_sum(message: Message) -> list[str]:
    """The invoices named anywhere, where all of them come to the same: those of which one is too many."""
    named = {m.number for m in message.mentions}
    sums = {i.amount for i in message.context.open_invoices if i.number in named}
    return [number for number in _all(message) if number in named] if len(named) > 1 and len(sums) == 1 else []


def _the_duplicate(message: Message, invoices: list[str], promised: list[str]) -> list[str]:
    """Of several invoices called the same, the one to be cancelled; all where that isn't said."""
    left = [number for number in invoices if number not in promised]
    if len(left) == 1:
        return left
    cancelled = {
        m.number
        for m in message.mentions
        if message.says("void", *_topic(message, m.span)) and not message.says("keep", *_topic(message, m.span))
    }
    kept = {m.number for m in message.mentions if message.says("keep", *_topic(message, m.span))} - cancelled
    if len(cancelled & set(left)) == 1:
        return [number for number in left if number in cancelled]
    if len(set(left) - kept) == 1:
        return [number for number in left if number not in kept]
    for mention in message.mentions:  # "0912 is a duplicate of 0899": what comes first is the duplicate
        following = [m for m in message.mentions if m.span[0] > mention.span[0]]
        if following and message.says("copy_of", *_linked(message, mention.span, following[0].span)):
            return [mention.number]
    return left


def _linked(message: Message, first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int]:
    """Where the words stand that link two invoices: between them, in Japanese right behind the second."""
    if message.language == "ja":
        return second[1], min(second[1] + _BEHIND, message.sentence_at(second[0]).end)
    return first[1], second[0]


_BEHIND = 8
"""Letters behind an invoice within which words link it to the one before."""
_TOPIC = 28
"""Letters up to which a clause that names an invoice says nothing of it yet."""


def _topic(message: Message, span: tuple[int, int]) -> tuple[int, int]:
    """The clause of a mention; where it only names it ("as for 0871, that one is fine"), the sentence behind it."""
    start, end = _around(message, span)
    sentence = message.sentence_at(span[0])
    clause = sentence.clause_at(span[0])
    if message.language == "ja" or end < clause[1] or clause[1] - clause[0] - (span[1] - span[0]) > _TOPIC:
        return start, end
    after = [m.span[0] for m in message.mentions if m.span[0] >= span[1]]
    return start, min(sentence.end, *after) if after else sentence.end


def _around(message: Message, span: tuple[int, int]) -> tuple[int, int]:
    """The clause of a mention, no further than its neighbours."""
    start, end = message.sentence_at(span[0]).clause_at(span[0])
    before = [m.span[1] for m in message.mentions if m.span[1] <= span[0]]
    after = [m.span[0] for m in message.mentions if m.span[0] >= span[1]]
    if message.language == "ja":
        return max(start, span[0]), min(end, *after) if after else end
    return max(start, *before) if before else start, min(end, *after) if after else end
