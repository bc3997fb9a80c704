"""What speaks for each reason of a dispute: words for it, and chances of clauses; the same weights for every reason."""

from __future__ import annotations

from domain.disputes import DisputeReason
from outreach.replies.classifier import guess
from outreach.replies.clause_labels import REASONS, Label
from outreach.replies.message import Message
from outreach.replies.statements import Statement

_CONTESTS = 0.3
"""A chance from which a clause belongs to a dispute."""
_PAID = (Label.PAID, Label.PAID_QUESTION, Label.DISPUTE_ALREADY_PAID)


def reason_evidence(message: Message, statements: list[Statement]) -> dict[DisputeReason, dict[str, float]]:
    """Evidence for each reason, by its name."""
    about = [s for s in statements if s.guess.disputes > _CONTESTS or s.guess.of(Label.REFUSAL) > _CONTESTS]
    first = next((s for s in statements if s.guess.disputes > _CONTESTS), None)
    surest = max(statements, key=lambda s: s.guess.disputes, default=None)
    whole = guess(message, 0, len(message.text))
    together = guess(message, about[0].start, about[-1].end) if about else whole
    found = {}
    for label, reason in REASONS.items():
        chances = [s.guess.of(label) for s in statements]
        evidence = {
            "likeliest": max(chances, default=0.0),
            "together": min(2.0, sum(chances)),
            "in the first clause of it": first.guess.of(label) if first else 0.0,
            "in the surest clause": surest.guess.of(label) if surest else 0.0,
            "of the whole": whole.of(label),
            "of the whole, among reasons": whole.of(label) / (whole.disputes + 0.05),
            "of them together": together.of(label) / (together.disputes + 0.05),
            "among reasons": max((s.guess.of(label) / (s.guess.disputes + 0.05) for s in about), default=0.0),
        }
        cue = f"r.{reason.value}"
        if reason is not DisputeReason.ALREADY_PAID and reason is not DisputeReason.DAMAGED:
            evidence["word"] = float(message.says(cue))
            evidence["words"] = min(3, len(message.hits(cue))) / 3
            evidence["word in it"] = float(any(message.says(cue, s.start, s.end) for s in about))
        if reason is DisputeReason.ALREADY_PAID:
            evidence["a payment is told"] = max((s.guess.of(*_PAID) for s in statements), default=0.0)
        evidence[f"is {reason.value}"] = 1.0
        found[reason] = evidence
    return found
