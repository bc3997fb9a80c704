"""Plain words → Question: an ordered grammar over concepts, with slots for names, numbers, days and amounts. Pure.

What is not understood is None: nobody is answered with a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from bot import periods, slots
from bot.reading import Reading, mask_names, read_words, split_words
from bot.vocabulary import PHRASES
from domain.name_index import Directory
from domain.names import fold
from domain.questions import Period, Question, QuestionKind

K = QuestionKind

EXAMPLES = ("what does NAME owe?", "why wasn't NAME contacted today?", "top 10 overdue in EUR")
"""What to offer somebody who wasn't understood."""

LONGEST = 400
"""Characters of a question; what is longer is no question."""

_COMMANDS = re.compile(
    r"\s*(?:please )?(?:send|remind|delete|remove|cancel|approve|reject|release|pause|chase|dun|refund|create|update|"
    r"increase|raise|lower|write off|mark|set) "
)
"""What asks for an act, not for an answer: acts have their own buttons and commands."""
_FIGURES = frozenset(
    {
        K.SUMMARY,
        K.BALANCE,
        K.OVERDUE,
        K.AGING,
        K.TOP_OVERDUE,
        K.TOP_BALANCE,
        K.OLDEST,
        K.LARGEST,
        K.EXPOSURE,
        K.HEADROOM,
    }
)
"""Kinds whose answer is the figures of one day."""
_LISTS = frozenset(
    {K.OPEN_ITEMS, K.CUSTOMERS, K.PROMISES, K.DISPUTES, K.UNAPPLIED, K.CREDITS, K.PAYMENTS, K.OVER_LIMIT}
)
"""Kinds that list what is so, never what is not."""
_TIMELESS = frozenset(
    {K.UNAPPLIED, K.CREDITS, K.OVER_LIMIT, K.CREDIT_LIMIT, K.ORDERS, K.BLOCKED_ORDERS, K.BLOCKING_DISPUTES, K.CUSTOMERS}
)
"""Kinds that tell the present, whatever period is named."""
_DIMENSIONS = frozenset({"customer", "collector", "territory", "entity", "currency", "country", "segment"})


@dataclass(frozen=True, slots=True)
class _Rule:
    """A kind of question and the concepts it needs: groups of alternatives, all of them; none of `without`."""

    kind: QuestionKind
    needs: tuple[frozenset[str], ...]
    without: frozenset[str]

    def fits(self, said: frozenset[str]) -> bool:
        """Whether what was said holds all that the rule needs."""
        return all(group & said for group in self.needs) and not self.without & said


def _rules(table: str) -> tuple[_Rule, ...]:
    made = []
    for line in table.strip().splitlines():
        kind, _, words = line.strip().partition(" ")
        parts = words.split()
        needs = tuple(frozenset(part.split("|")) for part in parts if not part.startswith("!"))
        made.append(_Rule(K(kind), needs, frozenset(part[1:] for part in parts if part.startswith("!"))))
    return tuple(made)


# In order: the first that fits wins. `a|b` is either, `!a` is without. `$name`, `$ref`, `$age`, `$amount`, `$period`,
# `$limit` say that the slot was filled.
RULES = _rules("""
help help
opted_out optout
dso dso
promise_rate keptrate
promise_rate promise kept percent|howmany
blocked_orders why order block
blocked_orders why block !contact !dispute
blocking_disputes dispute block
blocking_disputes dispute order !invoice
orders $ref order
tasks task
contacts people
why why contact|skip|sent
why why not
not_contacted who|which|customer|list|howmany contact not !$name
not_contacted skip !$name
why contact|sent not $name|$ref
why skip $name
last_contact last contact
last_contact when contact|sent
replies reply
promises promise
blocking_disputes order block dispute
blocked_orders order block
disputes dispute
blocked_orders block
contacted contact|sent $period
last_contact contact $name
contacted contact|sent who|which|howmany|list
promises broken who|which|customer|list|howmany
over_limit overlimit
headroom headroom
exposure exposure
credit_limit limit
unapplied unapplied
credits creditmemo|credit
dso dso
owner collector|salesrep $name
invoice $ref
aging aging
orders order
due due !overdue
payments paid !open !overdue
largest most|big invoice !customer
oldest oldest
open_items invoice $amount !customer !who
open_items invoice which|list|howmany|open !howmuch !top !most
top_overdue top|most|$limit overdue
top_balance top|most|$limit owe|balance|customer
top_balance most who
overdue overdue
overdue $age
overdue notdue
open_items invoice
balance owe
balance balance
balance open howmuch|total|$amount
balance $amount who|which|customer|list|howmany
open_items open
summary summary|status|list|all $name
customers customer howmany|list|which|my|all|total !$name
customers my|all list|summary !$name
balance howmuch $name
""")


def understand_question(text: str, today: date, directory: Directory) -> Question | None:
    """What `text` asks on `today`, or None. `directory` holds the names that the asker may see."""
    if not text.strip() or len(text) > LONGEST:
        return None
    typed, masks = mask_names(split_words(text), directory)
    said = f" {' '.join(fold(word) for word in typed)} "
    for pattern, concept in PHRASES:
        said = pattern.sub(concept, said)
    if _COMMANDS.match(said) and not text.rstrip().endswith("?"):
        return None
    said, asked = _take_slots(Question(K.HELP, text), said, today)
    if slots.bounded_above(said):
        return None
    originals = {fold(word): word for word in reversed(typed)}
    pairs = [(originals.get(word, word), word) for word in said.split()]
    currency, pairs = slots.take_currency(pairs)
    if currency:
        if slots.take_currency(pairs)[0] not in (None, currency):
            return None  # two currencies: one of them would be left out
        asked = replace(asked, currency=currency)
    reading = read_words(pairs, masks, directory, first=fold(typed[0]) if typed else "")
    found = _judge(asked, reading, directory)
    return found and _as_far_as_told(found, frozenset(reading.concepts), today)


def _as_far_as_told(question: Question, said: frozenset[str], today: date) -> Question | None:
    """The question, if its answer would tell all of it: what we would pass over in silence is not understood."""
    if "notdue" in said:
        if question.kind not in _FIGURES | {K.DUE} or said & {"who", "customer", "howmany"} or question.period:
            return None
        return replace(question, kind=K.DUE, period=Period("from today on", question.as_of or today, None))
    unheard = (
        "beyond" in said
        or ("not" in said and question.kind in _FIGURES | _LISTS)
        or ("percent" in said and question.kind is not K.PROMISE_RATE)
        or (question.kind is K.PAYMENTS and bool(said & {"most", "big", "top", "oldest"}))
        or (question.kind is K.PAYMENTS and bool(said & {"total", "howmuch"}) and question.period is None)
        or (question.kind is K.CREDIT_LIMIT and not question.names)
        or _slot_unheard(question)
    )
    if unheard:
        return None
    if question.kind is K.DISPUTES and question.reference is not None:
        return None if "howmuch" in said else replace(question, kind=K.INVOICE, status=None)
    of_a_day = question.kind in _FIGURES or (question.kind is K.OPEN_ITEMS and question.status == "overdue")
    if of_a_day and question.period is not None:
        return _on_a_day(question, question.period, today)
    return question


def _slot_unheard(question: Question) -> bool:
    """Whether an amount, days past due or a period was said that answers of this kind take no notice of."""
    kind = question.kind
    if question.at_least is not None:
        counts = kind is K.OPEN_ITEMS or (kind in (K.BALANCE, K.OVERDUE) and not question.names)
        if not counts:
            return True
    aged = question.over_days is not None or question.up_to_days is not None
    if aged and kind not in (K.OVERDUE, K.OPEN_ITEMS, K.TOP_OVERDUE):
        return True
    return question.period is not None and kind in _TIMELESS


def _on_a_day(question: Question, period: Period, today: date) -> Question | None:
    """Figures are of a day: the one named; of a longer span there are none."""
    day = question.as_of or today
    if period.first is not None and period.first == period.last and period.first <= day:
        return replace(question, as_of=period.first if period.first < today else question.as_of, period=None)
    return None


def _take_slots(asked: Question, said: str, today: date) -> tuple[str, Question]:
    as_of, said = periods.take_as_of(said, today)
    (over, up_to), said = slots.take_age(said)
    amount, said = slots.take_amount(said)
    limit, said = slots.take_limit(said)
    period, said = periods.take_period(said, as_of or today)
    return said, replace(
        asked,
        as_of=as_of,
        over_days=over,
        up_to_days=up_to,
        at_least=amount[0] if amount else None,
        or_equal=bool(amount and amount[1]),
        currency=amount[2] if amount else None,
        limit=limit,
        period=period,
    )


def _judge(asked: Question, reading: Reading, directory: Directory) -> Question | None:
    names = _settle_names(reading.names, directory)
    said = set(reading.concepts)
    slots_filled = {
        "$name": bool(names),
        "$ref": bool(reading.references),
        "$age": asked.over_days is not None or asked.up_to_days is not None,
        "$amount": asked.at_least is not None,
        "$period": asked.period is not None,
        "$limit": asked.limit is not None,
    }
    facts = frozenset(said | {name for name, filled in slots_filled.items() if filled})
    kind = next((rule.kind for rule in RULES if rule.fits(facts)), None)
    if kind is None or len(reading.references) > 1:
        kind = kind if kind is not None and len(reading.references) <= 1 else _bare(names, said, directory)
    if kind is None:
        return None
    who = bool(said & {"who", "which", "customer", "list", "my", "all", "howmany"})
    return replace(
        asked,
        kind=kind,
        names=tuple(names),
        reference=reading.references[0] if reading.references else None,
        mine="my" in said,
        group="group" in said,
        count="howmany" in said,
        listing=bool(said & {"who", "which", "list"}) or ("customer" in said and not names),
        status=_status(kind, said),
        by=_dimension(reading.concepts),
        pronoun=reading.pronoun and not names and not reading.references and not who,
    )


def _settle_names(names: list[str], directory: Directory) -> list[str]:
    """`Acme and Globex` are two names when no company is called so and both are known."""
    settled: list[str] = []
    for name in names:
        parts = [part for part in re.split(r"\s+(?:and|&|y|et|und)\s+", name) if part]
        if len(parts) > 1:
            whole = directory.match(name)
            if whole.taken is None and not whole.choices and all(_known(directory, part) for part in parts):
                settled += parts
                continue
        settled.append(name)
    return list(dict.fromkeys(settled))


def _known(directory: Directory, name: str) -> bool:
    found = directory.match(name)
    return found.taken is not None or bool(found.choices)


def _bare(names: list[str], said: set[str], directory: Directory) -> QuestionKind | None:
    """Nothing but a name that is known asks for the account's summary; after `why`, for the reason of silence."""
    if not names or said - {"why", "customer", "summary", "status", "list", "who", "terms", "group"}:
        return None
    if not all(_known(directory, name) for name in names):
        return None
    return K.WHY if "why" in said else K.SUMMARY


def _status(kind: QuestionKind, said: set[str]) -> str | None:
    if kind is K.PROMISES:
        return next((s for s in ("broken", "kept", "open") if s in said), None)
    if kind is K.CREDITS:
        return "credit_memo" if "creditmemo" in said else None
    if kind in (K.DISPUTES, K.TASKS):
        return "closed" if "closed" in said else "open"
    if kind is K.OPEN_ITEMS or kind in (K.LARGEST, K.OLDEST):
        return "overdue" if "overdue" in said else None
    return "overdue" if "overdue" in said else None


def _dimension(concepts: list[str]) -> str | None:
    for word, following in pairwise(concepts):
        if word == "by" and following in _DIMENSIONS:
            return following
    return None
