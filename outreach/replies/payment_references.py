"""The reference of a payment: what stands behind words that announce one, copied as the customer wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach.replies.message import Message, Span

_BETWEEN = re.compile(
    r"(?i)(?:[\s　]|[.:：#=]|[ºª°]|(?:nr|no|nro|num|number|code|id|lautet|war|ist|was|is|es|era|est|reads?|de|del|el|la"
    r"|du|le|the|numero|número|numéro|bancaria|bancario|pago|paiement|banco|番号)\b\.?|は|が|の|n[°ºo]\.?)*"
)
"""What may stand between the announcement and the reference."""
_QUOTED = re.compile(r"[「『“\"„«]\s?(?P<code>[^「」『』“”\"„«»\n]{2,40}?)\s?[」』”\"“»]")
_DIGITS = r"(?=[A-Za-z0-9/\-.]*\d)[A-Za-z0-9][A-Za-z0-9/\-.]*[A-Za-z0-9]|\d"
_CAPITALS = r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ\-]{2,}"
_MORE = rf"(?:[A-Z]{{2,}} (?=\d)|)(?:(?=[A-Za-z0-9/\-.]*\d)[A-Z0-9][A-Z0-9/\-.]*[A-Z0-9](?![a-z])|{_CAPITALS}\b)"
_PLAIN = re.compile(
    rf"(?P<code>\+{{3}}[\d/ ]+\+{{3}}|(?:[A-ZÀ-ÖØ-Þ]{{2,}} )*(?:{_DIGITS})(?: {_MORE})*"
    rf"|{_CAPITALS}(?: {_CAPITALS})*|[A-Z][a-z]+[ \-](?:{_DIGITS}))"
)
_NAME = re.compile(
    r"(?P<code>[ァ-ヶー一-龠々]{1,14}[)）(（][ァ-ヶー一-龠々]{1,30}"
    r"|[ァ-ヶー]{2,14}[ 　][ァ-ヶー]{2,14}|[ァ-ヶー一-龠々]{2,14})"
)
"""A payer's name as a Japanese bank prints it: "カ)ナカムラ", "ミウラ（ド", "フジモト タカシ"."""
_BEFORE = {
    "ja": re.compile(
        r"「?(?P<code>(?:[ァ-ヶー一-龠]{1,3}[)）])?[ァ-ヶー一-龠々]{2,20}(?:[(（][ァ-ヶー]{1,3})?)」?名義"
    ),
    "en": re.compile(
        r"(?<!\w)(?P<code>[A-Z0-9][A-Z0-9/\-.]{2,20})(?: on it| as (?:the |a |our |my )?(?:payment )?ref)"
    ),
}
"""References whose announcement follows: "put CRABTREE on it", 「フジツボ」名義."""
_NO_NAME = frozenset(
    {"番号", "請求書", "請求書番号", "個人", "会社", "弊社", "当社", "旧社名", "同じ", "下記", "以下", "上記"}
)
_WEAK = re.compile(r"(?:.*\s)?(?:n[ro°º]|num\w*|n[uú]m\.?|number|番号|code|id|operation|virement|ordre|lot)\W*$")
"""Announcements that other numbers have, too: they count where nothing else announces a reference."""


def find_reference(message: Message, paying: list[Span]) -> str | None:
    """The reference of a payment that the words at `paying` tell of: there first, then anywhere."""
    found = [(weak, not _within(at, paying), at, code) for weak, at, code in _references(message)]
    return min(found)[3] if found else None


def _references(message: Message) -> Iterator[tuple[bool, int, str]]:
    """Whether the announcement is a weak one, where it stands, and the reference."""
    for hit in message.lexicon["reference"].finditer(message.folded):
        start = hit.end() + len(_skipped(message.text, hit.end()))
        code = _code_at(message, start)
        if code:
            yield bool(_WEAK.match(hit.group())), hit.start(), code
    before = _BEFORE.get(message.language)
    for match in before.finditer(message.text) if before else ():
        if match["code"] not in _NO_NAME:
            yield False, match.start(), match["code"]


def _skipped(text: str, start: int) -> str:
    match = _BETWEEN.match(text, start)
    return match.group() if match else ""


def _code_at(message: Message, start: int) -> str | None:
    quoted = _QUOTED.match(message.text, start)
    if quoted:
        return quoted["code"].strip()
    plain = _PLAIN.match(message.text, start)
    if plain:
        heading = not any(c.isdigit() for c in plain["code"]) and message.text[:start].rstrip()[-1:].isupper()
        unlike = heading or _is_something_else(message, plain.span("code"))
        return None if unlike else plain["code"].strip(" .-/")
    name = _NAME.match(message.text, start) if message.language == "ja" else None
    return name["code"] if name and name["code"] not in _NO_NAME else None


def _is_something_else(message: Message, span: Span) -> bool:
    """An invoice alone, a day or a sum of money: no reference."""
    known = [m.span for m in message.mentions] + [d.span for d in message.dates]
    known += [a.span for a in message.amounts if a.currency]
    return any(first <= span[0] and span[1] <= last + 1 for first, last in known)


def _within(at: int, spans: list[Span]) -> bool:
    return any(start <= at < end for start, end in spans)
