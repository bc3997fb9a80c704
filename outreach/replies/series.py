"""Payments that come again: "250 every Friday till it's cleared", "200 on the 1st of each month from March on"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from itertools import islice, tee

from domain.money import exponent
from outreach.replies import rhythms
from outreach.replies.amounts import AmountFinding
from outreach.replies.classifier import guess
from outreach.replies.clause_labels import Label
from outreach.replies.clauses import Sentence
from outreach.replies.grammar import calendar
from outreach.replies.message import Message, Span
from outreach.replies.model import Instalment
from outreach.replies.numbers import find_written_numbers, japanese_value
from outreach.replies.parts import Sum, computed, payment_amounts
from outreach.replies.roles import DatedRole

MOST = 36
"""Payments beyond which a plan is no plan that anybody offers in words."""
_FEW = 8
"""Words of a rhythm that are looked at: a reply that has more of them is about something else."""


@dataclass
class Series:
    """Payments of a rhythm, and the sentence that tells it; `doubts` say what of it is not clear."""

    sentence: Sentence
    parts: list[Instalment] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Rhythm:
    unit: str
    span: Span
    sentence: Sentence


def read_series(message: Message, promised: list[DatedRole], total: Decimal) -> Series | None:
    """The payments of a rhythm that a message promises or proposes, None where it tells of none."""
    rhythm = next((r for r in islice(_rhythms(message), _FEW) if _is_meant(message, r, promised)), None)
    if rhythm is None:
        return None
    span = _reach(message, rhythm, promised)
    series = Series(rhythm.sentence)
    each, other = _sums(message, rhythm, span, total)
    count = count_in(message, *span)
    days, first = _days(message, rhythm, span, promised)
    months = _months(message, span)
    of_month = _day_of_month(message, *span)
    if months and rhythm.unit == rhythms.MONTHLY and (of_month or first):
        # "From July to November on the 25th": the months say how many, and from when.
        start = _coming_month(months[0], message.reply.today)
        days = _monthly(start, of_month or (first.day if first else 31))
        count = (months[1] - months[0]) % 12 + 1
    tail = _tail(message, rhythm, promised)
    if tail and each and count is None:
        days, before = tee(days)
        count = sum(day < tail for day in before)
    if tail and (each is None or count is None or each * count >= total):
        tail = None
    if each is None and count is None:
        series.doubts.append("a series of payments without a clear number")
        return series
    first = first or (_day_beside(message, other) if other else None)
    if other and first and (each or count):
        return _after_first(message, series, (first, other.amount), days, each, count, total)
    count = count or (_times(total, each) if each and total else None)
    if count is None or not 2 <= count <= MOST:
        series.doubts.append("a series of payments without a clear number")
        return series
    if each is None or (total and each * count > total + each):
        amounts = equal_parts(total, count, message.context.currency)
    else:
        amounts = _amounts(each, count, total)
    series.parts = _instalments(message, list(islice(days, count)), amounts)
    if tail:
        series.parts.append(Instalment(tail, total - sum(amounts), message.context.currency))
    return series


def read_rest_in_series(message: Message, promised: list[DatedRole], total: Decimal) -> Series | None:
    """ "A quarter now, the rest in three equal parts on the 15th, from April on": a share, then a rhythm."""
    rhythm = next((r for r in islice(_rhythms(message), _FEW) if _is_meant(message, r, promised)), None)
    share = next((s for s in message.shares if rhythm and s.span[1] <= rhythm.span[0]), None)
    if rhythm is None or share is None or not message.says("rest", share.span[1], rhythm.sentence.end):
        return None
    span = share.span[0], rhythm.sentence.end
    before = [r for r in promised if span[0] <= r.finding.span[0] < rhythm.span[0]]
    count = count_in(message, *span)
    if len(before) != 1 or count is None or not 2 <= count <= MOST or _sums_within(message, *span, total):
        return None
    later = [r for r in promised if r is not before[0]]
    days, _ = _days(message, rhythm, (before[0].finding.span[1], span[1]), later)
    first = (total * share.part.numerator / share.part.denominator).quantize(_unit(message.context.currency))
    return _after_first(message, Series(rhythm.sentence), (before[0].finding.date, first), days, None, count, total)


def names_days(message: Message) -> bool:
    """Whether a day of the month, or the month to begin with, is told: "on the 1st of each month", "from June on"."""
    language = message.language
    return any(days[language].search(message.folded) for days in (rhythms.DAY_OF_MONTH, rhythms.FROM_MONTH))


def _rhythms(message: Message) -> Iterator[_Rhythm]:
    """Words for a rhythm that are neither a day ("a week today") nor how often something happens."""
    language = message.language
    for sentence in message.sentences:
        often = [m.span() for m in rhythms.FREQUENCY[language].finditer(message.folded, sentence.start, sentence.end)]
        for unit, pattern in rhythms.RHYTHMS[language].items():
            for match in pattern.finditer(message.folded, sentence.start, sentence.end):
                if any(a < match.end() and match.start() < b for a, b in often):
                    continue
                if not _in_other_day(message, match.span()):
                    yield _Rhythm(unit, match.span(), sentence)
                    break


def _in_other_day(message: Message, span: Span) -> bool:
    """Part of a longer date ("a week today"), not a date of the rhythm itself ("every Friday")."""
    for day in message.dates:
        if day.span[0] <= span[0] and span[1] <= day.span[1] and day.span[1] > span[1]:
            return not re.search(r"(?:month|mes|mois|monats?(?:ersten|letzten)?)\W*$", message.folded[slice(*day.span)])
    return False


def _is_meant(message: Message, rhythm: _Rhythm, promised: list[DatedRole]) -> bool:
    """Whether a rhythm is one of payments: sums or a number of them, in words that promise or propose."""
    sentence, language = rhythm.sentence, message.language
    start, end = sentence.start, sentence.end
    if message.says("negation", start, end) and not promised:
        return False
    around = _reach(message, rhythm, promised)
    told = bool(payment_amounts(message, *around)) or message.says("count", *around)
    if not told:
        return False
    view = guess(message, start, end)
    if any(r.sentence == sentence for r in promised):
        return message.says("plan", start, end) or view.of(Label.PLAN) > 0.5 or _has_bounds(message, around)
    if any(around[0] <= r.finding.span[0] < around[1] for r in promised):
        return view.of(Label.PLAN, Label.PROMISE) > 0.4 or message.says("plan", start, end)
    return view.of(Label.PLAN, Label.PROMISE) > 0.6 and bool(
        payment_amounts(message, start, end) or rhythms.DAY_OF_MONTH[language].search(message.folded, start, end)
    )


def _has_bounds(message: Message, span: Span) -> bool:
    language = message.language
    return bool(
        rhythms.UNTIL[language].search(message.folded, *span) or rhythms.FROM[language].search(message.folded, *span)
    )


def _reach(message: Message, rhythm: _Rhythm, promised: list[DatedRole]) -> Span:
    """The sentence of a rhythm, with its neighbours that name sums, a number of payments or a day of their own."""
    sentences = message.sentences
    index = sentences.index(rhythm.sentence)
    start, end = rhythm.sentence.start, rhythm.sentence.end
    days = {r.sentence.start for r in promised}
    for near in sentences[max(0, index - 1) : index]:
        if near.start in days or message.says("plan", near.start, near.end):
            start = near.start
    for near in sentences[index + 1 : index + 2]:
        if near.start in days or message.says("count", near.start, near.end):
            end = near.end
    return start, end


def _sums(message: Message, rhythm: _Rhythm, span: Span, total: Decimal) -> tuple[Decimal | None, AmountFinding | None]:
    """(what each payment is, the first one where it differs): the sum nearest to the rhythm, and one before."""
    sums = _sums_within(message, rhythm.sentence.start, rhythm.sentence.end, total) or _sums_within(
        message, *span, total
    )
    if not sums:
        return None, None
    each = min(sums, key=lambda a: (_apart(a.span, rhythm.span), a.amount))
    before = [
        a for a in _sums_within(message, span[0], each.span[0], total)
        if a.amount != each.amount and _has_own_day(message, a, each)
    ]  # fmt: skip
    return each.amount, before[-1] if before else None


def _day_beside(message: Message, amount: AmountFinding) -> date | None:
    """The day that stands nearest to a sum."""
    ahead = [d for d in message.dates if d.date >= message.reply.today and _apart(d.span, amount.span) < 25]
    return min(ahead, key=lambda d: _apart(d.span, amount.span)).date if ahead else None


def _sums_within(message: Message, start: int, end: int, total: Decimal) -> list[AmountFinding]:
    found = [a for a in message.amounts if start <= a.span[0] < end and 20 <= a.amount < total]
    marked = [a for a in found if a.currency or a.is_money]
    bare = [a for a in found if a not in marked and not message.says("count", a.span[0], a.span[1] + 12)]
    return marked or bare


def _has_own_day(message: Message, amount: AmountFinding, each: AmountFinding) -> bool:
    """Whether a day stands beside a sum, nearer than the sum of the rhythm: the first payment differs."""
    between = [d for d in message.dates if d.span[1] <= each.span[0] and _apart(d.span, amount.span) < 25]
    words = message.folded[amount.span[1] : each.span[0]]
    return bool(between) and bool(rhythms.THEN[message.language].search(words) or "\n" in words)


def _apart(a: Span, b: Span) -> int:
    return max(b[0] - a[1], a[0] - b[1], 0)


def _days(
    message: Message, rhythm: _Rhythm, span: Span, promised: list[DatedRole]
) -> tuple[Iterator[date], date | None]:
    """The days of a rhythm, and the first day that is named for it."""
    of_month = _day_of_month(message, *span)
    today = message.reply.today
    first_month = rhythms.FROM_MONTH[message.language].search(message.folded, *span)
    start = _told_start(message, span) or (None if first_month and of_month else _first_day(rhythm, span, promised))
    if rhythm.unit in (rhythms.WEEKLY, rhythms.FORTNIGHTLY):
        step = 7 if rhythm.unit == rhythms.WEEKLY else 14
        first = start or _weekday(message, rhythm, today)
        return (first + timedelta(days=step * n) for n in range(MOST)), first
    if rhythm.unit == rhythms.HALF_MONTHLY:
        return _halves(start or today + timedelta(days=1), _two_days(message, span)), start
    if of_month is None:
        begin = _month_start(message, first_month, today) if first_month else today
        first = start or calendar.month_end(begin.year, begin.month)
        at_end = start is None or _is_month_end(message, first)
        return _monthly(first, 31 if at_end else first.day), first
    base = start or today + timedelta(days=1)
    if first_month:
        base = max(start or today, _month_start(message, first_month, today))
    return _monthly(base, of_month, strict=True), start


def _told_start(message: Message, span: Span) -> date | None:
    """The day that follows "from"."""
    today = message.reply.today
    for day in message.dates:
        if not span[0] <= day.span[0] < span[1] or day.date < today:
            continue
        before = message.folded[max(span[0], day.span[0] - 22) : day.span[0]]
        inside = message.folded[day.span[0] : day.span[1]]
        language = message.language
        starts = any(m.end() >= len(before.rstrip()) for m in rhythms.FROM[language].finditer(before.rstrip()))
        starts = starts or bool(re.match(rhythms.FROM[language].pattern, inside))
        if language == "ja":
            starts = starts or bool(rhythms.FROM_BEHIND.match(message.folded, day.span[1]))
        if starts:
            return day.date
    return None


def _first_day(rhythm: _Rhythm, span: Span, promised: list[DatedRole]) -> date | None:
    """The first promised day in the sentence of the rhythm, or beside it."""
    within = [r.finding.date for r in promised if r.sentence == rhythm.sentence]
    near = [r.finding.date for r in promised if span[0] <= r.finding.span[0] < span[1]]
    return min(within or near, default=None)


def _weekday(message: Message, rhythm: _Rhythm, today: date) -> date:
    start, end = rhythm.sentence.start, rhythm.sentence.end
    named = [d.date for d in message.dates if start <= d.span[0] < end and d.date > today]
    return min(named, default=calendar.next_weekday(4, today))


def _day_of_month(message: Message, start: int, end: int) -> int | None:
    language = message.language
    match = rhythms.DAY_OF_MONTH[language].search(message.folded, start, end)
    if match:
        groups = match.groupdict()
        word = groups.get("d") or groups.get("d2") or groups.get("d3")
        return rhythms.day_number(word, language) if word else 31
    return 31 if rhythms.MONTH_END[language].search(message.folded, start, end) else None


def _is_month_end(message: Message, day: date) -> bool:
    """A month's end that is called so: "from 30 April on" means the 30th."""
    if day != calendar.month_end(day.year, day.month):
        return False
    return not any(d.date == day and re.search(r"(?<!\d)(?:28|29|30)(?!\d)", d.text) for d in message.dates)


def _monthly(first: date, day: int, strict: bool = False) -> Iterator[date]:
    """The same day of each month from `first` on; `strict`: none before it, else its month counts whatever its day."""
    for n in range(MOST + 1):
        end = calendar.month_end(first.year, first.month + n)
        found = end.replace(day=min(end.day, day))
        if not strict or found >= first:
            yield found


def _halves(first: date, days: tuple[int, int]) -> Iterator[date]:
    """Two pay days of each month from `first` on, none beyond its end."""
    for n in range(MOST):
        end = calendar.month_end(first.year, first.month + n)
        both = (end.replace(day=min(day, end.day)) for day in days)
        yield from (day for day in both if day >= first)


def _two_days(message: Message, span: Span) -> tuple[int, int]:
    """The two days of each month on which is paid: those that are named, else the 15th and the last."""
    told = rhythms.HALVES.get(message.language)
    match = told.search(message.folded, *span) if told else None
    if match is None:
        return 15, 31
    groups = match.groupdict()
    first, second = (int(groups.get(name) or groups.get(f"{name}2") or 31) for name in "ab")
    return (first, second) if 1 <= first < second <= 31 else (15, 31)


def _months(message: Message, span: Span) -> tuple[int, int] | None:
    match = rhythms.MONTH_RANGE[message.language].search(message.folded, *span)
    if not match:
        return None
    groups = match.groupdict()
    names = groups.get("a") or groups.get("a2"), groups.get("b") or groups.get("b2")
    a, b = (rhythms.month_number(name, message.language) for name in names if name)
    return (a, b) if 1 <= a <= 12 and 1 <= b <= 12 else None


def _month_start(message: Message, match: re.Match[str], today: date) -> date:
    relative = match.groupdict().get("rel")
    if relative:
        months = {"今月": 0, "当月": 0, "再来月": 2}.get(relative, 1)
        return max(today, calendar.add_months(today.replace(day=1), months))
    return max(today, _coming_month(rhythms.month_number(match["m"], message.language), today))


def _coming_month(month: int, today: date) -> date:
    """The first of the month that comes next with this number, this month's included."""
    first = today.replace(day=1)
    return next(d for d in (calendar.add_months(first, n) for n in range(12)) if d.month == (month - 1) % 12 + 1)


def _tail(message: Message, rhythm: _Rhythm, promised: list[DatedRole]) -> date | None:
    """The day of a rest that ends a series: "80,000 a month until November, the rest on 25 December"."""
    for role in promised:
        day = role.finding.span
        if day[0] > rhythm.span[1] and message.says("rest", rhythm.span[1], min(day[1] + 25, role.sentence.end)):
            return role.finding.date
    return None


def _after_first(
    message: Message, series: Series, first: tuple[date, Decimal], days: Iterator[date], each: Decimal | None,
    count: int | None, total: Decimal,
) -> Series:  # fmt: skip
    """A first payment of its own, then the rhythm: "500 now, then 200 a month"."""
    left = total - first[1]
    if each:
        count = _times(left, each)
    if left <= 0 or count is None or not 1 <= count <= MOST:
        series.doubts.append("a series of payments without a clear number")
        return series
    amounts = _amounts(each, count, left) if each else equal_parts(left, count, message.context.currency)
    later = list(islice((day for day in days if day > first[0]), count))
    series.parts = _instalments(message, [first[0], *later], [first[1], *amounts])
    return series


def _times(total: Decimal, each: Decimal) -> int:
    """How many payments of a sum it takes; decimals divide towards nought, whole numbers don't."""
    return int((total / each).to_integral_value(ROUND_CEILING))


def _amounts(each: Decimal, count: int, total: Decimal) -> list[Decimal]:
    """So many times the same sum, the last of them what is left."""
    amounts = [each] * count
    last = total - each * (count - 1)
    if 0 < last < each:
        amounts[-1] = last
    return amounts


def _instalments(message: Message, days: list[date], amounts: list[Decimal]) -> list[Instalment]:
    return [Instalment(day, amount, message.context.currency) for day, amount in zip(days, amounts, strict=False)]


def count_in(message: Message, start: int, end: int) -> int | None:
    """How many payments are told between two offsets, else anywhere in the message."""
    often = [m.span() for m in rhythms.FREQUENCY[message.language].finditer(message.folded)]
    found = [
        m for m in message.lexicon["count"].finditer(message.folded) if not any(a <= m.start() < b for a, b in often)
    ]
    match = next((m for m in found if start <= m.start() < end), found[0] if found else None)
    if not match or _is_range(message, match.start("n")):
        return None
    word = match["n"]
    if word.isdigit():
        return int(word)
    if message.language == "ja":
        return int(japanese_value(word))
    return next((int(number.value) for number in find_written_numbers(word, message.language)), None)


_OR = {
    "en": "or|to|maybe|and",
    "es": "o|u|a|y|quizas?",
    "fr": "ou|a|voire|et|ou peut-etre",
    "de": "oder|bis|und|oder vielleicht",
    "ja": "か|から|~|〜|または|、",
}
_NUMBER_BEFORE = re.compile(r"(?:\d{1,2}|[^\W\d_]+)$")


def _is_range(message: Message, number: int) -> bool:
    """ "Six or eight instalments": the number that starts at `number` is the upper end of two, so none is told."""
    before = message.folded[max(0, number - 24) : number]
    whole = "" if message.language == "ja" else r"(?<!\w)"
    joined = re.search(rf"(?:{whole}(?:{_OR[message.language]})|[-–/])\s?$", before)
    first = joined and _NUMBER_BEFORE.search(before[: joined.start()].rstrip())
    if not first:
        return False
    word = first.group()
    return word.isdigit() or any(n.value > 1 for n in find_written_numbers(word, message.language))


def equal_parts(total: Decimal, count: int, currency: str | None) -> list[Decimal]:
    """`total` in equal parts; what is left by rounding goes to the last."""
    part = (total / count).quantize(_unit(currency), rounding=ROUND_HALF_UP)
    return [part] * (count - 1) + [total - part * (count - 1)]


def rest_in_parts(message: Message, days: list[DatedRole], sums: list[Sum], total: Decimal) -> list[Instalment]:
    """ "30 % today, the rest in two parts on 9 July and 9 August": the rest by its days; none where it isn't so."""
    sums = [s for s in sums if s.amount is None or s.amount != total]
    later = len(days) - len(sums) + 1
    if later < 2 or len(sums) < 2 or [s.rest and s.amount is None for s in sums] != [False] * (len(sums) - 1) + [True]:
        return []
    start, end = sums[-1].span[0], days[-1].finding.span[1]
    behind = [day for day in days if day.finding.span[0] > start]
    if not message.says("count", start, end) or count_in(message, start, end) != later or len(behind) != later:
        return []
    told, sound = computed(message, days[: len(sums)], sums, total)
    rest = told[-1].amount
    if not sound or rest is None:
        return []
    parts = equal_parts(rest, later, message.context.currency)
    return [*told[:-1], *_instalments(message, [role.finding.date for role in behind], parts)]


def _unit(currency: str | None) -> Decimal:
    """The least sum of a currency."""
    return Decimal(1).scaleb(-exponent(currency)) if currency else Decimal("0.01")
