"""The customer's own words, freed from quoted history, signature and disclaimers: `strip_quoted`.

Structure comes first: attribution lines, header blocks and separators of many languages, `>` lines with answers between
them, device lines, `-- ` signatures, confidentiality notices.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from outreach.replies.folding import fold
from outreach.replies.signatures import cut_dashes, cut_signature, without_device_lines

_WROTE = (
    r"wrote|writes|a ecrit|ecrivait|escribio|escribe|schrieb|geschrieben|schreef|geschreven|ha scritto|escreveu"
    r"|napisal\(a\)|napisal|skrev|написал(?:а|\(а\))?|пише|пишет|wrote in message"
)
# A line without one of these is no attribution: most lines are done with here.
_MAY_ATTRIBUTE = re.compile(rf"@|書きました|メール|^\d{{4}}[-/年]|{_WROTE}")
_WHEN = r"\d{4}|\d{1,2}[:h.]\d\d|\d{1,2}[./\-]\d{1,2}[./\-]"
_FIRST_PERSON = r"\b(?:i|we|i have|we have) (?:wrote|writes)\b|schrieb ich|schreibe ich|geschrieben habe"
_ATTRIBUTION = re.compile(
    rf"^(?!.{{0,300}}(?:{_FIRST_PERSON}))(?:"
    rf"\W{{0,3}}(?:on|at|am|le|el|il|em|op|den|dnia|w|tir|vous|you)\b(?=.{{0,300}}(?:{_WHEN}|@)).{{4,300}}"
    rf"\b(?:{_WROTE})(?!\w)(?:.{{0,120}}[:：]|[\W_]{{0,5}}|.{{0,80}}<[^<>]{{0,80}})\s*$"
    rf"|(?=.{{0,200}}(?:\d{{4}}|\d{{1,2}}:\d\d)).{{0,300}}\b(?:{_WROTE})\s*[:：]\s*$"
    rf"|.{{0,120}}<[^<>@]{{1,80}}@[^<>@]{{1,80}}>\W{{0,3}}(?:{_WROTE})\b.{{0,60}}[:：]\s*$"
    rf"|[^\s@]{{1,80}}@[^\s@]{{1,80}} (?:{_WROTE})\s*[:：]\s*$"
    rf"|.{{0,80}}\d{{1,2}}[:h]\d\d.{{0,120}}<[^<>@]{{0,80}}@[^<>@]{{1,80}}>\s*[:：]?\s*$"
    rf"|\d{{4}}[-/年].{{0,120}}<[^<>@]{{0,80}}@[^<>@]{{1,80}}>\s*[:：]?\s*$"
    # 2026年5月11日(月) 18:40、丹波物産 より:
    rf"|\d{{4}}[-/年]\d{{1,2}}[-/月]\d{{1,2}}日?[^。]{{0,30}}\d{{1,2}}[:時]\d\d[^。]{{1,60}}(?<!\d)[:：]\s*$"
    rf"|-{{2,}} ?.{{1,120}}\b(?:{_WROTE}) ?-{{2,}}\s*$"
    rf"|(?=.{{0,160}}\d{{4}}[-/年]).{{0,200}}(?:のメール|書きました|さん)\s*[:：]\s*$"
    r")"
)
# The rest of an attribution that a mail program broke: "wrote:" alone, or the end of an address.
_RUNS_ON = re.compile(rf"\W{{0,3}}(?:{_WROTE})\s?[:：]?\s*$|[^\s<>]{{0,80}}>\s?[:：]\s*$")
_LONGEST = 400
"""No line that tells of structure is longer."""
_OPENS_ATTRIBUTION = re.compile(r"^\W{0,3}(?:(?:on|le|el|am|il|em|op|den|dnia|at|w)\b.*\d|.{0,30}\d{1,4}[-./: ].*\d)")
_INLINE_ATTRIBUTION = re.compile(r"(?:-{2,} ?)?\bOn (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\n]{5,160} wrote:\s*$")
_SEPARATOR = re.compile(
    r"^\W{0,2}(?:-{3,}|_{3,}|={3,})\s*(?:.{0,20}(?:message|messaggio|nachricht|mensaje|besked|bericht|mensagem"
    r"|wiadomosc|mail"
    r"|メッセージ|メール|e-mail|転送|引用|原文|ここから|original).{0,20})\s*(?:-{2,}|_{2,}|={2,})\W{0,2}$"
    r"|^\W{0,2}(?:-{2,}|={2,})\s*(?:以下|元の).{0,24}\s*(?:-{2,}|={2,})?\s*$"
    r"|^[【\[(].{0,24}(?:からの|元の|以下)(?:メール|メッセージ|本文)[】\])]?\s*$"
    r"|^\W*begin forwarded message\s*:|^\W*-{2,} ?forwarded by"
)
_RULE = re.compile(r"^\s*[_=\-*]{8,}\s*$|^\s*={4,}\s*$")
_HEADERS = {
    "from": "from|von|de|da|van|fra|од|от|差出人|送信者|送信元|message du|message de|absender|från",
    "date": "date|sent|gesendet|datum|envoye(?: le)?|fecha|enviado(?: el)?|inviato|data|verzonden|sendt|dato"
    "|送信日時|受信日時|送信日|受信日|日時"
    "|日付|sent on|date d'envoi",
    "to": "to|an|a|para|aan|til|宛先|cc|copie a|bcc|kopie|empfanger|reply-to|receiver|till",
    "subject": "subject|betreff|objet|sujet|asunto|oggetto|onderwerp|emne|件名|題名|タイトル|tema|betr|ämne|assunto",
}
_HEADER = re.compile(
    "^[\\s>*]*(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _HEADERS.items()) + r")\s{0,3}[:：]\*?(?=\s|\S)"
)
_QUOTED = re.compile(r"^\s{0,3}(?:[>＞｜]|\|(?=\s|$))")
_BROKEN_AT = 64
"""No program breaks lines shorter than this."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted text and the answer written under it, where the answer stands between quoted lines."""

    quoted: str
    answer: str


@dataclass(frozen=True, slots=True)
class Stripped:
    """What was written now, and what was cut.

    `reply` keeps greeting and name; `message` is the reply without signature; `interleaved` pairs each
    quoted passage with the answer beneath it; `history` is the older mail below.
    """

    reply: str
    message: str
    signature: str
    history: str
    quoted: str
    interleaved: tuple[Quote, ...] = ()


def strip_quoted(text: str) -> Stripped:
    """An email's plain text → the reply and what was cut from it. Never raises; an empty reply is possible."""
    lines = _split_inline(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    folded = [fold(line) for line in lines]
    cut = _history_starts(folded)
    history = "\n".join(lines[cut:])
    own, quoted, pairs = _walk(lines[:cut], folded[:cut])
    own = without_device_lines(own)
    reply_lines, dashed = cut_dashes(own)
    body, signature = cut_signature(reply_lines)
    return Stripped(
        reply="\n".join(reply_lines).strip(),
        message="\n".join(body).strip(),
        signature="\n".join([*signature, *dashed]).strip(),
        history=history.strip("\n"),
        quoted="\n".join(quoted),
        interleaved=tuple(pairs),
    )


def _split_inline(lines: list[str]) -> list[str]:
    """ "reply On Wed, … wrote:" before quoted lines becomes two lines."""
    found = []
    for number, line in enumerate(lines):
        quoted_below = number + 1 < len(lines) and _QUOTED.match(lines[number + 1])
        match = _INLINE_ATTRIBUTION.search(line) if quoted_below and len(line) <= 5 * _LONGEST else None
        if match and match.start() > 0:
            found += [line[: match.start()], line[match.start() :].lstrip("- ")]
        else:
            found.append(line)
    return found


def _attribution(folded: list[str], number: int) -> int:
    """How many lines an attribution at `number` takes (it may be wrapped over three); 0 for none."""
    line = folded[number]
    if not line.strip() or _QUOTED.match(line) or len(line) > _LONGEST:
        return 0
    for count in (1, 2, 3):
        joined = " ".join(part.strip() for part in folded[number : number + count])[: 2 * _LONGEST]
        # A wrapped one tells when, or starts as one, on its first line: else the line above it would be swallowed.
        if count > 1 and (_blank_between(folded, number, count) or not _OPENS_ATTRIBUTION.match(line)):
            return 0
        if _MAY_ATTRIBUTE.search(joined) and _ATTRIBUTION.match(joined):
            wrapped = number + count < len(folded) and _RUNS_ON.match(folded[number + count])
            return count + 1 if wrapped else count
    return 0


def _blank_between(folded: list[str], number: int, count: int) -> bool:
    return any(not line.strip() or _QUOTED.match(line) for line in folded[number : number + count])


def _header_block(folded: list[str], number: int, marked: bool = False) -> int:
    """How many lines a block of header fields at `number` takes, 0 for none.

    At least two different fields, one of them who or when; three of them, or an address, where no line above
    (`marked`) says that a message begins: "From: … To: …" are words, too, unlike the Japanese 差出人.
    """
    if not _HEADER.match(folded[number]) or _QUOTED.match(folded[number]):
        return 0
    seen: set[str] = set()
    japanese = bool(re.match(r"\W*(?:差出人|送信者|送信元)", folded[number]))
    blanks = last = 0
    address = False
    for place, line in enumerate(folded[number : number + 8]):
        match = _HEADER.match(line) if len(line) <= 5 * _LONGEST else None
        if match and match.lastgroup:
            seen.add(match.lastgroup)
            address, last = address or "@" in line, place + 1
        elif not line.strip():
            blanks += 1
            if blanks > 1:
                break
    told = len(seen) >= 2 and bool(seen & {"from", "date"}) and bool(seen & {"to", "subject", "date"})
    return last if told and (marked or address or japanese or len(seen) >= 3) else 0


def _mark(folded: list[str], number: int) -> int:
    """How many lines at `number` say that an older message begins below: a separator, headers, or both; 0 for none."""
    line = folded[number]
    if not line or line.isspace():
        return 0
    separator = len(line) <= _LONGEST and bool(_SEPARATOR.match(line))
    above = separator or bool(number and _RULE.match(folded[number - 1][:_LONGEST]))
    start = number + 1 if separator else number
    while separator and start < len(folded) and not folded[start].strip() and start < number + 3:
        start += 1
    block = _header_block(folded, start, above) if start < len(folded) else 0
    if block:
        return start + block - number
    return 1 if separator else 0


def _history_starts(folded: list[str]) -> int:
    """Index of the first line of history that runs to the end, len(folded) where there is none."""
    for number in range(len(folded)):
        marked = _mark(folded, number)
        if marked and not _quotes_follow(folded, number + marked):
            start = number
            while start and (not folded[start - 1].strip() or _RULE.match(folded[start - 1][:_LONGEST])):
                start -= 1
            return start
        taken = 0 if marked else _attribution(folded, number)
        if taken and not _quotes_follow(folded, number + taken):
            return number
    return len(folded)


def _quotes_follow(folded: list[str], number: int) -> bool:
    """Whether marked lines follow: then what is not marked below them is an answer, not history."""
    for line in folded[number : number + 3]:
        if _QUOTED.match(line):
            return True
        if line.strip():
            return False
    # Nothing at all below: the attribution is cut as history, too.
    return False


def _walk(lines: list[str], folded: list[str]) -> tuple[list[str], list[str], list[Quote]]:
    """Lines above the history → (own lines, quoted lines, quoted passage with the answer beneath it)."""
    own: list[str] = []
    quoted: list[str] = []
    pairs: list[Quote] = []
    passage: list[str] = []
    answer: list[str] = []
    number, after_cut = 0, False
    while number < len(lines):
        taken = _mark(folded, number) or _attribution(folded, number)
        if taken:
            number += taken
            after_cut = True
            continue
        if _QUOTED.match(lines[number]) or _is_broken_quote(lines, number):
            if passage and any(line.strip() for line in answer):
                pairs.append(Quote("\n".join(passage), "\n".join(answer).strip()))
                passage, answer = [], []
            passage.append(re.sub(r"^[\s>＞|｜]+", "", lines[number]))
            quoted.append(passage[-1])
            if own and own[-1].strip():
                own.append("")  # answers around a quotation stay apart
        else:
            after_cut = after_cut or bool(number and _QUOTED.match(lines[number - 1]))
            if not (after_cut and not lines[number].strip() and own and not own[-1].strip()):
                own.append(lines[number])
            if passage:
                answer.append(lines[number])
            after_cut = False
        number += 1
    if passage and any(line.strip() for line in answer):
        pairs.append(Quote("\n".join(passage), "\n".join(answer).strip()))
    return own, quoted, pairs


def _is_broken_quote(lines: list[str], number: int) -> bool:
    """The end of a long quoted line that a mail program broke without a mark: no answer starts in mid sentence."""
    line = lines[number]
    if not number or not line[:1].islower() or not _QUOTED.match(lines[number - 1]):
        return False
    above = lines[number - 1].rstrip()
    below = lines[number + 1] if number + 1 < len(lines) else ""
    return (
        len(above) >= _BROKEN_AT
        and (above[-1].isalnum() or above[-1] == ",")
        and bool(not below.strip() or _QUOTED.match(below))
    )
