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
    "es": (
        "la mitad",
        "mitad",
        "(?<!y\\x20)(?<!por\\x20)(?<!en\\x20)(?<!de\\x20)(?<!el\\x20)"
        "medio(?! (?:palo|millon|melon|ano|dia|mes|punto|camino|mundo|ambiente|de|para|minuto|kilo|siglo))",
    ),
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
_FR_ONE = "(?:(?:un|le)(?: (?:premier|deuxieme|second|troisieme|dernier|autre))? |(?:premier|autre|dernier) )"
_FR_PART = (
    "(?= (?:restants?|maintenant|tout|aujourd'hui|demain|lundi|mardi|mercredi|jeudi|vendredi|le|au|ce|fin|en|mi|de"
    "|des|du|sous|dans|d'ici|tres)(?!\\w)| *[:,;]|-)"
)
_FR_TENS = {
    "(?<!soixante[-\\s])(?<!vingt[-\\s])(?<!vingts[-\\s])dix": Fraction(1, 10),
    "(?<!quatre[-\\s])vingt": Fraction(1, 5), "trente": Fraction(3, 10),
    "quarante": Fraction(2, 5), "cinquante": Fraction(1, 2), "septante": Fraction(7, 10),
    "(?:quatre[- ]vingts?|huitante|octante)": Fraction(4, 5), "nonante": Fraction(9, 10),
}  # fmt: skip
_OTHERS = {
    "en": {
        f"{_EN_ONE}[- ]third|1/3{_EN_PART}": Fraction(1, 3),
        "(?:the )?(?:other |last |remaining )?(?:two|2)[- ]thirds|2/3 (?:of|now|today|on|by)": Fraction(2, 3),
        f"(?<!once\\x20)(?:a|one)[- ]quarter{_EN_PART}|1/4{_EN_PART}": Fraction(1, 4),
        "(?:the )?(?:other |last |remaining )?(?:three|3)[- ]quarters|3/4 (?:of|now|today|on|by)": Fraction(3, 4),
        f"(?:a|one)[- ]fifth{_EN_PART}": Fraction(1, 5), f"(?:a|one)[- ]tenth{_EN_PART}": Fraction(1, 10),
        **{f"{word} per ?cent|{10 * n} per cent": Fraction(n, 10) for n, word in enumerate(_EN_TENS, 1)},
        **{f"{n} per cent": Fraction(n, 100) for n in (15, 25, 35, 45, 55, 65, 75, 85)},
    },
    "es": {"(?:un|otro|el(?: primer| segundo| otro| ultimo)?) tercio|tercera parte": Fraction(1, 3),
           "dos (?:tercios|terceras partes)": Fraction(2, 3),
           "(?:un cuarto|cuarta parte)(?! de)": Fraction(1, 4), "tres (?:cuartos|cuartas partes)": Fraction(3, 4),
           "(?:un quinto|quinta parte)(?! de)": Fraction(1, 5)},
    "fr": {
        f"{_FR_ONE}tiers|(?<!deux\\x20)(?<!autres\\x20)tiers (?:restant|suivant)|1/3{_FR_PART}": Fraction(1, 3),
        f"(?:les )?(?:deux|2) (?:autres |derniers |premiers )?tiers|2/3{_FR_PART}": Fraction(2, 3),
        f"{_FR_ONE}quart(?! d.?heure)|1/4{_FR_PART}": Fraction(1, 4),
        f"(?:les )?(?:trois|3) (?:autres |derniers |premiers )?quarts|3/4{_FR_PART}": Fraction(3, 4),
        f"{_FR_ONE}cinquieme(?! fois)": Fraction(1, 5), f"{_FR_ONE}dixieme(?! fois)": Fraction(1, 10),
        **{f"{word} pour ?cent": part for word, part in _FR_TENS.items()},
        "soixante pour ?cent": Fraction(3, 5), "soixante[- ]dix pour ?cent": Fraction(7, 10),
        "quatre[- ]vingt[- ]dix pour ?cent": Fraction(9, 10), "vingt[- ]cinq pour ?cent": Fraction(1, 4),
        "soixante[- ]quinze pour ?cent": Fraction(3, 4), "(?<!soixante[-\\s])quinze pour ?cent": Fraction(3, 20),
    },
    "de": {"(?:(?:eine?|das|a|1)(?: (?:erste|zweite|dritte|letzte|weitere|restliche)s?)? )drittel": Fraction(1, 3),
           "(?:zwei|2) drittel": Fraction(2, 3),
           "(?:(?:ein|das|a)(?: (?:erste|zweite|weitere)s?)? )viertel": Fraction(1, 4),
           "(?:drei|3) viertel|dreiviertel": Fraction(3, 4), "(?:ein )fünftel": Fraction(1, 5),
           "dreißig prozent": Fraction(3, 10), "zwanzig prozent": Fraction(1, 5), "zehn prozent": Fraction(1, 10)},
    "ja": {"三分の一|3分の1|1/3": Fraction(1, 3), "三分の二|3分の2|2/3": Fraction(2, 3),
           "四分の一|4分の1": Fraction(1, 4)},
}  # fmt: skip
_COUNTED = (
    "euros?|eur|usd|dollars?|dolares|pesos|soles|mil|k|francs?|pounds?|quid|prozent|percent|per cent|por ciento"
    "|dias|days|tage|jours|units?|unidades|cajas|horas|hours|stunden|heures|facturas|invoices|rechnungen|factures"
    "|円|日|件|万|%"
)
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}|100) ?(?:%|percent|prozent|por ciento|pour cent|パーセント)")

_OTHER_HALF_IN = {
    "en": r"\bhalf\b[^.;\n]{0,40}?\b(?P<other>the other|the second)(?! (?:half|one|invoice|bill|part|\w+ one))\b",
    "es": r"\bmitad\b[^.;\n]{0,40}?\b(?P<other>la (?:otra|segunda))(?! (?:mitad|factura|parte|semana|quincena))\b",
    "fr": r"\bmoitie\b[^.;\n]{0,40}?\b(?P<other>l.autre|la (?:seconde|deuxieme))(?! (?:moitie|facture|partie"
    r"|semaine|quinzaine))\b",
    "de": r"\bhalfte\b[^.;\n]{0,40}?\b(?P<other>die (?:andere|zweite))(?! (?:halfte|rechnung|woche|rate))\b",
    "ja": r"(?P<other>(?!))",
}
"""The other half, not named as one again: "half today and the other on the 1st"."""
_OTHER_HALF = {language: re.compile(source) for language, source in _OTHER_HALF_IN.items()}
_OF_ELSE = re.compile(
    r"\s?(?:of (?:the |our |my )?(?:year|turnover|sales|revenue|season|business|staff|harvest)"
    r"|d(?:e|u|es) ?(?:l.|la |notre |mon |nos |mes )?(?:annee|chiffre|ca|ventes|saison|activite|clientele|recolte)"
    r"|de(?:l)? (?:la |las |nuestr[oa]s? |mis? )?(?:ano|facturacion|ventas|temporada|cosecha|negocio|plantilla)"
    r"|(?:des|unseres|meines|vom|der|unserer) (?:jahres\w*|umsatz\w*|geschafts|ernte|saison|belegschaft))\b"
)
"""What else a share is of than of what is owed: "December is forty per cent of our year"."""


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
    found += [Share(m.span("other"), Fraction(1, 2)) for m in _OTHER_HALF[language].finditer(folded)]
    found = [share for share in found if not _OF_ELSE.match(folded, share.span[1])]
    return sorted([*found, *_complements(folded, found)], key=lambda s: s.span)


def _complements(folded: str, found: list[Share]) -> list[Share]:
    """ "40 % today and the other 60 on the 31st": a bare number that makes percentages told before a hundred."""
    left = 100 - sum(s.part for s in found) * 100
    if not found or not 0 < left < 100 or left != int(left) or not re.search("%|cent", folded):
        return []
    pattern = re.compile(rf"(?<![\w.,:/-]){left}(?![\w%:/.,-]|\s?(?:[€$£¥%]|{_COUNTED}))")
    match = pattern.search(folded, max(s.span[1] for s in found))
    return [Share(match.span(), Fraction(int(left), 100))] if match else []
