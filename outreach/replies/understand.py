"""`understand_reply`: what a customer's answer says, the words it rests on, and whether a person must look.

Being right matters more than being quick: whatever in the reply is not explained (a date, a question, a second subject,
a word that hints at anger, lawyers or insolvency) leaves a doubt, and a reply with a doubt goes to a person.
"""

from __future__ import annotations

from outreach.replies.accounting import Draft, account_for_everything, combination_doubts, likeliest, take_grave
from outreach.replies.automatic import is_automatic
from outreach.replies.clause_labels import Label
from outreach.replies.disputes import DisputeResult, read_dispute
from outreach.replies.folding import fold
from outreach.replies.grammar.reading import DateKind
from outreach.replies.keywords import read_keyword
from outreach.replies.message import Message, read_message
from outreach.replies.model import Evidence, Instalment, Intent, PromiseReading, Reply, ReplyContext, Understanding
from outreach.replies.payments import PaidResult, read_advice, read_paid
from outreach.replies.promises import PromiseResult, read_promise
from outreach.replies.references import read_contact
from outreach.replies.requests import Requests, read_requests
from outreach.replies.roles import DatedRole, Role, find_roles
from outreach.replies.statements import SURE, Statement, read_statements
from outreach.replies.tables import read_table

_ORDER = [
    Intent.INSOLVENCY, Intent.REMITTANCE_ADVICE, Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN, Intent.DISPUTE,
    Intent.ALREADY_PAID, Intent.HARDSHIP, Intent.TERMS_EXTENSION_REQUEST, Intent.STATEMENT_REQUEST,
    Intent.INVOICE_COPY_REQUEST, Intent.WRONG_CONTACT, Intent.OPT_OUT, Intent.COMPLAINT, Intent.ACKNOWLEDGEMENT,
    Intent.OUT_OF_OFFICE,
    Intent.OTHER,
]  # fmt: skip
_COMMITTING = (Label.PROMISE, Label.PLAN, Label.PAID, Label.PAID_QUESTION, Label.EXTENSION, Label.REFUSAL)
_MONEY_INTENTS = frozenset({Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN, Intent.DISPUTE, Intent.ALREADY_PAID})


def understand_reply(reply: Reply, context: ReplyContext) -> Understanding:
    """A reply and what its sender owes → its reading. Never raises for anything a customer can write."""
    message = read_message(reply, context)
    keyword = read_keyword(message.text)
    if keyword:
        evidence = (Evidence(keyword.value, message.text.strip(), 1.0),)
        return Understanding(message.language, (keyword,), text=message.text, evidence=evidence)
    if is_automatic(reply.headers, reply.subject) and not message.says("remittance_document"):
        return _automatic(message)
    if not message.text.strip():
        return Understanding(message.language, (Intent.OTHER,), text="", doubts=("there is no text to read",))
    return _understand(message)


def _automatic(message: Message) -> Understanding:
    """A robot's mail: absence, or nothing we can tell. Promises nothing."""
    contact = read_contact(message.text, message.reply.from_name)
    ahead = [d for d in message.dates if d.date > message.reply.today and d.kind is not DateKind.WINDOW]
    absent = message.says("ooo") or bool(ahead) or is_automatic({}, message.reply.subject)
    doubts = () if absent else ("a robot's mail that tells of no absence",)
    if message.says("insolvency"):
        doubts = (*doubts, "an automatic mail that speaks of insolvency")
    return Understanding(
        message.language,
        (Intent.OUT_OF_OFFICE,),
        new_contact=contact,
        automatic=True,
        back_on=max((d.date for d in ahead), default=None),
        text=message.text,
        evidence=(Evidence("out_of_office", message.quote(0, min(len(message.text), 160)), 0.95),),
        doubts=doubts,
    )


def _understand(message: Message) -> Understanding:
    draft = Draft()
    statements = read_statements(message)
    roles = find_roles(message)
    requests = read_requests(message, statements)
    promise = read_promise(message, roles)
    if _is_remittance(message, requests, statements):
        return _advice(message, roles, requests, statements)
    paid = read_paid(message, roles, statements)
    promised = [s for s in statements if any(r.role is Role.PROMISED and _stands_in(r, s) for r in roles)]
    named = list(promise.promise.invoices) if promise.promise else []
    dispute = read_dispute(message, statements, paid.paid is not None, promised, named)
    reading = _take_money(message, roles, requests, promise, paid, dispute, statements, draft)
    settled = reading is not None and not promise.doubts
    take_grave(message, requests, draft, statements, settled=settled)
    _take_requests(requests, draft)
    if draft.intents & {Intent.INSOLVENCY} and likeliest(statements, Label.INSOLVENCY) > 0.4:
        draft.intents -= {Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN, Intent.WRONG_CONTACT}
        reading = None
    if dispute.dispute and dispute.weak and not draft.intents:
        draft.intents.add(Intent.DISPUTE)
        draft.evidence += dispute.evidence
        draft.doubts += dispute.doubts
    _take_rest(message, requests, promise, statements, draft)
    if len(draft.intents) > 1:
        draft.intents.discard(Intent.ACKNOWLEDGEMENT)
    for finding in (reading, dispute.dispute, paid.paid):
        draft.taken |= set(finding.invoices) if finding else set()
    account_for_everything(message, roles, requests, statements, draft)
    contact = None
    if Intent.WRONG_CONTACT in draft.intents or Intent.INSOLVENCY in draft.intents:
        contact = read_contact(message.text, message.reply.from_name)
    found_dispute = dispute.dispute if Intent.DISPUTE in draft.intents else None
    found_paid = paid.paid if Intent.ALREADY_PAID in draft.intents else None
    draft.doubts += combination_doubts(message, draft, reading, found_dispute, found_paid)
    return Understanding(
        message.language,
        _ordered(message, draft),
        promise=reading,
        dispute=found_dispute,
        paid=found_paid,
        new_contact=contact,
        named=tuple(dict.fromkeys(m.number for m in message.mentions)),
        text=message.text,
        evidence=tuple(draft.evidence),
        doubts=tuple(dict.fromkeys(draft.doubts)),
    )


def _stands_in(role: DatedRole, statement: Statement) -> bool:
    return statement.start <= role.finding.span[0] < statement.end


def _is_remittance(message: Message, requests: Requests, statements: list[Statement]) -> bool:
    """A formal advice: titled as one in the subject or on a line of its own, or made of lines that only one has."""
    if Intent.TERMS_EXTENSION_REQUEST in requests.found or Intent.INVOICE_COPY_REQUEST in requests.found:
        return False
    lines = [s for s in statements if s.guess.of(Label.REMITTANCE) > 0.5]
    firm = [s for s in lines if s.chance > 0.75 and s.label is Label.REMITTANCE]
    if (len(lines) >= 3 or (len(lines) >= 2 and firm)) and message.amounts and not read_table(message):
        return True
    title = message.lexicon["remittance_document"]
    if title.search(fold(message.reply.subject)) and not fold(message.reply.subject).startswith(("re:", "aw:", "sv:")):
        return True
    return any(len(line) < 60 and title.match(line.strip(" *#-:=")) for line in message.folded[:300].split("\n"))


def _advice(message: Message, roles: list[DatedRole], requests: Requests, statements: list[Statement]) -> Understanding:
    """A payment advice: paid where its day has come, promised where it is still ahead."""
    advice = read_advice(message, roles)
    draft = Draft({Intent.REMITTANCE_ADVICE}, list(advice.evidence), list(advice.doubts))
    take_grave(message, requests, draft, statements, settled=False)
    paid, promise = advice.paid, None
    if paid and paid.date is not None and paid.date <= message.reply.today:
        draft.intents.add(Intent.ALREADY_PAID)
    if paid and paid.date and paid.date > message.reply.today:
        part = Instalment(paid.date, paid.amount, message.context.currency)
        draft.intents.add(Intent.PROMISE_TO_PAY)
        promise, paid = PromiseReading((part,), paid.invoices), None
    intents = _ordered(message, draft)
    return Understanding(
        message.language, intents, promise=promise, paid=paid, text=message.text,
        evidence=tuple(draft.evidence), doubts=tuple(draft.doubts),
    )  # fmt: skip


def _take_money(
    message: Message,
    roles: list[DatedRole],
    requests: Requests,
    promise: PromiseResult,
    paid: PaidResult,
    dispute: DisputeResult,
    statements: list[Statement],
    draft: Draft,
) -> PromiseReading | None:
    """Promise, plan, payment made and dispute; returns the promise to record."""
    if dispute.dispute and not dispute.weak:
        draft.intents.add(Intent.DISPUTE)
        draft.evidence += dispute.evidence
        draft.doubts += dispute.doubts
    if paid.paid and not (promise.promise and not dispute.dispute and _same_sentences(paid, roles)):
        draft.intents.add(Intent.ALREADY_PAID)
        draft.evidence += paid.evidence
        draft.doubts += paid.doubts
    committed = promise.promise is not None or promise.conditional
    if requests.extension and not requests.firm and committed:
        # "Could we have until 30 June?" is a request, not a promise.
        draft.doubts.append("asks for time and names a day")
        committed = False
    few = promise.promise is not None and len(promise.promise.instalments) < 3
    plan = promise.plan or (likeliest(statements, Label.PLAN) > SURE and not few)
    if plan and (committed or requests.question or message.says("request") or likeliest(statements, Label.PLAN) > SURE):
        draft.intents.add(Intent.PAYMENT_PLAN)
        draft.evidence += promise.evidence
        draft.doubts += promise.doubts
        if not promise.promise:
            draft.doubts.append("a plan without a schedule")
        return promise.promise if committed else None
    if committed:
        draft.intents.add(Intent.PROMISE_TO_PAY)
        draft.evidence += promise.evidence
        draft.doubts += promise.doubts
        return promise.promise
    _take_undated(message, promise, statements, draft)
    return None


def _take_undated(message: Message, promise: PromiseResult, statements: list[Statement], draft: Draft) -> None:
    """A commitment without a day. German and Japanese call a dateless one an acknowledgement (see the rules)."""
    if likeliest(statements, Label.COMPLAINT) > SURE:
        return
    conditional = likeliest(statements, Label.PROMISE_CONDITIONAL)
    vague = likeliest(statements, Label.PROMISE_VAGUE)
    if message.language in ("de", "ja"):
        if draft.intents & _MONEY_INTENTS:
            return
        if (promise.undated and message.says("vague")) or vague > SURE:
            draft.intents.add(Intent.ACKNOWLEDGEMENT)
            if not _only_acknowledges(message, promise):
                draft.doubts.append("perhaps more than an acknowledgement")
        return
    if conditional > SURE and not draft.intents & {Intent.DISPUTE}:
        draft.intents.add(Intent.PROMISE_TO_PAY)
        draft.doubts.append("the promise depends on something else")
    elif not draft.intents & _MONEY_INTENTS and (vague > SURE or (promise.undated and message.says("vague"))):
        draft.intents.add(Intent.PROMISE_TO_PAY)
        draft.doubts.append("a promise without a day")


def _same_sentences(paid: PaidResult, roles: list[DatedRole]) -> bool:
    """What looks like a payment made stands in the very sentence that promises one ("is scheduled for")."""
    promised = [r.sentence for r in roles if r.role is Role.PROMISED]
    return all(s.sentence in promised for s in paid.statements) and not any(r.role is Role.PAID for r in roles)


def _take_requests(requests: Requests, draft: Draft) -> None:
    for intent, sentence in requests.found.items():
        if intent is Intent.TERMS_EXTENSION_REQUEST and draft.intents & {Intent.PAYMENT_PLAN, Intent.PROMISE_TO_PAY}:
            continue
        if intent is Intent.INVOICE_COPY_REQUEST and Intent.DISPUTE in draft.intents:
            continue
        draft.intents.add(intent)
        draft.evidence.append(Evidence(intent.value, sentence, 0.85))
    draft.doubts += requests.doubts


def _take_rest(
    message: Message, requests: Requests, promise: PromiseResult, statements: list[Statement], draft: Draft
) -> None:
    """Nothing else said: an acknowledgement if it is one, otherwise something for a person."""
    if draft.intents:
        return
    acknowledges = likeliest(statements, Label.ACKNOWLEDGEMENT)
    angry = likeliest(statements, Label.COMPLAINT) > SURE
    if promise.undated and not message.says("ack") and acknowledges < SURE and not angry:
        draft.intents.add(Intent.PROMISE_TO_PAY)
        draft.doubts.append("a promise without a day")
    elif acknowledges < SURE and likeliest(statements, Label.OUT_OF_OFFICE) > 0.4 and len(message.text) < 600:
        draft.intents.add(Intent.OUT_OF_OFFICE)
        draft.doubts.append("reads like an absence, but was not sent by a robot")
    elif (acknowledges > SURE or (message.says("ack") and acknowledges > 0.2)) and len(message.text) < 500:
        draft.intents.add(Intent.ACKNOWLEDGEMENT)
        plain = acknowledges > SURE and likeliest(statements, *_COMMITTING) < 0.3 and not message.amounts
        if requests.question or not (plain or _only_acknowledges(message, promise)):
            draft.doubts.append("perhaps more than an acknowledgement")
        hit = [s for s in statements if s.label is Label.ACKNOWLEDGEMENT] or statements
        draft.evidence.append(Evidence("acknowledgement", message.quote(hit[0].start, hit[0].end), 0.85))
        if promise.undated and message.language not in ("de", "ja"):
            draft.doubts.append("perhaps a promise without a day")
    else:
        draft.intents.add(_guessed(statements))
        draft.doubts.append("nothing in it was understood for sure")


_GUESSES = {
    Label.PROMISE: Intent.PROMISE_TO_PAY,
    Label.PROMISE_VAGUE: Intent.PROMISE_TO_PAY,
    Label.PROMISE_CONDITIONAL: Intent.PROMISE_TO_PAY,
    Label.PLAN: Intent.PAYMENT_PLAN,
    Label.COPY_REQUEST: Intent.INVOICE_COPY_REQUEST,
    Label.STATEMENT_REQUEST: Intent.STATEMENT_REQUEST,
    Label.EXTENSION: Intent.TERMS_EXTENSION_REQUEST,
    Label.WRONG_CONTACT: Intent.WRONG_CONTACT,
    Label.OPT_OUT: Intent.OPT_OUT,
    Label.HARDSHIP: Intent.HARDSHIP,
    Label.COMPLAINT: Intent.COMPLAINT,
    Label.ACKNOWLEDGEMENT: Intent.ACKNOWLEDGEMENT,
}
"""What to show a person first where nothing was sure; never acted on."""


def _guessed(statements: list[Statement]) -> Intent:
    telling = [s for s in statements if s.label in _GUESSES and s.chance > 0.35]
    best = max(telling, key=lambda s: s.chance, default=None)
    return _GUESSES[best.label] if best else Intent.OTHER


def _only_acknowledges(message: Message, promise: PromiseResult) -> bool:
    """Nothing in it of a day, a sum, a plan or a payment made; undated haste ("umgehend") is allowed."""
    ahead = [d for d in message.dates if d.date > message.reply.today and d.kind is not DateKind.NOW]
    money = message.says("money") and (bool(message.dates) or promise.undated) and not message.says("vague")
    return not (ahead or money or message.amounts or message.says("plan") or message.says("past"))


def _ordered(message: Message, draft: Draft) -> tuple[Intent, ...]:
    found = [i for i in _ORDER if i in draft.intents]
    if Intent.PROMISE_TO_PAY in found and Intent.DISPUTE in found:
        first = {e.finding: message.text.find(e.quote[:20]) for e in reversed(draft.evidence)}
        if first.get("dispute", 0) < first.get("promise", 10**6):
            found.remove(Intent.DISPUTE)
            found.insert(found.index(Intent.PROMISE_TO_PAY), Intent.DISPUTE)
    return tuple(found)
