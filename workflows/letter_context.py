"""The values that a letter prints, from the account as it is now. Pure: `letter_facts` reads, this arranges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from domain.account import AccountSnapshot
from domain.calendars import calendar_of
from domain.documents import OpenItem
from domain.errors import BadInput
from domain.money import Money
from domain.promises import Promise
from outreach.cadence.plan import PlannedTouch
from outreach.cadence.policy import SEVERITY, Template
from outreach.compose.context import (
    NEEDS_PROMISE,
    BankDetails,
    CreditLine,
    Creditor,
    LetterContext,
    LineItem,
    PromiseNote,
    Stage,
    Tone,
)
from workflows.letter_facts import Facts

PAY_WITHIN_DAYS = {Stage.FIRST: 7, Stage.SECOND: 7, Stage.PROMISE_BROKEN: 5, Stage.FINAL: 10}
"""Days from the letter to the one date that it asks for, moved to a banking day of the customer's country."""


def letter_context(facts: Facts, kept: Sequence[PlannedTouch], sender_email: str) -> LetterContext:
    """The letter about these touches. The gravest of their words leads; amounts are residuals of this moment.

    `sender_email` is where the entity has no own sender. Raises BadInput or CurrencyMismatch where the parts don't fit.
    """
    row, account = facts.row, facts.account
    stage = Stage(max(kept, key=lambda touch: SEVERITY[touch.template]).template)
    lines = _lines(account, kept, facts.today)
    credits = credits_of(account, row.currency)
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
        pay_by=pay_by(stage, account.customer.country, facts.today),
        promise=_promise_note(account, kept, stage, row.currency),
        sender_person=facts.letterhead.collector_name,
        approved_final=row.approved_by is not None,
    )


def _lines(account: AccountSnapshot, kept: Sequence[PlannedTouch], today: date) -> tuple[LineItem, ...]:
    """One line an item, at the gravest of the steps that it is written about for."""
    items = {item.id: item for item in account.items}
    stages: dict[int, str] = {}
    for touch in kept:
        for document in touch.document_ids:
            known = stages.get(document)
            if known is None or SEVERITY[touch.template] > SEVERITY[known]:
                stages[document] = touch.template
    return tuple(line_of(items[document], Stage(template), today) for document, template in stages.items())


def line_of(item: OpenItem, stage: Stage, today: date) -> LineItem:
    """An item as a letter shows it: fees are on top of what the ledger has, parts that are held still are marked.

    What an approved credit memo takes off, once it is posted, is shown with the disputed part: neither is asked for.
    """
    held = min(item.residual, item.disputed + item.credit_pending)
    number = item.number if item.instalment == 1 else f"{item.number}/{item.instalment}"
    return LineItem(
        number=number,
        issued_on=item.issued_on,
        due_on=item.due_on,
        amount=Money(item.amount, item.currency),
        residual=Money(item.residual + item.fees, item.currency),
        days_past_due=item.days_past_due(today),
        stage=stage,
        po_number=item.po_number,
        disputed_minor=held,
        promised_minor=min(item.residual - held, item.promised),
        fee_minor=item.fees,
    )


def credits_of(account: AccountSnapshot, currency: str) -> tuple[CreditLine, ...]:
    """Open credit memos and unapplied cash of one currency, oldest first."""
    return tuple(
        CreditLine(credit.kind, credit.number, credit.on, Money(credit.open_minor, currency))
        for credit in sorted(account.credits, key=lambda c: (c.on, c.number))
        if credit.currency == currency and credit.open_minor > 0
    )


def creditor_of(facts: Facts, sender_email: str) -> Creditor:
    """The legal entity as its letters show it, with its account in the letter's currency."""
    entity = facts.letterhead
    return Creditor(
        name=entity.name,
        country=entity.country,
        sender_email=entity.sender_email or sender_email,
        sender_name=entity.sender_name or None,
        address_lines=_split(entity.address),
        registration=_split(entity.registration),
        phone=entity.phone,
        bank=_bank(entity) if entity.bank_account is not None else None,
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _bank(row: Any) -> BankDetails:
    account = row.bank_account.replace(" ", "")
    is_iban = len(account) >= 15 and account[:2].isalpha() and account[2:4].isdigit()
    return BankDetails(
        holder=row.bank_holder or row.name,
        bank_name=row.bank_name or None,
        iban=row.bank_account if is_iban else None,
        account_number=None if is_iban else row.bank_account or None,
        bic=row.bank_bic or None,
    )


def pay_by(stage: Stage, country: str, today: date) -> date | None:
    """The one date that a letter asks for; None for a letter that isn't about something overdue."""
    days = PAY_WITHIN_DAYS.get(stage)
    return None if days is None else calendar_of(country).next_banking_day(today + timedelta(days=days))


def _promise_note(
    account: AccountSnapshot, kept: Iterable[PlannedTouch], stage: Stage, currency: str
) -> PromiseNote | None:
    if stage not in NEEDS_PROMISE:
        return None
    named = {promise_named(touch) for touch in kept if touch.template == stage}
    found = [p for p in (*account.promises, *account.broken_promises) if p.id in named]
    if not found:
        raise BadInput(f"the promise that the {stage} message is about isn't there any more")
    day = min(promise.promised_on for promise in found)
    return PromiseNote(day, Money(sum(p.amount_minor for p in found if p.promised_on == day), currency))


def promise_named(touch: PlannedTouch) -> int | None:
    """The promise that one of the planner's own touches is about (`promise_broken:12`); None for a step's."""
    _, mark, number = touch.stage.partition(":")
    return int(number) if mark and number.isdigit() else None


def first_promises_only(
    account: AccountSnapshot, kept: Sequence[PlannedTouch]
) -> tuple[tuple[PlannedTouch, ...], tuple[PlannedTouch, ...]]:
    """Touches → (those of this letter, those that get their own): a notice of promises speaks of one day."""
    if any(touch.template != Template.PROMISE_REMINDER for touch in kept):
        return tuple(kept), ()
    days: dict[int, Promise] = {promise.id: promise for promise in account.promises}
    on = {touch: days[number].promised_on for touch in kept if (number := promise_named(touch)) in days}
    first = min(on.values(), default=None)
    mine = tuple(touch for touch in kept if first is None or on.get(touch) == first)
    return mine, tuple(touch for touch in kept if touch not in mine)
