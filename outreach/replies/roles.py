"""What each date in a reply is for: a payment to come, a payment made, or something else altogether."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from outreach.replies.classifier import Guess, guess
from outreach.replies.clause_labels import Label
from outreach.replies.clauses import Sentence
from outreach.replies.dates import DateFinding
from outreach.replies.grammar.reading import DateKind
from outreach.replies.message import Message, Span
from outreach.replies.tables import read_table


class Role(StrEnum):
    """`OTHER` is explained by something else than paying; `UNKNOWN` is not explained at all."""

    PROMISED = "promised"
    PAID = "paid"
    REFUSED = "refused"
    ASKED = "asked"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DatedRole:
    """A date with its role; `confidence` falls with the distance between the date and the words that decided.

    `promised` and `paid` are the arbiter's chances that it is the day of a payment to come, or of one made.
    """

    finding: DateFinding
    role: Role
    confidence: float
    sentence: Sentence
    conditional: bool = False
    promised: float = 0.0
    paid: float = 0.0


SURE = 0.6
"""A chance from which the model's label stands by itself."""
_VAGUE_KINDS = (DateKind.NOW, DateKind.TODAY)


def find_roles(message: Message) -> list[DatedRole]:
    """Every date of the message with its role, in order."""
    roles: list[DatedRole] = []
    rows = [(row.start, row.end) for row in read_table(message)]
    for finding in message.dates:
        sentence = message.sentence_at(finding.span[0])
        if any(first <= finding.span[0] < last for first, last in rows):
            roles.append(DatedRole(finding, Role.PROMISED, 0.9, sentence))
            continue
        role = _role_in_sentence(message, finding, sentence)
        if role.role is Role.UNKNOWN or (role.role is Role.OTHER and _is_labelled(message, role)):
            role = _role_from_before(message, role, roles)
        role = _checked(message, _answered(message, _second_opinion(message, role)))
        roles.append(replace(role, role=Role.OTHER) if _is_arrival(message, role, roles) else role)
    return roles


def _answered(message: Message, role: DatedRole) -> DatedRole:
    """ "When will 0418 be paid?", and below: "The 29th.": a day told right below a line that asks about paying."""
    span = role.sentence.start, role.sentence.end
    told = role.role not in (Role.UNKNOWN, Role.OTHER) or role.finding.date <= message.reply.today
    if told or role.sentence.question or not message.answers_about_paying(role.finding.span[0]):
        return role
    if message.says("noise", *span) or message.says("incoming", *span):
        return role
    return replace(role, role=Role.PROMISED, confidence=0.8)


def _is_arrival(message: Message, role: DatedRole, earlier: list[DatedRole]) -> bool:
    """ "Sent this morning. You should have it on Friday": the day on which what was sent arrives is none of payment."""
    if role.role is not Role.PROMISED or not any(r.role is Role.PAID and r.confidence > SURE for r in earlier):
        return False
    start, end = role.sentence.clause_at(role.finding.span[0])
    own = any(start <= m.span[0] < end for m in message.mentions) or any(
        start <= a.span[0] < end for a in message.amounts
    )
    return message.says("arrival", start, end) and not own and not message.says("rest", start, end)


_OPINIONS = (
    (Role.PROMISED, (Label.PROMISE, Label.PLAN)),
    (Role.PAID, (Label.PAID, Label.PAID_QUESTION, Label.DISPUTE_ALREADY_PAID)),
    (Role.ASKED, (Label.EXTENSION,)),
    (Role.REFUSED, (Label.REFUSAL,)),
)
_COMMITS = (Label.PROMISE, Label.PLAN, Label.PROMISE_VAGUE, Label.PROMISE_CONDITIONAL, Label.REMITTANCE)


def _second_opinion(message: Message, role: DatedRole) -> DatedRole:
    """What the model of clauses makes of a date: it decides where no rule did, and doubts a rule it disagrees with."""
    start, end = role.sentence.clause_at(role.finding.span[0])
    views = list(_views(message, role))
    if role.role is Role.UNKNOWN:
        alone = sum(role.sentence.start <= d.span[0] < role.sentence.end for d in message.dates) == 1
        return _by_model(role, views if alone or end - start < 25 else views[:1])
    if role.role is Role.OTHER:
        return _rescued(message, role, views)
    if role.role is Role.PROMISED:
        return _doubted_promise(role, views, start, end)
    if role.role is Role.PAID and max(v.of(*_OPINIONS[1][1], Label.REMITTANCE, Label.NONE) for v in views) < 0.15:
        return replace(role, confidence=0.6)
    return role


def _by_model(role: DatedRole, views: list[Guess]) -> DatedRole:
    for view in views:
        conditional = view.of(Label.PROMISE_CONDITIONAL)
        if conditional > SURE:
            return replace(role, role=Role.PROMISED, confidence=conditional, conditional=True)
        for opinion, labels in _OPINIONS:
            chance = view.of(*labels)
            if chance > SURE and not (opinion is Role.PROMISED and role.finding.kind in _VAGUE_KINDS):
                return replace(role, role=opinion, confidence=min(0.9, chance))
    for opinion, labels in _OPINIONS[:2]:
        lean = min(view.of(*labels) for view in views)
        others = max(1 - view.of(*labels, Label.NONE) for view in views)
        if lean > 0.45 and others < 0.6 * lean and role.finding.kind not in _VAGUE_KINDS:
            return replace(role, role=opinion, confidence=0.5)
    if all(view.of(*_COMMITS, *_OPINIONS[1][1], Label.EXTENSION, Label.REFUSAL) < 0.35 for view in views):
        return replace(role, role=Role.OTHER, confidence=0.75)
    return role


def _rescued(message: Message, role: DatedRole, views: list[Guess]) -> DatedRole:
    """A date that a word of noise explained, in a sentence that the model is sure tells of paying."""
    sentence = role.sentence
    alone = sum(sentence.start <= d.span[0] < sentence.end for d in message.dates) <= 2
    if not alone or message.says("incoming", sentence.start, sentence.end):
        return role
    whole = guess(message, sentence.start, sentence.end)
    only = sum(sentence.start <= d.span[0] < sentence.end for d in message.dates) == 1
    if only and whole.of(Label.PROMISE) > 0.9 and role.finding.kind not in _VAGUE_KINDS:
        return replace(role, role=Role.PROMISED, confidence=0.8 if views[0].of(Label.PROMISE) > 0.8 else 0.65)
    promised, paid = min(v.of(Label.PROMISE, Label.PLAN) for v in views), min(v.of(*_OPINIONS[1][1]) for v in views)
    if paid > 0.7 and role.finding.past <= message.reply.today:
        return replace(role, role=Role.PAID, confidence=min(0.9, paid))
    if promised > 0.8 and role.finding.kind not in _VAGUE_KINDS:
        return replace(role, role=Role.PROMISED, confidence=0.8 if promised > 0.9 else 0.65)
    return role


def _doubted_promise(role: DatedRole, views: list[Guess], start: int, end: int) -> DatedRole:
    commits = max(view.of(*_COMMITS) for view in views)
    refuses = max(view.of(Label.REFUSAL) for view in views)
    if refuses > 0.45 and commits < refuses:
        return replace(role, role=Role.REFUSED)
    told = max(view.of(*_OPINIONS[1][1]) for view in views)
    if commits < 0.3 and told > SURE and role.finding.past != role.finding.date:
        return replace(role, role=Role.PAID, confidence=min(0.9, told))
    nothing = max(view.of(Label.NONE, Label.ACKNOWLEDGEMENT, Label.OUT_OF_OFFICE) for view in views)
    if commits < 0.15 and nothing > (SURE if role.confidence < 0.9 else 0.85):
        return replace(role, role=Role.OTHER)
    # What made it a promise stands in the clause beside it, and its own clause tells of something else.
    if role.confidence < 0.9 and end - start > 20 and views[0].of(Label.NONE) > 0.7 and views[0].of(*_COMMITS) < 0.2:
        return replace(role, role=Role.OTHER)
    if commits < 0.2:
        return replace(role, confidence=0.6)
    if role.confidence < 0.9 and commits > 0.8:
        role = replace(role, confidence=0.9)
    plain = max(view.of(Label.PROMISE, Label.PLAN) for view in views)
    if role.conditional and plain > 0.85 and max(view.of(Label.PROMISE_CONDITIONAL) for view in views) < 0.1:
        return replace(role, conditional=False)
    if not role.conditional and min(view.of(Label.PROMISE_CONDITIONAL) for view in views) > 0.5:
        return replace(role, confidence=0.6)
    return role


def _role_in_sentence(message: Message, finding: DateFinding, sentence: Sentence) -> DatedRole:
    clause = sentence.clause_at(finding.span[0])
    role, confidence = _decide(message, finding, clause), 0.95
    if role is Role.UNKNOWN:
        role, confidence = _decide(message, finding, _neighbours(sentence, clause)), 0.85
    if role is Role.UNKNOWN and len(sentence.clauses) > 1:
        role, confidence = _decide(message, finding, (sentence.start, sentence.end)), 0.7
    if finding.kind is DateKind.WEEKDAY and finding.date != finding.past and all(tenses(message, *clause)):
        confidence = 0.6
    conditional = role is Role.PROMISED and is_conditional(message, sentence)
    return DatedRole(finding, role, confidence, sentence, conditional)


def _neighbours(sentence: Sentence, clause: Span) -> Span:
    """The clause with the one before it; for a list the words before its colon."""
    index = sentence.clauses.index(clause)
    first = sentence.clauses[max(0, index - 1)]
    last = sentence.clauses[min(len(sentence.clauses) - 1, index + 1)] if index == 0 else clause
    return first[0], last[1]


def _decide(message: Message, finding: DateFinding, span: Span) -> Role:
    """Role of a date by the cues within `span`."""
    start, end = span
    inside = finding.span
    if message.hits("incoming", start, end):
        return Role.OTHER
    future, past = tenses(message, start, end)
    noise = [h for h in message.hits("noise", start, end) if not _overlaps(h, inside) and not _within(h, future + past)]
    money = future + past + message.hits("money", start, end)
    if noise and _distance(noise, inside, message.language) < _distance(money, inside, message.language):
        adjacent = min(_gap(h, inside) for h in noise) <= 3
        if adjacent or not (future or past):
            return Role.OTHER
    if future and not past:
        return Role.PROMISED
    if past and not future:
        return Role.PAID
    if future and past:
        return _by_calendar(message, finding)
    if noise and not money:
        return Role.OTHER
    return Role.UNKNOWN


def tenses(message: Message, start: int, end: int) -> tuple[list[Span], list[Span]]:
    """(payments to come, payments made) between two offsets; the auxiliary verb settles what a participle leaves open.

    "Will be paid on Friday" holds "paid on", "has been paid" holds "be paid": an auxiliary within the words, or right
    before them, that speaks against their tense drops them; so does a phrase around them ("until all of it is paid").
    """
    future, past = message.hits("future", start, end), message.hits("past", start, end)
    will, did = message.hits("will", start, end), message.hits("did", start, end)
    either = message.hits("either", start, end)
    present = [e for e in either if _is_present(message, e)]
    either, future = [e for e in either if e not in present], [*future, *present]
    past = [p for p in past if not any(_overlaps(p, e) for e in present)]
    past = [p for p in past if not any((p[0] - 14 <= w[0] and w[1] <= p[1]) or _within(p, [w]) for w in will)]
    future = [f for f in future if not any(f[0] <= d[0] and d[1] <= f[1] for d in did)]
    return [*future, *either], [*past, *either]


_PRESENT = re.compile(r"\b(?:pag|abon|deposit|consign|liquid|gir|ingres|dej)o\b", re.IGNORECASE)
_TO_YOU = re.compile(
    r"(?<!ya )\b(?:te|os|les?|se) (?:l[oa]s? )?(?:pag|abon|deposit|consign|liquid|gir|ingres|dej)o\b", re.IGNORECASE
)
_ACCENTED = re.compile("[áéíóú]", re.IGNORECASE)


def _is_present(message: Message, span: Span) -> bool:
    """Spanish "pago", unlike "pagó", where the writer sets accents at all, or says that he pays *you*."""
    if message.language != "es":
        return False
    if not _ACCENTED.search(message.text):
        return bool(_TO_YOU.search(message.text, *span))
    return bool(_PRESENT.search(message.text, *span))


def _by_calendar(message: Message, finding: DateFinding) -> Role:
    """Words for both (Spanish "pagamos el 5" is either): the reading that lies nearer to today."""
    today = message.reply.today
    if finding.date == finding.past:
        return Role.PROMISED if finding.date > today else Role.PAID
    return Role.PROMISED if finding.date - today <= today - finding.past else Role.PAID


def _overlaps(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _within(span: Span, others: list[Span]) -> bool:
    return any(o[0] <= span[0] and span[1] <= o[1] for o in others)


def _gap(hit: Span, date: Span) -> int:
    return date[0] - hit[1] if hit[1] <= date[0] else max(0, hit[0] - date[1])


def _distance(hits: list[Span], date: Span, language: str) -> float:
    """Characters to the nearest hit; in Japanese what follows a date says what it is for."""
    if not hits:
        return float("inf")
    if language == "ja":
        return min(_gap(h, date) + (0 if h[0] >= date[0] else 40) for h in hits)
    return min(_gap(h, date) for h in hits)


def is_conditional(message: Message, sentence: Sentence) -> bool:
    """Whether the sentence makes paying depend on something, beyond politeness."""
    harmless = message.hits("harmless_condition", sentence.start, sentence.end)
    dates = [d.span for d in message.dates]
    # Folded, Spanish "sí" is "si": the accent tells yes from if.
    conditions = [
        c for c in message.hits("condition", sentence.start, sentence.end) if message.text[c[0] : c[1]].lower() != "sí"
    ]
    return any(not any(_overlaps(c, h) for h in harmless + dates) for c in conditions)


def has_proviso(message: Message, sentence: Sentence) -> bool:
    """ "We pay on the 20th. Provided that the board agrees.": a condition in the sentence behind."""
    after = next((s for s in message.sentences if s.start >= sentence.end), None)
    if after is None:
        return False
    opened = any(start == after.start for start, _ in message.hits("proviso", after.start, after.end))
    return opened and message.says("condition", after.start, after.end)


def _role_from_before(message: Message, role: DatedRole, earlier: list[DatedRole]) -> DatedRole:
    """A list item or a short follow-up takes the role of what introduced it."""
    span = role.finding.span
    before = [s for s in message.sentences if s.end <= role.sentence.start]
    if earlier and earlier[-1].sentence == role.sentence and earlier[-1].role in (Role.PROMISED, Role.PAID):
        return replace(role, role=earlier[-1].role, confidence=min(0.8, earlier[-1].confidence))
    if not before or role.finding.kind in _VAGUE_KINDS:
        return role
    intro = before[-1]
    bare = not message.hits("noise", role.sentence.start, role.sentence.end)
    after = [s for s in message.sentences if s.start >= role.sentence.end and s.paragraph == role.sentence.paragraph]
    short = role.sentence.end - role.sentence.start < 40
    closes = [s for s in after if message.says("future", s.start, s.end) and message.says("plan", s.start, s.end)]
    if bare and short and message.language == "ja" and closes:
        return replace(role, role=Role.PROMISED, confidence=0.75)
    if _is_labelled(message, role) and any(message.says("future", s.start, s.end) for s in before[-6:]):
        return replace(role, role=Role.PROMISED, confidence=0.8)
    listed = [r for r in earlier if r.sentence == intro]
    if listed and listed[-1].role is Role.PROMISED and role.sentence.paragraph - intro.paragraph <= 1:
        return replace(role, role=Role.PROMISED, confidence=0.75)
    if _is_listed(message, role.sentence, intro) and listed and listed[-1].role is Role.PROMISED:
        return replace(role, role=Role.PROMISED, confidence=0.75)
    opened = message.text[intro.start : intro.end].rstrip().endswith((":", "：", "は"))
    if (
        bare
        and (opened or message.says("plan", intro.start, intro.end))
        and message.says("future", intro.start, intro.end)
    ):
        return replace(role, role=Role.PROMISED, confidence=0.75)
    money = message.says("money", role.sentence.start, role.sentence.end)
    if bare and money and role.finding.date > message.reply.today and span[0] - role.sentence.start < 80:
        return replace(role, role=Role.PROMISED, confidence=0.6)
    return role


def _is_labelled(message: Message, role: DatedRole) -> bool:
    """A short line whose first words say that it names the day of payment."""
    sentence = role.sentence
    short = sentence.end - sentence.start < 40
    return short and message.says("pay_date_label", sentence.start, role.finding.span[0])


def _is_listed(message: Message, sentence: Sentence, before: Sentence) -> bool:
    """Two bullets of one list."""
    return all(message.text[s.start : s.end].lstrip()[:1] in "-*•・" for s in (sentence, before))


def _more_likely_past(finding: DateFinding, today: date) -> bool:
    """A day without a year that passed lately and comes again only in half a year or more."""
    if finding.date == finding.past:
        return False
    return finding.date - today > timedelta(days=150) and today - finding.past < timedelta(days=150)


def _is_long_ago(finding: DateFinding, today: date) -> bool:
    """A day without a year that comes soon, and was last most of a year ago."""
    ahead, behind = (finding.date - today).days, (today - finding.past).days
    return finding.date != finding.past and 0 < ahead < 45 and behind > 300


def _is_offer(message: Message, sentence: Sentence) -> bool:
    """ "60,000 this month and 60,000 the next, all right?": days with sums of their own are offered, not asked for."""
    days = [d for d in message.dates if sentence.start <= d.span[0] < sentence.end]
    sums = [a for a in message.amounts if sentence.start <= a.span[0] < sentence.end and a.amount >= 1]
    return len(days) > 1 and len(sums) + len(_rests_in(message, sentence)) >= len(days)


_SURELY = 0.85
_ELSE = (Label.OPT_OUT, Label.COPY_REQUEST, Label.STATEMENT_REQUEST, Label.WRONG_CONTACT, Label.QUESTION)


def asks_something_else(message: Message, sentence: Sentence, clause: Span) -> bool:
    """ "I pay on Monday, so could you stop these messages?": the day stands in a clause that promises it.

    "We'll pay on the 25th, could you bear with us until then?" promises, too.
    """
    last = sentence.clauses[-1]
    if clause == last:
        return False
    promised, asked = guess(message, *clause).of(Label.PROMISE), guess(message, *last)
    until_then = asked.of(Label.EXTENSION) > SURE and not any(last[0] <= d.span[0] < last[1] for d in message.dates)
    return (promised > SURE and asked.of(*_ELSE) > SURE) or (promised > _SURELY and until_then)


def _rests_in(message: Message, sentence: Sentence) -> list[Span]:
    return message.hits("rest", sentence.start, sentence.end)


def same_day_as_money_in(message: Message, roles: list[DatedRole]) -> DatedRole | None:
    """ "The grant comes on the 25th, and we pay the same day": the day on which the writer is paid is promised, too."""
    for start, _ in message.everywhere("same_day") or ():
        sentence = message.sentence_at(start)
        if not message.says("money", sentence.start, sentence.end):
            continue
        before = [r for r in roles if r.finding.span[0] < start and r.finding.date > message.reply.today]
        near = before[-1] if before else None
        if near and message.says("incoming", near.sentence.start, near.sentence.end):
            return near
    return None


def day_on_condition(message: Message, roles: list[DatedRole]) -> DatedRole | None:
    """ "Once the grant is in we pay on the 26th": the likeliest day of a promise that depends on something.

    Not a span, which starts who knows when ("within ten days of the repair"), nor a day on which the writer is paid.
    """
    days = [
        r
        for r in roles
        if r.finding.date > message.reply.today
        and r.finding.kind is not DateKind.RELATIVE
        and r.role not in (Role.ASKED, Role.REFUSED, Role.PAID)
        and max(view.of(Label.PROMISE_CONDITIONAL) for view in _views(message, r)) > 0.5
        and not _tells_of_money_in(message, r)
    ]
    best = max(days, key=lambda r: (r.promised, r.finding.span), default=None)
    return best if best and best.promised > _HARDLY else None


def _tells_of_money_in(message: Message, role: DatedRole) -> bool:
    """Whether a clause says that the writer is paid on its day, rather than once he is paid ("if it is in by then")."""
    start, end = role.sentence.clause_at(role.finding.span[0])
    first = role.finding.span[0]
    return any(
        hit[0] > first or not message.says("condition", hit[0], first) for hit in message.hits("incoming", start, end)
    )


_HARDLY = 0.015
"""A chance below which a day is none of payment, whatever its sentence depends on."""


def _views(message: Message, role: DatedRole) -> tuple[Guess, Guess]:
    """What the model of clauses makes of a date's clause, and of its sentence."""
    start, end = role.sentence.clause_at(role.finding.span[0])
    return guess(message, start, end), guess(message, role.sentence.start, role.sentence.end)


def is_ruled_out(message: Message, finding: DateFinding) -> bool:
    """ "Not the 24th": words that refuse to pay hold the day itself."""
    sentence = message.sentence_at(finding.span[0])
    hits = message.hits("negation", sentence.start, sentence.end)
    return any(start <= finding.span[0] and finding.span[1] <= end for start, end in hits)


def _checked(message: Message, role: DatedRole) -> DatedRole:
    """A role must agree with the calendar: what was paid lies behind, what is promised ahead."""
    finding, today = role.finding, message.reply.today
    start, end = role.sentence.clause_at(finding.span[0])
    sentence = role.sentence
    if role.role in (Role.PROMISED, Role.UNKNOWN, Role.OTHER) and is_ruled_out(message, finding):
        return replace(role, role=Role.REFUSED)
    beside = any(a.span[0] - finding.span[1] in range(3) for a in message.amounts)
    if role.role is Role.PROMISED and finding.kind is DateKind.TODAY and role.confidence < 0.95 and not beside:
        return replace(role, role=Role.OTHER)
    if role.role in (Role.PROMISED, Role.UNKNOWN) and _more_likely_past(finding, today):
        told = bool(tenses(message, sentence.start, sentence.end)[1])
        return replace(role, role=Role.PAID if told else Role.OTHER, confidence=0.8)
    if role.role is Role.PROMISED:
        if message.says("negation", start, end):
            return replace(role, role=Role.REFUSED)
        if finding.date < today:
            return replace(role, role=Role.UNKNOWN)
        if sentence.question and bool(tenses(message, sentence.start, sentence.end)[1]) and finding.past < today:
            return replace(role, role=Role.PAID)
        nod = message.says("nod", sentence.start, sentence.end)
        offered = nod or message.says("plan", sentence.start, sentence.end) or _is_offer(message, sentence)
        if sentence.question and not offered and not asks_something_else(message, sentence, (start, end)):
            return replace(role, role=Role.ASKED)
        if message.says("arrival", start, end) and bool(tenses(message, sentence.start, sentence.end)[1]):
            return replace(role, role=Role.OTHER)
    if role.role is Role.PAID and finding.past < today and _is_long_ago(finding, today):
        # "We arranged the transfer for the 22nd": not that of last year.
        return replace(role, role=Role.PROMISED, confidence=0.75)
    if role.role is Role.PAID and finding.past > today:
        if message.says("arrival", start, end):
            return replace(role, role=Role.OTHER)
        told = message.says("future", sentence.start, sentence.end)
        return replace(role, role=Role.PROMISED if told else Role.UNKNOWN, confidence=0.7)
    return role
