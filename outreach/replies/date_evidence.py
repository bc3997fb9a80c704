"""What speaks for and against a date's being the day of a promised payment, or of a payment made."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from outreach.replies.classifier import Guess, guess
from outreach.replies.clause_labels import Label
from outreach.replies.message import Message, Span
from outreach.replies.roles import DatedRole, asks_something_else, tenses
from outreach.replies.statements import Statement

GROUPS: dict[str, tuple[Label, ...]] = {
    "promise": (Label.PROMISE, Label.REMITTANCE),
    "plan": (Label.PLAN,),
    "vague": (Label.PROMISE_VAGUE,),
    "conditional": (Label.PROMISE_CONDITIONAL,),
    "refusal": (Label.REFUSAL,),
    "paid": (Label.PAID, Label.PAID_QUESTION, Label.DISPUTE_ALREADY_PAID),
    "extension": (Label.EXTENSION,),
    "request": (Label.COPY_REQUEST, Label.STATEMENT_REQUEST, Label.WRONG_CONTACT, Label.OPT_OUT),
    "away": (Label.OUT_OF_OFFICE,),
    "looks": (Label.ACKNOWLEDGEMENT, Label.QUESTION),
    "nothing": (Label.NONE,),
}
"""Labels of clauses that mean the same for a date."""
_CUES = (
    "money", "future", "past", "incoming", "negation", "condition", "harmless_condition", "hedge", "vague", "noise",
    "rest", "plan", "count", "monthly", "weekly", "each", "extension", "ooo", "ack", "contest", "arrival", "request",
    "will", "did", "either", "believed", "refusal", "goods", "remittance",
)  # fmt: skip
_NEAR = 14
"""Characters within which a word stands beside a date; half as many in Japanese."""


def dates_evidence(message: Message, roles: list[DatedRole], statements: list[Statement]) -> list[dict[str, float]]:
    """Evidence about each date, `roles` being what the rules made of them."""
    whole = {"channel sms": float(message.reply.channel == "sms"), **dict(_anywhere(message, statements))}
    return [{**whole, **_date_evidence(message, role)} for role in roles]


def _date_evidence(message: Message, role: DatedRole) -> dict[str, float]:
    found: dict[str, float] = {}
    sentence, span = role.sentence, role.finding.span
    clause = sentence.clause_at(span[0])
    found[f"rule {role.role.value}"] = 1.0
    found[f"rule {role.role.value} sure"] = float(role.confidence > 0.84)
    found["rule conditional"] = float(role.conditional)
    found.update(_views(message, role, clause))
    if message.language not in ("de", "ja"):
        # A conditional promise with a day is noted by the rules for German and Japanese replies only.
        found["rule conditional, not noted"] = found["rule conditional"]
        found["conditional of clause, not noted"] = found["conditional of clause"]
        found["conditional of sentence, not noted"] = found["conditional of sentence"]
    found.update(_calendar(message, role))
    found.update(_surroundings(message, role, clause))
    for cue in _CUES:
        if message.says(cue, *clause):
            found[f"{cue} in clause"] = 1.0
        elif message.says(cue, sentence.start, sentence.end):
            found[f"{cue} in sentence"] = 1.0
    found.update(_beside(message, span, (sentence.start, sentence.end)))
    found.update(_tense(message, role))
    found["answers a line about paying"] = float(message.answers_about_paying(span[0]))
    return found


def _views(message: Message, role: DatedRole, clause: Span) -> Iterator[tuple[str, float]]:
    """Chances of the clause and the sentence, and of the sentences beside it."""
    sentence = role.sentence
    number = bisect_left(message.sentences, sentence.start, key=lambda s: s.start)
    yield from _grouped("clause", guess(message, *clause))
    yield from _grouped("sentence", guess(message, sentence.start, sentence.end))
    if number:
        before = message.sentences[number - 1]
        yield from _grouped("before", guess(message, before.start, before.end))
    if number + 1 < len(message.sentences):
        after = message.sentences[number + 1]
        yield from _grouped("after", guess(message, after.start, after.end))


def _anywhere(message: Message, statements: list[Statement]) -> Iterator[tuple[str, float]]:
    """What stands anywhere in the text."""
    for name in ("promise", "plan", "paid", "conditional", "extension"):
        yield f"{name} anywhere", max((s.guess.of(*GROUPS[name]) for s in statements), default=0.0)
    yield "dispute anywhere", max((s.guess.disputes for s in statements), default=0.0)
    yield "the only date", float(len(message.dates) == 1)
    yield "one of many dates", float(len(message.dates) > 3)


def _grouped(place: str, view: Guess) -> Iterator[tuple[str, float]]:
    for name, labels in GROUPS.items():
        yield f"{name} of {place}", view.of(*labels)
    yield f"dispute of {place}", view.disputes


def _calendar(message: Message, role: DatedRole) -> Iterator[tuple[str, float]]:
    finding, today = role.finding, message.reply.today
    days = (finding.date - today).days
    yield f"kind {finding.kind.value}", 1.0
    yield "ahead", float(days > 0)
    yield "today", float(days == 0)
    yield "gone", float(days < 0)
    yield "soon", float(0 < days <= 14)
    yield "far", float(60 < days <= 150)
    yield "very far", float(days > 150)
    yield "also past", float(finding.past != finding.date)
    back = (today - finding.past).days
    yield "past nearer", float(finding.past != finding.date and 0 <= back < days)
    yield "long gone", float(days < -40)


def _surroundings(message: Message, role: DatedRole, clause: Span) -> Iterator[tuple[str, float]]:
    sentence, span = role.sentence, role.finding.span
    within = [d for d in message.dates if sentence.start <= d.span[0] < sentence.end]
    yield "alone in sentence", float(len(within) == 1)
    yield "one of several in sentence", float(len(within) > 2)
    yield "asked", float(sentence.question and not asks_something_else(message, sentence, clause))
    yield "in the first sentence", float(sentence == message.sentences[0])
    yield "late in the text", float(span[0] > 400)
    yield "sum in clause", float(any(clause[0] <= a.span[0] < clause[1] and a.currency for a in message.amounts))
    yield "sum in sentence", float(any(sentence.start <= a.span[0] < sentence.end for a in message.amounts))
    yield "share in clause", float(any(clause[0] <= s.span[0] < clause[1] for s in message.shares))
    yield "invoice in clause", float(any(clause[0] <= m.span[0] < clause[1] for m in message.mentions))
    yield "short clause", float(clause[1] - clause[0] < (15 if message.language == "ja" else 30))
    same = [d for d in message.dates if d.date == role.finding.date]
    yield "said twice", float(len(same) > 1)


def _beside(message: Message, span: Span, within: Span) -> Iterator[tuple[str, float]]:
    """Words right before or after the date."""
    near = _NEAR // 2 if message.language == "ja" else _NEAR
    for cue in ("money", "future", "past", "noise", "incoming", "arrival", "condition"):
        for hit in message.hits(cue, *within):
            if 0 <= span[0] - hit[1] <= near or 0 <= hit[0] - span[1] <= near:
                yield f"{cue} beside", 1.0
                break


def _tense(message: Message, role: DatedRole) -> Iterator[tuple[str, float]]:
    """Whether words for a payment to come or for one made stand nearer, where the sentence holds both."""
    first, last = role.finding.span
    future, past = tenses(message, role.sentence.start, role.sentence.end)
    if future and past:
        near = [min(max(first - h[1], h[0] - last, 0) for h in hits) for hits in (future, past)]
        yield "future nearer than past", float(near[0] < near[1])
        yield "past nearer than future", float(near[1] < near[0])
