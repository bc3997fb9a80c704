"""Disputes: whether an invoice is contested, why, and which part of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from domain.disputes import DisputeReason
from outreach.replies.clause_labels import REASONS, Label
from outreach.replies.message import Message
from outreach.replies.model import DisputeReading, Evidence
from outreach.replies.scopes import invoices_for, subject_invoice
from outreach.replies.statements import SURE, Statement

_NEEDS_CONTEST = frozenset({DisputeReason.PRICE, DisputeReason.CONTRACT, DisputeReason.TAX, DisputeReason.QUALITY})
_WEIGHT = {
    DisputeReason.MISSING_PO: 3,
    DisputeReason.DUPLICATE: 2,
    DisputeReason.WRONG_ENTITY: 2,
    DisputeReason.TAX: 2,
    DisputeReason.NOT_RECEIVED: 2,
}
"""How much a word for a reason says: "purchase order number" is plainer than "missing"."""
_REMEDIES = frozenset({DisputeReason.OTHER, DisputeReason.CANCELLED, DisputeReason.CREDIT_MISSING})
"""Reasons whose words also say what is to be done about another: "please cancel it", "send us a credit note"."""
_MODEL_WEIGHT = 3.0
"""How much the model's being sure of a reason counts, beside the words of `_WEIGHT`."""


@dataclass
class DisputeResult:
    """A dispute as far as it could be read; `about` contest. A `weak` one counts only where nothing else is said."""

    dispute: DisputeReading | None = None
    weak: bool = False
    about: list[Statement] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def read_dispute(
    message: Message, statements: list[Statement], paid: bool, promised: list[Statement], promised_invoices: list[str]
) -> DisputeResult:
    """What is contested. `paid`: the customer says that it was paid; what is `promised` is not contested."""
    result = DisputeResult()
    open_statements = [s for s in statements if s not in promised or s.guess.disputes > SURE]
    contests = [s for s in open_statements if message.says("contest", s.start, s.end)]
    if paid and not _rejects_claim(message, open_statements):
        paid_only = [s for s in open_statements if s.guess.disputes > SURE and not _of_payment(s)]
        if not paid_only:
            return result
        paid = False
    words, scores = _weigh(message, open_statements)
    likely = max((s.guess.disputes for s in open_statements), default=0.0)
    if not paid and not _contested_at_all(open_statements, words, scores, contests, likely, result):
        return result
    best = DisputeReason.ALREADY_PAID if paid else _best(scores)
    _judge_reason(scores, best, likely, paid, result)
    result.about = [s for s in open_statements if _is_about(s, message, best)] or contests[:2]
    _scope(message, best, promised_invoices, result)
    confidence = 0.9 if not result.doubts else 0.5
    result.evidence = [Evidence("dispute", message.quote(s.start, s.end), confidence) for s in result.about[:3]]
    return result


def _of_payment(statement: Statement) -> bool:
    return statement.guess.of(Label.DISPUTE_ALREADY_PAID, Label.PAID, Label.PAID_QUESTION) > 0.3


def _rejects_claim(message: Message, statements: list[Statement]) -> bool:
    """What was paid is a dispute only where the claim itself is rejected."""
    return any(
        message.says("refusal", s.start, s.end) or s.guess.of(Label.DISPUTE_ALREADY_PAID) > SURE for s in statements
    )


def _weigh(
    message: Message, statements: list[Statement]
) -> tuple[dict[DisputeReason, float], dict[DisputeReason, float]]:
    """Scores of the reasons: by the lexicon's words alone, and with the model's opinion."""
    words: dict[DisputeReason, float] = {}
    scores: dict[DisputeReason, float] = {}
    for statement in statements:
        believed = statement.guess.disputes > 0.15 or statement.guess.of(Label.REFUSAL) > 0.3
        for reason in message.lexicon.reasons:
            count = len(message.hits(f"r.{reason.value}", statement.start, statement.end))
            if count:
                value = min(count, 3) * _WEIGHT.get(reason, 1)
                words[reason] = words.get(reason, 0) + value
                if believed:
                    scores[reason] = scores.get(reason, 0) + value / 2
        for label, reason in REASONS.items():
            chance = statement.guess.of(label)
            if chance > 0.1 and statement.guess.disputes > 0.3:
                scores[reason] = scores.get(reason, 0) + _MODEL_WEIGHT * chance
    if not any(s.guess.of(Label.PAID, Label.PAID_QUESTION) > 0.3 for s in statements):
        scores.pop(DisputeReason.ALREADY_PAID, None)
    if any(reason not in _REMEDIES and score > 1.5 for reason, score in scores.items()):
        scores = {reason: score * (0.3 if reason in _REMEDIES else 1) for reason, score in scores.items()}
    return words, scores


def _best(scores: dict[DisputeReason, float]) -> DisputeReason:
    return max(scores, key=lambda reason: scores[reason])


def _contested_at_all(
    statements: list[Statement], words: dict[DisputeReason, float], scores: dict[DisputeReason, float],
    contests: list[Statement], likely: float, result: DisputeResult,
) -> bool:  # fmt: skip
    """Rules and model together: either alone must be sure."""
    plain = False
    if words:
        best = _best(words)
        plain = bool(contests) or (words[best] >= 2 and best not in _NEEDS_CONTEST)
    named = words or contests or any(s.guess.of(Label.REFUSAL) > SURE for s in statements)
    rivals = (Label.HARDSHIP, Label.EXTENSION, Label.STATEMENT_REQUEST, Label.COPY_REQUEST)
    if not contests and any(s.guess.of(rival) > SURE for s in statements for rival in rivals):
        named = plain = False
    if scores and likely >= (SURE if named and plain else 0.75 if named else 0.9):
        return True
    if plain and likely >= 0.25 and scores:
        result.doubts.append("whether the invoice is contested is not certain")
        return True
    if likely >= 0.4:
        result.doubts.append("perhaps something is contested")
        firmest = max(statements, key=lambda s: s.guess.disputes)
        result.weak = True
        return bool(scores) and firmest.label not in (Label.NONE, Label.HARDSHIP)
    return False


def _judge_reason(
    scores: dict[DisputeReason, float], best: DisputeReason, likely: float, paid: bool, result: DisputeResult
) -> None:
    if paid:
        return
    others = sorted((score for reason, score in scores.items() if reason is not best), reverse=True)
    if others and others[0] > 0.75 * scores[best]:
        result.doubts.append("the reason of the dispute is not clear")
    if scores[best] < 1.2 or likely < 0.5:
        result.doubts.append("whether and why the invoice is contested is not certain")


def _is_about(statement: Statement, message: Message, best: DisputeReason) -> bool:
    if best is DisputeReason.ALREADY_PAID:
        return _of_payment(statement) or message.says("refusal", statement.start, statement.end)
    return statement.guess.disputes > 0.4 or statement.guess.of(Label.REFUSAL) > SURE


def _scope(message: Message, best: DisputeReason, promised_invoices: list[str], result: DisputeResult) -> None:
    about = result.about
    invoices, doubts = invoices_for(message, about, [(s.start, s.end) for s in about])
    if best is DisputeReason.DUPLICATE and len(invoices) > 1:
        invoices = _the_duplicate(message, invoices, promised_invoices)
    elif len(invoices) > len(promised_invoices) and set(promised_invoices) < set(invoices):
        invoices = [number for number in invoices if number not in promised_invoices]
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


def _the_duplicate(message: Message, invoices: list[str], promised: list[str]) -> list[str]:
    """Of several invoices called the same, the one to be cancelled; all where that isn't said."""
    left = [number for number in invoices if number not in promised]
    if len(left) == 1:
        return left
    cancelled = {
        m.number
        for m in message.mentions
        if message.says("void", *_around(message, m.span)) and not message.says("keep", *_around(message, m.span))
    }
    kept = {m.number for m in message.mentions if message.says("keep", *_around(message, m.span))} - cancelled
    if len(cancelled & set(left)) == 1:
        return [number for number in left if number in cancelled]
    if len(set(left) - kept) == 1:
        return [number for number in left if number not in kept]
    for mention in message.mentions:  # "0912 is a duplicate of 0899": what comes first is the duplicate
        following = [m for m in message.mentions if m.span[0] > mention.span[0]]
        if following and message.says("copy_of", mention.span[1], following[0].span[0]):
            return [mention.number]
    return left


def _around(message: Message, span: tuple[int, int]) -> tuple[int, int]:
    """The clause of a mention, no further than its neighbours."""
    start, end = message.sentence_at(span[0]).clause_at(span[0])
    before = [m.span[1] for m in message.mentions if m.span[1] <= span[0]]
    after = [m.span[0] for m in message.mentions if m.span[0] >= span[1]]
    if message.language == "ja":
        return max(start, span[0]), min(end, *after) if after else end
    return max(start, *before) if before else start, min(end, *after) if after else end


def _contested(message: Message, about: list[Statement], invoices: list[str], reason: DisputeReason) -> Decimal | None:
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
