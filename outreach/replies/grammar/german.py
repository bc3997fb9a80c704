"""Dates as German speakers write them, in Germany, Austria and Switzerland."""

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
    past_weekday,
    plain_weekday,
    week_day,
    weekday_after,
    weekday_in_week,
    weekday_of_following_week,
)

_NUMBERS = word_list(
    "eine?[mnr]? zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn zwanzig einundzwanzig"
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
        "mo(?:ntags?)?": 0, "di(?:enstags?)?": 1, "mi(?:ttwochs?)?": 2, "do(?:nnerstags?)?": 3, "fr(?:eitags?)?": 4,
        "sa(?:mstags?)?|sonnabends?": 5, "sonntags?|so(?!\\s+(?:am|den|zum|der|dem|vom|des|bis))": 6,
    },
    day_words={f"{name}[nrs]?": number for number, name in enumerate(_ORDINALS, 1)},
    numbers={name: number for number, name in enumerate(_NUMBERS, 1)}
    | {"ein paar": 3, "dreißig": 30, "vierzig": 40, "sechzig": 60, "neunzig": 90},
    suffix="\\.|ten|ter|te",
    of="(?:des|im)",
    article="den|der|dem|am|zum|vom|des",
    prepositions="am|zum|bis|bis zum|vom|ab|ab dem|per|zum|seit|bis spätestens|spätestens|dem|den|auf den|für den",
)  # fmt: skip
_W = WORDS

_IN = (
    "(?:in|innerhalb von|innerhalb der nächsten|binnen|innert|innert von|in spätestens|in den nächsten|nach"
    "|innerhalb) (?:ca\\.? |max\\.? |spätestens |rund )?"
)
_NEXT = "(?:nächste[rnsm]?|kommende[rnsm]?|folgende[rnsm]?|nä\\.)"
_WEEK = "(?:woche|wo\\.?)"
_END = "(?:bis |per |zum |am |gegen |ende |spätestens )?(?:zum |am )?"
_DAYS = "(?:tage?n?|tg\\.?)"


def _iso_week(match: re.Match[str], day: Day) -> Reading | None:
    found = calendar.friday_of_iso_week(int(match["n"]), day.today)
    return fixed(found, DateKind.WINDOW) if found else None


def _weekday_of_iso_week(match: re.Match[str], day: Day) -> Reading | None:
    friday = calendar.friday_of_iso_week(int(match["n"]), day.today)
    return fixed(calendar.weekday_of_week(_W.weekday(match["wd"]), friday, 0)) if friday else None


def _year_end(match: re.Match[str], day: Day) -> Reading | None:
    return absolute(date(day.today.year, 12, 31))


_RELATIVE: list[tuple[str, Build]] = [
    ("übermorgen(?: früh| abend)?", offset(2)),
    ("vorgestern", offset(-2)),
    ("(?P<wd>‹WD›)\\.? (?:in )?(?:der )?kw\\.? ?(?P<n>\\d{1,2})", _weekday_of_iso_week),
    ("(?:ende |bis ende |in |bis |mitte |der )*(?:kw|kalenderwoche)\\.? ?(?P<n>\\d{1,2})", _iso_week),
    ("(?:ende |bis ende |in |bis |der )*(?P<n>\\d{1,2})\\. ?(?:kw|kalenderwoche)", _iso_week),
    (f"(?:am |bis )?(?P<wd>‹WD›) (?:in )?(?:der )?(?:die )?{_NEXT} {_WEEK}", weekday_in_week(_W, 1)),
    (f"(?:in der |in )?{_NEXT} {_WEEK},? (?:am )?(?P<wd>‹WD›)(?!\\.? ?\\d)", weekday_in_week(_W, 1)),
    ("(?:am |bis )?(?P<wd>‹WD›) (?:in )?(?:übernächster|der übernächsten|übernächste) woche", weekday_in_week(_W, 2)),
    ("(?:am |bis )?(?P<wd>‹WD›) (?:in )?(?:dieser|der laufenden|diese) woche", weekday_in_week(_W, 0)),
    ("(?:diese|in dieser) woche (?:noch )?(?:am )?(?P<wd>‹WD›)", weekday_in_week(_W, 0)),
    ("(?P<wd>montag|dienstag|mittwoch|donnerstag|freitag) in (?:einer woche|acht tagen|8 tagen)", weekday_after(_W, 7)),
    ("(?:am |bis (?:zum )?|zum |auf )?nächste[nrm]? (?P<wd>‹WD›)", weekday_of_following_week(_W)),
    ("(?:am |bis (?:zum )?|zum |auf )?(?:kommende[nrm]?|diese[nrm]?|folgende[nrm]?) (?P<wd>‹WD›)", weekday_after(_W)),
    ("(?:am |vom )?(?:letzte[nrm]?|vergangene[nrm]?|vorige[nrm]?) (?P<wd>‹WD›)", past_weekday(_W)),
    (f"(?:am |zum |bis zum |per )?(?P<d>‹DAY›) (?:des |im |vom )?{_NEXT} monats?", day_of_month_in(_W, 1)),
    (
        "(?:am |zum |bis zum |per )?(?P<d>‹DAY›) (?:des |vom )?(?:dieses|laufenden|d\\.) ?(?:monats|m\\.)",
        day_of_month_in(_W, 0),
    ),
    (_END + f"(?:ende (?:des )?{_NEXT} monats?|{_NEXT} monatsende)", month_end_in(1)),
    (
        _END + "(?:monatsende|ende|ultimo)(?: des monats)? (?:des |im )?(?P<m>‹MONTH›)\\.?(?: (?P<y>(?:19|20)\\d\\d))?",
        named_month_end(_W),
    ),
    (
        _END + "(?:monatsultimo|monatsende|monatsletzten|ultimo|ende (?:des |dieses |diesen |laufenden |des laufenden"
        " )?monats?|letzten des monats)",
        month_end_in(0),
    ),
    ("(?:bis |zur |zum |gegen )?(?:monatsmitte|mitte (?:des |dieses )?monats?)", mid_month()),
    ("(?:bis |zur |gegen )?mitte (?P<m>‹MONTH›)\\.?(?: (?P<y>(?:19|20)\\d\\d))?", named_month_middle(_W)),
    (_END + f"(?:ende (?:der )?{_NEXT} {_WEEK}|{_NEXT} wochenende)", week_day(4, 1)),
    (_END + "(?:ende (?:der |dieser |diese )?woche|wochenende)(?! und)", week_day(4, 0)),
    (f"(?:gleich )?(?:zu |am )?(?:anfang|beginn) (?:der )?{_NEXT} {_WEEK}|anfangs? {_NEXT} {_WEEK}", week_day(0, 1)),
    (_END + "(?:jahresende|ende (?:des |dieses )?jahres)", _year_end),
    (_IN + "(?P<n>‹N›)(?: ?\\(\\d+\\))? (?:werk|arbeits|bank|geschäfts)tage?n?", counted(_W, "working")),
    ("(?P<n>‹N›) (?:werk|arbeits|bank|geschäfts)tage?n?", counted(_W, "working")),
    (_IN + f"(?P<n>‹N›)(?: ?\\(\\d+\\))? (?:kalender)?{_DAYS}", counted(_W, "days")),
    (_IN + "(?P<n>‹N›) wochen?", counted(_W, "weeks")),
    (_IN + "(?P<n>‹N›) monate?n?", counted(_W, "months")),
    (_IN + "(?P<n>‹N›) jahre?n?", counted(_W, "years")),
    ("(?:in|nach) einigen monaten", lambda m, d: fixed(calendar.add_months(d.today, 3), ambiguous=True)),
    ("(?:heute |von heute )?in acht tagen", offset(8)),
    (f"vor (?P<n>‹N›) {_DAYS}", counted(_W, "days", -1)),
    ("vor (?P<n>‹N›) wochen?", counted(_W, "weeks", -1)),
    ("vor (?P<n>‹N›) monate?n?", counted(_W, "months", -1)),
    ("heute(?: morgen| früh| mittag| nachmittag| abend| nacht| noch)?|noch heute", offset(0, DateKind.TODAY)),
    ("(?<!guten\\x20)(?<!heute\\x20)(?:morgen|mrgn)(?: früh| vormittag| nachmittag| mittag| abend)?", offset(1)),
    ("(?:gestern)(?: früh| abend| morgen)?", offset(-1)),
    (f"(?:in der |in |im laufe der |im lauf der )?(?:{_NEXT}) {_WEEK}", week_day(4, 1)),
    ("(?:noch |im laufe |im lauf |innerhalb |in )?(?:diese[rn]?|der laufenden) woche", week_day(4, 0)),
    ("(?:jetzt|gerade eben|grade?|gerade|soeben|eben erst|eben|sofort)", offset(0, DateKind.NOW)),
    ("(?:am|bis|bis zum|ab|zum|jeden|diesen|per|auf|für) (?P<wd>‹WD›)(?!\\w|\\.? ?\\d)", plain_weekday(_W)),
    (
        "(?P<wd>montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonnabends?|sonntags?)(?:morgen|abend"
        "|vormittag|nachmittag)?",
        plain_weekday(_W),
    ),
    ("^\\W*(?P<wd>‹WD›)\\.?$", plain_weekday(_W)),
    (
        "(?:am|zum|bis zum|bis|per|vom|spätestens|ab dem|ab|den|dem|und(?: zum| am)?|der) (?P<d>\\d{1,2})\\."
        "(?![\\d]| ?(?:mahnung|rate|quartal|stock|etage|og|kw|mal|teil|zahlungserinnerung|und letzte|erinnerung"
        "|rechnung))",
        bare_day_rule(_W),
    ),
]


def rules() -> list[Rule]:
    """Every rule, the more telling before the less: what one takes, no later one sees."""
    return compile_rules(_W, _RELATIVE)
