"""Dates as German speakers write them, in Germany, Austria and Switzerland."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from outreach.replies.folding import word_list
from outreach.replies.grammar import calendar
from outreach.replies.grammar.chained import chains
from outreach.replies.grammar.holidays import easter, holiday_rules
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
    past_weekday,
    plain_weekday,
    quarter_end,
    shift_by,
    spanned,
    week_day,
    weekday_after,
    weekday_in_week,
    weekday_of_following_week,
    working_day_after,
)

_ORDINALS = word_list(
    "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte dreizehnte vierzehnte "
    "fünfzehnte sechzehnte siebzehnte achtzehnte neunzehnte zwanzigste einundzwanzigste zweiundzwanzigste "
    "dreiundzwanzigste vierundzwanzigste fünfundzwanzigste sechsundzwanzigste siebenundzwanzigste "
    "achtundzwanzigste neunundzwanzigste dreißigste einunddreißigste"
)

WORDS = Words(
    language="de",
    months={
        "jan(?:uar)?|jänner|jän": 1, "feb(?:ruar)?|feber": 2, "märz|mär|mrz": 3, "apr(?:il)?": 4, "mai": 5,
        "juni?|juno": 6, "juli?": 7, "aug(?:ust)?": 8, "sept?(?:ember)?": 9, "okt(?:ober)?|oct": 10,
        "nov(?:ember)?": 11, "dez(?:ember)?": 12,
    },
    weekdays={
        "mo(?:ntags?|ntog)?|mäntig|mentig": 0, "di(?:enstags?|enstog)?|zischtig|zyschtig": 1,
        "mi(?:ttwochs?|ttwuch)?": 2, "do(?:nnerstags?|nnerstog|nnschtig)?|dunnschtig": 3,
        "fr(?:eitags?|eitog|eidag|iitig|itig|ytig)|fr(?!\\.? ?\\d+(?:'\\d{3}"
        "|\\.\\d{2,3}(?!\\d)(?!\\.\\d)|\\.[–—-]))": 4,
        "sa(?:mstags?|mstog|mschtig)?|sonnabends?": 5, "sonntags?|sunntig|so(?=\\s*(?:$|[.,;!?)]))": 6,
    },
    day_words={f"{name}[nrs]?": number for number, name in enumerate(_ORDINALS, 1)},
    cardinal=(
        "(?:(?:(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und)?"
        "(?:zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig)"
        "|(?:drei|vier|fünf|sech|sieb|acht|neun)zehn|eine?[mnr]?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf"
        "|zwölf)"
    ),
    numbers={"ein paar": 3},
    units={
        "days": "(?:kalender)?tage?n?|tg\\.?", "weeks": "wochen?|wo\\.", "months": "monate?n?", "years": "jahre?n?",
        "hours": "stunden?|std\\.?|(?<=\\d)h", "minutes": "minuten?|min\\.?",
    },
    joiner="und",
    suffix="\\.|ten|ter|te",
    of="(?:des|im)",
    article="den|der|dem|am|zum|vom|des",
    prepositions="am|zum|bis|bis zum|vom|ab|ab dem|per|zum|seit|bis spätestens|spätestens|dem|den|auf den|für den",
)  # fmt: skip
_W = WORDS

_IN = (
    "(?:in|innerhalb von|innerhalb der (?:nächsten|kommenden)|binnen|innert|innert von"
    "|in den (?:nächsten|kommenden)|nach|innerhalb) "
    "(?:(?:ca\\.?|circa|zirka|etwa|ungefähr|max\\.?|maximal|spätestens|längstens|höchstens|rund|gut|knapp) )?"
)
_NEXT = "(?:nächste[rnsm]?|kommende[rnsm]?|folgende[rnsm]?|nä\\.|nächschti?|nexte)"
_WEEK = "(?:woche|wo\\.?|wuche|woch)"
_FEASTS = {"ostern": 0, "pfingsten": 49, "(?:christi )?himmelfahrt|auffahrt": 39, "fronleichnam": 60}
"""Moving feasts after which a weekday is told, in days after Easter."""
_DAYS_AHEAD = "(?<!tag\\x20)(?<!tage\\x20)(?<!tagen\\x20)(?<!woche\\x20)(?<!wochen\\x20)(?<!monat\\x20)(?<!monate\\x20)"
"""Not behind "10 days": "10 days after the 5th" is a day by itself."""
_END = "(?:bis |per |zum |am |gegen |ende |spätestens )?(?:zum |am )?"
_LAST = "(?:letzte[rnms]?|vergangene[rnms]?|vorige[rnms]?)"
_WORKING = "(?:werk|arbeits|bank|bankarbeits|geschäfts|banking-?)tage?n?"
_NTH = {
    "erste[rnms]?": 1, "1\\.": 1, "zweite[rnms]?": 2, "2\\.": 2, "dritte[rnms]?": 3, "3\\.": 3, "vierte[rnms]?": 4,
    "4\\.": 4, "fünfte[rnms]?": 5, "5\\.": 5, "letzte[rnms]?": -1,
}  # fmt: skip
_OF_MONTH = (
    f"(?:im |des |in |vom |von )?(?:(?P<m>‹MONTH›)\\.?(?: (?P<y>20\\d\\d))?|(?P<next>{_NEXT} monate?s?)"
    "|(?:monats|diesem monat|dieses monats|laufenden monats))"
)


def _iso_week(match: re.Match[str], day: Day) -> Reading | None:
    found = calendar.friday_of_iso_week(int(match["n"]), day.today)
    return fixed(found, DateKind.WINDOW) if found else None


def _weekday_of_iso_week(match: re.Match[str], day: Day) -> Reading | None:
    friday = calendar.friday_of_iso_week(int(match["n"]), day.today)
    return fixed(calendar.weekday_of_week(_W.weekday(match["wd"]), friday, 0)) if friday else None


def _named_quarter_end(match: re.Match[str], day: Day) -> Reading | None:
    end = calendar.quarter_end(int(match["q"] or match["q2"]), day.today.year)
    return fixed(end if end >= day.today else calendar.add_months(end, 12), DateKind.WINDOW)


def _weekday_after_next(match: re.Match[str], day: Day) -> Reading:
    """Übernächsten Freitag: the one after the next; which one is next, speakers disagree about."""
    ahead = calendar.next_weekday(_W.weekday(match["wd"]), day.today)
    return fixed(ahead + timedelta(days=7), DateKind.WEEKDAY, ambiguous=True)


def _monday_of_iso_week(match: re.Match[str], day: Day) -> Reading | None:
    friday = calendar.friday_of_iso_week(int(match["n"]), day.today)
    return fixed(calendar.weekday_of_week(0, friday, 0), DateKind.WINDOW) if friday else None


def _midweek_of_iso_week(match: re.Match[str], day: Day) -> Reading | None:
    friday = calendar.friday_of_iso_week(int(match["n"]), day.today)
    return fixed(calendar.weekday_of_week(2, friday, 0), DateKind.WINDOW) if friday else None


def _weekday_after_feast(match: re.Match[str], day: Day) -> Reading | None:
    """Dienstag nach Pfingsten: the first such weekday behind the next such feast."""
    days = meaning(_FEASTS, match["feast"], "de")
    feasts = [easter(year) + timedelta(days=days) for year in (day.today.year, day.today.year + 1)]
    ahead = next(feast for feast in feasts if feast > day.today - timedelta(days=3))
    return fixed(calendar.next_weekday(_W.weekday(match["wd"]), ahead), DateKind.WEEKDAY)


def _tuesday_of_feast(match: re.Match[str], day: Day) -> Reading:
    """Pfingstdienstag, Osterdienstag."""
    days = 2 if match["feast"].startswith("o") else 51
    feasts = [easter(year) + timedelta(days=days) for year in (day.today.year, day.today.year + 1)]
    return fixed(next(feast for feast in feasts if feast >= day.today), DateKind.WEEKDAY)


def _about_day(match: re.Match[str], day: Day) -> Reading | None:
    """ "Um den 20.", "am 20. oder 21.": a day of payment, but not for sure."""
    about = bare_day(int(match["d"]), day.today)
    return replace(about, ambiguous=True) if about else None


def _last_of_range(match: re.Match[str], day: Day) -> Reading:
    """ "In zwei bis drei Tagen": the later one, not for sure."""
    return replace(fixed(shift_by(day.today, _W.spans(match["s"]))), ambiguous=True)


def _turn_of_month(match: re.Match[str], day: Day) -> Reading:
    return fixed(calendar.month_end(day.today.year, day.today.month), DateKind.WINDOW, ambiguous=True)


def _mid_week(match: re.Match[str], day: Day) -> Reading:
    """Mitte der Woche: the next Wednesday, which late in a week is that of the following one."""
    return fixed(calendar.next_weekday(2, day.today), DateKind.WINDOW)


def _year_end(match: re.Match[str], day: Day) -> Reading | None:
    return absolute(date(day.today.year, 12, 31))


def _spelled_day(match: re.Match[str], day: Day) -> Reading | None:
    """ "Am Zwanzigsten"; digits want their dot and have a rule of their own."""
    return None if match["d"][0].isdigit() else bare_day(_W.day(match["d"]), day.today)


_RELATIVE: list[tuple[str, Build]] = [
    (
        "(?<![^\\n])(?:guten )?mor(?:ge|g)n(?=[,!]+ "
        "(?!spätestens|übermorgen|früh|vormittag|ganz|gleich|wenn|sobald|dann|am)"
        "|\\s*\\n| (?:zusammen|allerseits|miteinander|an alle|in die runde|herr|frau|liebe[rs]?|werte[rs]?)(?!\\w))",
        no_day,
    ),
    ("überübermorgen", offset(3)),
    ("(?:morgen|mrgn) in (?:einer woche|acht tagen|8 tagen)", offset(8)),
    ("übermorgen(?: früh| abend)?", offset(2)),
    ("vorgestern", offset(-2)),
    ("(?P<wd>‹WD›)\\.? (?:in )?(?:der )?kw\\.? ?(?P<n>\\d{1,2})", _weekday_of_iso_week),
    (
        "(?:in |der )*(?:kw|kalenderwoche)\\.? ?(?P<n>\\d{1,2}),? (?:am |\\()?(?P<wd>‹WD›)(?!\\.? ?\\d)",
        _weekday_of_iso_week,
    ),
    ("(?:zu |am )?(?:anfang|beginn) (?:der )?(?:kw|kalenderwoche)\\.? ?(?P<n>\\d{1,2})", _monday_of_iso_week),
    ("(?:zu |am )?(?:anfang|beginn) (?:der )?(?P<n>\\d{1,2})\\. ?(?:kw|kalenderwoche)", _monday_of_iso_week),
    ("mitte (?:der )?(?:kw|kalenderwoche)\\.? ?(?P<n>\\d{1,2})", _midweek_of_iso_week),
    ("(?:ende |bis ende |in |bis |der )*woche ?(?P<n>\\d{2})(?![\\d.])", _iso_week),
    ("(?:ende |bis ende |in |bis |mitte |der )*(?:kw|kalenderwoche)\\.? ?(?P<n>\\d{1,2})", _iso_week),
    ("(?:ende |bis ende |in |bis |der )*(?P<n>\\d{1,2})\\. ?(?:kw|kalenderwoche)", _iso_week),
    (f"(?:am |bis )?(?P<wd>‹WD›) (?:in )?(?:der )?(?:die )?{_NEXT} {_WEEK}", weekday_in_week(_W, 1)),
    (
        f"(?:in der |in )?{_NEXT} {_WEEK},? (?:(?:aber |bis |also )?spätestens |bis |also )?(?:am |zum |den )?"
        "(?P<wd>‹WD›)(?!\\.? ?\\d)",
        weekday_in_week(_W, 1),
    ),
    ("(?:am |bis )?(?P<wd>‹WD›) (?:in )?(?:übernächster|der übernächsten|übernächste) woche", weekday_in_week(_W, 2)),
    ("(?:am |bis )?(?P<wd>‹WD›) (?:in )?(?:dieser|der laufenden|diese) woche", weekday_in_week(_W, 0)),
    ("(?:diese|in dieser) woche (?:noch )?(?:am )?(?P<wd>‹WD›)", weekday_in_week(_W, 0)),
    (f"(?:am )?(?P<wd>‹WD›) (?:in )?(?:der )?{_LAST} {_WEEK}", weekday_in_week(_W, -1)),
    (f"{_LAST} {_WEEK},? (?:am )?(?P<wd>‹WD›)(?!\\.? ?\\d)", weekday_in_week(_W, -1)),
    ("(?:in der )?übernächste[rn]? woche,? (?:am )?(?P<wd>‹WD›)(?!\\.? ?\\d)", weekday_in_week(_W, 2)),
    ("(?P<wd>‹WD›) (?:in|über) (?:einer? woche|acht tagen?|8 tagen?)", weekday_after(_W, 7)),
    ("(?P<wd>‹WD›) in (?:zwei wochen|2 wochen|vierzehn tagen|14 tagen)", weekday_after(_W, 14)),
    (
        f"(?:am |zum |bis zum )?(?P<nth>{'|'.join(_NTH)}) (?:(?P<wd>‹WD›)|(?P<work>{_WORKING})|tage?s?) {_OF_MONTH}",
        nth_in_month(_W, _NTH),
    ),
    (f"(?:am |bis zum )?{_NEXT} {_WORKING}", working_day_after),
    ("(?:am )?(?:nächsten|folgenden|darauffolgenden) tag", offset(1)),
    ("(?:am |bis (?:zum )?|zum )?übernächste[nrm]? (?P<wd>‹WD›)", _weekday_after_next),
    ("(?:am |bis (?:zum )?|zum |auf )?nächste[nrm]? (?P<wd>‹WD›)", weekday_of_following_week(_W)),
    ("(?:am |bis (?:zum )?|zum |auf )?(?:kommende[nrm]?|diese[nrm]?|folgende[nrm]?) (?P<wd>‹WD›)", weekday_after(_W)),
    ("(?:am |vom )?(?:letzte[nrm]?|vergangene[nrm]?|vorige[nrm]?) (?P<wd>‹WD›)", past_weekday(_W)),
    (
        f"(?:am |zum |bis zum |per )?(?P<d>‹DAY›) (?:des |im |vom )?(?:{_NEXT} monats?|folgemonats?|n\\. ?m\\.)",
        day_of_month_in(_W, 1),
    ),
    (
        "(?:am |zum |bis zum |per )?(?P<d>‹DAY›) (?:des |vom )?(?:dieses|laufenden|d\\.) ?(?:monats|m\\.)",
        day_of_month_in(_W, 0),
    ),
    (
        "(?:am |zum |bis (?:zum )?|immer |jeweils |jeden |zu jedem )*(?:nächsten |kommenden )?"
        "(?:monatserste[nr]?|ersten (?:des|eines|jeden) (?:jeden )?monats)",
        bare_day_of(1),
    ),
    (
        "(?:am|zum|bis zum|ab) (?:nächsten|kommenden|diesen) (?P<d>\\d{1,2})\\.(?! ?(?:‹MONTH›|\\d|mal))",
        bare_day_rule(_W),
    ),
    ("(?:am |zum |bis (?:zum )?)?(?:nächsten|kommenden) ersten(?= *(?:$|[.,;!?]))", bare_day_of(1)),
    ("(?:bis |auf |per )?(?:e|ä)ndi? monet", month_end_in(0)),
    ("(?<!\\w)morn(?: am morge| z'?abig)?(?!\\w)", offset(1)),
    ("(?:am|zum|bis zum|per) ersten(?= *(?:$|[.,;!?]))", bare_day_of(1)),
    ("(?:zum|am|um den) monatswechsel", _turn_of_month),
    (_END + f"(?:ende (?:des )?{_NEXT} monats?|{_NEXT} monatsende)", month_end_in(1)),
    (
        _END + "(?:monatsende|end[ei]?|ultimo)(?: des monats)? (?:des |im )?(?P<m>‹MONTH›)\\.?"
        "(?: (?P<y>(?:19|20)\\d\\d))?",
        named_month_end(_W),
    ),
    (
        _END + "(?:monatsultimo|monatsende|monatsletzten|ultimo|ende (?:des |dieses |diesen |laufenden |des laufenden"
        " )?monats?|letzten des monats)",
        month_end_in(0),
    ),
    (f"(?:bis |zur |gegen )?mitte (?:des )?{_NEXT} monats", mid_month(1)),
    ("(?:bis |zur |zum |gegen )?(?:monatsmitte|mitte (?:des |dieses )?monats?)", mid_month()),
    ("(?:bis |zur |gegen )?mitte (?P<m>‹MONTH›)\\.?(?: (?P<y>(?:19|20)\\d\\d))?", named_month_middle(_W)),
    (_END + f"(?:ende (?:der )?{_NEXT} {_WEEK}|{_NEXT} wochenende)", week_day(4, 1)),
    (f"(?:bis |zur |gegen )?mitte (?:der )?{_NEXT} {_WEEK}", week_day(2, 1)),
    ("(?:bis |zur |gegen )?mitte (?:der |dieser |diese )?woche", _mid_week),
    (_END + "(?:ende (?:der )?(?:übernächsten?|übernächster) woche)", week_day(4, 2)),
    ("(?:zu |am )?(?:anfang|beginn) (?:der )?übernächste[rn]? woche", week_day(0, 2)),
    ("(?:in der |in )?übernächste[rn]? woche(?!,? (?:am )?‹WD›)", week_day(4, 2)),
    ("(?:gleich |direkt |kurz )?(?:nach dem|nachm|hinterm|nach'm) (?:wochenende|we)", week_day(0, 1)),
    (
        "(?:gleich |direkt )?(?:zu |zum |am )?(?:(?:anfang|beginn) der woche|wochen(?:anfang|beginn|start))",
        week_day(0, 1),
    ),
    (_END + "(?:ende (?:der |dieser |diese )?woche|wochenende|(?:e|ä)nd[ei]? wuche)(?! und)", week_day(4, 0)),
    ("(?:am|übers|übern|bis zum) we(?!\\w)", week_day(4, 0)),
    (f"(?:gleich )?(?:zu |am )?(?:anfang|beginn) (?:der )?{_NEXT} {_WEEK}|anfangs? {_NEXT} {_WEEK}", week_day(0, 1)),
    (_END + "(?:quartalsende|ende (?:des |dieses )?quartals)", quarter_end),
    (_END + "(?:ende q(?P<q>[1-4])|ende (?:des )?(?P<q2>[1-4])\\. quartals)", _named_quarter_end),
    (_END + "(?:jahresende|ende (?:des |dieses )?jahres)", _year_end),
    ("(?:seit|nach|über) (?:\\w+ )?‹N› jahren?", no_day),
    (_IN + "‹N›(?: ?- ?| bis )(?P<s>‹SPAN›)", _last_of_range),
    (_IN + f"(?P<n>‹N›)(?: ?\\(\\d+\\))? {_WORKING}", counted(_W, "working")),
    (f"(?P<n>‹N›) {_WORKING}", counted(_W, "working")),
    ("(?:heute |von heute |ab heute )?(?:in|über) acht tagen?", offset(8)),
    (_IN + "(?P<n>‹N›) ?\\(\\d+\\) (?:kalender)?tage?n?", counted(_W, "days")),
    (
        "(?:(?:heute |ab heute |von heute an )?" + _IN + "|\\+ ?)(?P<s>‹SPAN›)(?! (?:nach|vor|ab|später|verspätet))",
        spanned(_W),
    ),
    ("(?P<s>‹SPAN›) (?:ab heute|ab jetzt|später)", spanned(_W)),
    ("(?:in|nach) einem halben jahr", lambda m, d: fixed(calendar.add_months(d.today, 6))),
    ("(?:in|nach) einigen monaten", lambda m, d: fixed(calendar.add_months(d.today, 3), ambiguous=True)),
    ("vor (?:ca\\.? |etwa |rund )?(?P<s>‹SPAN›)", spanned(_W, -1)),
    ("^\\W*(?P<s>‹SPAN›)(?=\\W*$)", spanned(_W)),
    ("guten morgen|(?:am|jeden) morgen|seit heute", no_day),
    (
        "(?<![^\\n])morgen(?= (?:(?:herr|frau|liebe[rs]?|zusammen|allerseits|leute)(?!\\w)"
        "|[^\\s,]+(?: [^\\s,]+)?,\\s*\\n))",
        no_day,
    ),
    # "On the 17th, that's a Friday": the weekday of a day that is named.
    ("(?:ist|wäre|wird|also) ein (?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)", no_day),
    ("(?:binnen|innert|innerhalb) wochenfrist", offset(7)),
    ("(?:binnen|innert|innerhalb) monatsfrist", lambda m, d: fixed(calendar.add_months(d.today, 1))),
    ("heit(?=[ ,](?:no|noch|abend|nachmittag|zahl|überw))", offset(0, DateKind.TODAY)),
    ("heute?(?: morgen| früh| mittag| nachmittag| abend| nacht| noch)?|noch heute?", offset(0, DateKind.TODAY)),
    (
        "(?<!guten\\x20)(?<!heute\\x20)(?:morgen|mrgn|morgn|moang)(?: früh| vormittag| nachmittag| mittag| abend)?",
        offset(1),
    ),
    ("(?:gestern)(?: früh| abend| morgen)?", offset(-1)),
    (
        "(?:(?<!dann\\x20)(?:überweis|zahl|bezahl|begleich|mach|erledig|schick)\\w* (?:ich|wir|i) (?:\\w+ ){0,2}?"
        "|(?:wird|geht|fahr\\w*|geh) (?:\\w+ ){0,2}?)gleich(?= (?:noch|raus|überw\\w*|bezahl\\w*|zur|zum|ab|angewiesen"
        "|erledigt|beglichen|\\d|die|den|das)(?!\\w)|[.,!]|$)",
        offset(0, DateKind.TODAY),
    ),
    (f"(?:in der |in |im laufe der |im lauf der )?(?:{_NEXT}) {_WEEK}", week_day(4, 1)),
    ("(?:noch |im laufe |im lauf |innerhalb |in )?(?:diese[rn]?|der laufenden) woche", week_day(4, 0)),
    ("im lauf(?:e)? der woche", week_day(4, 0)),
    ("(?:jetzt|gerade eben|grade?|gerade|soeben|eben erst|eben|sofort)", offset(0, DateKind.NOW)),
    (
        "(?:am|bis|bis zum|bis spätestens|spätestens|ab|zum|jeden|diesen|per|auf|für) (?P<wd>‹WD›)(?!\\w|\\.? ?\\d)",
        plain_weekday(_W),
    ),
    (
        "(?P<wd>montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonnabends?|sonntags?|mäntig|zischtig"
        "|dunnschtig|donnschtig|friitig|fritig|frytig|freitog|samschtig|sunntig)(?:morgen|abend"
        "|vormittag|nachmittag|mittag|nacht)?",
        plain_weekday(_W),
    ),
    ("^\\W*(?P<wd>‹WD›)(?=\\W*$)", plain_weekday(_W)),
    # In text messages: "fr is das geld da", "mo überweis ich".
    (
        "(?P<wd>fr|mo)(?= (?:is|ist|geht|gehn|kommt|hast|habt|krieg\\w*|bekomm\\w*|mach\\w*|sitz\\w*|zahl\\w*|überw\\w*"
        "|früh|abend|vormittag|bin)(?!\\w))",
        plain_weekday(_W),
    ),
    ("(?:erst|am|bis|bis zum|nächsten|kommenden) (?P<wd>mo|di|mi|do|fr)(?=[,.!?]|$)", plain_weekday(_W)),
    ("(?P<wd>di|mi|do)(?= (?:zahl|überweis|überw|geht|früh|abend|vormittag)(?: |$))", plain_weekday(_W)),
    ("zwischen (?:dem )?\\d{1,2}\\. und (?:dem )?\\d{1,2}\\.(?! ?(?:‹MONTH›|\\d))", no_day),
    ("(?:am|zum) \\d{1,2}\\. oder (?:am |zum )?(?P<d>\\d{1,2})\\.(?! ?(?:‹MONTH›|\\d))", _about_day),
    (
        _DAYS_AHEAD + "(?:nach dem|nicht vor dem|frühestens am|um den|gegen den|so um den|rund um den) "
        "(?P<d>\\d{1,2})\\.(?! ?(?:‹MONTH›|\\d))",
        _about_day,
    ),
    (
        "(?:am|zum|bis zum|per|den|ab dem) (?P<d>‹DAY›)"
        "(?= *(?:$|[,;!?]|\\.\\s*$|(?:dann|überw|zahl|kommt|kriegst|geht|ist|und|oder|fix)))(?!\\.\\d)",
        _spelled_day,
    ),
    # Without its dot, as in text messages: before a word of paying, or at the end.
    (
        "(?:am|zum|bis zum|per|ab dem|spätestens am) (?P<d>\\d{1,2})"
        "(?=\\s*(?:$|[!?,;]|\\s(?:raus|rüber|überw\\w*|bezahl\\w*|zahl\\w*|geht|gehen|kommt|dann|und|ist|hast"
        "|bekomm\\w*|krieg\\w*|vorher|früher|alles)(?!\\w)))",
        bare_day_rule(_W),
    ),
    (
        "(?:am|zum|bis zum|bis|per|vom|ab dem|auf den|für den) (?P<d>\\d{1,2})s?te[nrs]?(?!\\w| ?‹MONTH›)",
        bare_day_rule(_W),
    ),
    (
        "(?:am|zum|bis zum|bis|per|vom|spätestens|ab dem|ab|den|dem|und(?: zum| am)?|der) (?P<d>\\d{1,2})\\."
        "(?![\\d]| ?(?:mahnung|rate|quartal|stock|etage|og|kw|mal|teil|zahlungserinnerung|und letzte|erinnerung"
        "|rechnung))",
        bare_day_rule(_W),
    ),
]

_FIRST: list[tuple[str, Build]] = [
    (f"(?:am |bis )?(?P<wd>‹WD›) nach (?P<feast>{'|'.join(_FEASTS)})", _weekday_after_feast),
    ("(?:am |bis )?(?P<feast>oster|pfingst)-?dienstag", _tuesday_of_feast),
    (
        "‹WD›\\.?(?: ?(?:-|bis|u\\.|und|\\+) ?‹WD›\\.?)*:? ?(?:von )?\\d{1,2}(?:[.:]\\d\\d)? ?(?:-|bis) ?"
        "\\d{1,2}(?:[.:]\\d\\d)?(?: ?(?:uhr|h))?(?![.\\d/])",
        no_day,
    ),
    (_DAYS_AHEAD + f"(?:gleich |direkt |kurz )?nach (?:{'|'.join(_FEASTS)}|weihnachten|neujahr|silvester)", no_day),
]
"""Read before holidays and days of a month: what stands beside a holiday, and office hours ("Do 9-12 Uhr")."""

SHIFTS = shifts(
    _W,
    after="nach|ab|seit|von",
    before="vor",
    next_day="(?:am |der |den )?tag (?:nach|danach)",
    day_before="(?:am |der |den )?(?:tag|abend) vor",
    between="(?:dem |der |den )?",
)


CHAINS = chains(
    _W,
    "(?:den |der |am )?(?:(?P<wd>‹WD›) (?:darauf|drauf|danach)|darauf ?folgenden (?P<wd2>‹WD›))",
    "(?P<s>‹SPAN›) (?:spater|darauf|drauf|danach)",
    "(?:in der |die )?(?:woche (?:darauf|drauf|danach)|darauf ?folgenden woche)",
    "(?:im |den )?(?P<month>monat (?:darauf|drauf|danach)|folgemonat|darauf ?folgenden monat)",
)


def rules() -> list[Rule]:
    """Every rule, the more telling before the less: what one takes, no later one sees."""
    first = [(_W.pattern(f"(?:{source})(?!\\w)"), build) for source, build in _FIRST]
    return [*first, *holiday_rules("de"), *compile_rules(_W, _RELATIVE)]
