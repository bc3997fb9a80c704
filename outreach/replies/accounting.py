"""What a reading leaves unexplained: grave words, dates, numbers, questions and statements that nothing accounts for.

Each leaves a doubt, and a doubt brings a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.disputes import DisputeReason
from outreach.replies.clause_labels import MEANT, Label
from outreach.replies.grammar.reading import DateKind
from outreach.replies.message import Message
from outreach.replies.model import DisputeReading, Evidence, Intent, PaidReading, PromiseReading
from outreach.replies.references import Mention
from outreach.replies.requests import Requests
from outreach.replies.roles import DatedRole, Role, tenses
from outreach.replies.statements import SURE, Statement
from outreach.replies.tables import read_table

_FIT_TOGETHER = (
    frozenset({Intent.WRONG_CONTACT, Intent.OPT_OUT}),
    frozenset({Intent.STATEMENT_REQUEST, Intent.INVOICE_COPY_REQUEST}),
    frozenset({Intent.REMITTANCE_ADVICE, Intent.PROMISE_TO_PAY}),
    frozenset({Intent.REMITTANCE_ADVICE, Intent.ALREADY_PAID}),
    frozenset({Intent.DISPUTE, Intent.ALREADY_PAID}),
    frozenset({Intent.TERMS_EXTENSION_REQUEST, Intent.PROMISE_TO_PAY}),
)
_SEPARATE = frozenset(
    {Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN, Intent.DISPUTE, Intent.ALREADY_PAID, Intent.INVOICE_COPY_REQUEST,
     Intent.STATEMENT_REQUEST, Intent.OPT_OUT, Intent.WRONG_CONTACT}
)  # fmt: skip
"""Subjects that one reply may hold beside each other, each clear by itself."""
_DOCUMENTS = frozenset({Intent.INVOICE_COPY_REQUEST, Intent.STATEMENT_REQUEST})
_SHORT_OF_MONEY = frozenset({Intent.HARDSHIP, Intent.PROMISE_TO_PAY})
"""By the rules for German and Japanese replies a part that is surely promised needs nobody, whatever the reason."""
_HARMLESS = frozenset({Label.NONE, Label.ACKNOWLEDGEMENT, Label.OUT_OF_OFFICE, Label.QUESTION})
_GRAVE = (
    ("insolvency", Label.INSOLVENCY, Intent.INSOLVENCY, "insolvency or proceedings are mentioned", 0.35),
    ("legal", Label.LEGAL, None, "lawyers, courts or authorities are mentioned", 0.4),
    ("hardship", Label.HARDSHIP, Intent.HARDSHIP, "the customer says that paying is difficult", 0.5),
    ("complaint", Label.COMPLAINT, Intent.COMPLAINT, "the tone is angry", 0.5),
)


@dataclass
class Draft:
    """A reading in the making; `taken` are the numbers of the invoices that went into it.

    `order` are its intents, the first one first; `hard` doubts bring a person however sure the rest is.
    """

    intents: set[Intent] = field(default_factory=set)
    order: list[Intent] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    hard: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def add(self, intent: Intent) -> None:
        """One more, after the others."""
        if intent not in self.intents:
            self.intents.add(intent)
            self.order.append(intent)

    def drop(self, intent: Intent) -> None:
        """One less."""
        if intent in self.intents and len(self.order) > 1:
            self.intents.discard(intent)
            self.order.remove(intent)

    def swap(self, old: Intent, new: Intent) -> None:
        """`new` in the place of `old`."""
        if old in self.intents:
            self.order[self.order.index(old)] = new
            self.order = list(dict.fromkeys(self.order))
            self.intents = set(self.order)


def likeliest(statements: list[Statement], *labels: Label) -> float:
    """How likely the statement is that is most likely of one of `labels`."""
    return max((s.guess.of(*labels) for s in statements), default=0.0)


_PLAIN_SUBJECTS = frozenset(
    {Intent.DISPUTE, Intent.INVOICE_COPY_REQUEST, Intent.STATEMENT_REQUEST, Intent.ALREADY_PAID, Intent.WRONG_CONTACT}
)
_FIRMLY = 0.85
"""A chance from which a statement surely refuses to pay."""
_HARDLY = 0.12
"""A chance below which what is said as a whole speaks against a word of hardship or anger."""


def grave_doubts(
    message: Message, draft: Draft, statements: list[Statement], said: dict[str, float], settled: bool
) -> list[str]:
    """What must never be missed: each of these brings a person, whatever else the reply says.

    By a word of the lexicon, unless the model is sure that its sentence says something else; by the model alone; or
    because it is what the reply says. Only hardship beside a complete promise (`settled`) or behind a plain wish for
    more time is no more than its reason, and hardship or anger in a reply that says something plain ("no money until
    it is repaired") only a doubt, or, where that is a wish for a document, nothing.
    """
    doubts: list[str] = []
    for cue, label, intent, why, enough in _GRAVE:
        believed = [s for s in statements if message.says(cue, s.start, s.end) and _may_be(s, label)]
        likely = [s for s in statements if s.guess.of(label) > enough and not _is_signature(message, s, label)]
        told = intent in draft.intents
        noted = cue == "hardship" and settled and (not told or message.language in ("de", "ja"))
        if not (believed or likely or told) or noted:
            continue
        plain = draft.order[0] in _PLAIN_SUBJECTS and said.get(draft.order[0].value, 0.0) > 0.8
        hardly = intent in (Intent.HARDSHIP, Intent.COMPLAINT) and not told and said[intent.value] < _HARDLY
        if plain and hardly and draft.intents <= _DOCUMENTS:
            continue  # "we had a flood, please send it again"
        reason = cue == "hardship" and draft.order == [Intent.TERMS_EXTENSION_REQUEST]
        (draft.doubts if (plain and hardly) or reason else doubts).append(why)
        first = next(iter([*likely, *believed]), max(statements, key=lambda s: s.guess.of(label)))
        draft.evidence.append(Evidence(cue, message.quote(first.start, first.end), 0.8))
    return doubts


def _is_signature(message: Message, statement: Statement, label: Label) -> bool:
    """ "Head of Legal": two or three words without a verb at the end are the writer's office."""
    words = message.text[statement.start : statement.end].split()
    short = len(words) <= 3 and (message.language != "ja" or statement.end - statement.start < 12)
    return label is Label.LEGAL and short and statement.start > 40


def _may_be(statement: Statement, label: Label) -> bool:
    """Not where the model is sure that the words say something else ("can't be processed" is no hardship)."""
    if label is Label.INSOLVENCY:
        return True
    chance = statement.guess.of(label)
    if label is Label.COMPLAINT:
        return chance > 0.25
    if label is Label.LEGAL:
        formal = statement.label is Label.OPT_OUT  # an objection by a law, of an authority's kind
        return (chance > 0.2 or formal) and statement.end - statement.start > 25
    if statement.label is Label.NONE and statement.chance > 0.8:
        return chance > 0.05
    return chance > 0.12 or statement.chance < 0.5


def account_for_everything(
    message: Message, roles: list[DatedRole], requests: Requests, statements: list[Statement], draft: Draft,
    settled: bool,
) -> None:  # fmt: skip
    """Dates, numbers, questions and statements that nothing explains leave a doubt.

    By the rules for German and Japanese replies a question about something else beside a complete promise (`settled`)
    needs nobody.
    """
    _account_for_dates(message, roles, requests, draft, statements)
    for intent in draft.intents:
        if _support(intent, statements) < (0.75 if intent is Intent.ACKNOWLEDGEMENT else 0.6):
            draft.doubts.append(f"not sure that it says {intent.value.replace('_', ' ')}")
    loose = [m for m in message.mentions if not _is_used(message, m, roles, requests, statements, draft)]
    if loose:
        draft.doubts.append(f"“{loose[0].number}” is named beside something that was not understood")
    if loose and likeliest(statements, Label.REFUSAL) > _FIRMLY:
        draft.doubts.append(f"“{loose[0].number}” is not to be paid, and why is not clear")
    _account_for_statements(message, statements, draft)
    certain_dispute = draft.intents == {Intent.DISPUTE} and not draft.doubts
    beside = settled and not requests.about_paying and message.language in ("de", "ja")
    asks = requests.question and not requests.found and not beside
    if asks and Intent.PAYMENT_PLAN not in draft.intents and not certain_dispute:
        draft.doubts.append("asks something")
    if draft.intents & {Intent.ALREADY_PAID, Intent.REMITTANCE_ADVICE} and message.says("astray"):
        draft.doubts.append("the payment may have gone to another account")
    if message.says("adopted") and message.stripped.history and not message.adopted:
        draft.doubts.append("points to an answer in the mail below")


def _may_be_another_payment(role: DatedRole, statements: list[Statement], today: date) -> bool:
    """A day ahead that was set aside, in a statement that the model takes for a promise of several."""
    statement = next((s for s in statements if s.start <= role.finding.span[0] < s.end), None)
    if statement is None or role.role is not Role.OTHER or role.finding.date <= today:
        return False
    return statement.guess.of(Label.PLAN) > 0.3


def _support(intent: Intent, statements: list[Statement]) -> float:
    """How sure the model is of the statement that speaks most for an intent."""
    labels = [label for label, intents in MEANT.items() if intent in intents]
    if intent is Intent.DISPUTE:
        return max((s.guess.disputes for s in statements), default=0.0)
    return likeliest(statements, *labels) if labels else 1.0


def _is_told_as_made(message: Message, role: DatedRole) -> bool:
    """ "Paid 600 today and will pay the rest on the 29th": the word before today tells of a payment made."""
    if role.role is not Role.PROMISED or role.finding.date != message.reply.today:
        return False
    future, past = tenses(message, role.sentence.start, role.finding.span[0])
    return bool(past) and not future


def _account_for_dates(
    message: Message, roles: list[DatedRole], requests: Requests, draft: Draft, statements: list[Statement]
) -> None:
    today = message.reply.today
    promised_days = [r for r in roles if r.role is Role.PROMISED]
    open_roles = [r for r in roles if r.sentence not in requests.sentences]
    unexplained = [
        r
        for r in open_roles
        if r.role is Role.UNKNOWN
        and r.finding.kind not in (DateKind.NOW, DateKind.TODAY)
        and (r.finding.date >= today or (today - r.finding.date).days < 150)
    ]
    if unexplained:
        draft.doubts.append(f"what “{unexplained[0].finding.text}” is for is not clear")
    asked = [r for r in open_roles if r.role is Role.ASKED]
    if asked and Intent.TERMS_EXTENSION_REQUEST not in draft.intents:
        draft.doubts.append(f"asks about “{asked[0].finding.text}”")
    if any(_may_be_another_payment(r, statements, today) for r in open_roles) and promised_days:
        draft.doubts.append("another day stands beside the promised one")
    made = [r for r in roles if (r.role is Role.PAID and r.paid > SURE) or _is_told_as_made(message, r)]
    if made and not draft.intents & {Intent.ALREADY_PAID, Intent.REMITTANCE_ADVICE, Intent.DISPUTE}:
        draft.doubts.append(f"“{made[0].finding.text}” tells of a payment made")
    refused = any(r.role is Role.REFUSED for r in roles)
    promised = any(r.role is Role.PROMISED for r in roles)
    if refused and not promised and not draft.intents & {Intent.DISPUTE, Intent.HARDSHIP}:
        draft.doubts.append("says that it will not pay")
    if draft.intents & {Intent.ACKNOWLEDGEMENT} and promised:
        draft.doubts.append("an acknowledgement that names a day")


def _account_for_statements(message: Message, statements: list[Statement], draft: Draft) -> None:
    told = {label for _, label, _, why, _ in _GRAVE if why in draft.doubts}
    for statement in statements:
        if statement.label in _HARMLESS or statement.label in told or statement.chance < SURE:
            continue  # what a grave word says is one doubt, not two
        if not _explained(message, statement, draft.intents):
            quote = message.quote(statement.start, statement.end)
            draft.doubts.append(f"“{quote[:60]}” may say something else ({statement.label.value})")


_ALSO_EXPLAINS = {
    Intent.DISPUTE: frozenset({Label.REFUSAL, Label.COPY_REQUEST, Label.STATEMENT_REQUEST, Label.REMITTANCE}),
    Intent.PROMISE_TO_PAY: frozenset({Label.REFUSAL, Label.REMITTANCE, Label.HARDSHIP, Label.PROMISE_VAGUE}),
    Intent.PAYMENT_PLAN: frozenset(
        {Label.REFUSAL, Label.REMITTANCE, Label.HARDSHIP, Label.PROMISE_VAGUE, Label.EXTENSION}
    ),
    Intent.ALREADY_PAID: frozenset({Label.STATEMENT_REQUEST, Label.REMITTANCE, Label.PROMISE_VAGUE}),
    Intent.STATEMENT_REQUEST: frozenset({Label.REFUSAL, Label.COPY_REQUEST}),
    Intent.INVOICE_COPY_REQUEST: frozenset({Label.PROMISE_VAGUE, Label.STATEMENT_REQUEST}),
    Intent.TERMS_EXTENSION_REQUEST: frozenset({Label.HARDSHIP, Label.REFUSAL}),
    Intent.HARDSHIP: frozenset({Label.REFUSAL}),
    Intent.INSOLVENCY: frozenset({Label.REFUSAL, Label.WRONG_CONTACT}),
    Intent.OPT_OUT: frozenset({Label.WRONG_CONTACT}),
    Intent.WRONG_CONTACT: frozenset({Label.OPT_OUT}),
    Intent.OUT_OF_OFFICE: frozenset({Label.WRONG_CONTACT}),
}
"""What people say along with a subject that is no subject of its own."""


def _explained(message: Message, statement: Statement, intents: set[Intent]) -> bool:
    label, span = statement.label, (statement.start, statement.end)
    if label.value.startswith("dispute_"):
        paid = label is Label.DISPUTE_ALREADY_PAID or statement.chance < 0.8
        mislaid = label is Label.DISPUTE_NOT_RECEIVED and not message.says("goods", *span)
        return (
            Intent.DISPUTE in intents
            or (message.says("untouched", *span) and not message.says("contest", *span))
            or (paid and Intent.ALREADY_PAID in intents)
            or (mislaid and Intent.INVOICE_COPY_REQUEST in intents)
        )
    if label is Label.LEGAL or any(label in _ALSO_EXPLAINS.get(intent, ()) for intent in intents):
        return True
    if label in (Label.PAID, Label.PROMISE) and not _tells_of_money(message, span):
        return True
    if label is Label.EXTENSION and Intent.PROMISE_TO_PAY in intents:
        # "We pay on the 19th and beg your patience until then", "may we have your offer by the 25th?"
        wishes = any(message.says(cue, *span) for cue in ("extension", "money")) or message.language not in ("de", "ja")
        return not (wishes and _names_a_day(message, span))
    returns = label in (Label.PROMISE, Label.PROMISE_CONDITIONAL)  # "should nothing have arrived, call me"
    if returns and Intent.ALREADY_PAID in intents and message.says("arrival", *span):
        return True
    if label is Label.PAID and Intent.TERMS_EXTENSION_REQUEST in intents and message.says("incoming", *span):
        return True  # "they haven't paid me for some doors"
    if (
        label is Label.PROMISE_CONDITIONAL
        and message.language in ("de", "ja")
        and intents
        & {
            Intent.DISPUTE,
            Intent.INVOICE_COPY_REQUEST,
        }
    ):
        return True
    return bool(MEANT.get(label, frozenset()) & intents)


def _names_a_day(message: Message, span: tuple[int, int]) -> bool:
    return any(span[0] <= found.span[0] < span[1] for found in message.dates)


def _tells_of_money(message: Message, span: tuple[int, int]) -> bool:
    """A day, a sum, an invoice or a word for paying."""
    start, end = span
    spans = [f.span for f in message.dates] + [f.span for f in message.amounts] + [f.span for f in message.mentions]
    return message.says("money", *span) or any(start <= first < end for first, _ in spans)


def _is_used(
    message: Message, mention: Mention, roles: list[DatedRole], requests: Requests, statements: list[Statement],
    draft: Draft,
) -> bool:  # fmt: skip
    """Whether the sentence that names an invoice went into the reading, or says nothing for sure."""
    sentence = message.sentence_at(mention.span[0])
    if sentence in requests.sentences or any(
        r.sentence == sentence and r.role in (Role.PROMISED, Role.PAID) for r in roles
    ):
        return True
    if mention.number in draft.taken or _is_cell(message, mention):
        return True
    if mention.left_out or message.says("left_out", sentence.start, sentence.end):
        return True
    if message.quote(sentence.start, sentence.end) in {e.quote for e in draft.evidence}:
        return True
    if len(message.context.open_invoices) == 1:
        return True
    statement = next((s for s in statements if s.start <= mention.span[0] < s.end), None)
    if statement and statement.label in _HARMLESS and statement.guess.of(*_HARMLESS) > SURE:
        return True
    return Intent.DISPUTE in draft.intents or not draft.intents & {Intent.PROMISE_TO_PAY, Intent.ALREADY_PAID}


def _is_cell(message: Message, mention: Mention) -> bool:
    """A row without a day in a table of days of payment: nothing is said of that invoice yet."""
    rows = read_table(message)
    return bool(rows) and rows[0].start <= mention.span[0] < rows[-1].end + 120


def combination_doubts(
    message: Message, draft: Draft, promise: PromiseReading | None, dispute: DisputeReading | None,
    paid: PaidReading | None,
) -> list[str]:  # fmt: skip
    """Several subjects go to a person, but for those that belong together and those that name invoices of their own."""
    intents = frozenset(draft.intents)
    if len(intents) < 2 or intents in _FIT_TOGETHER:
        return []
    if dispute and dispute.reason is DisputeReason.OTHER and Intent.WRONG_CONTACT in intents:
        return ["several subjects in one reply"]  # "never heard of it, you must mean the one before me"
    if promise and intents == _SHORT_OF_MONEY and message.language in ("de", "ja"):
        return []
    if not intents <= _SEPARATE:
        return ["several subjects in one reply"]
    if promise and dispute and not paid and _pays_the_rest(message, promise, dispute):
        return []
    scopes = [set(finding.invoices) for finding in (promise, dispute, paid) if finding]
    disjoint = all(scopes) and sum(map(len, scopes)) == len(set().union(*scopes))
    if len(scopes) > 1 and not disjoint:
        return ["several subjects in one reply"]
    return []


def _pays_the_rest(message: Message, promise: PromiseReading, dispute: DisputeReading) -> bool:
    """ "4,024 goes out on the 14th, the 186 of freight we dispute": one invoice, the contested part left out."""
    total = message.context.total(dispute.invoices)
    amounts = [part.amount for part in promise.instalments]
    promised = sum((a for a in amounts if a is not None), Decimal(0))
    if any(a is None for a in amounts) or not 0 < promised < total:
        return False
    return dispute.amount is None or promised + dispute.amount <= total
