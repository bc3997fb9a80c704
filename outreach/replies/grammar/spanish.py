"""Dates as Spanish speakers write them, in Spain and in the Americas."""

from __future__ import annotations

import re
from datetime import date

from outreach.replies.folding import word_list
from outreach.replies.grammar import calendar
from outreach.replies.grammar.reading import (
    Build,
    DateKind,
    Day,
    Reading,
    Rule,
    Words,
    absolute,
    compile_rules,
    day_month,
    fixed,
)
from outreach.replies.grammar.steps import (
    bare_day_rule,
    counted,
    day_of_month_in,
    mid_month,
    month_end_in,
    named_month_end,
    named_month_middle,
    offset,
    plain_weekday,
    week_day,
    weekday_after,
    weekday_in_week,
)

_NUMBERS = word_list(
    "un[oa]? dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
    "diecisiete dieciocho diecinueve veinte veintiuno? veintidos veintitres veinticuatro veinticinco "
    "veintiseis veintisiete veintiocho veintinueve treinta"
)

WORDS = Words(
    language="es",
    months={
        "ene(?:ro)?": 1, "feb(?:rero)?": 2, "mar(?:zo)?": 3, "abr(?:il)?": 4, "may(?:o)?": 5, "jun(?:io)?": 6,
        "jul(?:io)?": 7, "ago(?:sto)?": 8, "sept?(?:iembre)?|setiembre": 9, "oct(?:ubre)?": 10, "nov(?:iembre)?": 11,
        "dic(?:iembre)?": 12,
    },
    weekdays={
        "lun(?:es)?": 0, "mar(?:tes)?": 1, "mie(?:rcoles)?": 2, "jue(?:ves)?": 3, "vie(?:rnes)?": 4,
        "sab(?:ado)?s?": 5, "dom(?:ingo)?s?": 6,
    },
    day_words={name: number for number, name in enumerate(_NUMBERS, 1)} | {"primero": 1, "treinta y uno": 31},
    numbers={name: number for number, name in enumerate(_NUMBERS, 1)}
    | {"un par de": 2, "cuarenta": 40, "sesenta": 60, "noventa": 90},
    suffix="\\s?(?:º|°|ero|ro|er)",
    of="(?:de|del)",
    article="el|la|este|dia|el dia",
    prepositions="para el|hasta el|antes del|del|al|a|desde el|para",
)  # fmt: skip
_W = WORDS

_IN = (
    "(?:en|dentro de|a|antes de|en un plazo de|plazo de|en los proximos|en las proximas|en el plazo de) (?:unos "
    "|los |las |maximo )?"
)
_NEXT_MONTH = (
    "(?:(?:el )?(?:proximo mes|mes proximo|mes siguiente|mes que viene|mes entrante|siguiente mes|mes que entra))"
)
_NEXT_WEEK = (
    "(?:la )?(?:proxima semana|semana proxima|semana que viene|semana entrante|siguiente semana|semana siguiente"
    "|semana que entra)"
)
_END = "(?:(?:a |al |para |antes de |el )?(?:fin|final|finales|fines|cierre|ultimo dia|termino) (?:de |del )?)"


def _fortnight_pay(match: re.Match[str], day: Day) -> Reading:
    """La quincena, pay day in Mexico and Colombia: the next 15th or month's end, strictly after today."""
    end = calendar.month_end(day.today.year, day.today.month)
    for found in (day.today.replace(day=15), end):
        if found > day.today:
            return fixed(found)
    return fixed(calendar.add_months(day.today.replace(day=15), 1))


def _first_weekday(match: re.Match[str], day: Day) -> Reading | None:
    nth = {"primer": 1, "segundo": 2, "tercer": 3, "cuarto": 4, "ultimo": -1}[match["nth"]]
    found = calendar.weekday_in_month(_W.weekday(match["wd"]), nth, _W.month(match["m"]), day.today)
    return fixed(found) if found else None


def _year_end(match: re.Match[str], day: Day) -> Reading | None:
    return absolute(date(day.today.year, 12, 31))


def _new_year(match: re.Match[str], day: Day) -> Reading | None:
    return absolute(date(day.today.year + 1, 1, 1))


def _day_of_numbered_month(match: re.Match[str], day: Day) -> Reading | None:
    """ "El 21 del 3"."""
    return day_month(int(match["d"]), int(match["m"]), day.today)


_RELATIVE: list[tuple[str, Build]] = [
    ("pasado manana", offset(2)),
    ("antes de ayer|anteayer|antier", offset(-2)),
    ("(?:el )?(?P<wd>‹WD›) (?:de |en )?" + _NEXT_WEEK, weekday_in_week(_W, 1)),
    (_NEXT_WEEK + ",? (?:el )?(?P<wd>‹WD›)", weekday_in_week(_W, 1)),
    ("(?:el )?(?P<wd>‹WD›) de (?:esta|la presente) semana", weekday_in_week(_W, 0)),
    ("(?:esta semana,? )(?:el )?(?P<wd>‹WD›)", weekday_in_week(_W, 0)),
    ("(?:el )?(?P<nth>primer|segundo|tercer|cuarto|ultimo) (?P<wd>‹WD›) de (?P<m>‹MONTH›)", _first_weekday),
    ("(?:el )?(?:proximo|siguiente) (?P<wd>‹WD›)", weekday_after(_W, doubtful_within_week=True)),
    (
        "(?:el )?(?P<wd>‹WD›) (?:proximo|siguiente|que viene|entrante|que entra)",
        weekday_after(_W, doubtful_within_week=True),
    ),
    (
        "(?:el )?(?:pasado |ultimo )(?P<wd>‹WD›)|(?:el )?(?P<wd2>‹WD›) pasado",
        lambda m, d: fixed(calendar.last_weekday(_W.weekday(m["wd"] or m["wd2"]), d.today), DateKind.WEEKDAY),
    ),
    ("(?:el )?(?:dia )?(?P<d>‹DAY›) (?:de |del )" + _NEXT_MONTH, day_of_month_in(_W, 1)),
    (_NEXT_MONTH + ",? (?:el )?(?:dia )?(?P<d>\\d{1,2})(?!\\d)", day_of_month_in(_W, 1)),
    (
        "(?:el )?(?:dia )?(?P<d>‹DAY›) (?:de este mes|del presente(?: mes)?|del mes en curso|del mes|del corriente)",
        day_of_month_in(_W, 0),
    ),
    ("(?:el )?(?P<d>\\d{1,2}) del (?P<m>\\d{1,2})(?! ?%)", _day_of_numbered_month),
    (_END + _NEXT_MONTH, month_end_in(1)),
    (_END + "(?:este |presente |el presente )?mes(?: en curso)?(?: corriente)?", month_end_in(0)),
    (_END + "(?:mes de )?(?P<m>‹MONTH›)(?: (?:de |del )?(?P<y>(?:19|20)\\d\\d))?", named_month_end(_W)),
    ("(?:a |para )?(?:mediados|la mitad) (?:de |del )(?:este |presente )?mes", mid_month()),
    (
        "(?:a |para )?(?:mediados|la mitad) de (?P<m>‹MONTH›)(?: (?:de |del )?(?P<y>(?:19|20)\\d\\d))?",
        named_month_middle(_W),
    ),
    ("(?:a |al )?(?:final|finales|fines) de (?:la )?" + _NEXT_WEEK.removeprefix("(?:la )?"), week_day(4, 1)),
    ("(?:a |al )?(?:final|finales|fines) de (?:esta |la )?semana|a lo largo de (?:esta |la )semana", week_day(4, 0)),
    ("(?:a )?(?:principios|comienzos|inicios) de (?:la )?" + _NEXT_WEEK.removeprefix("(?:la )?"), week_day(0, 1)),
    (_END + "ano", _year_end),
    ("(?:el dia de )?ano nuevo", _new_year),
    (_IN + "(?P<n>‹N›)(?: ?\\(\\d+\\))? dias? (?:habiles|laborables|laborales)", counted(_W, "working")),
    ("(?P<n>‹N›) dias? (?:habiles|laborables|laborales)", counted(_W, "working")),
    ("(?:en |dentro de |a )?(?:una|la proxima|1) quincena", offset(15)),
    ("(?:la|esta|en la|para la|llegando la|cayendo la) quincena|en quincena", _fortnight_pay),
    (_IN + "(?P<n>‹N›)(?: ?\\(\\d+\\))? dias?(?: naturales| calendario| corridos)?", counted(_W, "days")),
    (_IN + "(?P<n>‹N›) semanas?", counted(_W, "weeks")),
    (_IN + "(?P<n>‹N›) mes(?:es)?", counted(_W, "months")),
    (_IN + "(?P<n>‹N›) anos?", counted(_W, "years")),
    ("hace (?:unos )?(?P<n>‹N›) dias?", counted(_W, "days", -1)),
    ("hace (?:unas )?(?P<n>‹N›) semanas?", counted(_W, "weeks", -1)),
    ("hace (?P<n>‹N›) mes(?:es)?", counted(_W, "months", -1)),
    ("(?:el )?dia (?:despues|siguiente)", offset(1)),
    ("ayer|anoche", offset(-1)),
    (
        "(?:hoy|el dia de hoy|esta (?:misma )?(?:tarde|manana|noche)|este (?:mismo )?(?:mediodia|dia))",
        offset(0, DateKind.TODAY),
    ),
    ("(?:el dia de )?manana(?: mismo)?", offset(1)),
    (_NEXT_WEEK, week_day(4, 1)),
    ("(?:en |durante |dentro de )?esta (?:misma )?semana", week_day(4, 0)),
    (
        "(?:ahora mismo|ahorita(?: mismo)?|ahora|acab[oa](?:mos)? de|en este momento|de inmediato)",
        offset(0, DateKind.NOW),
    ),
    ("(?:el |este |los |cada |para el |del |al |a mas tardar el )(?P<wd>‹WD›)", plain_weekday(_W)),
    ("(?P<wd>lunes|martes|miercoles|jueves|viernes|sabado|domingo)", plain_weekday(_W)),
    (
        "(?:el |al |del |para el |antes del |hasta el )(?:proximo |pasado |dia )?(?P<d>\\d{1,2}(?:º|ro)?)"
        "(?![\\w:/%€$]|[.,]\\d| ?(?:%|€|eur|pesos|dias|horas|hrs|facturas|de cada|meses|pzas|piezas))",
        bare_day_rule(_W),
    ),
    ("(?:el )?dia (?P<d>‹DAY›)(?![\\w:/%€$]|[.,]\\d)", bare_day_rule(_W)),
]


def rules() -> list[Rule]:
    """Every rule, the more telling before the less: what one takes, no later one sees."""
    return compile_rules(_W, _RELATIVE)
