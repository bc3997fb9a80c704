"""Invoices told by their place among the open ones: "the two oldest", "la segunda", "everything but 20418"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from outreach.replies.lexicon import Lexicon
from outreach.replies.model import OpenInvoice
from outreach.replies.numbers import find_written_numbers, japanese_value
from outreach.replies.references import Mention
from outreach.replies.rhythms import month_number

_FEW = 6
"""Hits of one cue beyond which a text is about something else."""
_DIGIT = re.compile(r"(?<!\d)\d(?!\d)")
_KANJI = re.compile("[二三四五六]")
_BETWEEN = re.compile(r"[^\W\d_.]*(?:[ .]{1,2}[^\W\d_]+){0,3}[ :#]{0,2}(?:n[º°o]?\.? ?)?")
"""Short words between "except" and the number that it leaves out."""
_LISTED = re.compile(r"\s?[,、・/&]?\s?(?:(?:and|y|e|et|und|ni|nor|or|o|oder|ou|と|la|the|die|der|las|les)\s?){0,2}\s?")
"""What stands between two numbers of one list."""


def find_grouped(
    folded: str, lexicon: Lexicon, invoices: tuple[OpenInvoice, ...], named: Sequence[Mention], today: date
) -> list[Mention]:
    """Invoices told by age, size, month or number in a row, where several are open; `named` are told by number."""
    if len(invoices) < 2:
        return []
    found = [*_by_rank(folded, lexicon, invoices), *_by_number(folded, lexicon, invoices, named)]
    found += [*_by_month(folded, lexicon, invoices), *_late(folded, lexicon, invoices, today)]
    taken: list[tuple[int, int]] = [m.span for m in named]
    kept: list[Mention] = []
    for mention in found:
        if not any(a < mention.span[1] and mention.span[0] < b and (a, b) != mention.span for a, b in taken):
            kept.append(mention)
            taken.append(mention.span)
    return kept


def find_others(
    folded: str, lexicon: Lexicon, invoices: tuple[OpenInvoice, ...], mentions: Sequence[Mention]
) -> list[Mention]:
    """ "The other two", "the others": those that were not named before, where three or more are open."""
    if len(invoices) < 3 or not mentions:
        return []
    found: list[Mention] = []
    for match in _few(lexicon["other_invoices"], folded):
        before = {m.number for m in mentions if m.span[1] <= match.start()} or {m.number for m in mentions}
        left = [i.number for i in invoices if i.number not in before]
        if left and _count(match.group(), lexicon) in (None, len(left)):
            found += [Mention(match.span(), number) for number in left]
    return found


def mark_left_out(folded: str, lexicon: Lexicon, mentions: list[Mention]) -> list[Mention]:
    """`mentions` with those marked that stand behind "except", and those listed with them."""
    if not mentions:
        return mentions
    ends = [m.end() for m in _few(lexicon["except"], folded)]
    behind = [m.span() for m in _few(lexicon["except_behind"], folded)]
    left_out: set[int] = set()
    for number, mention in enumerate(mentions):
        first, last = mention.span
        after = any(end <= first <= end + 40 and _BETWEEN.fullmatch(folded, end, first) for end in ends)
        before = any(first < start <= last + 3 and end > last for start, end in behind)
        listed = number - 1 in left_out and _LISTED.fullmatch(folded, mentions[number - 1].span[1], first)
        if after or before or listed:
            left_out.add(number)
    return [replace(m, left_out=True) if n in left_out else m for n, m in enumerate(mentions)]


def _few(pattern: re.Pattern[str], folded: str) -> Iterator[re.Match[str]]:
    return (match for _, match in zip(range(_FEW), pattern.finditer(folded), strict=False))


def _by_rank(folded: str, lexicon: Lexicon, invoices: tuple[OpenInvoice, ...]) -> Iterator[Mention]:
    """The oldest, newest, smallest or largest; none where two are alike at the edge."""
    by_day = sorted(invoices, key=lambda i: i.due_on)
    by_sum = sorted(invoices, key=lambda i: i.amount)
    for cue, ranked in (("oldest", by_day), ("newest", by_day[::-1]), ("smallest", by_sum), ("largest", by_sum[::-1])):
        for match in _few(lexicon[cue], folded):
            count = _count(match.group(), lexicon) or 1
            if count >= len(ranked):
                continue
            inside, outside = ranked[count - 1], ranked[count]
            same = inside.due_on == outside.due_on if ranked[0] in (by_day[0], by_day[-1]) else False
            if cue in ("smallest", "largest"):
                same = inside.amount == outside.amount
            if not same:
                yield from (Mention(match.span(), invoice.number) for invoice in ranked[:count])


_PLACES = (("first_ones", 0), ("second_one", 1), ("third_one", 2), ("last_ones", -1))


def _by_number(
    folded: str, lexicon: Lexicon, invoices: tuple[OpenInvoice, ...], named: Sequence[Mention]
) -> Iterator[Mention]:
    """The first, second, third or last, as they were named before, else as they are listed; not those of a plan."""
    if lexicon["plan"].search(folded) or lexicon["count"].search(folded):
        return
    listed = [invoice.number for invoice in invoices]
    for cue, place in _PLACES:
        for match in _few(lexicon[cue], folded):
            before = list(dict.fromkeys(m.number for m in named if m.span[1] <= match.start()))
            order = before if len(before) > 1 else listed
            count = _count(match.group(), lexicon) or 1
            if max(place + 1, count) > len(order) or (count == len(order) and count > 1):
                continue
            chosen = order[-count:] if place < 0 else order[place : place + count]
            yield from (Mention(match.span(), number) for number in chosen)


def _by_month(folded: str, lexicon: Lexicon, invoices: tuple[OpenInvoice, ...]) -> Iterator[Mention]:
    """ "The March one": due in March; where none is, written in March and due in April."""
    for match in _few(lexicon["month_ones"], folded):
        name = next(text for group, text in match.groupdict().items() if group.startswith("month") and text)
        month = month_number(name, lexicon.language)
        due = [i for i in invoices if i.due_on.month == month]
        written = [i for i in invoices if (i.due_on.month - 2) % 12 + 1 == month]
        # 4月分 is what was delivered in April and falls due later.
        due = written or due if lexicon.language == "ja" else due or written
        if 0 < len(due) < len(invoices):
            yield from (Mention(match.span(), invoice.number) for invoice in due)


def _late(folded: str, lexicon: Lexicon, invoices: tuple[OpenInvoice, ...], today: date) -> Iterator[Mention]:
    """ "The ones that are overdue", where others are not."""
    late = [invoice.number for invoice in invoices if invoice.due_on < today]
    if len(late) < len(invoices):
        yield from (Mention(m.span(), number) for m in _few(lexicon["overdue_ones"], folded) for number in late)


def _count(text: str, lexicon: Lexicon) -> int | None:
    """How many are told ("the two oldest"), None where no number is."""
    digit = _DIGIT.search(text)
    if digit:
        return int(digit.group())
    if lexicon["pair"].search(text):
        return 2
    language = lexicon.language
    if language == "ja":
        kanji = _KANJI.search(text)
        return int(japanese_value(kanji.group())) if kanji else None
    return next((int(n.value) for n in find_written_numbers(text, language) if 2 <= n.value < 10), None)
