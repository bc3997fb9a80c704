"""What speaks for each reason of a dispute: words for it, and chances of clauses; the same weights for every reason."""

from __future__ import annotations

from domain.disputes import DisputeReason
from outreach.replies.classifier import guess
from outreach.replies.clause_labels import REASONS, Label
from outreach.replies.message import Message
from outreach.replies.statements import Statement

_CONTESTS = 0.3
"""A chance from which a clause belongs to a dispute."""
_WITHOUT_WORDS = (Label.DISPUTE_DAMAGED,)
"""Told by the model of clauses alone: the lexicons have no words for it."""
_PAID = (Label.PAID, Label.PAID_QUESTION, Label.DISPUTE_ALREADY_PAID)


def reason_evidence(message: Message, statements: list[Statement]) -> dict[DisputeReason, dict[str, float]]:
    """Evidence for each reason, by its name."""
    about = [s for s in statements if s.guess.disputes > _CONTESTS or s.guess.of(Label.REFUSAL) > _CONTESTS]
    first = next((s for s in statements if s.guess.disputes > _CONTESTS), None)
    surest = max(statements, key=lambda s: s.guess.disputes, default=None)
    whole = guess(message, 0, len(message.text))
    together = guess(message, about[0].start, about[-1].end) if about else whole
    found = {}
    for reason, labels in REASONS.items():
        chances = [s.guess.of(*labels) for s in statements]
        evidence = {
            "likeliest": max(chances, default=0.0),
            "together": min(2.0, sum(chances)),
            "in the first clause of it": first.guess.of(*labels) if first else 0.0,
            "in the surest clause": surest.guess.of(*labels) if surest else 0.0,
            "of the whole": whole.of(*labels),
            "of the whole, among reasons": whole.of(*labels) / (whole.disputes + 0.05),
            "of them together": together.of(*labels) / (together.disputes + 0.05),
            "among reasons": max((s.guess.of(*labels) / (s.guess.disputes + 0.05) for s in about), default=0.0),
        }
        if reason is not DisputeReason.ALREADY_PAID:
            cues = [f"r.{label.value.removeprefix('dispute_')}" for label in labels if label not in _WITHOUT_WORDS]
            evidence["word"] = float(any(message.says(cue) for cue in cues))
            evidence["words"] = min(3, sum(len(message.hits(cue)) for cue in cues)) / 3
            evidence["word in it"] = float(any(message.says(cue, s.start, s.end) for s in about for cue in cues))
        else:
            evidence["a payment is told"] = max((s.guess.of(*_PAID) for s in statements), default=0.0)
        if reason is DisputeReason.OTHER:
            evidence["a fee"] = float(any(message.says("fee", s.start, s.end) for s in about))
        evidence[f"is {reason.value}"] = 1.0
        found[reason] = evidence
    return found
