"""`understand_reply`: what a customer's answer says, the words it rests on, and whether a person must look.

Being right matters more than being quick: whatever in the reply is not explained (a date, a question, a second subject,
a word that hints at anger, lawyers or insolvency) leaves a doubt, and a reply with a doubt goes to a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from outreach.replies.automatic import is_automatic
from outreach.replies.disputes import DisputeResult, read_dispute
from outreach.replies.folding import fold
from outreach.replies.grammar.reading import DateKind
from outreach.replies.keywords import read_keyword
from outreach.replies.message import Message, read_message
from outreach.replies.model import Evidence, Instalment, Intent, PromiseReading, Reply, ReplyContext, Understanding
from outreach.replies.payments import PaidResult, read_advice, read_paid
from outreach.replies.promises import PromiseResult, read_promise
from outreach.replies.references import Mention, read_contact
from outreach.replies.requests import Requests, read_requests
from outreach.replies.roles import DatedRole, Role, find_roles

_ORDER = [
    Intent.INSOLVENCY, Intent.REMITTANCE_ADVICE, Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN, Intent.DISPUTE,
    Intent.ALREADY_PAID, Intent.HARDSHIP, Intent.TERMS_EXTENSION_REQUEST, Intent.STATEMENT_REQUEST,
    Intent.INVOICE_COPY_REQUEST, Intent.WRONG_CONTACT, Intent.OPT_OUT, Intent.COMPLAINT, Intent.ACKNOWLEDGEMENT,
    Intent.OUT_OF_OFFICE,
    Intent.OTHER,
]  # fmt: skip
_MONEY_INTENTS = frozenset({Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN, Intent.DISPUTE, Intent.ALREADY_PAID})
_FIT_TOGETHER = (
    frozenset({Intent.WRONG_CONTACT, Intent.OPT_OUT}),
    frozenset({Intent.STATEMENT_REQUEST, Intent.INVOICE_COPY_REQUEST}),
    frozenset({Intent.REMITTANCE_ADVICE, Intent.PROMISE_TO_PAY}),
    frozenset({Intent.REMITTANCE_ADVICE, Intent.ALREADY_PAID}),
    frozenset({Intent.DISPUTE, Intent.ALREADY_PAID}),
)


@dataclass
class _Draft:
    """A reading in the making."""

    intents: set[Intent] = field(default_factory=set)
    evidence: list[Evidence] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


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
    draft = _Draft()
    roles = find_roles(message)
    requests = read_requests(message)
    promise = read_promise(message, roles)
    if _is_remittance(message, requests):
        return _advice(message, roles, requests)
    paid = read_paid(message, roles)
    promised_in = [r.sentence for r in roles if r.role is Role.PROMISED]
    dispute = read_dispute(message, paid.paid is not None, promised_in)
    reading = _take_money(message, roles, requests, promise, paid, dispute, draft)
    _take_grave(message, requests, draft, settled=reading is not None and not promise.doubts)
    _take_requests(requests, draft)
    _take_rest(message, requests, promise, draft)
    _account_for_everything(message, roles, requests, draft)
    contact = None
    if Intent.WRONG_CONTACT in draft.intents or Intent.INSOLVENCY in draft.intents:
        contact = read_contact(message.text, message.reply.from_name)
    ordered = _ordered(message, draft)
    doubts = list(dict.fromkeys(draft.doubts + _combination_doubts(draft.intents)))
    return Understanding(
        message.language,
        ordered,
        promise=reading,
        dispute=dispute.dispute if Intent.DISPUTE in draft.intents else None,
        paid=paid.paid if Intent.ALREADY_PAID in draft.intents else None,
        new_contact=contact,
        named=tuple(dict.fromkeys(m.number for m in message.mentions)),
        text=message.text,
        evidence=tuple(draft.evidence),
        doubts=tuple(doubts),
    )


def _is_remittance(message: Message, requests: Requests) -> bool:
    """A formal advice: titled as one in the subject or on a line of its own."""
    if Intent.TERMS_EXTENSION_REQUEST in requests.found or Intent.INVOICE_COPY_REQUEST in requests.found:
        return False
    title = message.lexicon["remittance_document"]
    if title.search(fold(message.reply.subject)) and not fold(message.reply.subject).startswith(("re:", "aw:", "sv:")):
        return True
    return any(len(line) < 60 and title.match(line.strip(" *#-:=")) for line in message.folded[:300].split("\n"))


def _advice(message: Message, roles: list[DatedRole], requests: Requests) -> Understanding:
    """A payment advice: paid where its day has come, promised where it is still ahead."""
    advice = read_advice(message, roles)
    draft = _Draft({Intent.REMITTANCE_ADVICE}, list(advice.evidence), list(advice.doubts))
    _take_grave(message, requests, draft, settled=False)
    paid, promise = advice.paid, None
    if paid and paid.date and paid.date > message.reply.today:
        part = Instalment(paid.date, paid.amount, message.context.currency)
        draft.intents.add(Intent.PROMISE_TO_PAY)
        promise, paid = PromiseReading((part,), paid.invoices), None
    intents = _ordered(message, draft)
    return Understanding(
        message.language, intents, promise=promise, paid=paid, text=message.text,
        evidence=tuple(draft.evidence), doubts=tuple(draft.doubts),
    )  # fmt: skip


def _take_grave(message: Message, requests: Requests, draft: _Draft, settled: bool) -> None:
    """What must never be missed: each of these goes to a person, whatever else the reply says.

    Only hardship beside a complete promise (`settled`) is no more than its reason.
    """
    for cue, intent, why in (
        ("insolvency", Intent.INSOLVENCY, "insolvency or proceedings are mentioned"),
        ("legal", None, "lawyers, courts or authorities are mentioned"),
        ("hardship", Intent.HARDSHIP, "the customer says that paying is difficult"),
        ("complaint", Intent.COMPLAINT, "the tone is angry"),
    ):
        hits = message.hits(cue)
        if not hits or (cue == "hardship" and settled):
            continue
        draft.doubts.append(why)
        draft.evidence.append(Evidence(cue, message.quote(*hits[0]), 0.8))
        if intent is Intent.COMPLAINT and len(hits) < 2 and not requests.exclaims:
            continue
        if intent:
            draft.intents.add(intent)


def _take_money(
    message: Message,
    roles: list[DatedRole],
    requests: Requests,
    promise: PromiseResult,
    paid: PaidResult,
    dispute: DisputeResult,
    draft: _Draft,
) -> PromiseReading | None:
    """Promise, plan, payment made and dispute; returns the promise to record."""
    if dispute.dispute:
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
    if promise.plan and (committed or requests.question or message.says("request")):
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
    if promise.undated and not draft.intents & _MONEY_INTENTS and message.says("vague"):
        if message.language in ("de", "ja"):
            draft.intents.add(Intent.ACKNOWLEDGEMENT)
            if not _only_acknowledges(message, promise):
                draft.doubts.append("perhaps more than an acknowledgement")
        else:
            draft.intents.add(Intent.PROMISE_TO_PAY)
            draft.doubts.append("a promise without a day")
    return None


def _same_sentences(paid: PaidResult, roles: list[DatedRole]) -> bool:
    """What looks like a payment made stands in the very sentence that promises one ("is scheduled for")."""
    promised = [r.sentence for r in roles if r.role is Role.PROMISED]
    return all(s in promised for s in paid.sentences) and not any(r.role is Role.PAID for r in roles)


def _take_requests(requests: Requests, draft: _Draft) -> None:
    for intent, sentence in requests.found.items():
        if intent is Intent.TERMS_EXTENSION_REQUEST and draft.intents & {Intent.PAYMENT_PLAN, Intent.PROMISE_TO_PAY}:
            continue
        if intent is Intent.INVOICE_COPY_REQUEST and Intent.DISPUTE in draft.intents:
            continue
        draft.intents.add(intent)
        draft.evidence.append(Evidence(intent.value, sentence, 0.85))
    draft.doubts += requests.doubts


def _take_rest(message: Message, requests: Requests, promise: PromiseResult, draft: _Draft) -> None:
    """Nothing else said: an acknowledgement if it is one, otherwise something for a person."""
    if draft.intents:
        return
    if promise.undated and not message.says("ack"):
        draft.intents.add(Intent.PROMISE_TO_PAY)
        draft.doubts.append("a promise without a day")
    elif message.says("ooo") and len(message.text) < 600 and not message.says("money"):
        draft.intents.add(Intent.OUT_OF_OFFICE)
        draft.doubts.append("reads like an absence, but was not sent by a robot")
    elif message.says("ack") and not requests.question and len(message.text) < 500:
        draft.intents.add(Intent.ACKNOWLEDGEMENT)
        if not _only_acknowledges(message, promise):
            draft.doubts.append("perhaps more than an acknowledgement")
        hit = message.hits("ack")[0]
        draft.evidence.append(Evidence("acknowledgement", message.quote(*hit), 0.85))
        if promise.undated and message.language not in ("de", "ja"):
            draft.doubts.append("perhaps a promise without a day")
    else:
        draft.intents.add(Intent.OTHER)
        draft.doubts.append("nothing in it was understood")


def _only_acknowledges(message: Message, promise: PromiseResult) -> bool:
    """Nothing in it of a day, a sum, a plan or a payment made; undated haste ("umgehend") is allowed."""
    ahead = [d for d in message.dates if d.date > message.reply.today and d.kind is not DateKind.NOW]
    money = message.says("money") and (bool(message.dates) or promise.undated) and not message.says("vague")
    return not (ahead or money or message.amounts or message.says("plan") or message.says("past"))


def _account_for_everything(message: Message, roles: list[DatedRole], requests: Requests, draft: _Draft) -> None:
    """Dates and questions that nothing explains leave a doubt."""
    open_roles = [r for r in roles if r.sentence not in requests.sentences]
    unexplained = [
        r for r in open_roles if r.role is Role.UNKNOWN and r.finding.kind not in (DateKind.NOW, DateKind.TODAY)
    ]
    asked = [r for r in open_roles if r.role is Role.ASKED]
    if unexplained:
        draft.doubts.append(f"what “{unexplained[0].finding.text}” is for is not clear")
    loose = [m for m in message.mentions if not _is_used(message, m, roles, requests, draft)]
    if loose:
        draft.doubts.append(f"{loose[0].number} is named beside something that was not understood")
    if asked and Intent.TERMS_EXTENSION_REQUEST not in draft.intents:
        draft.doubts.append(f"asks about “{asked[0].finding.text}”")
    if any(r.role is Role.REFUSED for r in roles) and not draft.intents & {Intent.DISPUTE, Intent.HARDSHIP}:
        draft.doubts.append("says that it will not pay")
    if draft.intents & {Intent.ACKNOWLEDGEMENT} and [r for r in roles if r.role is Role.PROMISED]:
        draft.doubts.append("an acknowledgement that names a day")
    certain_dispute = draft.intents == {Intent.DISPUTE} and not draft.doubts
    if requests.question and not requests.found and Intent.PAYMENT_PLAN not in draft.intents and not certain_dispute:
        draft.doubts.append("asks something")
    if message.stripped.interleaved and len(draft.intents) > 1:
        draft.doubts.append("answers between the quoted lines")
    if message.says("adopted") and message.stripped.history:
        draft.doubts.append("points to an answer in the mail below")


def _is_used(message: Message, mention: Mention, roles: list[DatedRole], requests: Requests, draft: _Draft) -> bool:
    """Whether the sentence that names an invoice went into the reading."""
    sentence = message.sentence_at(mention.span[0])
    if sentence in requests.sentences or any(
        r.sentence == sentence and r.role in (Role.PROMISED, Role.PAID) for r in roles
    ):
        return True
    if message.quote(sentence.start, sentence.end) in {e.quote for e in draft.evidence}:
        return True
    if len(message.context.open_invoices) == 1:
        return True
    return Intent.DISPUTE in draft.intents or not draft.intents & {Intent.PROMISE_TO_PAY, Intent.ALREADY_PAID}


def _combination_doubts(intents: set[Intent]) -> list[str]:
    """Several subjects in one reply go to a person, but for those that belong together."""
    if len(intents) > 1 and frozenset(intents) not in _FIT_TOGETHER:
        return ["several subjects in one reply"]
    return []


def _ordered(message: Message, draft: _Draft) -> tuple[Intent, ...]:
    found = [i for i in _ORDER if i in draft.intents]
    if Intent.PROMISE_TO_PAY in found and Intent.DISPUTE in found:
        first = {e.finding: message.text.find(e.quote[:20]) for e in reversed(draft.evidence)}
        if first.get("dispute", 0) < first.get("promise", 10**6):
            found.remove(Intent.DISPUTE)
            found.insert(found.index(Intent.PROMISE_TO_PAY), Intent.DISPUTE)
    return tuple(found)
