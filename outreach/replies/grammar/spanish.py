"""Dates as Spanish speakers write them, in Spain and in the Americas."""

from __future__ import annotations

import re
from datetime import date, timedelta

from outreach.replies.folding import word_list
from outreach.replies.grammar import calendar
from outreach.replies.grammar.chained import chains
from outreach.replies.grammar.holidays import holiday_rules
from outreach.replies.grammar.reading import (
    Build,
    DateKind,
    Day,
    Reading,
    Rule,
    Words,
    absolute,
    bare_day,
    compile_rules,
    day_month,
    fixed,
    weekday_reading,
)
from outreach.replies.grammar.shifted import shifts
from outreach.replies.grammar.steps import (
    bare_day_of,
    bare_day_rule,
    counted,
    day_of_month_in,
    mid_month,
    month_end_in,
    named_month_end,
    named_month_middle,
    no_day,
    nth_in_month,
    offset,
    plain_weekday,
    quarter_end,
    spanned,
    week_day,
    weekday_in_week,
    weekday_of_following_week,
    working_day_after,
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
        "lun(?:es)?": 0, "mar(?:tes)?": 1, "mie(?:r|rc|rcoles)?": 2, "jue(?:v|ves)?": 3, "vie(?:r|rn|rnes)?": 4,
        "sab(?:ado)?s?": 5, "dom(?:ingo)?s?": 6,
    },
    day_words={name: number for number, name in enumerate(_NUMBERS, 1)} | {"primero": 1, "treinta y uno": 31},
    cardinal=(
        "(?:(?:treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)(?: y (?:un[oa]?|dos|tres|cuatro|cinco|seis"
        "|siete|ocho|nueve)(?!\\w))?|veinti(?:un[oa]?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)|veinte"
        "|dieci(?:seis|siete|ocho|nueve)|once|doce|trece|catorce|quince|diez|un[oa]?|dos|tres|cuatro|cinco|seis|siete"
        "|ocho|nueve)"
    ),
    numbers={"un par de": 2, "una": 1},
    units={
        "days": "dias?(?: naturales| calendario| corridos)?|diitas|(?<=\\d)d", "weeks": "seman(?:it)?as?|sem\\.?",
        "months": "mes(?:es)?", "years": "anos?", "fortnights": "quincenas?", "hours": "horas?|hrs?|(?<=\\d)h",
        "minutes": "minutos?|min",
    },
    joiner="y|con",
    suffix="\\s?(?:º|°)|(?<!\\d\\d)(?<=[13])(?:ero|ro|er)",
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
    "(?:(?:el )?(?:proximo mes|mes proximo|mes siguiente|mes que viene|mes entrante|siguiente mes|mes que entra"
    "|mes que sigue|otro mes))"
)
_NEXT_WEEK = (
    "(?:la )?(?:proxima semana|semana proxima|semana que viene|semana entrante|siguiente semana|semana siguiente"
    "|semana que entra|semana que sigue|otra semana)"
)
_END = (
    "(?:(?:a |al |para |antes de |el )?(?:fin|final|finales|fines|cierre|ultimo dia|dia ultimo|ultimos|termino)"
    " (?:de |del )?)"
)
_FROM_TODAY = (
    "(?:,? (?:contad[oa]s |computad[oa]s )?(?:a partir de|desde|a contar desde|de|a contar de) (?:el dia de )?"
    "(?:hoy|la fecha|esta fecha|la presente|ahora|este momento)(?: mismo)?)?"
)
_ENDS = "(?:(?:antes de |al )(?:que )?(?:se )?(?:termin|acab|finaliz|cerr|conclu)\\w+ (?:el |la |este |esta )?)"


def _fortnight_pay(match: re.Match[str], day: Day) -> Reading:
    """La quincena, pay day in Mexico and Colombia: the next 15th or month's end, strictly after today."""
    end = calendar.month_end(day.today.year, day.today.month)
    for found in (day.today.replace(day=15), end):
        if found > day.today:
            return fixed(found)
    return fixed(calendar.add_months(day.today.replace(day=15), 1))


_NTH = {
    "primer": 1, "primero": 1, "1er": 1, "segundo": 2, "2º": 2, "tercer": 3, "tercero": 3, "3er": 3, "cuarto": 4,
    "quinto": 5, "ultimo": -1,
}  # fmt: skip
_OF_MONTH = (
    f"(?:del?|en) (?:(?P<m>‹MONTH›)(?:,? (?:del? )?(?P<y>20\\d\\d))?|(?P<next>{_NEXT_MONTH})"
    "|(?:el |este |presente )?mes)"
)


def _year_end(match: re.Match[str], day: Day) -> Reading | None:
    return absolute(date(day.today.year, 12, 31))


def _some_months(match: re.Match[str], day: Day) -> Reading:
    """Half a year, or "some months", of which nobody knows how many: three is a guess that a person checks."""
    half = "medio" in match.group()
    return fixed(calendar.add_months(day.today, 6 if half else 3), ambiguous=not half)


def _day_of_numbered_month(match: re.Match[str], day: Day) -> Reading | None:
    """ "El 21 del 3"."""
    return day_month(int(match["d"]), int(match["m"]), day.today)


def _weekday_after_one_named(match: re.Match[str], day: Day) -> Reading | None:
    """ "Half this Friday, the rest the following Friday": a week after the one named just before."""
    weekday = WORDS.weekday(match["wd"])
    before = match.string[max(0, match.start() - _NEARBY) : match.start()]
    named = [found for found in _WEEKDAY.findall(before) if WORDS.weekday(found) == weekday]
    if not named:
        return None
    return fixed(calendar.next_weekday(weekday, day.today) + timedelta(days=7), DateKind.WEEKDAY)


def _weekday_in_eight(match: re.Match[str], day: Day) -> Reading:
    """ "El lunes en ocho": a week after the coming one."""
    coming = calendar.next_weekday(WORDS.weekday(match["wd"]), day.today)
    return fixed(coming + timedelta(days=7), DateKind.WEEKDAY)


def _half_of_month(match: re.Match[str], day: Day) -> Reading | None:
    """ "La segunda quincena de mayo": its last day."""
    month = WORDS.month(match["m"])
    year = day.today.year + (month < day.today.month)
    if match["half"][0] in "p1":
        return fixed(date(year, month, 15), DateKind.WINDOW)
    return fixed(calendar.month_end(year, month), DateKind.WINDOW)


_PAYS_NOW = re.compile(
    r"(?:(?:ya|yo|si|mero|en un rato),? )?(?:(?:le|te|les|os|se|lo|la|los|las|nos)(?: (?:lo|la|los|las|voy a))? )?"
    r"(?:(?:voy|vamos) a )?(?:pag|abon|transfi|transfer|deposit|consign|gir[oa]|ingres|hago|hacemos|mand|pas[oa]|envi"
    r"|liquid|cancel|yape|bizum|pongo|tramit|program|cubr|dep\b|transf)"
)
_PAID_NOW = re.compile(
    r"(?:pag|abon|transfi|deposit|consign|gir|ingres|hago|hacemos|mand|pas|envi|liquid|cancel|yape|bizum)\w* "
    r"(?:(?:el|la|lo|su|un) )?(?:\w+ ){0,2}$"
)


def _at_once(match: re.Match[str], day: Day) -> Reading:
    """ "Ahorita le deposito", "le deposito ahorita": today, where the word stands right beside one of paying."""
    before, after = match.string[max(0, match.start() - _NEARBY) : match.start()], match.string[match.end() :]
    pays = _PAYS_NOW.match(after.lstrip(" ,")) or _PAID_NOW.search(before)
    return fixed(day.today, DateKind.TODAY if pays else DateKind.NOW)


def _like_before(match: re.Match[str], day: Day) -> Reading | None:
    """ "40 % esta semana y el resto la que viene", "cada quincena a partir de esta": the week or fortnight goes on."""
    before = match.string[max(0, match.start() - _NEARBY) : match.start()]
    named = re.search(r"(?<!\w)(semana|quincena)(?!\w)[^.;?!]*$", before)
    if named and named[1] == "quincena":
        return _fortnight_pay(match, day)
    if not named or match.group().endswith("esta"):
        return None
    return fixed(calendar.weekday_of_week(4, day.today, 1), DateKind.WINDOW)


def _weekday_like_before(match: re.Match[str], day: Day) -> Reading | None:
    """ "Esta semana imposible. La que viene, el miércoles": that day of the week after."""
    if "semana" not in match.string[max(0, match.start() - _NEARBY) : match.start()]:
        return None
    return fixed(calendar.weekday_of_week(WORDS.weekday(match["wd"]), day.today, 1), DateKind.WEEKDAY)


def _day_of_list(match: re.Match[str], day: Day) -> Reading | None:
    """ "Los días 15 y 30 de junio": the days before the last one share its month."""
    month = WORDS.month(match["m"])
    if match["y"]:
        return absolute(calendar.safe_date(int(match["y"]), month, int(match["d"])))
    return day_month(int(match["d"]), month, day.today)


def _later_weekday(match: re.Match[str], day: Day) -> Reading:
    """ "Jueves o viernes", "entre el jueves y el viernes": by the later of the two."""
    return weekday_reading(WORDS.weekday(match["wd2"]), day.today)


def _week_after_that(match: re.Match[str], day: Day) -> Reading | None:
    """ "No este viernes, sino el siguiente": a week after the weekday named just before."""
    named = _WEEKDAY.findall(match.string[max(0, match.start() - _NEARBY) : match.start()])
    if not named:
        return None
    return fixed(calendar.next_weekday(WORDS.weekday(named[-1]), day.today) + timedelta(days=7), DateKind.WEEKDAY)


def _month_of_list(match: re.Match[str], day: Day) -> Reading | None:
    """ "El 15 de mayo, junio y julio": the months after the first one share its day."""
    before = _MONTHS_BEFORE.search(match.string[max(0, match.start() - _NEARBY) : match.start()])
    return day_month(int(before["d"]), WORDS.month(match["m"]), day.today) if before else None


def _days_like_before(match: re.Match[str], day: Day) -> Reading | None:
    """ "Uno a 30 días y otro a 60": the unit of the count before goes on."""
    if not _DAYS_BEFORE.search(match.string[max(0, match.start() - _NEARBY) : match.start()]):
        return None
    return fixed(day.today + timedelta(days=int(match["n"])))


def _last_of_counts(match: re.Match[str], day: Day) -> Reading | None:
    """ "A 30, 60 y 90 días": the last of the counts, where another stands right before."""
    if not re.search(r"\d{2,3},?\s?$", match.string[max(0, match.start() - 6) : match.start()]):
        return None
    return fixed(day.today + timedelta(days=int(match["n"])))


def _bare_day_of_list(match: re.Match[str], day: Day) -> Reading | None:
    """ "Los días 15, 22 y 29": days without a month after the first one."""
    before = match.string[max(0, match.start() - _NEARBY) : match.start()]
    if not re.search(r"(?<!\w)dias \d{1,2}(?:,? (?:y )?\d{1,2})*,? $", before):
        return None
    return bare_day(int(match["d"]), day.today)


_MONTHS_BEFORE = WORDS.pattern("(?P<d>\\d{1,2}) de ‹MONTH›(?:(?:,| y| e) ?‹MONTH›)*\\W{1,2}$")
_DAYS_BEFORE = WORDS.pattern("a \\d{2,3} dias[^.;?!]*$")
_NEARBY = 120
"""Characters before a weekday within which another one gives it its meaning."""
_WEEKDAY = WORDS.pattern("(?:‹WD›)(?!\\w)")
_SHORT_WEEKDAYS = {"lu": 0, "ma": 1, "mi": 2, "mx": 2, "ju": 3, "vi": 4, "sa": 5, "do": 6}


def _short_weekday(match: re.Match[str], day: Day) -> Reading:
    return weekday_reading(_SHORT_WEEKDAYS[match["d"]], day.today)


_NO_LONGER = (
    "(?:en vez|en lugar) de(?:l| este| el)? (?:proximo )?(?:‹WD›(?:,? (?:dia )?\\d{1,2})?|(?:dia )?\\d{1,2})"
    "(?: de ‹MONTH›|/\\d{1,2})?(?!\\w)"
    "|(?:lo|la fecha) del (?:‹WD›(?:,? (?:dia )?\\d{1,2})?|(?:dia )?\\d{1,2})(?: de ‹MONTH›|/\\d{1,2})?(?!\\w)"
)
"""Days that others take the place of: "en vez del 15", "lo del viernes"."""

_RELATIVE: list[tuple[str, Build]] = [
    ("(?:manana o )?pasado manana|manana o pasado", offset(2)),
    ("hoy o manana", offset(1)),
    (
        "de \\d{2,3} a \\d{2,3} dias"
        "|(?:a )?\\d{2,3} dias (?:(?:de )?(?:la )?fecha (?:de )?(?:la )?factura|f\\.? ?f\\.?)",
        no_day,
    ),
    (
        "(?:entre (?:el )?‹WD› y|(?:el )?‹WD›,? (?:o|u))(?: a mas tardar)? (?:el )?(?P<wd2>‹WD›)"
        "(?= (?:lo|la|los|las|te|le|les|os|se|queda|sale|pago|ten|estara)\\w*|\\W*$)",
        _later_weekday,
    ),
    ("(?:sino|mejor) (?:hasta )?(?:el|al) (?:siguiente|otro|que viene|proximo)(?! \\w+(?:es|o))", _week_after_that),
    (
        "(?:a |en |los |y |e )*(?P<n>\\d{2,3})(?=(?:, ?(?:a )?\\d{2,3})*,? (?:y|e) (?:a )?\\d{2,3} dias)",
        counted(_W, "days"),
    ),
    ("(?:y|e) (?:a )?(?P<n>\\d{2,3}) dias(?! (?:habiles|laborables))" + _FROM_TODAY, _last_of_counts),
    ("(?:los )?dias (?P<d>\\d{1,2})(?=(?:, ?\\d{1,2})*,? (?:y|e) \\d{1,2}(?!\\d))", bare_day_rule(_W)),
    (
        "(?:y |e )?(?P<d>\\d{1,2})(?![\\w:/%€$]|[.,]\\d"
        "| ?(?:%|€|eur|pesos|soles|dias|horas|hrs|facturas|mil|de ‹MONTH›))",
        _bare_day_of_list,
    ),
    ("a (?P<n>30|45|60|75|90|120)(?= (?:por|de|y|con)| ?[,.;:]|\\W*$)(?! dias)", _days_like_before),
    ("(?:y |e )?(?P<m>‹MONTH›)(?! (?:de |del )?\\d)", _month_of_list),
    (
        "(?:ahorita|ahora|hoy)(?: mismo)?,? (?:mas tarde|mas al rato|(?:en|por|a) la (?:tarde|noche|tardecita))"
        "|al rat(?:o|ito)(?! no)|en un (?:rat(?:o|ito)|momentito)(?! no)",
        offset(0, DateKind.TODAY),
    ),
    (
        "(?:(?:la|el) (?:que (?:viene|sigue|entra)|proxim[oa]|siguiente|entrante)|a partir de esta)"
        "(?=\\W*$|[,.;)]| (?:y|el|lo) )",
        _like_before,
    ),
    ("(?:la|el) que (?:viene|sigue|entra),? (?:el )?(?P<wd>‹WD›)", _weekday_like_before),
    ("(?:entre )?hoy (?:y|o) manana", offset(1)),
    (
        "(?:en |a )?(?:‹N›|\\d{1,2}) quincenas(?= (?:de|iguales|por|a razon|seguidas|consecutivas)(?!\\w)|[,:]"
        "| (?:iniciando|empezando|a partir|comenzando|desde))",
        no_day,
    ),
    ("(?<=%\\s)ya(?! (?:se|lo|la|le|te|les|os|est|pag|fue|qued)\\w*)", offset(0, DateKind.NOW)),
    ("(?:en )?lo que (?:queda|resta) de (?:la |esta )?semana", week_day(4, 0)),
    ("(?:en )?lo que (?:queda|resta) de(?:l| este) mes", month_end_in(0)),
    (
        "(?:los |el |dias? |y )*(?P<d>\\d{1,2})"
        "(?=(?:, (?:el )?\\d{1,2})*,? (?:y|e) (?:el )?\\d{1,2} (?:de |del mes de )"
        "(?P<m>‹MONTH›)(?!\\w)(?: (?:de |del )?(?P<y>20\\d\\d))?)",
        _day_of_list,
    ),
    ("(?:el |al )?(?P<wd>‹WD›) siguiente", _weekday_after_one_named),
    ("(?:el |al )?otro (?P<wd>‹WD›)", _weekday_after_one_named),
    ("(?:el )?(?P<wd>‹WD›) en (?:ocho|8)(?: dias)?", _weekday_in_eight),
    (
        "(?:el dia de )?manana(?: mismo)?(?: (?:por|a|en) la (?:manana|tarde|noche)| temprano| a primera hora)",
        offset(1),
    ),
    ("(?:por|en|de|a) la manana", no_day),
    ("antes de ayer|anteayer|antier", offset(-2)),
    ("(?:el )?(?P<wd>‹WD›) (?:de |en )?" + _NEXT_WEEK, weekday_in_week(_W, 1)),
    (_NEXT_WEEK + ",? (?:el )?(?P<wd>‹WD›)", weekday_in_week(_W, 1)),
    ("(?:el )?(?P<wd>‹WD›) de (?:esta|la presente) semana", weekday_in_week(_W, 0)),
    ("(?:esta semana,? )(?:el )?(?P<wd>‹WD›)", weekday_in_week(_W, 0)),
    ("(?:el )?(?P<wd>‹WD›) (?:de |en )?(?:la )?(?:semana pasada|pasada semana)", weekday_in_week(_W, -1)),
    ("(?:la )?(?:semana pasada|pasada semana),? (?:el )?(?P<wd>‹WD›)", weekday_in_week(_W, -1)),
    (
        f"(?:el )?(?P<nth>{'|'.join(_NTH)}) (?:(?P<wd>‹WD›)|(?P<work>dia (?:habil|laborable|laboral))|dia) {_OF_MONTH}",
        nth_in_month(_W, _NTH),
    ),
    ("(?:el )?(?:proximo|siguiente) dia (?:habil|laborable|laboral)", working_day_after),
    ("(?:el )?dia (?:habil|laborable|laboral) siguiente", working_day_after),
    ("(?:el )?(?:proximo|siguiente) (?P<wd>‹WD›)", weekday_of_following_week(_W)),
    (
        "(?:el )?(?P<wd>‹WD›) (?:proximo|siguiente|que viene|que sigue|entrante|que entra)",
        weekday_of_following_week(_W),
    ),
    (
        "(?:el )?(?:pasado |ultimo )(?P<wd>‹WD›)|(?:el )?(?P<wd2>‹WD›) pasado",
        lambda m, d: fixed(calendar.last_weekday(_W.weekday(m["wd"] or m["wd2"]), d.today), DateKind.WEEKDAY),
    ),
    ("(?:el )?(?:dia )?(?P<d>‹DAY›) (?:de |del )(?:" + _NEXT_MONTH + "|que (?:viene|entra))", day_of_month_in(_W, 1)),
    (_NEXT_MONTH + ",? (?:el )?(?:dia )?(?P<d>\\d{1,2})(?!\\d)", day_of_month_in(_W, 1)),
    (
        "(?:el )?(?:dia )?(?P<d>‹DAY›) (?:de este mes|del presente(?: mes)?|del mes en curso|del mes|del corriente)",
        day_of_month_in(_W, 0),
    ),
    ("(?:el )?(?P<d>\\d{1,2}) del (?P<m>\\d{1,2})(?! ?%)", _day_of_numbered_month),
    ("(?:el )?(?:dia )?(?:primero|1º) de(?:l| cada) mes", bare_day_of(1)),
    ("(?:el |los )?(?:dias? )?(?P<d>\\d{1,2}) de cada mes", bare_day_rule(_W)),
    ("(?:el )?dia primero", bare_day_of(1)),
    (_END + _NEXT_MONTH, month_end_in(1)),
    (_ENDS + "mes", month_end_in(0)),
    (_ENDS + "semana", week_day(4, 0)),
    ("(?:el )?dia ultimo|(?:el )?ultimo de (?:este )?mes", month_end_in(0)),
    ("(?:la )?(?P<half>primera|segunda|1ra|2da|1a|2a) quincena de (?P<m>‹MONTH›)", _half_of_month),
    ("(?:en el )?transcurso del dia|(?:en el )?transcurso de la (?:tarde|manana)", offset(0, DateKind.TODAY)),
    ("mnn|mnna|mnana|manhana", offset(1)),
    (_END + "(?:este |presente |el presente )?mes(?: en curso)?(?: corriente)?", month_end_in(0)),
    (_END + "(?:mes de )?(?P<m>‹MONTH›)(?: (?:de |del )?(?P<y>(?:19|20)\\d\\d))?", named_month_end(_W)),
    ("(?:a |para )?(?:mediados|la mitad) (?:de |del )(?:el )?" + _NEXT_MONTH, mid_month(1)),
    ("(?:a |para )?(?:mediados|la mitad) (?:de |del )(?:este |presente )?mes", mid_month()),
    (
        "(?:a |para )?(?:mediados|la mitad) de (?P<m>‹MONTH›)(?: (?:de |del )?(?P<y>(?:19|20)\\d\\d))?",
        named_month_middle(_W),
    ),
    ("(?:a |al )?(?:final|finales|fines) de (?:la )?" + _NEXT_WEEK.removeprefix("(?:la )?"), week_day(4, 1)),
    (
        "(?:a |al )?(?:final|finales|fines) de (?:esta |la )?semana"
        "|(?:a lo largo|en el transcurso) de (?:esta |la )semana",
        week_day(4, 0),
    ),
    ("(?:a )?(?:principios|comienzos|inicios) de (?:la )?" + _NEXT_WEEK.removeprefix("(?:la )?"), week_day(0, 1)),
    (_END + "(?:este |el )?trimestre", quarter_end),
    (_END + "(?:este |el )?ano", _year_end),
    (
        _IN + "(?P<n>‹N›)(?: ?\\(\\d+\\))? dias? (?:habiles|laborables|laborales|utiles)" + _FROM_TODAY,
        counted(_W, "working"),
    ),
    ("(?P<n>‹N›)(?: ?\\(\\d+\\))? dias? (?:habiles|laborables|laborales|utiles)" + _FROM_TODAY, counted(_W, "working")),
    ("(?:la |esa |esta )?quincena del (?:dia )?(?P<d>1[0-6]|2[5-9]|3[01])(?!\\d| de ‹MONTH›)", bare_day_rule(_W)),
    ("(?:la )?(?:primera|1ra|1a) quincena(?: (?:del|de este|de) mes)?(?! de ‹MONTH›)", mid_month()),
    ("(?:la )?(?:segunda|2da|2a) quincena(?: (?:del|de este|de) mes)?(?! de ‹MONTH›)", month_end_in(0)),
    ("(?:en |dentro de |a )?(?:una|1) quincena", offset(15)),
    (
        "(?:la|esta|en la|para la|llegando la|cayendo la) quincena(?: que (?:viene|entra)| entrante)?|en quincena"
        "|(?:(?:en |para |a )?la )?(?:proxima|siguiente) quincena",
        _fortnight_pay,
    ),
    ("(?:de )?hoy en (?:ocho|8)(?: dias)?", offset(8)),
    ("(?:de )?hoy en (?:quince|15)(?: dias)?", offset(15)),
    ("(?:de )?hoy en (?P<s>‹SPAN›)", spanned(_W)),
    (_IN + "(?P<n>‹N›) ?\\(\\d+\\) dias?(?: naturales| calendario| corridos)?" + _FROM_TODAY, counted(_W, "days")),
    (
        "(?:"
        + _IN
        + "|de aqui a |\\+ ?)(?P<s>‹SPAN›)"
        + _FROM_TODAY
        + "(?! y medi[oa]| (?:despues|antes|de retraso|a partir|desde))",
        spanned(_W),
    ),
    ("(?P<s>‹SPAN›) (?:a partir de|desde|a contar desde) (?:hoy|ahora|el dia de hoy)", spanned(_W)),
    ("(?:en|dentro de) (?:medio ano|(?:algunos|unos) meses)", _some_months),
    ("hace (?:unos |unas |ya )?(?P<s>‹SPAN›)", spanned(_W, -1)),
    ("^\\W*(?P<s>‹SPAN›)(?=\\W*$)", spanned(_W)),
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
        "(?:ahoritita|ahorita|orita)(?: (?:mismo|mero))?|ahora mismo|ahora(?= (?:te|le|os|les|se l[oa]) )",
        _at_once,
    ),
    ("(?:ahora|acab[oa](?:mos)? de|en este momento|de inmediato)", offset(0, DateKind.NOW)),
    ("(?:el |este |los |cada |para el |del |al |a mas tardar el )(?!mar [a-z])(?P<wd>‹WD›)", plain_weekday(_W)),
    ("(?P<wd>lunes|martes|miercoles|jueves|viernes|sabado|domingo)", plain_weekday(_W)),
    ("^\\W*(?P<wd>‹WD›)(?=\\W*$)", plain_weekday(_W)),
    # Two letters, as calendars print them, where they are the whole answer.
    (f"^\\W*(?P<d>{'|'.join(_SHORT_WEEKDAYS)})(?=\\W*$)", _short_weekday),
    ("entre (?:el )?\\d{1,2} y (?:el )?\\d{1,2}(?! de ‹MONTH›| euros?| pesos| ?%)", no_day),
    (
        "(?:el |al |del |para el |antes del |hasta el )(?:proximo |pasado |dia )?"
        "(?P<d>\\d{1,2}(?:º|(?<!\\d\\d)(?<=[13])ro)?)"
        "(?![\\w:/%€$]|[.,]\\d| ?(?:%|€|eur|pesos|dias|horas|hrs|facturas|de cada|meses|pzas|piezas))",
        bare_day_rule(_W),
    ),
    ("(?:el )?dia (?P<d>‹DAY›)(?![\\w:/%€$]|[.,]\\d)", bare_day_rule(_W)),
    # "El quince" in words is a day where nothing follows that it could count.
    (
        "(?:para |hasta )?el (?P<d>cinco|ocho|diez|doce|quince|dieciocho|veinte|veinticinco|veintiocho|treinta)"
        "(?=\\W*$|[,.;!?)]| (?:y|o|a|le|te|les|os|se|sin|que|sale|queda|pago|pagamos|lo|la|de este mes)(?!\\w))",
        bare_day_rule(_W),
    ),
]

SHIFTS = shifts(
    _W,
    after="despues(?: del?)?|a partir(?: del?)?|desde|tras|(?:posteriores|siguientes)(?: al?)?|a contar desde",
    before="antes(?: del?)?|previos(?: al?)?",
    next_day="(?:al |el )?dia (?:siguiente|despues)(?: del?| al?)?",
    day_before="(?:el )?dia (?:antes|anterior)(?: del?| al?)?|(?:la )?vispera(?: del?)?",
    between="(?:el |la )?",
)


CHAINS = chains(
    _W,
    "(?:el |al )?(?:(?P<wd>‹WD›) (?:siguiente|posterior)|siguiente (?P<wd2>‹WD›))",
    "(?:a las? )?(?P<s>‹SPAN›) (?:despues|mas tarde|posterior)(?! de)",
    "(?:a )?la (?:semana siguiente|siguiente semana)(?! (?:el )?‹WD›)",
    "(?:el |al )?(?P<month>mes siguiente|siguiente mes)",
)


def rules() -> list[Rule]:
    """Every rule, the more telling before the less: what one takes, no later one sees."""
    return [(WORDS.pattern(_NO_LONGER), no_day), *holiday_rules("es"), *compile_rules(_W, _RELATIVE)]
