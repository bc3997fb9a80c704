"""Dates as English speakers write them, Britain, America and India included."""

from __future__ import annotations

import re
from datetime import date

from outreach.replies.folding import word_list
from outreach.replies.grammar import calendar
from outreach.replies.grammar.chained import chains
from outreach.replies.grammar.holidays import holiday_rules
from outreach.replies.grammar.reading import (
    NO_DAY,
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
    shift,
    spanned,
    week_day,
    weekday_after,
    weekday_in_week,
    weekday_of_following_week,
    working_day_after,
)

_ORDINALS = word_list(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty[-\\s]?first twenty[-\\s]?second "
    "twenty[-\\s]?third twenty[-\\s]?fourth twenty[-\\s]?fifth twenty[-\\s]?sixth twenty[-\\s]?seventh "
    "twenty[-\\s]?eighth twenty[-\\s]?ninth thirtieth thirty[-\\s]?first"
)
_CARDINAL = (
    "(?:(?:twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|ninety)(?:[-\\s](?:one|two|three|four|five|six|seven|eight"
    "|nine)(?!\\w))?|(?:thir|four|fif|six|seven|eigh|nine)teen|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    "|twelve)"
)

WORDS = Words(
    language="en",
    months={
        "jan(?:uary)?": 1, "feb(?:ruary)?|febuary|feburary": 2,
        "mar(?:ch)?": 3, "apr(?:il)?": 4, "may": 5, "june?": 6, "july?": 7,
        "aug(?:ust)?": 8, "sept?(?:ember)?": 9, "oct(?:ober)?": 10, "nov(?:ember)?": 11, "dec(?:ember)?": 12,
    },
    weekdays={
        "mon(?:day)?s?|munday|mondy": 0, "tue(?:s|sday)?s?|tuseday|tusday|teusday|tuesdy": 1,
        "wed(?:s|nesday)?s?|wedn?sday|wensday|wendsday|wednes": 2, "thu(?:r|rs|rsday)?s?|thrusday|thursdy|thirsday": 3,
        "fri(?:day)?s?|firday|fridy|frid": 4, "sat(?:urday)?s?|saterday|satdy": 5, "sun(?:day)?s?|sundy": 6,
    },
    day_words={name: number for number, name in enumerate(_ORDINALS, 1)} | {"twenty[-\\s]?one": 21, "thirty": 30},
    cardinal=_CARDINAL,
    numbers={"a couple of": 2, "an?": 1},
    units={
        "days": "(?:calendar )?days?|(?<=\\d)d", "weeks": "weeks?|wks?|(?<=\\d)w",
        "months": "months?|mths?", "years": "years?|yrs?",
        "fortnights": "fortnights?", "hours": "hours?|hrs?|(?<=\\d)h", "minutes": "minutes?|mins?",
    },
    joiner="and",
    suffix="st|nd|rd|th",
    of="of",
    article="the",
    prepositions="on|by|from|until|till|before|for|dated?|of|due",
)  # fmt: skip

_TODAY = (
    "(?:today|2day|arvo|s'arvo|to-day|tonight|tonite|2nite|this (?:morning|afternoon|arvo|evening|day)"
    "|for the day(?! (?:after|before))|eod|cob|end of (?:the )?day|close of (?:business|play))"
)
_END = "(?:the )?(?:very )?(?:(?:back|tail) )?(?:end|close|last day) (?:of )?"
_IN = (
    "(?:in|within|inside|over|after|in the next|within the next|over the next|for the next|the next"
    "|next) (?:a |max\\.? )?"
)
_FROM_NOW = "(?:from (?:right )?(?:now|today)|hence|later|time)"
_NEXT_MONTH = "(?:the )?(?:next|following|coming) month"
_THIS_MONTH = "(?:the |this |the current |current )?month"
_EACH_TIME = "".join(
    f"(?<!{word}\\x20)" for word in ("\\d", "quid", "bucks", "pounds", "dollars", "rand", "once", "each")
)
"""What stands before "a fortnight" where that is how often something is paid."""
_WORKING = "(?:business|working|banking|bank|week) ?days?"
_AGO = "(?:ago|back|earlier)"
_NTH = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
    "last": -1, "final": -1,
}  # fmt: skip
_OF_MONTH = f"(?:of|in) (?:(?P<m>‹MONTH›)(?:,? (?:of )?(?P<y>20\\d\\d))?|(?P<next>{_NEXT_MONTH})|{_THIS_MONTH})"
_W = WORDS
# Short names of days that are other words here: "we sat down", "the sun", "mon ami".
_SOMETHING_ELSE = (
    "sat (?:down|in|at(?! the (?:latest|earliest))|with|for|there|idle|around|through"
    "|on (?:my|our|your|the|his|her|it|this|that))|sat ?nav"
    "|(?:we|he|she|they|has|have|just) sat|(?:the|hot|in the|midnight) sun|sun (?:is|was|microsystems|life)"
    "|(?:newly|got|were|be|to) wed|wed (?:last|in)|mon (?:ami|amie|cher|dieu)"
)


def _weekdays_from_now(match: re.Match[str], day: Day) -> Reading:
    first = calendar.next_weekday(_W.weekday(match["wd"]), day.today)
    return fixed(shift(first, _W.number(match["n"]) - 1, "weeks"))


def _fiscal_year_end(match: re.Match[str], day: Day) -> Reading | None:
    # India closes its books on 31 March; elsewhere nobody can tell from the words.
    return day_month(31, 3, day.today) if day.country == "IN" else NO_DAY


_RELATIVE: list[tuple[str, Build]] = [
    ("(?<!\\d\\x20)(?:the )?day after (?:tomorrow|tmrw)", offset(2)),
    ("(?:the )?day before yesterday", offset(-2)),
    ("(?:(?:a |one )?(?:week|wk) (?:from )?tom+or+ow|tom+or+ow week)", offset(8)),
    ("(?:a |one )?(?:week|wk) (?:from )?(?:today|now)|today week", offset(7)),
    ("(?:a )?fortnight (?:from )?(?:today|now)|today fortnight", offset(14)),
    ("(?:a )?fortnight (?:on|from) (?P<wd>‹WD›)", weekday_after(_W, 14)),
    ("this (?:day|time) (?:next )?(?:week|wk)", offset(7)),
    ("this day fortnight", offset(14)),
    ("(?:a|one) (?:week|wk) (?P<wd>‹WD›)", weekday_after(_W, 7)),
    ("(?:(?:a )?fortnight|two weeks|2 (?:weeks|wks)) (?:on )?(?P<wd>‹WD›)", weekday_after(_W, 14)),
    ("(?:three|3) (?:weeks|wks) (?:on )?(?P<wd>‹WD›)", weekday_after(_W, 21)),
    ("(?P<wd>‹WD›)[-\\s]week", weekday_after(_W, 7)),
    ("(?P<wd>‹WD›)[-\\s]fortnight", weekday_after(_W, 14)),
    ("(?P<wd>‹WD›) (?:gone|past|last(?! (?:thing|minute|year|month|week|time|night)))", past_weekday(_W)),
    ("(?:the )?(?P<wd>‹WD›) after next", weekday_in_week(_W, 2)),
    ("(?:the )?week after next,? (?:on )?(?P<wd>‹WD›)", weekday_in_week(_W, 2)),
    ("(?P<wd>‹WD›),? (?:of )?(?:in )?(?:the )?week after next", weekday_in_week(_W, 2)),
    ("(?P<wd>‹WD›),? (?:of )?(?:the )?(?:next|nxt|following) (?:week|wk)", weekday_in_week(_W, 1)),
    ("(?:next|nxt|following) (?:week|wk),? (?:on )?(?P<wd>‹WD›)", weekday_in_week(_W, 1)),
    ("(?P<wd>‹WD›),? (?:of )?(?:the )?(?:last|past|previous) week", weekday_in_week(_W, -1)),
    ("(?:last|past|previous) week,? (?:on )?(?P<wd>‹WD›)", weekday_in_week(_W, -1)),
    (
        "(?<!once\\x20)(?<!twice\\x20)(?<!times\\x20)(?<!\\d\\x20)(?<!\\d\\x20a\\x20)(?<!quid\\x20a\\x20)"
        "(?:a )?(?:week|wk) (?:on|from) (?P<wd>‹WD›)",
        weekday_after(_W, 7),
    ),
    ("(?P<wd>‹WD›),? (?:of )?this week", weekday_in_week(_W, 0)),
    ("this week,? (?:on )?(?P<wd>‹WD›)", weekday_in_week(_W, 0)),
    (
        f"(?:the )?(?P<nth>{'|'.join(_NTH)}) (?:(?P<wd>‹WD›)|(?P<work>{_WORKING})|(?:calendar )?day) {_OF_MONTH}",
        nth_in_month(_W, _NTH),
    ),
    ("(?P<n>‹N›) (?P<wd>‹WD›) from now", _weekdays_from_now),
    (f"(?:the )?(?:next|following) {_WORKING}", working_day_after),
    ("(?:next|nxt) (?P<wd>‹WD›)", weekday_of_following_week(_W)),
    ("(?:this|coming|upcoming|this coming|this upcoming|the coming) (?P<wd>‹WD›)", weekday_after(_W)),
    ("(?P<wd>‹WD›) coming", weekday_after(_W)),
    ("(?:last|past|this past) (?P<wd>‹WD›)", past_weekday(_W)),
    ("(?:the )?‹DAY› (?:of (?:the )?)?month following(?! (?:that|this))", no_day),
    ("(?:the )?(?P<d>‹DAY›) (?:of|in) (?:the )?(?:next|following|coming) month", day_of_month_in(_W, 1)),
    ("next month,? (?:on )?the (?P<d>‹DAY›)", day_of_month_in(_W, 1)),
    ("(?:the )?(?P<d>‹DAY›) (?:of )?(?:this|the current|the same) month", day_of_month_in(_W, 0)),
    ("(?:the )?(?:first|1st)(?: day)? of the month", bare_day_of(1)),
    (_END + _NEXT_MONTH + "|next month[-\\s]?end", month_end_in(1)),
    (_END + _THIS_MONTH, month_end_in(0)),
    ("(?:this )?month'?s?[-\\s]?end|eom|later this month|before the month(?: i|')s (?:out|over|up)", month_end_in(0)),
    ("end-(?:of-)?(?P<m>‹MONTH›)", named_month_end(_W)),
    (_END + "(?P<m>‹MONTH›)(?:,? (?P<y>(?:19|20)\\d\\d))?", named_month_end(_W)),
    ("(?:late[-\\s])(?P<m>‹MONTH›)", named_month_end(_W)),
    ("(?P<m>‹MONTH›)[-\\s]end", named_month_end(_W)),
    ("(?:the )?(?:mid|middle of)[-\\s]?(?:the )?(?:next|following|coming) month", mid_month(1)),
    ("(?:the )?(?:mid|middle of)[-\\s]?(?:the |this )?month", mid_month()),
    ("(?:the )?(?:mid|middle of)[-\\s]?(?P<m>‹MONTH›)(?:,? (?P<y>(?:19|20)\\d\\d))?", named_month_middle(_W)),
    (_END + "(?:the )?(?:next|following|coming) week|late(?:r)? next week", week_day(4, 1)),
    ("(?:the )?(?:mid|middle of)[-\\s]?(?:the )?(?:next|following|coming) week", week_day(2, 1)),
    (_END + "(?:the |this )?week(?!\\s?end)|eow|(?:later|some ?time) this week", week_day(4, 0)),
    ("(?:the )?(?:beginning|start|early|first thing)(?: of)? (?:the )?next week", week_day(0, 1)),
    (_END + "(?:the |this |our )?(?:financial|fiscal) year", _fiscal_year_end),
    ("(?:financial|fiscal) year[-\\s](?:end|closing|close)", _fiscal_year_end),
    (_END + "(?:the |this |the current )?quarter|quarter[-\\s]?end", quarter_end),
    (_END + "q(?P<q>[1-4])", quarter_end),
    (_END + "(?:the |this )?(?:calendar )?year|year[-\\s]end", lambda m, d: absolute(date(d.today.year, 12, 31))),
    (
        _IN + "(?P<n>‹N›)(?: ?\\(\\d+\\))?[-\\s](?:business|working|banking|bank) days?(?:'? time)?",
        counted(_W, "working"),
    ),
    # How long somebody has been a customer: "after eleven years!"
    (
        "(?:after|over|for) (?:the (?:last|past) )?(?:more than |over |nearly |almost )?‹N› (?:years?|yrs?)(?! time)",
        no_day,
    ),
    ("(?P<n>‹N›) (?:business|working|banking|bank) days?(?: " + _FROM_NOW + ")?", counted(_W, "working")),
    ("(?P<s>‹SPAN›)(?:'?s?'? time)? " + _FROM_NOW, spanned(_W)),
    (_IN + "(?P<n>‹N›) ?\\(\\d+\\) (?:calendar )?days?", counted(_W, "days")),
    (_IN + "\\d{1,2}(?:-| ?to | or )(?P<n>\\d{1,2}) (?:business|working|banking) days?", counted(_W, "working")),
    (_IN + "\\d{1,2}(?:-| ?to | or )(?P<n>\\d{1,2}) (?:calendar )?days?", counted(_W, "days")),
    ("(?:in|within|inside) the (?:next )?fortnight", offset(14)),
    (_IN + "(?P<s>‹SPAN›)(?:'?s?'? time)?(?! and a half| terms?| (?:ago|back|earlier))", spanned(_W)),
    (_IN + "half a year", lambda m, d: fixed(calendar.add_months(d.today, 6))),
    ("(?:in|within) (?:the|half an|under an) hour", offset(0, DateKind.TODAY)),
    (f"{_EACH_TIME}(?:(?:in|within) )?(?:a|one|1) fortnight(?:'?s time)?(?! (?:ago|back))", offset(14)),
    (
        "(?P<n>‹N›) upcoming days?|upcoming (?P<n2>‹N›) days?",
        lambda m, d: fixed(shift(d.today, _W.number(m["n"] or m["n2"]), "days")),
    ),
    ("(?:this|that|the|which) one (?:days|weeks|months|years) " + _AGO, no_day),
    ("(?P<s>‹SPAN›) " + _AGO, spanned(_W, -1)),
    ("^\\W*(?P<s>‹SPAN›)(?=\\W*$)", spanned(_W)),
    (
        "tom+or+ow|to-morrow|tmrw|tmrow|tmr|tomoz|tomos|tomorra|2mor+ow?|2moro|2mrw|2m[ao]rra?|2moz|2mos|2mo"
        "|tmoz|tmro|tomo|the (?:next|following) day",
        offset(1),
    ),
    ("next day(?=$|[.,;!?])", offset(1)),
    ("yesterday|last (?:night|nite|nyt|evening|eve)|lastnight|yday|y'day|yest|ystd|yesty|yestday|yesterdy", offset(-1)),
    ("(?:next|nxt) (?:week|wk)(?!\\s?end)", week_day(4, 1)),
    (f"{_TODAY}(?! (?:on )?(?:‹WD›|tomorrow))", offset(0, DateKind.TODAY)),
    # What has come to an end, or how things are: "with the storm behind us now", "we are up and running now".
    (
        "(?:behind (?:us|me|it)|by|until|till|up to|even|than|up and running|over with|settled down|recovered|calmer"
        "|quieter|picking up|back on (?:our|my) feet|on the mend|open again) now(?! (?:and|or) )",
        no_day,
    ),
    ("(?:right |just )?now|just(?= (?:paid|sent|transferred|made|settled|done))", offset(0, DateKind.NOW)),
    (f"(?:{_SOMETHING_ELSE})", no_day),
    ("(?P<wd>‹WD›)", plain_weekday(_W)),
    (
        "between (?:the )?\\d{1,2}(?:st|nd|rd|th)? and (?:the )?\\d{1,2}(?:st|nd|rd|th)?(?! (?:of )?‹MONTH›)",
        no_day,
    ),
    (
        "(?:(?:on|by|before|until|till) )?(?:the )?(?P<d>\\d{1,2} ?(?:st|nd|rd|th))"
        "(?! (?:thoughts?|call|person|stage|part|attempt|visit|delivery|copy"
        "|week|reminder|notice|time|quarter|half|invoice|payment|instal|letter|floor|street|avenue|of (?:the"
        "|our|each|every)))",
        bare_day_rule(_W),
    ),
    ("(?:on|by|before|until|till|for) the (?P<d>‹DAY›)(?![\\w:/%]|[.,]\\d| \\w)", bare_day_rule(_W)),
    ("(?:the|on) (?P<d>\\d{1,2})(?=\\s*(?:$|[.;!?)]))", bare_day_rule(_W)),
]
SHIFTS = shifts(
    _W,
    after="after|(?<!\\d\\x20a\\x20week\\x20)(?<!\\d\\x20a\\x20month\\x20)from|following|past",
    before="before|prior to|ahead of",
    next_day="(?:the )?day (?:after|following)",
    day_before="(?:the )?day before",
    between="(?:the )?(?:date of )?",
    lasting=("for", "over"),
)

_THEN_ENDS = (
    "(?! (?:after|next|we|i|you|he|she|they|it|the|your|our|my|his|her|their|an?|‹WD›|‹MONTH›|\\d+(?:st|nd|rd|th))"
    "(?!\\w))"
)
CHAINS = chains(
    _W,
    "(?:the |on the )?following (?P<wd>‹WD›)",
    "(?:the )?(?P<wd2>‹WD›) (?:after(?:wards)?(?: that)?|following)" + _THEN_ENDS,
    "(?P<s>‹SPAN›) (?:later|after that|afterwards|after" + _THEN_ENDS + ")",
    "the week after(?: that)?" + _THEN_ENDS + "|the following week(?! (?:on )?‹WD›)|a week apart",
    "the (?P<month>month after(?: that)?" + _THEN_ENDS + "|following month)",
    "the (?P<step>(?:one|next one) after(?: that)?)" + _THEN_ENDS,
)


def _listed_day(match: re.Match[str], day: Day) -> Reading | None:
    return day_month(int(match["d"]), _W.month(match["m"]), day.today)


_DAY_NUMBER = "\\d{1,2}(?:st|nd|rd|th)?"
_FIRST: list[tuple[str, Build]] = [
    # "Friday 1st thing" is no first of a month.
    ("1st (?:thing|light|class|chance|opportunity)", no_day),
    # "A third June 30th" is a third of the sum on a day of its own, not the third of June.
    (
        "(?<!\\w)(?:an?|one|another|(?:the )?(?:first|second|last|final|other|next|remaining)) (?:third|fifth|tenth)"
        "(?= (?:on |by |in |at )?(?:the )?(?:end of )?‹MONTH›)",
        no_day,
    ),
    # "7, 14 and 21 May": the month stands behind the last of them.
    (
        f"(?<![\\w.,/£$€-])(?P<d>\\d{{1,2}})(?:st|nd|rd|th)?(?=(?:, ?{_DAY_NUMBER})*,?(?: ?& ?| and ){_DAY_NUMBER} "
        "(?:of )?(?P<m>‹MONTH›)(?!\\w))",
        _listed_day,
    ),
]


def rules() -> list[Rule]:
    """Every rule, the more telling before the less: what one takes, no later one sees."""
    first = [(_W.pattern(source), build) for source, build in _FIRST]
    return [*holiday_rules("en"), *first, *compile_rules(_W, _RELATIVE)]
