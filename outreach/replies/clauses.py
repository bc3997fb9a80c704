"""Sentences and clauses of a message, as spans of its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_BULLET = re.compile(r"^\s*(?:[-*•・▼◆■●=]|\d{1,2}[.)．]\s|\(\d\)|[①-⑩]|[一二三四五六]、|[０-９]{1,2}[．）　]|　)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:nrs?|nos?|invs?|ca|bzw|hr|fr|dr|ing|st|rs|m|mme|mr|mrs|ms|sr|sra|srta|lic|c\.p|d|ud|uds|dept|ref|tel|art"
    r"|abs"
    r"|z\.b|u\.a|evtl|ggf"
    r"|inkl|zzgl|incl|approx|p\.ej|fra|vto|a\.m|p\.m|etc|rg|re|co|ltd|inc|dpto|depto|av|bd|str|mio|tsd"
    r"|lt|kaufm|techn|idnr|gez|gegr|ggu|ggü|hbf|pos|gem|vgl|ehem|stv|verw|buchh|ing|dipl|zt|insb|einschl|jew|vorauss"
    r"|attn|acct|amt|qty|dt|fig|govt|asst|mgr|misc|resp|ext|jan|feb|sept?|oct|nov|dec"
    r"|cia|cía|num|núm|pag|pág|aprox|tfno|tfn|dto|admon|admón|gral|arq|mtra?|ldo|lda|exp|atte|imp|cta|cte|prov"
    r"|cf|env|ets|éts|cie|bât|fact|réf|qté|adr|tél|mlle|ste|sté|éch|hab|compl|rdv"
    r"|[a-zà-ÿ])|\d)$",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"[^\s。、]{2,14}(?:[　\t]+|\s?[:：]\s?)[^\s。、ぁ-ん]{2,24}")
"""A Japanese line of a form, a label and its value: 支払予定日　２０２６年５月２９日."""
_END = re.compile(r"[.!?…]+[)\"”»']*(?=\s|$)|[。！？]+[)」』）]*|💦|🙏")
_LEADER = re.compile(r"\.{4,}|…{2,}|…(?= ?[\d０-９])")
_NUMBERS_ALONE = re.compile(
    r"[(（](?=[^()（）\n]{0,60}\d|[月火水木金土日][)）])(?![^()（）\n]{0,60}[^\W\d_]{5})(?![^()（）\n]{0,60}[ぁ-ん]{2})[^()（）\n]{1,60}[)）]"
)
"""Brackets that hold numbers, sums or days and no words: they go with what stands around them."""
_MONTH = re.compile(
    r"\s*(?:(?:jan|jän|feb|mär|mrz|apr|mai|jun|jul|aug|sep|okt|nov|dez|oct|dec|mar|may)[a-z]*|und|et|y|and|o|u|bis"
    r"|oder|kw|de"
    r"|du|del)(?![a-z])",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    # (金), beside a date, is part of it.
    r"[;:,、；：]\s+|、|[;；]| - | – | — |(?<=\w)\s*[(（](?![月火水木金土日](?:曜日?)?[)）])"
    r"|(?<![(（][月火水木金土日])(?<!曜)(?<!曜日)[)）]|が、|(?:ので|ため|けれども|けど"
    r"|(?<=[すだ])から)、?(?=\S)|\n"
    r"|\s(?=(?:and|so) (?:we|i|you|you'll|i'll|we'll|they|he|she|our|my|your)\s)"
    r"|\s(?=et (?:nous|on|je|vous|il|elle|notre|votre)\s)|\s(?=y (?:nosotros|yo|le|les|te|usted|nuestr[oa])\s)"
    r"|\s(?=und (?:wir|ich|sie|er|unsere?)\s)"
    r"|\s(?=(?:but|however|whereas|while|because|since|although|aber|weil|sondern|jedoch|allerdings|pero|porque"
    r"|aunque|sino|mais|car|parce que|cependant|par contre)\s)",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"\b(?:wenn|sobald|falls|sofern|nachdem|solange)\s(?:[^\W\d_]+\s|\d[\d.]*\s){1,9}?"
    r"(?:[^\W\d_]*(?:t|en)|is|hab|sind|da)\s(?=(?:überweis|ueberweis|bezahl|zahl|begleich|schick|weis|bekomm|krieg|geb|mach)"
    r"\w*\s(?:ich|wir|ihr|sie|i|ma)\b)",
    re.IGNORECASE,
)
"""German in text messages: "sobald er gezahlt hat überweise ich am 20.", a condition and its clause without a comma."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its span, whether it asks, its clauses' spans, the number of its paragraph."""

    start: int
    end: int
    question: bool
    clauses: tuple[tuple[int, int], ...]
    paragraph: int

    def clause_at(self, offset: int) -> tuple[int, int]:
        """Span of the clause that holds `offset`."""
        return next((c for c in self.clauses if c[0] <= offset < c[1]), self.clauses[-1])


def split_sentences(text: str, language: str) -> list[Sentence]:
    """`text` → its sentences in order. Lines that were wrapped are joined; list items stand alone."""
    ends = sorted({*_line_breaks(text, language), *_full_stops(text, language), len(text)})
    sentences = []
    for start, end in pairwise([0, *ends]):
        piece = text[start:end]
        if not piece.strip():
            continue
        begin = start + len(piece) - len(piece.lstrip())
        question = bool(re.search(r"[?？]\W*$", piece)) or bool(
            re.search(r"(?:ますか|でしょうか|ませんか|いかがですか)[。\s]*$", piece)
        )
        paragraph = len(re.findall(r"\n\s*\n", text[:begin]))
        sentences.append(Sentence(begin, end, question, _clauses(text, begin, end), paragraph))
    return sentences


def _line_breaks(text: str, language: str) -> list[int]:
    found, start = [], 0
    lines = text.split("\n")
    for line, following in pairwise(lines):
        start += len(line) + 1
        stripped = line.strip()
        wrapped = len(stripped) > 60 or (
            language == "ja" and len(stripped) > 12 and not re.search(r"[。！？)）:：]$", stripped)
        )
        if language == "ja" and _LABELLED.fullmatch(stripped):
            wrapped = False
        elif language == "ja" and stripped.endswith(("、", "は", "が", "を", "に", "で", "の", "と")):
            wrapped = True
        if not following.strip() or not stripped or _BULLET.match(following) or not wrapped:
            found.append(start)
    return found


_CASUAL = re.compile(r"^\W*[a-zäöüß]|[.!?] +[a-zäöüß]{2,}(?:[^.!?]*[.!?] +[a-zäöüß]{2,}){2}")
"""German that starts its sentences with small letters."""
_OPENS = re.compile(
    r"\s+(?:die|der|das|den|wir|ich|ihr|es|wegen|rest|danke|sorry|bitte|bei|für|fürn|dann|hab|habe|kann|zur|zum|zu)\s"
)
"""Words that open a sentence of small letters."""
_WORD_ENDS = re.compile(r"(?:[a-zäöüß]{3}|[^\W_]\d+|\x1f)$")
_DAY_FIRST = re.compile(r"(?:^|\n)[ \t>*•-]*(?:[A-Za-z]{2,10}\.?,? )?\d{1,2}\.\d{1,2}$")


def _full_stops(text: str, language: str) -> list[int]:
    found = []
    casual = language == "de" and bool(_CASUAL.search(text))
    for match in _END.finditer(text):
        if _LEADER.match(text, match.start()):  # dots that lead to a day or a sum
            continue
        before, after = text[max(0, match.start() - 12) : match.start()], text[match.end() : match.end() + 14]
        if match.group().startswith(".") and len(match.group()) == 1:
            if _ABBREVIATION.search(before) and (
                not before[-1:].isdigit()
                or (_MONTH.match(after) and not re.match(r"\s+(?:Y|E|Et|And|O|U|Und|Oder)\s", after))
                or not after.strip()[:1].isupper()
            ):
                continue
            small = language == "de" and after.strip()[:1].islower()
            if small and not (_WORD_ENDS.search(before) and (casual or _OPENS.match(after))):
                continue
            if _DAY_FIRST.search(text, max(0, match.start() - 24), match.start()) and after[:1] == " ":
                continue  # "01.06. Rest": a line that starts with its day
        found.append(match.end())
    return found


def _clauses(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    whole = [match.span() for match in _NUMBERS_ALONE.finditer(text, start, end)]
    cuts = [
        match.end()
        for match in _CLAUSE.finditer(text, start, end)
        if start < match.end() < end and not any(a < match.end() <= b for a, b in whole)
    ]
    cuts = sorted({*cuts, *(match.end() for match in _THEN.finditer(text, start, end))})
    # 1,234 or 12:30 are not clauses: a comma or colon cuts only before white space (see the pattern).
    return tuple((a, b) for a, b in pairwise([start, *cuts, end]) if text[a:b].strip()) or ((start, end),)
