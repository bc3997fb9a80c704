"""What speaks for and against each thing that a reply can say: its clauses, words and dates, and what rules found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log

from outreach.replies.classifier import guess
from outreach.replies.clause_labels import LABELS, Label
from outreach.replies.folding import fold
from outreach.replies.message import Message
from outreach.replies.requests import Requests
from outreach.replies.roles import DatedRole
from outreach.replies.series import names_days
from outreach.replies.statements import Statement

_CUES = (
    "money", "future", "past", "incoming", "negation", "condition", "harmless_condition", "hedge", "vague", "noise",
    "rest", "all", "plan", "count", "monthly", "weekly", "each", "copy", "statement", "extension", "wrong_contact",
    "opt_out", "opt_out_object", "insolvency", "legal", "hardship", "complaint", "ooo", "ack", "remittance",
    "remittance_document", "contest", "request", "arrival", "refusal", "redirect", "split", "will", "did", "goods",
    "believed", "nod", "reference", "pay_date_label", "sum_label", "void", "others",
)  # fmt: skip
_SUBJECT_CUES = (
    "opt_out", "opt_out_object", "remittance_document", "remittance", "insolvency", "legal", "copy", "statement",
    "contest", "ooo", "extension", "plan", "wrong_contact", "ack", "money", "complaint",
)  # fmt: skip
_REPLIES = ("re:", "aw:", "sv:", "tr:", "rv:", "wg:", "fwd:", "re ", "antw:", "r:")
_SURE = 0.5


def reply_evidence(
    message: Message, statements: list[Statement], dates: list[DatedRole], requests: Requests
) -> dict[str, float]:
    """Evidence about a reply as a whole."""
    found: dict[str, float] = {"channel sms": float(message.reply.channel == "sms")}
    found.update(_said(statements))
    found.update(_first(statements))
    found.update(_whole(message))
    found.update(_by_other_rules(message, found))
    for cue in _CUES:
        if message.says(cue):
            found[f"{cue} is said"] = 1.0
    found.update(_contents(message, dates))
    found.update({f"rule {intent.value}": 1.0 for intent in requests.found})
    found["rule question"] = float(requests.question)
    found["rule exclaims"] = float(requests.exclaims)
    found["rule firm"] = float(requests.firm)
    found.update(_subject(message))
    return found


def _odds(chance: float) -> float:
    """A chance on a scale on which 0.9 is further from 0.99 than 0.5 from 0.6: 0 for none, 1 for half, 2 for all."""
    return log((chance + 0.03) / (1.03 - min(chance, 1.0))) / 3.5362 + 1


def _said(statements: list[Statement]) -> Iterator[tuple[str, float]]:
    """For each label how likely the likeliest clause is of it, and how many clauses are together."""
    for place, label in enumerate(LABELS):
        chances = [s.guess.chances[place] for s in statements]
        yield f"{label.value} likeliest", _odds(max(chances, default=0.0))
        yield f"{label.value} together", min(2.0, sum(chances))
    disputes = [s.guess.disputes for s in statements]
    yield "dispute likeliest", _odds(max(disputes, default=0.0))
    yield "dispute together", min(2.0, sum(disputes))
    yield "all is nothing", float(all(s.guess.of(Label.NONE) > _SURE for s in statements))


def _whole(message: Message) -> Iterator[tuple[str, float]]:
    """What the text is like as a whole: a long story of many clauses that are unsure each by itself."""
    whole = guess(message, 0, len(message.text))
    for place, label in enumerate(LABELS):
        yield f"{label.value} as a whole", _odds(whole.chances[place])
    yield "dispute as a whole", _odds(whole.disputes)


def _first(statements: list[Statement]) -> Iterator[tuple[str, float]]:
    """What the first clause says that says something, and the surest."""
    telling = [s for s in statements if s.label is not Label.NONE and s.chance > _SURE]
    if telling:
        yield f"{_kind(telling[0])} first", 1.0
        surest = max(telling, key=lambda s: s.chance)
        yield f"{_kind(surest)} surest", 1.0


def _kind(statement: Statement) -> str:
    label = statement.label.value
    return "dispute" if label.startswith("dispute_") else label


def _by_other_rules(message: Message, found: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """What German and Japanese rules call by another name: a commitment without a day is an acknowledgement there."""
    if message.language in ("de", "ja"):
        yield "de or ja", 1.0
        for name in ("promise_vague", "promise_conditional", "promise", "acknowledgement"):
            yield f"{name} likeliest, de or ja", found.get(f"{name} likeliest", 0.0)


def _contents(message: Message, dates: list[DatedRole]) -> Iterator[tuple[str, float]]:
    promised = [d.promised for d in dates]
    yield "promised day likeliest", max(promised, default=0.0)
    yield "day of a payment made likeliest", max((d.paid for d in dates), default=0.0)
    count = sum(chance > _SURE for chance in promised)
    yield "two promised days", float(count == 2)
    yield "three promised days", float(count > 2)
    yield "a day ahead", float(any(d.date > message.reply.today for d in message.dates))
    yield "a day", float(bool(message.dates))
    yield "a sum", float(any(a.currency for a in message.amounts))
    yield "a share", float(bool(message.shares))
    yield "an invoice", float(bool(message.mentions))
    yield "many invoices", float(len({m.number for m in message.mentions}) > 1)
    yield "short", float(len(message.text) < (60 if message.language == "ja" else 120))
    yield "long", float(len(message.text) > (250 if message.language == "ja" else 500))
    within = [(s.start, s.end) for s in message.sentences]
    yield (
        "goods not received",
        float(any(message.says("goods", *w) and message.says("r.not_received", *w) for w in within)),
    )
    yield "no history", float(not message.stripped.history)
    yield "a sum on a day of each month", float(names_days(message) and any(a.currency for a in message.amounts))


def is_answer(subject: str) -> bool:
    """Whether a subject says "Re:" or "Fwd:" in one of many languages."""
    return fold(subject).startswith(_REPLIES)


def _subject(message: Message) -> Iterator[tuple[str, float]]:
    """Cues in a subject of the sender's own."""
    folded = fold(message.reply.subject)
    if is_answer(folded) or not folded:
        return
    yield "own subject", 1.0
    for cue in _SUBJECT_CUES:
        if message.lexicon[cue].search(folded):
            yield f"{cue} in subject", 1.0
