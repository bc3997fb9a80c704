"""Dates as French speakers write them, in France, Belgium, Switzerland and Québec."""

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
    meaning,
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
    weekday_after,
    weekday_in_week,
    working_day_after,
)

_AROUND = {"diz": 10, "douz": 12, "quinz": 15, "vingt": 20, "trent": 30, "quarant": 40, "soixant": 60}
""" "Une dizaine de jours": about so many."""
_NUMBERS = word_list(
    "une? deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix[-\\s]sept "
    "dix[-\\s]huit dix[-\\s]neuf vingt vingt[-\\s](?:et[-\\s])?un vingt[-\\s]deux vingt[-\\s]trois vingt[-\\s]quatre "
    "vingt[-\\s]cinq vingt[-\\s]six vingt[-\\s]sept vingt[-\\s]huit vingt[-\\s]neuf trente"
)

WORDS = Words(
    language="fr",
    months={
        "janv?(?:ier)?": 1, "fevr?(?:ier)?": 2, "mars": 3, "avr(?:il)?": 4, "mai": 5, "juin": 6, "juil?(?:let)?": 7,
        "aout?": 8, "sept?(?:embre)?": 9, "oct(?:obre)?": 10, "nov(?:embre)?": 11, "dec(?:embre)?": 12,
    },
    weekdays={
        "lun(?:dis?)?": 0, "mar(?:dis?)?": 1, "mer(?:credis?)?": 2, "jeu(?:dis?)?": 3, "ven(?:d|dr|dredis?)?": 4,
        "sam(?:edis?)?": 5, "dim(?:anches?)?": 6,
    },
    day_words={name: number for number, name in enumerate(_NUMBERS, 1)} | {"premier": 1, "trente[-\\s]et[-\\s]un": 31},
    cardinal=(
        "(?:(?:quatre[-\\s]vingts?|soixante|vingt|trente|quarante|cinquante|septante|huitante|octante|nonante)"
        "(?:[-\\s](?:et[-\\s])?(?:une?|deux|trois|quatre(?![-\\s]vingt)|cinq|six|sept|huit|neuf"
        "|dix(?:[-\\s](?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize)(?!\\w))?"
        "|dix(?:[-\\s](?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize|une?|deux|trois|quatre|cinq|six|sept"
        "|huit|neuf)"
    ),
    numbers={
        "une": 1, "une (?:petite|bonne|grosse|seule)": 1,
        **{f"une (?:petite |bonne )?{tens}aine (?:de |d')": count for tens, count in _AROUND.items()},
    },
    units={
        "days": "jours?(?: calendaires?)?|(?<=\\d)j|(?<=\\d\\x20)j", "weeks": "semaines?|sem\\.?",
        "months": "mois", "years": "annees?|ans?", "fortnights": "quinzaines?", "hours": "heures?|(?<=\\d)h"
        "|(?<=\\d\\x20)h", "minutes": "minutes?|min",
    },
    joiner="et",
    suffix="\\s?(?:er|eme|e)(?!\\w)",
    of="(?:de|d'|du)",
    article="le|au|du|ce",
    prepositions="d'ici le|avant le|pour le|jusqu'au|des le|au|du|le",
)  # fmt: skip
_W = WORDS

_IN = (
    "(?:dans|ds|sous|en|d'ici|d'ici a|(?:dans|avec|sous) un delai (?:maximum |maximal |max )?de|au plus tard dans"
    "|dans les|a l'interieur (?:de|d'un delai de)|en dedans de|endeans) (?:les |l'|un delai de )?"
    "(?:(?:‹N›|\\d+) ?(?:a|ou|-) )?"
)
_FROM_NOW = "(?: (?:a compter|a partir) (?:de ce jour|d'aujourd'hui|de maintenant))?"
_NEXT_WEEK = (
    "(?:la )?(?:semaine prochaine|semaine suivante|semaine (?:qui vient|d'apres|a venir)|prochaine semaine"
    "|sem\\.? prochaine|sem(?:aine)? pro)"
)
_NEXT_MONTH = "(?:(?:le )?(?:mois prochain|mois suivant|mois entrant|mois qui vient|prochain mois))"
_END = "(?:(?:a |pour |d'ici |d'ici a |avant |en |vers )?(?:la )?fin(?: du)? )"


_NTH = {
    "premier": 1, "1er": 1, "deuxieme": 2, "second": 2, "2e": 2, "2eme": 2, "troisieme": 3, "3e": 3, "3eme": 3,
    "quatrieme": 4, "4e": 4, "cinquieme": 5, "dernier": -1,
}  # fmt: skip
_WEEK_NUMBER = "(?:semaine (?:n° ?|no )?|sem\\.? ?|s)(?P<n>[1-9]|[1-4]\\d|5[0-3])(?![\\d.,/%-])"
_OF_MONTH = f"(?:de |d'|du |en )(?:(?P<m>‹MONTH›)\\.?(?: (?P<y>20\\d\\d))?|(?P<next>{_NEXT_MONTH})|(?:ce )?mois)"


def _spaced(match: re.Match[str], day: Day) -> Reading | None:
    """ "Le 17 02 2014", the way forms print it."""
    number, month = int(match["d"]), int(match["m"])
    if match["y"]:
        year = int(match["y"]) if len(match["y"]) == 4 else 2000 + int(match["y"])
        return absolute(calendar.safe_date(year, month, number))
    return day_month(number, month, day.today)


def _last_weekday(match: re.Match[str], day: Day) -> Reading:
    return fixed(calendar.last_weekday(_W.weekday(match["wd"]), day.today), DateKind.WEEKDAY)


def _coming_weekday(match: re.Match[str], day: Day) -> Reading:
    """ "Vendredi qui vient": unlike "vendredi prochain" never the one after."""
    return fixed(calendar.next_weekday(_W.weekday(match["wd"] or match["wd2"]), day.today), DateKind.WEEKDAY)


def _named_day(match: re.Match[str], day: Day) -> Reading | None:
    """ "Le 5 du mois": of the next month where it has gone by in this one."""
    return bare_day(_W.day(match["d"]), day.today)


def _week_of(match: re.Match[str], day: Day) -> Reading | None:
    """ "La semaine du 25": a window, so its Friday."""
    number = _W.day(match["d"])
    month = _W.month(match["m"]) if match["m"] else int(match["mm"]) if match["mm"] else 0
    found = day_month(number, month, day.today) if month else bare_day(number, day.today)
    return fixed(found.date + timedelta(days=4 - found.date.weekday()), DateKind.WINDOW) if found else None


def _year_end(match: re.Match[str], day: Day) -> Reading | None:
    return absolute(date(day.today.year, 12, 31))


def _iso_week(match: re.Match[str], day: Day) -> Reading | None:
    """ "Semaine 22": a window, so its Friday."""
    found = calendar.friday_of_iso_week(int(match["n"]), day.today)
    return fixed(found, DateKind.WINDOW) if found else None


def _weekday_of_iso_week(match: re.Match[str], day: Day) -> Reading | None:
    friday = calendar.friday_of_iso_week(int(match["n"]), day.today)
    return fixed(friday + timedelta(days=_W.weekday(match["wd"]) - 4), DateKind.WEEKDAY) if friday else None


def _monday_of_iso_week(match: re.Match[str], day: Day) -> Reading | None:
    friday = calendar.friday_of_iso_week(int(match["n"]), day.today)
    return fixed(friday - timedelta(days=4), DateKind.WINDOW) if friday else None


_WEEK_NTH = {
    "premiere|1(?:ere|re)": 1, "deuxieme|seconde|2e(?:me)?": 2, "troisieme|3e(?:me)?": 3, "derniere": -1,
}  # fmt: skip


def _week_in_month(match: re.Match[str], day: Day) -> Reading | None:
    """ "La première semaine de juin": the week of its first Monday to Friday, so that Friday."""
    nth = meaning(_WEEK_NTH, match["nth"], "fr")
    found = match.groupdict()
    month = _W.month(found["m"]) if found["m"] else day.today.month + (1 if found["next"] else 0)
    for year in [int(found["y"])] if found["y"] else [day.today.year, day.today.year + 1]:
        end = calendar.month_end(year, month)
        friday = calendar.nth_weekday(nth, 4, end.year, end.month)
        if found["y"] or friday >= day.today:
            return fixed(friday, DateKind.WINDOW)
    return None


_RELATIVE: list[tuple[str, Build]] = [
    ("le (?P<d>\\d{1,2}) (?P<m>\\d{1,2})(?: (?P<y>(?:20)?\\d\\d))?(?! ?[\\d%€])", _spaced),
    ("(?P<d>\\d{1,2}) (?P<m>0?[1-9]|1[0-2]) (?P<y>20\\d\\d)(?! ?[\\d%€])", _spaced),
    ("^(?P<d>\\d{1,2}) (?P<m>0?[1-9]|1[0-2])(?: (?P<y>\\d\\d))?$", _spaced),
    ("ap(?:res|r)?[-\\s]?demain|(?:le )?surlendemain", offset(2)),
    # Never: a day that only looks like one.
    ("semaine des (?:quatre|4) jeudis|calendes grecques|saint[-\\s]glinglin", no_day),
    # Nor the days on which somebody is there: "ouvert du mardi au samedi".
    ("(?:du |de )?‹WD› (?:au|a) ‹WD›(?! ?\\d| (?:prochain|suivant|qui|en))", no_day),
    # Nor one on which payments are made as a rule.
    ("une? ‹WD› sur (?:deux|trois|2|3)|qu(?:e|') (?:le |les )‹WD›(?! ?\\d| (?:prochain|suivant|qui|en))", no_day),
    ("(?:d')?aujourd'hui en (?:huit|8)", offset(8)),
    ("(?:d')?aujourd'hui en (?:quinze|15)", offset(15)),
    ("demain en (?:huit|8)", offset(9)),
    ("j ?\\+ ?(?P<n>\\d{1,2})", counted(_W, "days")),
    ("avant[-\\s]hier", offset(-2)),
    ("(?:le )?(?P<wd>‹WD›) (?:en|de) (?:huit|8)(?: jours)?", weekday_after(_W, 7)),
    ("(?:le )?(?P<wd>‹WD›) en (?:quinze|15)", weekday_after(_W, 14)),
    ("(?:le )?(?P<wd>‹WD›) (?:de )?" + _NEXT_WEEK, weekday_in_week(_W, 1)),
    (_NEXT_WEEK + ",? (?:le )?(?P<wd>‹WD›)", weekday_in_week(_W, 1)),
    ("(?:le )?(?P<wd>‹WD›) (?:de )?cette semaine", weekday_in_week(_W, 0)),
    ("cette semaine,? (?:le )?(?P<wd>‹WD›)", weekday_in_week(_W, 0)),
    ("(?:le )?(?P<wd>‹WD›) (?:de )?(?:la )?semaine (?:derniere|passee|precedente)", weekday_in_week(_W, -1)),
    ("(?:la )?semaine (?:derniere|passee),? (?:le )?(?P<wd>‹WD›)", weekday_in_week(_W, -1)),
    (
        f"(?:le )?(?P<nth>{'|'.join(_NTH)}) (?:(?P<wd>‹WD›)|(?P<work>jour (?:ouvre|ouvrable))|jour) {_OF_MONTH}",
        nth_in_month(_W, _NTH),
    ),
    ("(?:le )?prochain jour (?:ouvre|ouvrable)|(?:le )?jour (?:ouvre|ouvrable) suivant", working_day_after),
    (
        "(?:le )?(?P<d>\\d{1,2}|‹DAY›)(?:e|eme)? jour (?:de |d')(?P<m>‹MONTH›)",
        lambda m, d: day_month(_W.day(m["d"]), _W.month(m["m"]), d.today),
    ),
    ("(?:ce |le )?(?P<wd>‹WD›) (?:qui vient|qui arrive|a venir)|ce prochain (?P<wd2>‹WD›)", _coming_weekday),
    (
        "(?:le )?(?:prochain (?P<wd2>‹WD›)|(?P<wd>‹WD›) (?:prochain|suivant))",
        lambda m, d: weekday_after_doubtful(m["wd"] or m["wd2"], d),
    ),
    ("(?:le )?(?P<wd>‹WD›) (?:dernier|passe|precedent)", _last_weekday),
    (
        "(?:le )?(?P<d>‹DAY›) du mois (?:prochain|suivant|entrant|qui vient|d'apres)"
        "|(?:le )?(?P<d2>‹DAY›) du prochain mois",
        lambda m, d: day_next_month(m["d"] or m["d2"], d),
    ),
    (
        "(?:le )?(?P<d>‹DAY›) (?:de ce mois|courant|crt|du courant|du mois en cours|du mois courant)",
        day_of_month_in(_W, 0),
    ),
    ("(?:le )?(?:1er|premier) du mois", bare_day_of(1)),
    ("(?:le |au |du )?(?P<d>‹DAY›) du mois", _named_day),
    (_END + "(?:de |du )?" + _NEXT_MONTH, month_end_in(1)),
    (
        _END + "(?:(?:de |du |de ce |ce )?mois(?: en cours| courant| ci)?(?! (?:de |d')‹MONTH›)|courant|crt)",
        month_end_in(0),
    ),
    (
        _END + "(?:de |d'|du mois de |du mois d'|mois de )?(?P<m>‹MONTH›)\\.?(?: (?P<y>(?:19|20)\\d\\d))?",
        named_month_end(_W),
    ),
    (
        "(?:a la |a |pour la |au |vers la )?(?:mi[-\\s]mois|milieu du mois|milieu de mois)(?! (?:de |d')‹MONTH›)",
        mid_month(),
    ),
    (
        "(?:a la |a |au |pour la |d'ici la |vers la )?(?:mi|milieu)[-\\s](?:du mois )?(?:de |d')?"
        "(?P<m>‹MONTH›)\\.?(?: (?P<y>(?:19|20)\\d\\d))?",
        named_month_middle(_W),
    ),
    (f"(?:le )?(?P<wd>‹WD›) (?:de |en )?(?:la )?{_WEEK_NUMBER}", _weekday_of_iso_week),
    (f"{_WEEK_NUMBER},? (?:le )?(?P<wd>‹WD›)", _weekday_of_iso_week),
    (f"(?:au |en |des le )?debut (?:de )?(?:la )?{_WEEK_NUMBER}", _monday_of_iso_week),
    (f"(?:{_END}(?:de )?|en |la |pour la |courant )*{_WEEK_NUMBER}", _iso_week),
    (_END + "(?:de )?(?:la )?" + _NEXT_WEEK.removeprefix("(?:la )?"), week_day(4, 1)),
    (_END + "(?:de )?(?:la |cette )?sem(?:aine)?", week_day(4, 0)),
    (
        "(?:des le |des |en |au )?(?:debut|commencement) (?:de )?(?:la )?" + _NEXT_WEEK.removeprefix("(?:la )?"),
        week_day(0, 1),
    ),
    (
        f"(?:la |dans la |en )?(?P<nth>{'|'.join(_WEEK_NTH)}) semaine {_OF_MONTH}",
        _week_in_month,
    ),
    (_END + "(?:de |du |de ce |ce )?trimestre", quarter_end),
    (_END + "(?:de |d'|de l'|de cette )?(?:annee|an)", _year_end),
    (
        _IN + "(?P<n>‹N›)(?: ?\\(\\w+\\))? jours? (?:ouvres?|ouvrables?)" + _FROM_NOW,
        counted(_W, "working"),
    ),
    (
        f"(?P<n>‹N›) jours? (?:ouvres?|ouvrables?){_FROM_NOW}",
        counted(_W, "working"),
    ),
    ("(?:sous|d'ici|dans|d'ici une|sous une|dans une|dans la|sous la) (?:la )?huitaine(?: de jours)?", offset(8)),
    ("(?:sous|d'ici|dans|d'ici une|sous une|dans une|dans la|sous la) (?:la )?quinzaine(?: de jours)?", offset(15)),
    (_IN + "(?P<n>‹N›) ?\\(\\w+\\) (?:jours?|j)(?: calendaires?)?", counted(_W, "days")),
    (
        "(?:" + _IN + "|\\+ ?)(?P<s>‹SPAN›)(?! et demie?| (?:apres|avant|de retard|a compter|a partir|plus tot))",
        spanned(_W),
    ),
    ("(?P<s>‹SPAN›) (?:a compter|a partir) (?:de ce jour|d'aujourd'hui|de maintenant)", spanned(_W)),
    ("(?:dans|d'ici) quelques mois", lambda m, d: fixed(calendar.add_months(d.today, 3), ambiguous=True)),
    ("il y a (?:environ )?(?P<s>‹SPAN›)(?! et)", spanned(_W, -1)),
    ("(?P<s>‹SPAN›) plus tard", spanned(_W)),
    ("(?P<s>‹SPAN›) apres(?= *(?:$|[.,;!?]))", spanned(_W)),
    ("^\\W*(?P<s>‹SPAN›)(?=\\W*$)", spanned(_W)),
    ("(?:le )?(?:jour suivant|lendemain)", offset(1)),
    ("demain|dmn|2main|2m1|dem1", offset(1)),
    ("hier(?: soir| matin)?", offset(-1)),
    (
        "aujourd'hui|ajd|auj|ce jour|(?:ce|a) (?:matin|soir)|ce midi|cet? (?:apres[-\\s]?midi|aprem)|dans la journee",
        offset(0, DateKind.TODAY),
    ),
    (_NEXT_WEEK, week_day(4, 1)),
    (
        "(?:dans |au cours de |courant |d'ici )?(?:la |cette )(?:meme )?semaine(?= *(?:$|[.,;!?]))|cette semaine",
        week_day(4, 0),
    ),
    (
        "maintenant|(?:tout|tt) (?:de )?suite|de suite|illico|a l'instant|immediatement|(?:viens|venons) de",
        offset(0, DateKind.NOW),
    ),
    ("(?:le |ce |pour |d'ici |avant |les |chaque |au plus tard )(?P<wd>‹WD›)", plain_weekday(_W)),
    ("(?P<wd>lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?", plain_weekday(_W)),
    ("(?P<wd>‹WD›)(?=\\.?\\s*$)", plain_weekday(_W)),
    (
        "(?:le |au |du |d'ici le |d'ici au |avant le |pour le |jusqu'au )(?P<d>\\d{1,2}(?:er)?)"
        "(?![\\w:/%€$²]|[.,]\\d| ?(?:%|€|eur|jours|h\\b|heures|factures|m²|de chaque|mois|\\d))",
        bare_day_rule(_W),
    ),
    (
        "(?:le|au|pour le|d'ici le|avant le) (?P<d>premier|dix|quinze"
        "|vingt(?:[-\\s](?:et[-\\s]un|deux|cinq|six|sept|huit|neuf))?"
        "|trente(?:[-\\s]et[-\\s]un)?)(?= *(?:$|[.,;!?]))",
        bare_day_rule(_W),
    ),
]


def weekday_after_doubtful(name: str, day: Day) -> Reading:
    """ "Mardi prochain": the next one; where it is still ahead in this week, some mean the week after."""
    ahead = calendar.next_weekday(_W.weekday(name), day.today)
    return fixed(ahead, DateKind.WEEKDAY, ambiguous=ahead < calendar.weekday_of_week(0, day.today, 1))


def day_next_month(name: str, day: Day) -> Reading | None:
    """ "Le 5 du mois prochain"."""
    end = calendar.month_end(day.today.year, day.today.month + 1)
    found = calendar.safe_date(end.year, end.month, _W.day(name))
    return fixed(found) if found else None


SHIFTS = shifts(
    _W,
    after="apres|suivant|a compter(?: du?| de)?|a partir(?: du?| de)?|des",
    before="avant",
    next_day="(?:le )?(?:lendemain|jour (?:suivant|apres|d'apres))(?: du?| de)?",
    day_before="(?:la )?veille(?: du?| de)?|(?:le )?jour (?:avant|precedant)",
    between="(?:le |la |l')?",
)


CHAINS = chains(
    _W,
    "(?:le )?(?P<wd>‹WD›) (?:suivant|d'apres)",
    "(?P<s>‹SPAN›) (?:plus tard|apres)(?! (?:le|la|les|l'|reception|votre))",
    "la semaine (?:suivante|d'apres)(?! ‹WD›)",
    "le (?P<month>mois (?:suivant|d'apres))",
)


def rules() -> list[Rule]:
    """Every rule, the more telling before the less: what one takes, no later one sees."""
    # "La semaine du 25 mai" before the shared rules, which would take the day out of it.
    week = _W.pattern(
        "(?:la )?semaine du (?P<d>\\d{1,2}(?:er)?|‹DAY›)(?: (?P<m>‹MONTH›)| ?/ ?(?P<mm>0?[1-9]|1[0-2]))?(?!\\w)"
    )
    # "Entre le 20 et le 25 juin" names no single day, whatever the shared rules would make of its parts.
    between = _W.pattern(
        "entre le \\d{1,2}(?:er)?(?: ‹MONTH›)? et le \\d{1,2}(?:er)?(?!\\d)(?: ‹MONTH›| ?/ ?\\d{1,2})?(?!\\w)"
    )
    return [*holiday_rules("fr"), (week, _week_of), (between, no_day), *compile_rules(_W, _RELATIVE)]
