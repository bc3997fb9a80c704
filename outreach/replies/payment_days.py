"""Which of the days that may be promised are days of payment, where a reply names several."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

from outreach.replies import rhythms
from outreach.replies.grammar.reading import DateKind
from outreach.replies.message import Message, Span
from outreach.replies.parts import apart, payment_amounts, rests
from outreach.replies.roles import DatedRole, Role

_SIBLING = 0.1
"""A chance below which not even a sum of its own makes a day one of payment."""
_PERHAPS = 0.3
"""A chance from which another day is likelier that of payment than the end of an absence."""
_BESIDE = 34
"""Characters beside a day within which a word tells that something arrives then."""
_LIMIT = {
    "en": r"(?:before|ahead of|in time for|well before)\W+$",
    "es": r"(?:antes de|previo a)(?:l| la| las)?\W*$",
    "fr": r"(?:avant)(?: le| la| les)?\W*$",
    "de": r"(?:vor|rechtzeitig zu)(?: dem| den)?\W*$",
    "ja": r"(?!)",
}
_THROUGH = {
    "en": r"(?:through|thru|until|till|til|since|back|away|return\w*|there|here|in|from"
    r"|(?<!goes )(?<!going )(?<!gone )(?<!go )(?<!went )(?<!sent )(?<!comes )out)(?: on| the)?\W*$",
    "es": r"(?:hasta|desde|(?:vuelvo|regreso|bajo|llego|vuelve|regresa|llega)(?: (?:de|del|a) \w+(?: \w+)?)?)"
    r"(?: el| este)?\W*$",
    "fr": r"(?:jusqu'? ?(?:a|au|en)|depuis|rentre|reviens|revient|retour|de retour)(?: le| ce)?\W*$",
    "de": r"(?:seit|zurück|zuruck|wieder da|komme)(?: am| ab)?\W*$",
    "ja": r"(?!)",
}
_AWAY_BEHIND = (
    r"\W*(?:noch )?(?:auf (?:montage|dienstreise|messe|reha|fortbildung)|im (?:urlaub|krankenhaus|ausland)|unterwegs"
    r"|krank|weg|verreist|nicht (?:da|im)|ausser haus|in (?:kur|reha|urlaub))"
)
"""What tells in German that a day is the end of an absence: "bis Do auf Montage"."""
_THROUGH_BEHIND = r"まで(?:不在|出張|休|留守|入院|現場)|に(?:戻|帰)|から(?:出張|休)"
_HABIT = {
    "en": r"every|always|usually|normally|runs? (?:are|is|go)",
    "es": r"siempre|normalmente|nuestros pagos|todos los|solemos",
    "fr": r"toujours|d'habitude|nos (?:paiements|reglements)|habituellement",
    "de": r"immer|ublicherweise|normalerweise|unsere (?:zahlungen|zahll(?:a|ae)ufe|zahltage)|grunds(?:a|ae)tzlich"
    r"|generell|in der regel|turnus|zahll(?:a|ae)ufe|zahltage|zahltermine|(?:zwei|drei|vier)mal|stets|jeweils"
    r"|regul(?:a|ae)r",
    "ja": r"うちは|弊社は|いつも|毎回|まとめて",
}
_MATURITY = {
    "en": r"(?:due|dated?|dt\.?|maturing|maturity(?: date)?|payable)(?: on| for| of)?\W*$",
    "es": r"(?:vencimiento|vto\.?|con fecha|que vence|vence|vencera|a fecha|es (?:al|para)|(?:posfechad|diferid)[oa]s?)"
    r"(?: de| el| del| a| al| para el)?\W*$|(?:cheque|pagare|letra|echeq|e-cheq)s? (?:a|al|para el|de)\W*$",
    "fr": r"(?:echeance|echeant|date|payable)(?: au| le| du| a| :| est(?: le| au)?)?\W*$",
    "de": r"(?:fallig(?:keit)?|verfall|datiert)(?: am| zum| auf| per)?\W*$",
    "ja": r"(?:期日|満期|支払期日)[はがの:：]?\W*$",
}
_NOTE = {
    "en": r"promissory note|post-?dated|bill of exchange|\bpdc\b|\bdraft\b",
    "es": r"pagares?\b(?! (?:la|el|los|las|lo|en|todo|cuando|cuanto|manana|hoy|mi|su|sus|tu|vuestr|una?|\d))"
    r"|\bletras?\b|confirming|confirmad[ao] (?:con|en) (?:el|nuestro) banco"
    r"|cheques? (?:diferid|posfechad|postdatad|a fecha)|e-?cheq",
    "fr": r"\btraite\b|lettre de change|\blcr\b|billet a ordre|cheque postdate",
    "de": r"wechsel|schuldschein",
    "ja": r"手形|でんさい|電子記録債権",
}


_VAGUE = re.compile("年内|月内|以内|中$")
_CORRECTION = {
    "en": r"\b(?:no wait|wait no|actually no|or rather|i mean|scratch that|sorry,? (?:no|make that)|make that)\b",
    "es": r"\b(?:no,? perdon|perdon|mejor dicho|digo|bueno no|no,? mejor|corrijo)\b",
    "fr": r"\b(?:enfin non|non pardon|pardon|euh non|je veux dire|plutot|ou plutot|non,? disons)\b",
    "de": r"\b(?:nein,? doch|quatsch|ach nein|nee|beziehungsweise eher|ich meine|korrigiere|doch lieber"
    r"|besser gesagt)\b",
    "ja": r"いや|じゃなくて|ではなく|間違え|訂正",
}


def _corrected(message: Message, roles: list[DatedRole]) -> list[DatedRole]:
    """ "Next Tuesday, no, wait, Wednesday the 13th": the day that is taken back goes, the other stands in its place."""
    result = list(roles)
    for first, second in pairwise(roles):
        between = message.folded[first.finding.span[1] : second.finding.span[0]]
        if first.role is Role.PROMISED and len(between) < 40 and re.search(_CORRECTION[message.language], between):
            result = [r for r in result if r.finding.date != first.finding.date and r is not second]
            result.append(replace(second, role=Role.PROMISED, confidence=max(second.confidence, second.promised)))
    return result


def days_of_payment(message: Message, roles: list[DatedRole]) -> list[DatedRole]:
    """The promised days of a message, one role a day, less those that tell of something else."""
    matures = maturity(message, roles)
    if matures:
        return [matures]
    roles = _without_arrivals(message, _corrected(message, roles))
    promised = distinct(message, [r for r in roles if r.role is Role.PROMISED and _has_meaning(message, r)])
    if len(promised) == 1 and _is_absence(message, promised[0]):
        others = [r for r in roles if r.promised >= _PERHAPS and r is not promised[0]]
        others = [r for r in others if not _is_absence(message, r) and not _is_income(message, r)]
        return [max(others, key=lambda r: r.promised)] if others else promised
    if len(promised) < 2:
        return promised
    kept = [r for r in promised if not _is_absence(message, r) and not _is_income(message, r)]
    return _without_limits(message, _without_habits(message, kept or promised))


def _without_habits(message: Message, promised: list[DatedRole]) -> list[DatedRole]:
    """ "It goes out on the 15th. We pay twice a month, on the 15th and the last": a rule beside the day of payment."""
    habits = [r for r in promised if is_habit(message, r.sentence.start, r.sentence.end)]
    others = [r for r in promised if r not in habits]
    return others if others and all(r.sentence not in [o.sentence for o in others] for r in habits) else promised


def is_habit(message: Message, start: int, end: int) -> bool:
    """Words about how payments are made as a rule ("twice a month, on the 15th and the last"), without a sum."""
    often = rhythms.FREQUENCY[message.language].search(message.folded, start, end)
    named = often or re.search(_HABIT[message.language], message.folded[start:end])
    return bool(named) and not _sums_in(message, (start, end)) and not rests(message, start, end)


def _without_arrivals(message: Message, roles: list[DatedRole]) -> list[DatedRole]:
    """ "I send it today, you should see it on Thursday": the day on which it is sent is promised, not the other."""
    result = list(roles)
    for role in roles:
        if role.role is not Role.PROMISED or not _is_of_arrival(message, role):
            continue
        sent = [r for r in roles if r.finding.date <= role.finding.date and _is_of_sending(message, r, role)]
        if sent:
            first = min(sent, key=lambda r: apart(r.finding.span, role.finding.span))
            result = [r for r in result if r is not role and r is not first]
            result.append(replace(first, role=Role.PROMISED, confidence=max(first.confidence, first.promised)))
    return sorted(result, key=lambda r: r.finding.span)


def _is_of_arrival(message: Message, role: DatedRole) -> bool:
    """A word for arriving right beside a day that has no sum and no invoice of its own."""
    clause, day = role.sentence.clause_at(role.finding.span[0]), role.finding.span
    others = [d.span for d in message.dates if d.span != day]
    first = max([clause[0], day[0] - _BESIDE, *(s[1] for s in others if s[1] <= day[0])])
    last = min([clause[1], day[1] + _BESIDE, *(s[0] for s in others if s[0] >= day[1])])
    return message.says("arrival", first, last) and not _has_own_in(message, (first, last))


def _is_of_sending(message: Message, role: DatedRole, arrival: DatedRole) -> bool:
    """A day on which is paid, told in the sentence of one of arrival or in the one beside it."""
    if role is arrival or role.finding.date < message.reply.today or role.role in (Role.PAID, Role.REFUSED, Role.ASKED):
        return False
    clause = role.sentence.clause_at(role.finding.span[0])
    near = abs(message.sentences.index(role.sentence) - message.sentences.index(arrival.sentence)) <= 1
    pays = message.says("future", *clause) or message.says("either", *clause)
    return near and pays and not _is_of_arrival(message, role)


def distinct(message: Message, roles: list[DatedRole]) -> list[DatedRole]:
    """One role a day: one with a sum beside it, then the surest; a day said twice is one payment."""
    same: dict[date, list[DatedRole]] = {}
    for role in roles:
        same.setdefault(role.finding.date, []).append(role)

    def weight(role: DatedRole) -> tuple[bool, float]:
        clause = role.sentence.clause_at(role.finding.span[0])
        return bool(payment_amounts(message, *clause) or rests(message, *clause)), role.confidence

    best = [of_day[0] if len(of_day) == 1 else max(of_day[:12], key=weight) for of_day in same.values()]
    return sorted(best, key=lambda r: r.finding.span)


def with_siblings(message: Message, roles: list[DatedRole], promised: list[DatedRole]) -> list[DatedRole]:
    """The promised days with those told in the same breath that have a sum or an invoice of their own."""
    if not promised:
        return []
    today, dates = message.reply.today, {r.finding.date for r in promised}
    first, last = _breath(message, promised)
    more = [
        r for r in roles
        if r.role in (Role.OTHER, Role.UNKNOWN, Role.ASKED) and (r.promised >= _SIBLING or _has_sum_beside(message, r))
        and r.finding.date >= today and r.finding.date not in dates and first <= r.finding.span[0] < last
        and not _is_absence(message, r) and _has_own(message, r)
    ]  # fmt: skip
    return sorted([*promised, *distinct(message, more)], key=lambda r: r.finding.span)


def _has_sum_beside(message: Message, role: DatedRole) -> bool:
    """ "600 now": a word for today right beside a sum, which by itself would be no day of payment."""
    if role.finding.kind not in (DateKind.NOW, DateKind.TODAY):
        return False
    return any(apart(a.span, role.finding.span) < 4 for a in message.amounts if a.amount >= 20)


def likeliest(message: Message, promised: list[DatedRole]) -> DatedRole:
    """The day that is most likely the one of payment, where several are named without a sum each."""

    def weight(role: DatedRole) -> float:
        clause = role.sentence.clause_at(role.finding.span[0])
        said = message.folded[clause[0] : clause[1]]
        habit = bool(re.search(_HABIT[message.language], said))
        vague = role.finding.kind is DateKind.WINDOW or bool(_VAGUE.search(role.finding.text))
        return (
            role.promised - 0.1 * vague + 0.03 * message.says("future", *clause) - 0.3 * habit + 0.2 * role.conditional
        )

    return max(promised, key=lambda r: (round(weight(r), 2), r.finding.span))


def _has_meaning(message: Message, role: DatedRole) -> bool:
    """ "Now" is a day of payment only beside an amount, a share or an invoice that is paid."""
    if role.finding.kind is DateKind.NOW:
        clause = role.sentence.clause_at(role.finding.span[0])
        named = any(clause[0] <= m.span[0] < clause[1] for m in message.mentions)
        return bool(_sums_in(message, clause)) or (named and message.says("money", *clause))
    return True


def _sums_in(message: Message, span: Span) -> list[Span]:
    sums = [a.span for a in payment_amounts(message, *span)]
    return sums + [s.span for s in message.shares if span[0] <= s.span[0] < span[1]]


def _is_absence(message: Message, role: DatedRole) -> bool:
    """The end of an absence or a journey: "in Tulsa through Monday", "je suis au Cap jusqu'à demain"."""
    clause, day = role.sentence.clause_at(role.finding.span[0]), role.finding.span
    if message.language == "ja":
        return bool(re.match(_THROUGH_BEHIND, message.folded[day[1] : day[1] + 8]))
    if message.language == "de" and re.match(_AWAY_BEHIND, message.folded[day[1] : day[1] + 24]):
        return message.folded[day[0] : day[1]].startswith("bis") or message.folded[: day[0]].rstrip().endswith("bis")
    before = message.folded[clause[0] : day[0]]
    words = message.folded[clause[0] : day[1]]
    inner = re.search(_THROUGH[message.language], before) or re.match(
        r"(?:through|until|till|back|jusqu|hasta|depuis|desde|since|seit)\b", message.folded[day[0] : day[1]]
    )
    last = min([clause[1], *(d.span[0] for d in message.dates if d.span[0] >= day[1])])
    return (
        bool(inner)
        and not message.says("money", clause[0], last)
        and not payment_amounts(message, clause[0], last)
        and not re.search(r"\d{3}", words.replace(role.finding.text, ""))
    )


def _is_income(message: Message, role: DatedRole) -> bool:
    """ "The council settles with me tomorrow": a day on which the writer is paid, where another is promised."""
    return message.says("incoming", *role.sentence.clause_at(role.finding.span[0]))


def _without_limits(message: Message, promised: list[DatedRole]) -> list[DatedRole]:
    """ "Early next week, still before Christmas" is one payment on the first of the days."""
    if len(promised) != 2 or promised[0].sentence != promised[1].sentence:
        return promised
    first, second = promised
    between = message.folded[first.finding.span[1] : second.finding.span[0]]
    sums = payment_amounts(message, first.sentence.start, first.sentence.end)
    return [first] if re.search(_LIMIT[message.language], between) and not sums else promised


def maturity(message: Message, roles: list[DatedRole]) -> DatedRole | None:
    """The day on which a note falls due: it is paid then, whenever it is handed over."""
    for role in roles:
        day, sentence = role.finding, role.sentence
        if role.promised < _SIBLING or day.date <= message.reply.today:
            continue
        before = message.folded[max(sentence.start, day.span[0] - 24) : day.span[0]]
        if not re.search(_MATURITY[message.language], before) or not _tells_of_note(message, role):
            continue
        # A day told before it, and that comes before it, is the day on which the note is handed over.
        ahead = [r.finding for r in roles if r.sentence == sentence and r.finding.date > message.reply.today]
        if all(r is day or (r.span < day.span and r.date < day.date) for r in ahead):
            return role
    return None


def _tells_of_note(message: Message, role: DatedRole) -> bool:
    """Whether a note is told of in the sentence of a day, or in the two before it."""
    number = message.sentences.index(role.sentence)
    first = message.sentences[max(0, number - 2)]
    start = first.start if first.paragraph == role.sentence.paragraph else role.sentence.start
    return bool(re.search(_NOTE[message.language], message.folded[start : role.sentence.end]))


def _breath(message: Message, promised: list[DatedRole]) -> Span:
    """The sentences of promised days with the one before and the one after, within the paragraph."""
    sentences = message.sentences
    starts = {r.sentence.start for r in promised}
    inside = [n for n, s in enumerate(sentences) if s.start in starts]
    first, last = inside[0], inside[-1]
    while first and sentences[first - 1].paragraph == sentences[inside[0]].paragraph and inside[0] - first < 3:
        first -= 1
    while (
        last + 1 < len(sentences)
        and sentences[last + 1].paragraph == sentences[inside[-1]].paragraph
        and last - inside[-1] < 3
    ):
        last += 1
    return sentences[first].start, sentences[last].end


def _has_own(message: Message, role: DatedRole) -> bool:
    """A sum, a rest or an open invoice beside a day, in its sentence."""
    return _has_own_in(message, (role.sentence.start, role.sentence.end))


def _has_own_in(message: Message, span: Span) -> bool:
    start, end = span
    named = any(start <= m.span[0] < end for m in message.mentions)
    return named or bool(
        _sums_in(message, (start, end)) or rests(message, start, end) or payment_amounts(message, start, end)
    )
