"""Holidays that people name in place of a date, language by language: fixed days, days by Easter, days by weekday."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from outreach.replies.folding import pattern_source
from outreach.replies.grammar import calendar
from outreach.replies.grammar.reading import NO_DAY, Build, DateKind, Day, Reading

InYear = Callable[[int], date]
"""The day on which a holiday falls in a year."""


def easter(year: int) -> date:
    """Western Easter Sunday (the Gregorian computus of Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _on(month: int, day: int) -> InYear:
    return lambda year: date(year, month, day)


def _easter(days: int) -> InYear:
    return lambda year: easter(year) + timedelta(days=days)


def _nth(nth: int, weekday: int, month: int, days: int = 0) -> InYear:
    return lambda year: calendar.nth_weekday(nth, weekday, year, month) + timedelta(days=days)


_CHRISTMAS, _CHRISTMAS_EVE, _NEW_YEAR, _NEW_YEARS_EVE = _on(12, 25), _on(12, 24), _on(1, 1), _on(12, 31)
_GOOD_FRIDAY, _EASTER, _EASTER_MONDAY = _easter(-2), _easter(0), _easter(1)
_ASCENSION, _PENTECOST, _WHIT_MONDAY, _CORPUS_CHRISTI = _easter(39), _easter(49), _easter(50), _easter(60)
_ALL_SAINTS, _LABOUR_DAY, _EPIPHANY, _ASSUMPTION = _on(11, 1), _on(5, 1), _on(1, 6), _on(8, 15)
_VALENTINE, _HALLOWEEN = _on(2, 14), _on(10, 31)
_MOTHERS_DAY = _nth(2, 6, 5)  # the second Sunday of May, but for the countries below

# What may stand behind a holiday that is a day; "Christmas stock" is none.
_ALONE = "(?= *(?:$|[.,;!?)]|\\d|(?:at|and|or|if|when|for|to|but|as|we|i|so|then|you|please|latest)(?!\\w)))"

_NAMES: dict[str, dict[str, InYear]] = {
    "en": {
        "(?:christmas|xmas) eve": _CHRISTMAS_EVE,
f"(?:christmas|xmas)(?: day)?{_ALONE}": _CHRISTMAS,
        "new year'?s eve": _NEW_YEARS_EVE, "new year'?s(?: day)?|new year(?= *(?:$|[.,;!?]))": _NEW_YEAR,
        "boxing day": _on(12, 26), "good friday": _GOOD_FRIDAY, "easter monday": _EASTER_MONDAY,
        f"easter(?: sunday)?{_ALONE}": _EASTER, "whit monday": _WHIT_MONDAY,
        "valentine'?s?(?: day)?": _VALENTINE, "halloween": _HALLOWEEN, "thanksgiving(?: day)?": _nth(4, 3, 11),
        "black friday": _nth(4, 3, 11, 1), "cyber monday": _nth(4, 3, 11, 4), "memorial day": _nth(-1, 0, 5),
        "labor day": _nth(1, 0, 9), "independence day": _on(7, 4), "(?:mlk|martin luther king'?s?(?: jr)?) day":
        _nth(3, 0, 1), "presidents'? day": _nth(3, 0, 2), "columbus day": _nth(2, 0, 10), "veterans day": _on(11, 11),
        "st\\.? patrick'?s day": _on(3, 17), "mother'?s day": _MOTHERS_DAY, "father'?s day": _nth(3, 6, 6),
        "juneteenth": _on(6, 19), "all saints'? day": _ALL_SAINTS,
    },
    "es": {
        "(?:la )?noche ?buena": _CHRISTMAS_EVE, "(?:el dia de )?(?:la )?navidad": _CHRISTMAS,
        "(?:la )?noche ?vieja|fin de ano": _NEW_YEARS_EVE, "(?:el dia de )?ano nuevo": _NEW_YEAR,
        "(?:el dia de )?(?:los )?reyes(?: magos)?": _EPIPHANY, "viernes santo": _GOOD_FRIDAY,
        "jueves santo": _easter(-3), "(?:domingo de )?(?:pascua|resurreccion)": _EASTER, "lunes de pascua":
        _EASTER_MONDAY, "(?:el )?dia (?:internacional )?(?:del trabajo|del trabajador|de los trabajadores)":
        _LABOUR_DAY, "(?:el dia de )?todos los santos": _ALL_SAINTS, "(?:el )?dia de (?:los )?muertos": _on(11, 2),
        "(?:el dia de )?san valentin|dia de los enamorados": _VALENTINE, "halloween": _HALLOWEEN,
        "(?:el dia de )?la hispanidad": _on(10, 12), "(?:el )?dia de la constitucion": _on(12, 6),
        "(?:el dia de )?la asuncion": _ASSUMPTION, "(?:el dia de )?la inmaculada(?: concepcion)?": _on(12, 8),
        "(?:el )?dia de los (?:santos )?inocentes": _on(12, 28), "(?:el )?dia de la madre": _nth(1, 6, 5),
        "(?:el )?dia del padre": _on(3, 19),
    },
    "fr": {
        "(?:la )?veille de noel|(?:le )?reveillon(?: de noel)?(?! d[ue] )": _CHRISTMAS_EVE,
        "(?:le )?(?:jour de )?noel": _CHRISTMAS,
        "(?:le )?reveillon d[ue] (?:jour de l'an|nouvel an)|(?:la )?saint[- ]sylvestre|(?:la )?veille du (?:jour de"
        " l'an|nouvel an)": _NEW_YEARS_EVE,
        "(?:le )?(?:jour de l'an|nouvel an|premier de l'an)": _NEW_YEAR,
        "(?:l')?epiphanie": _EPIPHANY, "vendredi saint": _GOOD_FRIDAY, "(?:le )?lundi de paques": _EASTER_MONDAY,
        "(?:le )?(?:dimanche de )?paques": _EASTER, "(?:l'|jeudi de l')ascension": _ASCENSION,
        "(?:le )?lundi de (?:la )?pentecote": _WHIT_MONDAY, "(?:la )?pentecote": _PENTECOST,
        "(?:la )?fete (?:du travail|des travailleurs)": _LABOUR_DAY, "(?:la )?fete nationale": _on(7, 14),
        "(?:l')?assomption": _ASSUMPTION, "(?:la )?toussaint": _ALL_SAINTS, "(?:l')?armistice": _on(11, 11),
        "(?:la )?saint[- ]valentin": _VALENTINE, "halloween": _HALLOWEEN, "(?:la )?fete des peres": _nth(3, 6, 6),
        "(?:la )?fete des meres": _nth(-1, 6, 5), "(?:le )?jour des morts": _on(11, 2),
        "(?:la )?saint[- ]jean": _on(6, 24),
    },
    "de": {
        "heilig(?:er )?abend|heiligabend|weihnachtsabend": _CHRISTMAS_EVE,
        "(?:ersten |1\\. )?weihnachtstag|weihnacht(?:en)?": _CHRISTMAS,
        "(?:zweiten |2\\. )weihnachts(?:feier)?tag|stephanstag|stefanitag": _on(12, 26),
        "silvester|sylvester": _NEW_YEARS_EVE, "neujahr(?:stag)?": _NEW_YEAR,
        "(?:heilige )?drei ?könige|dreikönigstag": _EPIPHANY, "karfreitag": _GOOD_FRIDAY, "gründonnerstag": _easter(-3),
        "ostermontag": _EASTER_MONDAY, "ostersonntag|ostern": _EASTER, "(?:christi )?himmelfahrt(?:stag)?|auffahrt":
        _ASCENSION, "vatertag": _ASCENSION, "pfingstmontag": _WHIT_MONDAY, "pfingstsonntag|pfingsten": _PENTECOST,
        "fronleichnam": _CORPUS_CHRISTI, "tag der arbeit|maifeiertag": _LABOUR_DAY, "(?:mariä|maria) himmelfahrt":
        _ASSUMPTION, "tag der deutschen einheit": _on(10, 3), "reformationstag": _HALLOWEEN, "halloween": _HALLOWEEN,
        "allerheiligen": _ALL_SAINTS, "allerseelen": _on(11, 2), "nikolaus(?:tag)?": _on(12, 6),
        "valentinstag": _VALENTINE, "muttertag": _MOTHERS_DAY, "rosenmontag": _easter(-48),
        "österreichische[rn]? nationalfeiertag": _on(10, 26), "schweizer nationalfeiertag|bundesfeiertag": _on(8, 1),
    },
    "ja": {
        "クリスマス(?:・?イブ|・?イヴ)": _CHRISTMAS_EVE, "クリスマス(?!休|カード|パーティ|商戦)": _CHRISTMAS,
        "大晦日|おおみそか": _NEW_YEARS_EVE, "元日|元旦": _NEW_YEAR, "建国記念(?:の)?日": _on(2, 11),
        "バレンタイン(?:デー)?": _VALENTINE, "昭和の日": _on(4, 29), "憲法記念日": _on(5, 3), "みどりの日": _on(5, 4),
        "こどもの日|子供の日": _on(5, 5), "山の日": _on(8, 11), "文化の日": _on(11, 3), "勤労感謝の日": _on(11, 23),
        "成人の日": _nth(2, 0, 1), "海の日": _nth(3, 0, 7), "敬老の日": _nth(3, 0, 9), "スポーツの日": _nth(2, 0, 10),
        "母の日": _MOTHERS_DAY, "父の日": _nth(3, 6, 6), "七夕": _on(7, 7), "天皇誕生日": _on(2, 23),
    },
}  # fmt: skip
# A greeting, or a time of the year rather than a day: "Merry Christmas", "slow since Christmas".
_NO_SINGLE_DAY = {
    "en": "(?:merry|happy|blessed|joyful|prosperous|since|over|during|around|(?:have|wish\\w*) (?:\\w+ ){0,4}) ?"
    "(?:and (?:happy )?)?(?:the )?‹H›",
    "es": "(?:feli[zc]\\w*|prosper[oa]|desde|durante|en torno a) (?:y prospero )?‹H›",
    "fr": "(?:joyeu(?:x|ses)|bon(?:ne)?s?|heureu\\w+|depuis|pendant|durant) (?:fetes de )?‹H›"
    "|(?:marches?|repas|cadeaux?|colis|sapins?|commandes|vacances|saison|periode|ventes|vitrines?|collection) de ‹H›",
    "de": "(?:froh\\w*|schön\\w*|gesegnet\\w*|besinnlich\\w*|gut\\w*|seit|über|während|zwischen) ‹H›(?: und ‹H›)?",
    "ja": "(?:メリー|ハッピー)‹H›",
}


def holiday_rules(language: str) -> list[tuple[re.Pattern[str], Build]]:
    """The rules of a language's holidays; "Merry Christmas" names no day."""
    german, japanese = language == "de", language == "ja"
    names = [(pattern_source(source, german), day) for source, day in _NAMES[language].items()]
    # A holiday's own year may follow its name.
    any_name = "|".join(f"(?P<h{n}>{source})" for n, (source, _) in enumerate(names))
    year = "" if japanese else r"(?:,?\s+(?:de\s+|del\s+)?(?P<y>20\d\d))?"
    bounds = ("", "") if japanese else (r"(?<!\w)", r"(?!\w)")
    pattern = re.compile(f"{bounds[0]}(?:{any_name}){year}{bounds[1]}")
    plain = "(?:" + "|".join(source for source, _ in names) + ")"
    greeting = re.compile(bounds[0] + pattern_source(_NO_SINGLE_DAY[language], german).replace("‹H›", plain))

    def run(match: re.Match[str], day: Day) -> Reading | None:
        found = match.groupdict()
        written = found.pop("y", None)
        in_year = next(names[int(name[1:])][1] for name, text in found.items() if text is not None)
        if written:
            return Reading(in_year(int(written)), in_year(int(written)), DateKind.ABSOLUTE)
        return _around(in_year, day.today)

    return [(greeting, lambda match, day: NO_DAY), (pattern, run)]


def _around(in_year: InYear, today: date) -> Reading:
    """The next such day on or after `today`, and the most recent one."""
    this = in_year(today.year)
    ahead = this if this >= today else in_year(today.year + 1)
    behind = this if this <= today else in_year(today.year - 1)
    return Reading(ahead, behind, DateKind.DAY_MONTH)
