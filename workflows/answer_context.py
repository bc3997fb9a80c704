"""The values of an answer or a notice: a message without touches, told by the facts kept in its row.

`message.template` names the words (`promise_confirmed`, `dispute_received`, `statement`, …), `message.facts` is JSON:

- `documents`: ids of the items that it lists, as they are now; left out, a statement lists every open item;
- `promise`: `promised_on`, `amount_minor`, and where there are, `rest_minor` and `instalments` ([day, amount] each);
- `answer_by`: the last day for papers in a dispute; `reference`: what of ours to name.

Days are ISO dates, amounts minor units of the message's currency. Account data goes to an address on file only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.errors import BadInput
from domain.money import Money
from domain.parties import Channel
from domain.touches import SkipReason
from outreach.cadence.recipients import is_opted_out, is_still_on_file
from outreach.compose.context import LetterContext, LineItem, PromiseNote, Stage, Tone
from workflows.letter_context import creditor_of, credits_of, line_of
from workflows.letter_facts import Facts


def answer_stop(facts: Facts) -> str | None:
    """Why an answer must not go after all; None when it may. Telling that an opt-out was heard is still allowed."""
    row, account = facts.row, facts.account
    channel = Channel(row.channel)
    if not is_still_on_file(account, channel, row.contact_id, row.address):
        return str(SkipReason.NO_ADDRESS)
    if row.template != Stage.OPT_OUT_CONFIRMED and is_opted_out(account.opt_outs, channel, row.address):
        return str(SkipReason.OPTED_OUT)
    return None


def answer_context(facts: Facts, sender_email: str) -> LetterContext:
    """The letter of an answer or notice. Raises BadInput where the row's facts can't be read."""
    row, account = facts.row, facts.account
    told: Mapping[str, Any] = row.facts or {}
    try:
        stage = Stage(row.template)
    except ValueError:
        raise BadInput(f"message {row.public_id}: there are no words named {row.template!r}") from None
    lines = _lines(facts, stage, told)
    credits = credits_of(account, row.currency) if stage is Stage.STATEMENT else ()
    total = sum(line.residual.minor for line in lines)
    return LetterContext(
        stage=stage,
        locale=row.locale,
        currency=row.currency,
        today=facts.today,
        customer_number=account.customer.number,
        customer_name=account.customer.name,
        creditor=creditor_of(facts, sender_email),
        total=Money(total, row.currency),
        net=Money(total - sum(credit.open.minor for credit in credits), row.currency),
        tone=Tone(row.tone),
        lines=lines,
        credits=credits,
        contact_name=facts.letterhead.contact_name,
        promise=_promise(told.get("promise"), row.currency),
        answer_by=_day(told.get("answer_by")),
        sender_person=facts.letterhead.collector_name,
        reference=told.get("reference"),
        requested=stage is Stage.STATEMENT,
    )


def _lines(facts: Facts, stage: Stage, told: Mapping[str, Any]) -> tuple[LineItem, ...]:
    wanted = told.get("documents")
    if wanted is None and stage is not Stage.STATEMENT:
        return ()
    items = facts.account.items_in(facts.row.currency)
    chosen = [item for item in items if wanted is None or item.id in wanted]
    return tuple(line_of(item, stage, facts.today) for item in chosen if item.residual > 0)


def _promise(told: Mapping[str, Any] | None, currency: str) -> PromiseNote | None:
    if told is None:
        return None
    try:
        day = date.fromisoformat(told["promised_on"])
        amount = Money(int(told["amount_minor"]), currency)
        rest = Money(int(told["rest_minor"]), currency) if told.get("rest_minor") is not None else None
        parts = tuple(
            (date.fromisoformat(on), Money(int(minor), currency)) for on, minor in told.get("instalments", ())
        )
    except (KeyError, ValueError, TypeError) as error:
        raise BadInput(f"the promise of an answer can't be read ({error}): {dict(told)}") from None
    return PromiseNote(day, amount, rest, parts)


def _day(told: str | None) -> date | None:
    return None if told is None else date.fromisoformat(told)
