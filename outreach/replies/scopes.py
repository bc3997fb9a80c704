"""Which open invoices a statement is about: named, counted ("both"), sized ("the two smaller ones"), or all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from outreach.replies.folding import fold
from outreach.replies.message import Message, Span
from outreach.replies.references import Mention, find_invoices

_TWO = (
    r"(?:\bboth\b|(?:las|los|estas|esas) dos(?! (?:anos|meses|semanas|dias|horas))|ambas|ambos"
    r"|[lc]es deux(?! (?:(?:autres|derniers|premiers|dernieres|premieres) )?(?:tiers|cinquiemes|parts|moities"
    r"|versements|paiements|virements|cheques|tranches|mensualites|acomptes|echeances|semaines|mois)\b)"
    r"|beide[nrs]?|2件|二件|両方)"
)
_COUNTED = [
    (2, _TWO),
    (3, r"(?:all (?:three|3)|(?:las|los|estas|esas) tres|[lc]es trois|alle drei|3件|三件)"),
    (4, r"(?:all (?:four|4)|(?:las|los) cuatro|les quatre|alle vier|4件|四件)"),
]
_SMALLER = re.compile(
    r"(?:(?P<n>two|dos|deux|zwei|2)\s+)?(?:\w+\s+)?(?:small(?:er)?|pequen[ao]s|petites?|kleiner?en"
    r"|kleinen)(?:\s+ones|\s+\w+)?"
)
_SINGULAR = {
    "en": r"\b(?:the|this|that|your) (?:invoice|bill)\b|\bit\b|\bthis one\b|\bthis\b",
    "es": r"\b(?:la|esta|esa|su|vuestra|dicha) factura\b|\besta\b|\besa\b",
    "fr": r"\b(?:la|cette|votre) facture\b|\belle\b",
    "de": r"\b(?:die|diese|ihre|der|dieser|zur) (?:o\.g\. |genannten? )?(?:rechnung|re|rg)\b|\bsie\b|\bdie forderung\b",
    "ja": r"ご照会の件|お問い?合わせの件|当該|本件|請求書|ご請求の件|標記の件|件名の件",
}
_OTHER_INVOICE = re.compile(
    r"(?:invoices?|inv\.?|rechnung(?:en)?|rg\.?|factures?|facturas?|fra\.?|請求書)(?:\s?(?:nr|no|n[°º]|num|number"
    r"|numero|nummer|番号)\.?)?\s?[:#]?\s?"
    r"(?=\S*\d{3})([a-z]{0,6}[\-/]?\d[\w\-/]{2,})"
)  # fmt: skip


class Piece(Protocol):
    """A sentence or a part of one."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text."""

    start: int
    end: int


def invoices_for(
    message: Message, sentences: Sequence[Piece], spans: list[Span], leaving_out: bool = True
) -> tuple[list[str], list[str]]:
    """Numbers that the `sentences` (with findings at `spans`) are about, empty for all; and the doubts about it.

    `leaving_out`: "all but 20418" is about the others; who contests one means it, too, where it is called left out.
    """
    doubts: list[str] = []
    named = _named_in(message, sentences, leaving_out)
    if named:
        return _in_order(message, named), doubts
    answered = {n for span in spans for n in message.answered_invoices(span[0])}
    if answered:
        answered |= message.answered_likewise()
        return _in_order(message, answered), doubts
    text = " ".join(fold(message.text[s.start : s.end]) for s in sentences)
    sized = _by_size(message, text)
    if sized:
        return _in_order(message, sized), doubts
    for count, pattern in _COUNTED:
        if re.search(pattern, text):
            if count == len(message.context.open_invoices):
                return [], doubts
            doubts.append("the number of invoices meant is not the number of open ones")
    applied = _applied(message, sentences)
    if applied:
        return _in_order(message, applied), doubts
    elsewhere = _named_in(message, message.sentences, leaving_out)
    if elsewhere:
        return _named_elsewhere(message, sentences, elsewhere, doubts), doubts
    return _from_subject(message, text, doubts), doubts


_APPLIES = {
    "en": r"(?:(?:this|that|it) (?:covers|is for|includes|pays off|clears|applies to|goes towards)"
    r"|that'?s (?:for)|for (?:invoices?|inv)\b|covers)",
    "es": r"(?:aplica(?:n|ria)? (?:para|a|solo)|(?:esto |eso |es |seria |corresponde\w* |cubre\w* "
    r"|abarca )(?:para|a|por)?|incluye)",
    "fr": r"(?:(?:cela|ca|ceci|il|c'est|ce (?:paiement|virement|reglement))? ?(?:couvre|concerne"
    r"|vaut pour|c'est pour|porte sur|s'applique|correspond))",
    "de": r"(?:(?:das|dies|die zahlung|es) )?(?:betrifft|gilt fur|deckt|umfasst|ist fur|sind)",
    "ja": r"(?:対象は|内訳は|該当は|これは|上記は)",
}


def _applied(message: Message, sentences: Sequence[Piece]) -> set[str]:
    """The invoices of the sentence that follows and says what a payment is for ("It covers 0456 and 0461 only")."""
    after = next((s for s in message.sentences if s.start >= sentences[-1].end), None) if sentences else None
    if after is None or not re.match(_APPLIES[message.language], message.folded[after.start : after.end]):
        return set()
    return _named_in(message, [after])


def _named_elsewhere(message: Message, sentences: Sequence[Piece], elsewhere: set[str], doubts: list[str]) -> list[str]:
    """No number beside what is said: the others, the one named just before, or the only one named at all."""
    start, end = sentences[0].start, sentences[-1].end
    every = {i.number for i in message.context.open_invoices}
    if message.says("others", start, end) and elsewhere < every:
        return _in_order(message, every - elsewhere)
    if message.says("all", start, end):
        return []
    if len(elsewhere) == 1:
        if all(m.span[0] >= end for m in message.mentions) and len(every) > 1:
            doubts.append("invoices are named, but not beside what is said")
        return _in_order(message, elsewhere)
    before = [s for s in message.sentences if s.end <= start][-2:]
    for sentence in reversed(before):
        named = _named_in(message, [sentence])
        if named:
            if len(named) > 1:
                doubts.append("invoices are named, but not beside what is said")
            return _in_order(message, named)
    if elsewhere != every:
        doubts.append("invoices are named, but not beside what is said")
    return []


def _named_in(message: Message, sentences: Sequence[Piece], leaving_out: bool = True) -> set[str]:
    """The invoices named in sentences; where some are only named as left out, all the others."""
    found = [m for m in message.mentions if any(s.start <= m.span[0] < s.end for s in sentences)]
    named = {m.number for m in found if not m.left_out}
    without = {m.number for m in found if m.left_out}
    if not leaving_out:
        return without or named
    named = {m.number for m in found if not m.left_out and not _waits(message, m)} or named
    every = {i.number for i in message.context.open_invoices}
    return (named - without) or (every - without if without else set()) or named | without


def _waits(message: Message, mention: Mention) -> bool:
    """ "0451 goes out on Friday, 0462 is still with the boss": a clause of its own says that an invoice waits."""
    start, end = message.sentence_at(mention.span[0]).clause_at(mention.span[0])
    inside = [m for m in message.mentions if start <= m.span[0] < end]
    dated = any(start <= d.span[0] < end for d in message.dates)
    return len(inside) == 1 and not dated and message.says("waits", mention.span[1], end)


def named_between(message: Message, start: int, end: int) -> set[str]:
    """The invoices meant between two offsets, all the others where one is left out."""
    return _named_in(message, [Stretch(start, end)])


def counts_every(message: Message, sentences: Sequence[Piece]) -> bool:
    """Whether as many invoices are told as are open: "these two are to be cancelled"."""
    text = " ".join(fold(message.text[s.start : s.end]) for s in sentences)
    return any(count == len(message.context.open_invoices) and re.search(how, text) for count, how in _COUNTED)


def _by_size(message: Message, text: str) -> set[str]:
    match = _SMALLER.search(text)
    if not match or len(message.context.open_invoices) < 3 or not match["n"]:
        return set()
    return {i.number for i in sorted(message.context.open_invoices, key=lambda i: i.amount)[:2]}


def _from_subject(message: Message, text: str, doubts: list[str]) -> list[str]:
    """A single number in the subject is what "the invoice" means; who doesn't say so leaves a doubt."""
    asked = [i.number for i in message.context.open_invoices if i.number in message.context.asked]
    if asked:
        return [] if message.says("all") or len(asked) == len(message.context.open_invoices) else asked
    number = subject_invoice(message)
    if number is None:
        if _OTHER_INVOICE.search(fold(message.text)) and len(message.context.open_invoices) > 0:
            doubts.append("an invoice is named that is not open")
        return []
    if len(message.context.open_invoices) == 1:
        return []
    whole = fold(message.text)
    if message.says("all"):
        doubts.append("the subject names one invoice, the text speaks of all")
        return []
    if message.language in ("de", "ja") and re.search(_SINGULAR[message.language], whole):
        return [number]
    doubts.append("several invoices are open, only the subject names one")
    return [number]


def subject_invoice(message: Message) -> str | None:
    """The one open invoice that the subject names."""
    named = {m.number for m in find_invoices(message.reply.subject, message.context.open_invoices)}
    return named.pop() if len(named) == 1 else None


def quoted_invoice(message: Message) -> str | None:
    """The one open invoice that the mail below names, where the reply names none."""
    quoted = f"{message.stripped.history}\n{message.stripped.quoted}"
    named = {m.number for m in find_invoices(quoted, message.context.open_invoices)}
    return named.pop() if len(named) == 1 else None


def _in_order(message: Message, numbers: set[str]) -> list[str]:
    return [i.number for i in message.context.open_invoices if i.number in numbers]
