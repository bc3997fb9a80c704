"""`understand_reply`: what a customer's answer says, the words it rests on, and whether a person must look.

Lexicons, grammars, rules and the model of clauses find evidence; small arbiters weigh it (`judging`). Being right
matters more than being quick: where the whole reading is not likely enough to be right, or a word hints at lawyers,
insolvency, hardship or anger, the reply goes to a person with the doubts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from outreach.replies.accounting import Draft, account_for_everything, combination_doubts, grave_doubts
from outreach.replies.answers import separate_answers
from outreach.replies.arbiters import Bench, load_bench
from outreach.replies.automatic import is_automatic, opens_as_automatic
from outreach.replies.disputes import read_dispute
from outreach.replies.grammar.reading import DateKind
from outreach.replies.judging import RECORDED, Case, Verdict, act_evidence, is_hard, judge_dates, judge_reply
from outreach.replies.keywords import read_keyword
from outreach.replies.message import Message, read_message
from outreach.replies.model import (
    DisputeReading,
    Evidence,
    Instalment,
    Intent,
    PaidReading,
    PromiseReading,
    Reply,
    ReplyContext,
    Understanding,
)  # fmt: skip
from outreach.replies.parts import rests
from outreach.replies.payments import read_advice, read_paid
from outreach.replies.promises import DEPENDS, REST_UNKNOWN, PromiseResult, read_promise
from outreach.replies.references import find_invoices, read_contact
from outreach.replies.reply_evidence import is_answer, reply_evidence
from outreach.replies.requests import Requests, read_requests
from outreach.replies.roles import DatedRole, Role, day_on_condition, find_roles, same_day_as_money_in
from outreach.replies.second_subjects import complete, without_a_day
from outreach.replies.series import count_in, names_days
from outreach.replies.signatures import names_its_list
from outreach.replies.statements import Statement, read_statements

_CONTACTS = frozenset({Intent.WRONG_CONTACT, Intent.INSOLVENCY})
_ALONE = 0.5
"""A chance from which one of several answers says something, as the mean of reading it by itself and the whole."""
_LEAST = 0.2
"""A chance from which the likeliest date is taken where the reply surely promises a day."""


@dataclass(frozen=True)
class Reading:
    """A reading before it is decided whether to act on it, and what that rests on."""

    understanding: Understanding
    case: Case


def understand_reply(reply: Reply, context: ReplyContext) -> Understanding:
    """A reply and what its sender owes → its reading. Never raises for anything a customer can write."""
    message = read_message(reply, context)
    plain = read_plain(message)
    if plain:
        return plain
    bench = load_bench()
    return settle(read_with(message, bench), bench)


def read_plain(message: Message) -> Understanding | None:
    """What needs no weighing: a keyword, a robot's mail, no words at all."""
    keyword = read_keyword(message.text)
    if keyword:
        evidence = (Evidence(keyword.value, message.text.strip(), 1.0),)
        return Understanding(message.language, (keyword,), text=message.text, evidence=evidence)
    robot = is_automatic(message.reply.headers, message.reply.subject) or opens_as_automatic(message.text)
    if robot and not _tells_of_an_invoice(message):
        return _automatic(message)
    if _is_newsletter(message):
        return Understanding(message.language, (Intent.OTHER,), text=message.text)
    if not message.text.strip():
        return Understanding(message.language, (Intent.OTHER,), text="", doubts=("there is no text to read",))
    return None


def _tells_of_an_invoice(message: Message) -> bool:
    """A robot's mail that tells what becomes of an invoice: a payment advice, or an invoice that it sends back."""
    return message.says("remittance_document") or (bool(message.mentions) and message.says("rejection"))


_GRAVE = ("insolvency", "legal", "remittance_document")


def _is_newsletter(message: Message) -> bool:
    """A mail to many by its footer, under a subject of its own, that names no invoice and nothing grave."""
    reply = message.reply
    if reply.channel != "email" or not names_its_list(message.stripped.signature) or message.mentions:
        return False
    if is_answer(reply.subject) or find_invoices(reply.subject, message.context.open_invoices):
        return False
    return not message.stripped.history and not any(message.says(cue) for cue in _GRAVE)


def settle(reading: Reading, bench: Bench) -> Understanding:
    """A reading with the doubts that bring a person, none where it is likely enough to be right."""
    case = reading.case
    chance = bench.act.chances(case.evidence)["right"]
    if not case.hard and chance >= bench.threshold:
        return reading.understanding
    doubts = [*case.hard, *case.soft] or [f"not sure enough of {_unsure_of(case.verdict)}"]
    return replace(reading.understanding, doubts=tuple(dict.fromkeys(doubts)))


def _unsure_of(verdict: Verdict) -> str:
    """The least sure part of a verdict in words."""
    ranked = sorted(verdict.first, key=lambda answer: -verdict.first[answer])[:2]
    return f"what it says: {ranked[0].replace('_', ' ')}, or {ranked[1].replace('_', ' ')}"


def _automatic(message: Message) -> Understanding:
    """A robot's mail: absence, or nothing we can tell. Promises nothing."""
    contact = read_contact(message.text, message.reply.from_name)
    ahead = [d for d in message.dates if d.date > message.reply.today and d.kind is not DateKind.WINDOW]
    named = is_automatic({}, message.reply.subject) or opens_as_automatic(message.text)
    absent = message.says("ooo") or bool(ahead) or named
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


def read_with(message: Message, bench: Bench) -> Reading:
    """A message as the arbiters of `bench` read it."""
    statements, roles, requests, verdict = _weigh(message, bench)
    verdict = complete(message, verdict, roles, statements)
    verdict = _with_answers(verdict, separate_answers(message), bench)
    verdict, roles = _on_a_condition(message, verdict, roles)
    verdict = without_a_day(message, verdict, statements)
    draft = Draft(set(verdict.intents), order=list(verdict.intents))
    found = _Findings()
    _take_promise(message, _with_a_day(message, roles) if verdict.records else roles, verdict, draft, found)
    _take_paid(message, roles, statements, draft, found)
    _take_dispute(message, roles, statements, bench, draft, found)
    _take_uncontested(message, roles, draft, found)
    for intent, sentence in requests.found.items():
        if intent in draft.intents:
            draft.evidence.append(Evidence(intent.value, sentence, round(verdict.said[intent.value], 2)))
    case = Case(verdict, hard=draft.hard)
    case.hard += grave_doubts(message, draft, statements, verdict.said, settled=found.promise is not None)
    account_for_everything(message, roles, requests, statements, draft, settled=found.promise is not None)
    draft.doubts += combination_doubts(message, draft, found.promise, found.dispute, found.paid)
    case.hard += [doubt for doubt in draft.doubts if is_hard(doubt)]
    case.soft = [doubt for doubt in dict.fromkeys(draft.doubts) if not is_hard(doubt)]
    case.evidence = act_evidence(case, roles, message, statements, found.evidence)
    contact = read_contact(message.text, message.reply.from_name) if draft.intents & _CONTACTS else None
    understanding = Understanding(
        message.language,
        tuple(draft.order),
        promise=found.promise,
        dispute=found.dispute,
        paid=found.paid,
        new_contact=contact,
        named=tuple(dict.fromkeys(m.number for m in message.mentions)),
        text=message.text,
        evidence=tuple(draft.evidence),
    )
    return Reading(understanding, case)


def _weigh(message: Message, bench: Bench) -> tuple[list[Statement], list[DatedRole], Requests, Verdict]:
    statements = read_statements(message)
    roles = judge_dates(message, find_roles(message), statements, bench.date)
    requests = read_requests(message, statements)
    return (
        statements,
        roles,
        requests,
        judge_reply(reply_evidence(message, statements, roles, requests), statements, bench),
    )


_APART = (Intent.PROMISE_TO_PAY, Intent.ALREADY_PAID, Intent.DISPUTE, Intent.INVOICE_COPY_REQUEST)


def _with_answers(verdict: Verdict, answers: list[Message], bench: Bench) -> Verdict:
    """A verdict with what one of several answers about invoices of their own says by itself."""
    intents, said = list(verdict.intents), dict(verdict.said)
    for answer in answers:
        alone = _weigh(answer, bench)[-1]
        for intent in alone.intents:
            chance = (alone.said[intent.value] + verdict.said[intent.value]) / 2
            if intent in _APART and chance > _ALONE and intent not in intents:
                intents.append(intent)
                said[intent.value] = chance
    if len(intents) > 1:
        intents = [i for i in intents if i not in (Intent.ACKNOWLEDGEMENT, Intent.OTHER)] or intents
    return replace(verdict, intents=tuple(intents), said=said)


@dataclass
class _Findings:
    """What was found about money, and what these findings say of themselves."""

    promise: PromiseReading | None = None
    paid: PaidReading | None = None
    dispute: DisputeReading | None = None
    evidence: dict[str, float] = field(default_factory=dict)


def _on_a_condition(message: Message, verdict: Verdict, roles: list[DatedRole]) -> tuple[Verdict, list[DatedRole]]:
    """A promise to pay once money has come in, or on any condition: its day (noted in some languages only)."""
    promises = Intent.PROMISE_TO_PAY in verdict.intents and not any(r.role is Role.PROMISED for r in roles)
    if message.language not in ("de", "ja"):
        return verdict, roles
    if _depends_with_a_day(verdict, roles):
        return replace(verdict, said={**verdict.said, RECORDED: 1.0}), roles
    if not promises:
        return verdict, roles
    day = same_day_as_money_in(message, roles)
    if day is None and Intent.DISPUTE not in verdict.intents:
        day = day_on_condition(message, roles)
    if day is None:
        return verdict, roles
    roles = [replace(r, role=Role.PROMISED, conditional=True) if r is day else r for r in roles]
    return replace(verdict, said={**verdict.said, RECORDED: 1.0}), roles


def _depends_with_a_day(verdict: Verdict, roles: list[DatedRole]) -> bool:
    """ "If the bank agrees we pay on the 5th": a day that is surely the one of payment, however it depends."""
    days = [r for r in roles if r.role is Role.PROMISED]
    return Intent.PROMISE_TO_PAY in verdict.intents and bool(days) and all(r.conditional for r in days)


def _with_a_day(message: Message, roles: list[DatedRole]) -> list[DatedRole]:
    """Where a day is surely promised and none stands out, the likeliest is it, but none on which the writer is paid.

    Where its sentence names as many days as there are instalments ("four parts: 1 March, 1 April …"), all of them are.
    """
    if not roles or any(role.role is Role.PROMISED for role in roles):
        return roles
    open_roles = [
        role
        for role in roles
        if role.role not in (Role.ASKED, Role.REFUSED)
        and not role.conditional
        and not message.says("incoming", *role.sentence.clause_at(role.finding.span[0]))
    ]
    best = max(open_roles, key=lambda role: role.promised, default=None)
    if best is None or best.promised < _LEAST:
        return roles
    span = best.sentence.start, best.sentence.end
    run = [role for role in open_roles if role.sentence == best.sentence and role.promised >= _LEAST]
    taken = run if len(run) > 1 and count_in(message, *span) == len(run) else [best]
    return [replace(role, role=Role.PROMISED) if role in taken else role for role in roles]


def _take_promise(message: Message, roles: list[DatedRole], verdict: Verdict, draft: Draft, found: _Findings) -> None:
    """The promise or plan, if the reply tells one that can be noted; one that can't goes to a person."""
    advised = Intent.REMITTANCE_ADVICE in draft.intents
    if advised and not message.mentions and verdict.records and _of_several_days(message, roles):
        # A table of days and sums without any invoice says when all is paid, not what a payment was for.
        draft.swap(Intent.REMITTANCE_ADVICE, Intent.PROMISE_TO_PAY)
        draft.drop(Intent.REMITTANCE_ADVICE)
        advised = False
    if advised:
        _take_advice(message, roles, draft, found)
    asked = draft.intents & {Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN}
    result = read_promise(message, roles)
    told = verdict.records or (Intent.PAYMENT_PLAN in asked and _adds_up(message, roles, result))
    if not told or not _can_be_noted(message, result, asked):
        result = PromiseResult()
    if found.promise is None and not (advised and found.paid):
        draft.evidence += result.evidence
        draft.doubts += result.doubts
        found.promise = result.promise
        if result.promise and not asked:
            draft.add(Intent.PROMISE_TO_PAY)
        if result.promise and len(result.promise.instalments) > 2:
            draft.swap(Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN)
        elif result.promise and len(result.promise.instalments) == 2 and not message.says("split"):
            draft.swap(Intent.PAYMENT_PLAN, Intent.PROMISE_TO_PAY)  # "half of it now, the rest on the 30th"
    if found.promise:
        draft.taken |= set(found.promise.invoices)
        found.evidence["parts of the promise"] = min(3, len(found.promise.instalments)) / 3
    elif Intent.PAYMENT_PLAN in draft.intents:
        draft.hard.append("a plan without a schedule")
    elif Intent.PROMISE_TO_PAY in draft.intents:
        draft.hard.append("a promise without a day, or one that depends on something else")


def _can_be_noted(message: Message, result: PromiseResult, asked: set[Intent]) -> bool:
    """Not a plan of which one day alone is known, without its sum, nor (but in German and Japanese) a condition's."""
    parts = result.promise.instalments if result.promise else ()
    if Intent.PAYMENT_PLAN in asked and len(parts) == 1 and parts[0].amount is None:
        return False
    return message.language in ("de", "ja") or DEPENDS not in result.doubts


def _of_several_days(message: Message, roles: list[DatedRole]) -> bool:
    """Several payments to come that are together all that is open."""
    promise = read_promise(message, roles).promise
    amounts = [part.amount or 0 for part in promise.instalments] if promise else []
    return len(amounts) > 1 and sum(amounts) == message.context.total()


def _adds_up(message: Message, roles: list[DatedRole], result: PromiseResult) -> bool:
    """A plan read without any doubt, of three parts at least that are together what is open: it can be noted.

    A day to begin from or one of each month must be named: "something like 500 a month, maybe" asks for a plan and
    makes none.
    """
    if not any(role.finding.date >= message.reply.today for role in roles) and not names_days(message):
        return False
    if result.doubts or not result.promise or len(result.promise.instalments) < 3:
        return False
    amounts = [part.amount for part in result.promise.instalments]
    return sum(a or 0 for a in amounts) == message.context.total(result.promise.invoices)


def _take_advice(message: Message, roles: list[DatedRole], draft: Draft, found: _Findings) -> None:
    """A payment advice: paid where its day has come, promised where it is still ahead."""
    advice = read_advice(message, roles)
    draft.evidence += advice.evidence
    draft.doubts += advice.doubts
    paid = advice.paid
    draft.taken |= set(paid.invoices) if paid else set()
    if paid and paid.date and paid.date > message.reply.today:
        part = Instalment(paid.date, paid.amount, message.context.currency)
        found.promise = PromiseReading((part,), paid.invoices)
        draft.drop(Intent.ALREADY_PAID)
        draft.add(Intent.PROMISE_TO_PAY)
    elif paid and (paid.date or Intent.ALREADY_PAID in draft.intents):
        found.paid = paid
        draft.drop(Intent.PROMISE_TO_PAY)
        draft.add(Intent.ALREADY_PAID)


def _take_paid(
    message: Message, roles: list[DatedRole], statements: list[Statement], draft: Draft, found: _Findings
) -> None:
    if Intent.ALREADY_PAID not in draft.intents or found.paid:
        return
    result = read_paid(message, roles, statements)
    found.paid = result.paid
    draft.evidence += result.evidence
    draft.doubts += result.doubts
    draft.taken |= set(result.paid.invoices) if result.paid else set()
    found.evidence["paid without a day"] = float(result.paid is not None and result.paid.date is None)


def _take_dispute(
    message: Message, roles: list[DatedRole], statements: list[Statement], bench: Bench, draft: Draft,
    found: _Findings,
) -> None:  # fmt: skip
    if Intent.DISPUTE not in draft.intents:
        return
    promised = [s for s in statements if any(r.role is Role.PROMISED and _stands_in(r, s) for r in roles)]
    named = list(found.promise.invoices) if found.promise else []
    result = read_dispute(message, statements, bench.reason, promised, named)
    found.dispute = result.dispute
    draft.evidence += result.evidence
    draft.doubts += result.doubts
    draft.taken |= set(result.dispute.invoices)
    found.evidence["unsure of the reason"] = 1 - result.sure
    found.evidence["reason ahead of the next"] = result.ahead


def _take_uncontested(message: Message, roles: list[DatedRole], draft: Draft, found: _Findings) -> None:
    """ "We pay the remainder on the 25th": what is left of an invoice when its contested part is taken off."""
    promise, dispute = found.promise, found.dispute
    if not promise or not dispute or dispute.amount is None or len(promise.instalments) != 1:
        return
    part, total = promise.instalments[0], message.context.total(promise.invoices)
    same = message.context.total(dispute.invoices) == total and 0 < dispute.amount < total
    days = [r for r in roles if r.role is Role.PROMISED and r.finding.date == part.date]
    if part.amount is None and same and any(rests(message, r.sentence.start, r.sentence.end) for r in days):
        rest = replace(part, amount=total - dispute.amount)
        found.promise = replace(promise, instalments=(rest,))
        draft.doubts = [doubt for doubt in draft.doubts if doubt != REST_UNKNOWN]


def _stands_in(role: DatedRole, statement: Statement) -> bool:
    return statement.start <= role.finding.span[0] < statement.end
