"""Weighing the evidence: what each date is for, what the reply says and what comes first, whether to act on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from outreach.replies.arbiters import Arbiter, Bench
from outreach.replies.classifier import guess
from outreach.replies.clause_labels import MEANT, Label
from outreach.replies.date_evidence import dates_evidence
from outreach.replies.grammar.reading import DateKind
from outreach.replies.message import Message
from outreach.replies.model import Intent
from outreach.replies.roles import DatedRole, Role, has_proviso, is_ruled_out
from outreach.replies.statements import Statement

RECORDED, PERSON = "a promise to record", "a person"
"""What the arbiter of what is said tells besides intents: that days and sums are named, that a person must look."""
_PRESENT, _PERHAPS, _PLAIN, _SURELY = 0.5, 0.25, 0.85, 0.95
_RARELY = 0.1
_SILENT = (Label.NONE, Label.ACKNOWLEDGEMENT, Label.OUT_OF_OFFICE)
_BEHIND = 0.8
"""A chance from which a sentence makes the promise before it depend on something."""
_HALF = 1.0
"""A chance of a half on the scale of `reply_evidence`."""
_SECOND = frozenset({Intent.DISPUTE, Intent.ALREADY_PAID, Intent.INVOICE_COPY_REQUEST, Intent.STATEMENT_REQUEST})
_ORDER = [
    Intent.INSOLVENCY, Intent.REMITTANCE_ADVICE, Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN, Intent.DISPUTE,
    Intent.ALREADY_PAID, Intent.HARDSHIP, Intent.TERMS_EXTENSION_REQUEST, Intent.STATEMENT_REQUEST,
    Intent.INVOICE_COPY_REQUEST, Intent.WRONG_CONTACT, Intent.OPT_OUT, Intent.COMPLAINT, Intent.ACKNOWLEDGEMENT,
    Intent.OUT_OF_OFFICE, Intent.OTHER,
]  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What a reply says, the first of `intents` first, and how sure that is."""

    intents: tuple[Intent, ...]
    first: dict[str, float]
    said: dict[str, float]

    @property
    def records(self) -> bool:
        """Whether it promises days and sums that can be noted."""
        return self.said[RECORDED] > _PRESENT


def judge_dates(
    message: Message, roles: list[DatedRole], statements: list[Statement], arbiter: Arbiter
) -> list[DatedRole]:
    """Each date with its final role: what the rules said of it is evidence like the rest."""
    judged = []
    for role, evidence in zip(roles, dates_evidence(message, roles, statements), strict=True):
        chances = arbiter.chances(evidence)
        likeliest = max(chances, key=lambda answer: chances[answer])
        depends = _depends(message, role)
        final, confidence = role.role, chances["neither"]
        if is_ruled_out(message, role.finding) and role.role is Role.REFUSED:
            final = Role.REFUSED
        elif likeliest == "promised" and _is_withheld(message, role, depends, chances["promised"]):
            final = role.role if role.role in _WITHHELD else Role.OTHER
        elif likeliest != "neither":
            final, confidence = Role(likeliest), chances[likeliest]
        elif role.role in (Role.PROMISED, Role.PAID):
            final = Role.OTHER
        judged.append(
            replace(
                role, role=final, confidence=round(confidence, 2), conditional=depends,
                promised=chances["promised"], paid=chances["paid"],
            )
        )  # fmt: skip
    return [_unless_denied(message, role, judged) for role in judged]


def _unless_denied(message: Message, role: DatedRole, judged: list[DatedRole]) -> DatedRole:
    """ "You write 'payment on Friday'. It will not be Friday.": a day told with nothing else, and then refused."""
    start, end = role.sentence.start, role.sentence.end
    spans = [found.span for kind in (message.amounts, message.mentions, message.shares) for found in kind]
    own = any(start <= span[0] < end for span in spans)
    later = any(
        r.role is Role.REFUSED and r.finding.date == role.finding.date and r.sentence.start >= end for r in judged
    )
    return replace(role, role=Role.REFUSED) if role.role is Role.PROMISED and later and not own else role


_WITHHELD = frozenset({Role.REFUSED, Role.ASKED})


def _is_withheld(message: Message, role: DatedRole, depends: bool, chance: float) -> bool:
    """A day that is refused or asked about, by a rule that little speaks against; a span that starts who knows when."""
    if role.role in _WITHHELD:
        return chance < _PLAIN
    return depends and role.finding.kind is DateKind.RELATIVE and (role.conditional or _tells_condition(message, role))


def _tells_condition(message: Message, role: DatedRole) -> bool:
    """A word for a condition in the sentence, and none that makes it harmless."""
    within = role.sentence.start, role.sentence.end
    return message.says("condition", *within) and not message.says("harmless_condition", *within)


def _depends(message: Message, role: DatedRole) -> bool:
    """Whether paying then depends on something: by a word for it that the model believes, or by the model alone."""
    start, end = role.sentence.clause_at(role.finding.span[0])
    whole = role.sentence.start, role.sentence.end
    if role.conditional and message.says("incoming", *whole):
        return True
    views = [guess(message, start, end), guess(message, *whole)]
    enough = 0.25 if role.conditional else 0.85 if message.says("harmless_condition", *whole) else 0.6
    depends = max(view.of(Label.PROMISE_CONDITIONAL) for view in views) > enough
    return depends or has_proviso(message, role.sentence) or _depends_behind(message, role)


def _depends_behind(message: Message, role: DatedRole) -> bool:
    """ "We pay on the 5th. But only if the bank agrees": the sentence behind, without a day of its own, tells it."""
    after = next((s for s in message.sentences if s.start >= role.sentence.end), None)
    if after is None or after.question or any(after.start <= d.span[0] < after.end for d in message.dates):
        return False
    span = after.start, after.end
    told = message.says("condition", *span) and not message.says("harmless_condition", *span)
    return told and guess(message, *span).of(Label.PROMISE_CONDITIONAL) > _BEHIND


def judge_reply(evidence: dict[str, float], statements: list[Statement], bench: Bench) -> Verdict:
    """Evidence about a reply → what it says."""
    first, said = bench.first.chances(evidence), bench.said.each(evidence)
    top = Intent(max(first, key=lambda answer: first[answer]))
    if top is Intent.OPT_OUT and not evidence.get("opt_out is said") and evidence["opt_out likeliest"] < _HALF:
        top = Intent.OTHER  # "please stop by our office": a no must be told by a word for it, or by a clause
    part_promised = "de or ja" in evidence and top is Intent.PROMISE_TO_PAY and bool(evidence.get("a sum"))
    others: list[Intent] = [
        intent
        for intent in _ORDER
        if intent is not top
        and (
            said[intent.value] > _PRESENT
            or _is_plain(intent, said[intent.value], statements)
            or (intent is Intent.HARDSHIP and part_promised and _tells_hardship(statements))
        )
    ]
    if top in (Intent.ACKNOWLEDGEMENT, Intent.OTHER) and others:
        top, others = others[0], others[1:]
    others = [i for i in others if i not in (Intent.ACKNOWLEDGEMENT, Intent.OTHER)]
    if Intent.DISPUTE in (top, *others) and said[Intent.INVOICE_COPY_REQUEST.value] < _PLAIN:
        # "It was never received" of goods is no wish for a copy, and a corrected invoice is none either.
        kept: list[Intent] = [i for i in (top, *others) if i is not Intent.INVOICE_COPY_REQUEST]
        top, others = kept[0], kept[1:]
        copy, dispute = Intent.INVOICE_COPY_REQUEST.value, Intent.DISPUTE.value
        first = {**first, dispute: first[dispute] + first[copy], copy: 0.0}
    if Intent.PAYMENT_PLAN in (top, *others):
        others = [i for i in others if i is not Intent.PROMISE_TO_PAY]
    return Verdict((top, *others), first, said)


def _is_plain(intent: Intent, chance: float, statements: list[Statement]) -> bool:
    """A second subject in a clause of its own that can hardly say anything else."""
    if chance < _PERHAPS or intent not in _SECOND:
        return False
    labels = [label for label, intents in MEANT.items() if intent in intents]
    return any((s.guess.disputes if intent is Intent.DISPUTE else s.guess.of(*labels)) > _PLAIN for s in statements)


def _tells_hardship(statements: list[Statement]) -> bool:
    """ "I can't pay all of it. 300 on the 15th": by German and Japanese rules said beside a promise, not its reason."""
    return any(s.guess.of(Label.HARDSHIP) > _SURELY for s in statements)


@dataclass
class Case:
    """What a reading rests on, for the arbiter of acting; `hard` doubts bring a person whatever it says."""

    verdict: Verdict
    soft: list[str] = field(default_factory=list)
    hard: list[str] = field(default_factory=list)
    evidence: dict[str, float] = field(default_factory=dict)


def kind_of(doubt: str) -> str:
    """A doubt without the words that it quotes, and without what they may be."""
    return re.sub(r" \(\w+\)$", "", re.sub(r"“.*”", "“…”", doubt))


_HARD = re.compile(
    r"can be read in two ways|several subjects in one reply|the parts don't reach what is open"
    r"|would be more than \d+ days ahead"
    r"|which invoice is contested is not clear|part of what is open was paid|another day stands beside"
    r"|more than one day of payment is named|depends on something else|tells of a payment made"
    r"|only believes that it was paid|gone to another account|the rest can't be computed|the first part is not known"
    r"|a plan of which only one part|is not to be paid, and why|\((?:promise_conditional|paid|insolvency|legal)\)$"
)


def is_hard(doubt: str) -> bool:
    """Whether a doubt brings a person however sure the rest of the reading is."""
    return bool(_HARD.search(doubt))


def act_evidence(
    case: Case, roles: list[DatedRole], message: Message, statements: list[Statement], found: dict[str, float]
) -> dict[str, float]:
    """What speaks for and against acting on a reading; `found` is what its findings say of themselves."""
    evidence = dict(found)
    evidence.update(_sureness(case.verdict))
    evidence.update(_of_statements(case.verdict, statements))
    evidence.update(_of_dates(roles))
    for doubt in case.soft:
        evidence[f"doubt: {kind_of(doubt)}"] = 1.0
    for doubt in case.hard:
        evidence[f"doubt: {kind_of(doubt)}"] = 1.0
    evidence["doubts"] = min(len(case.soft), 4) / 4
    evidence["long"] = float(len(message.text) > (250 if message.language == "ja" else 500))
    evidence["several invoices open"] = float(len(message.context.open_invoices) > 1)
    return evidence


def _sureness(verdict: Verdict) -> Iterator[tuple[str, float]]:
    # Which of several subjects comes first is a matter of taste: what counts is what else might.
    sure = sum(verdict.first[i.value] for i in verdict.intents)
    yield "sure what comes first", sure
    told = {i.value for i in verdict.intents}
    yield "ahead of the next", sure - max(chance for name, chance in verdict.first.items() if name not in told)
    partly = Intent.HARDSHIP in verdict.intents and Intent.PROMISE_TO_PAY in verdict.intents
    yield f"first is {Intent.PROMISE_TO_PAY.value if partly else verdict.intents[0].value}", 1.0
    yield "several subjects", float(len(verdict.intents) > 1)
    present = [verdict.said[i.value] for i in verdict.intents]
    absent = [c for name, c in verdict.said.items() if name not in (RECORDED, PERSON) and c <= _PRESENT]
    yield "least sure of what is said", min(present)
    yield "most likely of what isn't", max(absent, default=0.0)
    yield "a person is needed", 0.0 if partly else verdict.said[PERSON]
    yield "unsure whether a promise is recorded", 1 - abs(2 * verdict.said[RECORDED] - 1)


def _of_statements(verdict: Verdict, statements: list[Statement]) -> Iterator[tuple[str, float]]:
    """How likely a piece of the reply is to tell of something that the reading doesn't name."""
    told = [label for label, intents in MEANT.items() if intents & set(verdict.intents)]
    chances = [s.guess.of(*told) + (s.guess.disputes if Intent.DISPUTE in verdict.intents else 0) for s in statements]
    other = [1 - chance - s.guess.of(*_SILENT) for s, chance in zip(statements, chances, strict=True)]
    yield "surest piece of what is said", max(chances, default=0.0)
    yield "likeliest piece of something else", max(other, default=0.0)
    yield "nothing else is said", float(max(other, default=1.0) < _RARELY and max(chances, default=0.0) > _PLAIN)


def _of_dates(roles: list[DatedRole]) -> Iterator[tuple[str, float]]:
    """How unsure the least sure of the dates is."""
    for name in ("promised", "paid"):
        yield f"unsure which day is {name}", max((1 - abs(2 * getattr(r, name) - 1) for r in roles), default=0.0)
