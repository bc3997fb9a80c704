"""Parts of a sum said without a figure: half, 25 %, two thirds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from outreach.replies.folding import cue, fold, word_list

_HALF = {
    "en": (
        "(?<!and\\x20a\\x20)half(?![- ](?:term|past|day|hour|year|price|time|way|dozen|an hour|a dozen|the time))",
        "50/50",
        "1/2",
    ),
    "es": ("la mitad", "mitad", "medio"),
    "fr": ("la moitie", "moitie", "1/2"),
    "de": (
        "die hälfte",
        "hälfte",
        "d'? ?hälfti",
        "zur hälfte",
        "1/2",
        "(?:die )?halbe summe",
        "(?:den )?halben betrag",
        "fünfzig prozent",
    ),
    "ja": ("半額", "半分", "半金", "1/2"),
}
_EN_TENS = word_list("ten twenty thirty forty fifty sixty seventy eighty ninety")
_EN_ONE = "(?:an?|one|another|(?:the )?(?:first|second|last|final|other|remaining))"
_EN_PART = "(?! (?:past|to|mile|inch|pounder|page|of (?:an|a) |century|\\d|avenue|street|floor))"
_OTHERS = {
    "en": {
        f"{_EN_ONE}[- ]third|1/3{_EN_PART}": Fraction(1, 3),
        "two[- ]thirds|2/3 (?:of|now|today|on|by)": Fraction(2, 3),
        f"(?<!once\\x20)(?:a|one)[- ]quarter{_EN_PART}|1/4{_EN_PART}": Fraction(1, 4),
        "three[- ]quarters|3/4 (?:of|now|today|on|by)": Fraction(3, 4),
        f"(?:a|one)[- ]fifth{_EN_PART}": Fraction(1, 5), f"(?:a|one)[- ]tenth{_EN_PART}": Fraction(1, 10),
        **{f"{word} per ?cent|{10 * n} per cent": Fraction(n, 10) for n, word in enumerate(_EN_TENS, 1)},
        **{f"{n} per cent": Fraction(n, 100) for n in (15, 25, 35, 45, 55, 65, 75, 85)},
    },
    "es": {"(?:un|otro|el(?: primer| segundo| otro| ultimo)?) tercio|tercera parte": Fraction(1, 3),
           "dos (?:tercios|terceras partes)": Fraction(2, 3),
           "(?:un cuarto|cuarta parte)(?! de)": Fraction(1, 4), "tres (?:cuartos|cuartas partes)": Fraction(3, 4),
           "(?:un quinto|quinta parte)(?! de)": Fraction(1, 5)},
    "fr": {"(?:un|le|un (?:autre|deuxieme)|le (?:premier|deuxieme|second|dernier)) tiers": Fraction(1, 3),
           "deux tiers": Fraction(2, 3), "un quart|le quart": Fraction(1, 4)},
    "de": {"(?:(?:eine?|das|a|1)(?: (?:erste|zweite|dritte|letzte|weitere|restliche)s?)? )drittel": Fraction(1, 3),
           "(?:zwei|2) drittel": Fraction(2, 3),
           "(?:(?:ein|das|a)(?: (?:erste|zweite|weitere)s?)? )viertel": Fraction(1, 4),
           "(?:drei|3) viertel|dreiviertel": Fraction(3, 4), "(?:ein )fünftel": Fraction(1, 5),
           "dreißig prozent": Fraction(3, 10), "zwanzig prozent": Fraction(1, 5), "zehn prozent": Fraction(1, 10)},
    "ja": {"三分の一|3分の1|1/3": Fraction(1, 3), "三分の二|3分の2|2/3": Fraction(2, 3),
           "四分の一|4分の1": Fraction(1, 4)},
}  # fmt: skip
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}|100) ?(?:%|percent|prozent|por ciento|pour cent|パーセント)")


@dataclass(frozen=True, slots=True)
class Share:
    """A part of what is owed, at `span`."""

    span: tuple[int, int]
    part: Fraction


def find_shares(text: str, language: str) -> list[Share]:
    """Fractions and percentages in `text`, in order."""
    folded = fold(text)
    found = [Share(m.span(), Fraction(int(m[1]), 100)) for m in _PERCENT.finditer(folded)]
    found += [Share(m.span(), Fraction(1, 2)) for m in cue(_HALF[language], language).finditer(folded)]
    for source, part in _OTHERS[language].items():
        found += [Share(m.span(), part) for m in cue((source,), language).finditer(folded)]
    return sorted(found, key=lambda s: s.span)
