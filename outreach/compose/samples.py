"""Letters of an invented customer, one of each kind: for the check at start, for previews and for measuring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from domain.documents import CreditKind
from domain.money import Money, split_evenly
from outreach.compose.context import (
    CHASING,
    NEEDS_PROMISE,
    OVERDUE,
    BankDetails,
    CreditLine,
    Creditor,
    LetterContext,
    LineItem,
    PromiseNote,
    Stage,
    Tone,
)

SAMPLE_DAY = date(2026, 3, 9)
SAMPLE_CREDITOR = Creditor(
    name="Nordwind Trading",
    country="DE",
    sender_email="ar@nordwind.example",
    sender_name="Nordwind Trading",
    address_lines=("Hafenstr. 1", "20457 Hamburg"),
    registration=("HRB 12345 Hamburg",),
    phone="+49 40 123456",
    bank=BankDetails("Nordwind Trading", bank_name="Hansebank", iban="DE02 1203 0000 0000 2020 51", bic="BYLADEM1001"),
)
DUE_AFTER = {Stage.BEFORE_DUE: 7, Stage.ON_DUE: 0, Stage.FIRST: -12, Stage.SECOND: -26, Stage.FINAL: -45}


def sample_line(number: str, stage: Stage, minor: int, currency: str, *, residual: int | None = None) -> LineItem:
    """An invoice at `stage` as of the sample day, of `minor` units, of which `residual` (else all) is open."""
    due = SAMPLE_DAY + timedelta(days=DUE_AFTER.get(stage, -20))
    return LineItem(
        number=number,
        issued_on=due - timedelta(days=30),
        due_on=due,
        amount=Money(minor, currency),
        residual=Money(minor if residual is None else residual, currency),
        days_past_due=(SAMPLE_DAY - due).days,
        stage=stage,
        po_number="4500012",
    )


def sample_letter(stage: Stage, locale: str, currency: str = "EUR", *, lines: int = 1) -> LetterContext:
    """A letter of `lines` invoices at one stage; approved where a final demand has to be."""
    items = tuple(sample_line(f"2026-{100 + n}", stage, 123450 + n, currency) for n in range(lines))
    promise = PromiseNote(SAMPLE_DAY + timedelta(days=10), Money(100000, currency))
    if stage is Stage.PROMISE_BROKEN:
        promise = replace(promise, promised_on=SAMPLE_DAY - timedelta(days=5))
    total = Money(sum(item.residual.minor for item in items), currency)
    return LetterContext(
        stage=stage,
        locale=locale,
        currency=currency,
        today=SAMPLE_DAY,
        customer_number="10023",
        customer_name="Tanaka 2000",
        creditor=SAMPLE_CREDITOR,
        total=total,
        net=total,
        lines=items,
        reply_url="https://pay.example/r/Ab12Cd34",
        pay_by=SAMPLE_DAY + timedelta(days=14) if stage in OVERDUE | {Stage.ON_DUE} else None,
        promise=promise if stage in NEEDS_PROMISE else None,
        approved_final=stage is Stage.FINAL,
        requested=stage is Stage.STATEMENT,
    )


def with_credit(letter: LetterContext) -> LetterContext:
    """The letter with an open credit memo and an unapplied payment in it."""
    credits = (
        CreditLine(CreditKind.CREDIT_MEMO, "C-77", date(2026, 3, 1), Money(5000, letter.currency)),
        CreditLine(CreditKind.UNAPPLIED_CASH, "P-12", date(2026, 3, 2), Money(2500, letter.currency)),
    )
    return replace(letter, credits=credits, net=letter.total - Money(7500, letter.currency))


def with_parts_held(letter: LetterContext) -> LetterContext:
    """The letter with its first invoice part paid, in part disputed and promised, and with a fee in it."""
    if not letter.lines:
        return letter
    first = letter.lines[0]
    part = replace(
        first, residual=Money(100000, letter.currency), disputed_minor=20000, promised_minor=10000, fee_minor=1041
    )
    lines = (part, *letter.lines[1:])
    total = Money(sum(line.residual.minor for line in lines), letter.currency)
    return replace(letter, lines=lines, total=total, net=total)


def with_other_steps(letter: LetterContext) -> LetterContext:
    """A chasing letter with an invoice and two more at each other step that may stand below its head."""
    others = [stage for stage in CHASING if stage is not letter.stage and stage is not Stage.FINAL]
    lines = list(letter.lines)
    for n, stage in enumerate(others):
        lines.append(sample_line(f"2026-{200 + n}", stage, 70000, letter.currency))
        if n % 2:
            lines.append(sample_line(f"2026-{300 + n}", stage, 80000, letter.currency))
    total = Money(sum(line.residual.minor for line in lines), letter.currency)
    return replace(letter, lines=tuple(lines), total=total, net=total)


def plan_of(promise: PromiseNote) -> PromiseNote:
    """The same promise in two instalments, a month apart."""
    first, second = split_evenly(promise.amount, 2)
    days = (promise.promised_on, promise.promised_on + timedelta(days=30))
    return replace(promise, instalments=((days[0], first), (days[1], second)))


def _bare(letter: LetterContext) -> LetterContext:
    """The letter without whatever may be missing: link, date, bank, phone, purchase order."""
    creditor = replace(letter.creditor, bank=None, phone=None, registration=(), address_lines=())
    lines = tuple(replace(line, po_number=None) for line in letter.lines)
    pay_by = letter.pay_by if letter.stage is Stage.FINAL else None
    return replace(letter, creditor=creditor, lines=lines, reply_url=None, pay_by=pay_by)


def sample_letters(locale: str) -> Iterator[LetterContext]:
    """Every stage in every tone, with one and three invoices, with and without whatever a letter may hold."""
    for stage in Stage:
        one, three = (sample_letter(stage, locale, lines=lines) for lines in (1, 3))
        for tone in Tone:
            yield replace(one, tone=tone, contact_name="Alex Tanaka")
            yield replace(three, tone=tone, contact_name="Dept. 7", contact_is_person=False)
        yield with_credit(three)
        yield with_parts_held(one)
        yield with_credit(with_parts_held(three))
        yield replace(_bare(one), tone=Tone.FRIENDLY)
        if stage in CHASING:
            yield with_other_steps(one)
            yield with_credit(with_other_steps(three))
        if one.promise is not None:
            yield replace(one, promise=replace(one.promise, rest=Money(20000, one.currency)))
            yield replace(one, promise=plan_of(one.promise))
        if stage not in CHASING:
            zero = Money(0, one.currency)
            yield replace(one, lines=(), total=zero, net=zero, sender_person="Kim Berg", reference="R-1")
            yield replace(one, answer_by=SAMPLE_DAY + timedelta(days=14))
