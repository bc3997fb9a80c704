"""Dates as English speakers write them, Britain, America and India included."""

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
    past_weekday,
    plain_weekday,
    shift,
    week_day,
    weekday_after,
    weekday_in_week,
    weekday_of_following_week,
)

_ORDINALS = word_list(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty[-\\s]?first twenty[-\\s]?second "
    "twenty[-\\s]?third twenty[-\\s]?fourth twenty[-\\s]?fifth twenty[-\\s]?sixth twenty[-\\s]?seventh "
    "twenty[-\\s]?eighth twenty[-\\s]?ninth thirtieth thirty[-\\s]?first"
)
_NUMBERS = word_list("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen")

WORDS = Words(
    language="en",
    months={
        "jan(?:uary)?": 1, "feb(?:ruary)?": 2, "mar(?:ch)?": 3, "apr(?:il)?": 4, "may": 5, "june?": 6, "july?": 7,
        "aug(?:ust)?": 8, "sept?(?:ember)?": 9, "oct(?:ober)?": 10, "nov(?:ember)?": 11, "dec(?:ember)?": 12,
    },
    weekdays={
        "mon(?:day)?s?": 0, "tue(?:s|sday)?s?": 1, "wed(?:s|nesday)?s?": 2, "thu(?:r|rs|rsday)?s?": 3,
        "fri(?:day)?s?": 4, "sat(?:urday)?s?": 5, "sun(?:day)?s?": 6,
    },
    day_words={name: number for number, name in enumerate(_ORDINALS, 1)} | {"twenty[-\\s]?one": 21, "thirty": 30},
    numbers={name: number for number, name in enumerate(_NUMBERS, 1)}
    | {"a couple of": 2, "an?": 1, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90},
    suffix="st|nd|rd|th",
    of="of",
    article="the",
    prepositions="on|by|from|until|till|before|for|dated?|of|due",
)  # fmt: skip

_TODAY = (
    "(?:today|2day|tonight|this (?:morning|afternoon|evening)|eod|cob|end of (?:the )?day|close of (?:business|play))"
)
_END = "(?:the )?(?:very )?(?:end|close|last day) (?:of )?"
_IN = "(?:in|within|inside|over|after|in the next|within the next|over the next|for the next) (?:a |max\\.? )?"
_FROM_NOW = "(?:from (?:now|today)|hence|later|time)"
_AGO = "(?:ago|back|earlier)"
_NTH = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": -1}
_W = WORDS


def _nth_weekday(match: re.Match[str], day: Day) -> Reading | None:
    found = calendar.weekday_in_month(_W.weekday(match["wd"]), _NTH[match["nth"]], _W.month(match["m"]), day.today)
    return fixed(found) if found else None


def _weekdays_from_now(match: re.Match[str], day: Day) -> Reading:
    first = calendar.next_weekday(_W.weekday(match["wd"]), day.today)
    return fixed(shift(first, _W.number(match["n"]) - 1, "weeks"))


def _after_tomorrow(unit: str) -> Build:
    return lambda m, d: fixed(shift(shift(d.today, 1, "days"), _W.number(m["n"]), unit))


def _fiscal_year_end(match: re.Match[str], day: Day) -> Reading | None:
    # India closes its books on 31 March; elsewhere nobody can tell from the words.
    return day_month(31, 3, day.today) if day.country == "IN" else None


_RELATIVE: list[tuple[str, Build]] = [
    ("(?:the )?day after (?:tomorrow|tmrw)", offset(2)),
    ("(?:the )?day before yesterday", offset(-2)),
    ("(?P<n>‹N›) weeks? (?:after|from) tomorrow", _after_tomorrow("weeks")),
    ("(?P<n>‹N›) days? (?:after|from) tomorrow", _after_tomorrow("days")),
    ("(?:a )?(?:week|wk) (?:on|from) (?P<wd>‹WD›)", weekday_after(_W, 7)),
    ("(?:a )?(?:week|wk) (?:from )?(?:today|now)|today week", offset(7)),
    ("(?P<wd>‹WD›) week", weekday_after(_W, 7)),
    ("(?P<wd>‹WD›) fortnight", weekday_after(_W, 14)),
    ("(?:the )?(?P<wd>‹WD›) after next", weekday_in_week(_W, 2)),
    ("(?P<wd>‹WD›),? (?:of )?(?:the )?(?:next|following) week", weekday_in_week(_W, 1)),
    ("(?:next|following) week,? (?:on )?(?P<wd>‹WD›)", weekday_in_week(_W, 1)),
    ("(?P<wd>‹WD›),? (?:of )?this week", weekday_in_week(_W, 0)),
    ("this week,? (?:on )?(?P<wd>‹WD›)", weekday_in_week(_W, 0)),
    (f"(?P<nth>{'|'.join(_NTH)}) (?P<wd>‹WD›) (?:of|in) (?P<m>‹MONTH›)", _nth_weekday),
    ("(?P<n>‹N›) (?P<wd>‹WD›) from now", _weekdays_from_now),
    ("(?:next|nxt) (?P<wd>‹WD›)", weekday_of_following_week(_W)),
    ("(?:this|coming|upcoming|this coming|this upcoming|the coming) (?P<wd>‹WD›)", weekday_after(_W)),
    ("(?:last|past|this past) (?P<wd>‹WD›)", past_weekday(_W)),
    ("(?:the )?(?P<d>‹DAY›) (?:of|in) (?:the )?(?:next|following|coming) month", day_of_month_in(_W, 1)),
    ("next month,? (?:on )?the (?P<d>‹DAY›)", day_of_month_in(_W, 1)),
    ("(?:the )?(?P<d>‹DAY›) (?:of )?(?:this|the current|the same) month", day_of_month_in(_W, 0)),
    (_END + "(?:the )?(?:next|following) month|next month[-\\s]?end", month_end_in(1)),
    (_END + "(?:the |this |the current |current )?month", month_end_in(0)),
    ("(?:this )?month'?s?[-\\s]?end|eom|later this month", month_end_in(0)),
    (_END + "(?P<m>‹MONTH›)(?:,? (?P<y>(?:19|20)\\d\\d))?", named_month_end(_W)),
    ("(?:late[-\\s])(?P<m>‹MONTH›)", named_month_end(_W)),
    ("(?P<m>‹MONTH›)[-\\s]end", named_month_end(_W)),
    ("(?:the )?(?:mid|middle of)[-\\s]?(?:the |this )?month", mid_month()),
    ("(?:the )?(?:mid|middle of)[-\\s]?(?P<m>‹MONTH›)(?:,? (?P<y>(?:19|20)\\d\\d))?", named_month_middle(_W)),
    (_END + "(?:the )?(?:next|following|coming) week|late(?:r)? next week", week_day(4, 1)),
    (_END + "(?:the |this )?week(?!\\s?end)|eow|(?:later|some ?time) this week", week_day(4, 0)),
    ("(?:the )?(?:beginning|start|early|first thing)(?: of)? (?:the )?next week", week_day(0, 1)),
    (_END + "(?:the |this |our )?(?:financial|fiscal) year", _fiscal_year_end),
    ("(?:financial|fiscal) year[-\\s](?:end|closing|close)", _fiscal_year_end),
    (_END + "(?:the |this )?(?:calendar )?year|year[-\\s]end", lambda m, d: absolute(date(d.today.year, 12, 31))),
    (_IN + "(?P<n>‹N›)(?: ?\\(\\d+\\))?[-\\s](?:business|working|banking|bank) days?", counted(_W, "working")),
    ("(?P<n>‹N›) (?:business|working|banking|bank) days?", counted(_W, "working")),
    (_IN + "(?P<n>‹N›)(?: ?\\(\\d+\\))? (?:calendar )?days?(?:'? time)?", counted(_W, "days")),
    (_IN + "(?P<n>‹N›) (?:weeks?|wks?)(?:'? time)?", counted(_W, "weeks")),
    (_IN + "(?P<n>‹N›) months?(?:'? time)?", counted(_W, "months")),
    (_IN + "(?P<n>‹N›) (?:years?|yrs?)", counted(_W, "years")),
    ("(?:(?:in|within) )?(?:a|one|1) fortnight(?:'?s time)?", offset(14)),
    ("(?P<n>‹N›) (?:calendar )?days? " + _FROM_NOW, counted(_W, "days")),
    ("(?P<n>‹N›) (?:weeks?|wks?) " + _FROM_NOW, counted(_W, "weeks")),
    ("(?P<n>‹N›) months? " + _FROM_NOW, counted(_W, "months")),
    (
        "(?P<n>‹N›) upcoming days?|upcoming (?P<n2>‹N›) days?",
        lambda m, d: fixed(shift(d.today, _W.number(m["n"] or m["n2"]), "days")),
    ),
    ("(?P<n>‹N›) days? " + _AGO, counted(_W, "days", -1)),
    ("(?P<n>‹N›) (?:weeks?|wks?) " + _AGO, counted(_W, "weeks", -1)),
    ("(?P<n>‹N›) months? " + _AGO, counted(_W, "months", -1)),
    ("tom+or+ow|tmrw|tmrow|tmr|2mor+ow?|2moro|the (?:next|following) day", offset(1)),
    ("next day(?=$|[.,;!?])", offset(1)),
    ("yesterday|last night", offset(-1)),
    ("next week(?!\\s?end)", week_day(4, 1)),
    (f"{_TODAY}(?! (?:on )?(?:‹WD›|tomorrow))", offset(0, DateKind.TODAY)),
    ("(?:right |just )?now|just(?= (?:paid|sent|transferred|made|settled|done))", offset(0, DateKind.NOW)),
    ("(?P<wd>‹WD›)", plain_weekday(_W)),
    (
        "(?:(?:on|by|before|until|till) )?(?:the )?(?P<d>\\d{1,2} ?(?:st|nd|rd|th))"
        "(?! (?:week|reminder|notice|time|quarter|half|invoice|payment|instal|letter|floor|street|avenue|of (?:the"
        "|our|each|every)))",
        bare_day_rule(_W),
    ),
    ("(?:on|by|before|until|till|for) the (?P<d>‹DAY›)(?![\\w:/%]|[.,]\\d| \\w)", bare_day_rule(_W)),
    ("(?:the|on) (?P<d>\\d{1,2})(?=\\s*(?:$|[.;!?)]))", bare_day_rule(_W)),
]


def rules() -> list[Rule]:
    """Every rule, the more telling before the less: what one takes, no later one sees."""
    return compile_rules(_W, _RELATIVE)
