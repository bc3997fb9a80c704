"""A letter's values as text: each amount and date is formatted once and shared by subject, text, HTML and SMS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from domain.documents import CreditKind
from outreach.compose.context import CHASING, Creditor, LetterContext, LineItem, PromiseNote, Stage
from outreach.compose.formats import Formats
from outreach.compose.words import Words

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")

SLOTS = {name: f"\x02{name}\x03" for name in ("invoices", "payment", "answer", "signature")}
"""What `body.txt` writes on a line of its own where a layout puts more than words."""


LINE_BREAK = "\x04"
"""What `{{ br }}` writes: a line break that stays, where other line ends inside a paragraph only part sentences."""


def one_line(text: str) -> str:
    """`text` without line breaks and control characters: a name from a ledger can't forge a paragraph or a header."""
    return _UNPRINTABLE.sub(" ", text).strip() if _UNPRINTABLE.search(text) else text


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice as printed: `…_cell` for tables, the plain names for prose. `notes` are (label, amount)."""

    number: str
    po: str | None
    issued: str
    due: str
    issued_cell: str
    due_cell: str
    days: str
    amount: str
    open: str
    asked: str
    partial: bool
    status: str
    notes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Invoices at one step. `heading` and `text` are None in a letter that holds only one step."""

    stage: Stage
    heading: str | None
    text: str | None
    rows: tuple[Row, ...]
    subtotal: str | None


@dataclass(frozen=True, slots=True)
class TotalLine:
    """One line below the invoices."""

    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class PromiseView:
    """A promise as printed; `rest` is None when everything was promised. `instalments` are (day, amount) of a plan."""

    on: str
    on_cell: str
    amount: str
    rest: str | None
    instalments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CreditorView:
    """The sender as printed. `signatory` is the person who signs, if any."""

    name: str
    signatory: str | None
    address_lines: tuple[str, ...]
    registration: tuple[str, ...]
    email: str
    phone: str | None


PLAIN_VIEWS = frozenset({Row, Section, TotalLine, PromiseView, CreditorView, Words})
"""Frozen values of text only, which templates may read without the sandbox looking at each attribute."""


def make_row(line: LineItem, formats: Formats, words: Words, context: LetterContext) -> Row:
    """One line with every amount and date formatted."""
    money = formats.money
    asked = line.asked
    held = (
        (words.note_disputed, line.disputed_minor),
        (words.note_promised, line.promised_minor),
        (words.note_fee, line.fee_minor),
    )
    if line.due_on < context.today:
        status = words.status_overdue
    else:
        status = words.status_due if line.due_on == context.today else words.status_later
    return Row(
        number=one_line(line.number),
        po=one_line(line.po_number) if line.po_number else None,
        issued=formats.date_long(line.issued_on),
        due=formats.date_long(line.due_on),
        issued_cell=formats.date_table(line.issued_on),
        due_cell=formats.date_table(line.due_on),
        days=formats.number(line.days_past_due) if line.days_past_due > 0 else "–",
        amount=money(line.amount.minor),
        open=money(line.residual.minor),
        asked=money(asked),
        partial=asked != line.amount.minor,
        status=status,
        notes=tuple((label, money(minor)) for label, minor in held if minor),
    )


def make_totals(context: LetterContext, formats: Formats, words: Words) -> tuple[TotalLine, ...]:
    """The lines below the table: total, credits one by one, net, what is held still, and what is payable now.

    None for a single invoice with nothing to add to it.
    """
    disputed = sum(line.disputed_minor for line in context.lines)
    promised = sum(line.promised_minor for line in context.lines)
    if not context.credits and len(context.lines) <= 1 and not disputed and not promised:
        return ()
    money = formats.money
    found = [TotalLine(words.total_open, money(context.total.minor), strong=True)]
    for credit in context.credits:
        label = words.credit_memo if credit.kind is CreditKind.CREDIT_MEMO else words.unapplied_cash
        found.append(
            TotalLine(f"{label} {one_line(credit.number)} ({formats.date_table(credit.on)})", money(-credit.open.minor))
        )
    if context.credits:
        found.append(TotalLine(words.net, money(context.net.minor), strong=True))
    if disputed:
        found.append(TotalLine(words.total_disputed, money(disputed)))
    if promised:
        found.append(TotalLine(words.total_promised, money(promised)))
    one_step = len(context.head_lines) == len(context.lines)
    # Nothing is payable now before it is due: such a note never demands.
    if (disputed or promised) and one_step and context.stage in CHASING and context.stage is not Stage.BEFORE_DUE:
        found.append(TotalLine(words.pay_now, money(context.pay_now.minor), strong=True))
    return tuple(found)


def creditor_view(creditor: Creditor, person: str | None) -> CreditorView:
    """The sender with control characters taken out of every line."""
    return CreditorView(
        name=one_line(creditor.name),
        signatory=one_line(person) if person else None,
        address_lines=tuple(one_line(line) for line in creditor.address_lines),
        registration=tuple(one_line(line) for line in creditor.registration),
        email=one_line(creditor.sender_email),
        phone=one_line(creditor.phone) if creditor.phone else None,
    )


def payment_lines(context: LetterContext, words: Words, rows: tuple[Row, ...]) -> tuple[tuple[str, str], ...]:
    """(label, value) of the bank details and the reference to quote; nothing when no account is known."""
    bank = context.creditor.bank
    if bank is None:
        return ()
    labelled = (
        (words.holder, bank.holder),
        (words.bank, bank.bank_name),
        (words.iban, bank.iban),
        (words.bic, bank.bic),
        (words.routing, bank.routing),
        (words.account_number, bank.account_number),
    )
    reference = " / ".join((one_line(context.customer_number), *(row.number for row in rows[:3])))
    found = [(label, one_line(value)) for label, value in labelled if value]
    found += [("", one_line(line)) for line in bank.lines]
    return (*found, (words.payment_reference, reference))


def head_values(head: tuple[LineItem, ...], formats: Formats, rows: tuple[Row, ...]) -> dict[str, Any]:
    """Variables about the invoices that the words cover: the head stage's, or in a section its own."""
    fees = sum(line.fee_minor for line in head)
    return {
        "form": formats.plural(len(head)),
        "count": formats.number(len(head)),
        "invoice": rows[0] if len(rows) == 1 else None,
        "asked": formats.money(sum(line.asked for line in head)),
        "open": formats.money(sum(line.residual.minor for line in head)),
        "disputed": formats.money(sum(line.disputed_minor for line in head)),
        "fees": formats.money(fees) if fees else None,
    }


def promise_view(promise: PromiseNote, formats: Formats) -> PromiseView:
    """A promise with its day and amounts formatted."""
    rest = promise.rest
    return PromiseView(
        on=formats.date_long(promise.promised_on),
        on_cell=formats.date_table(promise.promised_on),
        amount=formats.money(promise.amount.minor),
        rest=formats.money(rest.minor) if rest is not None and rest.minor > 0 else None,
        instalments=tuple((formats.date_long(day), formats.money(amount.minor)) for day, amount in promise.instalments),
    )


def make_values(context: LetterContext, formats: Formats, words: Words, head_rows: tuple[Row, ...]) -> dict[str, Any]:
    """Every variable that the words of a step may use (docs/templates.md lists them)."""
    days_left = (context.pay_by - context.today).days if context.pay_by else 0
    pay_now = context.pay_now
    head_asked = sum(line.asked for line in context.head_lines)
    return {
        "stage": context.stage,
        "tone": context.tone,
        **head_values(context.head_lines, formats, head_rows),
        "has_rest": head_asked > 0,
        "invoices_listed": bool(context.lines),
        "mixed": len(context.head_lines) < len(context.lines),
        "heading": getattr(words, f"heading_{context.stage}", ""),
        "pay_now": formats.money(pay_now.minor),
        "netted": pay_now.minor != head_asked,
        "pay_by": formats.date_deadline(context.pay_by) if context.pay_by else None,
        "pay_by_cell": formats.date_table(context.pay_by) if context.pay_by else None,
        "answer_by": formats.date_deadline(context.answer_by) if context.answer_by else None,
        "days_left": formats.number(days_left),
        "days_form": formats.plural(days_left),
        "br": LINE_BREAK,
        "total": formats.money(context.total.minor),
        "net": formats.money(context.net.minor),
        "in_credit": context.net.minor < 0,
        "nothing_open": not context.lines and not context.credits,
        "today": formats.date_long(context.today),
        "customer": one_line(context.customer_name),
        "customer_number": one_line(context.customer_number),
        "contact": one_line(context.contact_name) if context.contact_name else None,
        "contact_is_person": context.contact_is_person,
        "creditor": creditor_view(context.creditor, context.sender_person),
        "reference": one_line(context.reference) if context.reference else None,
        "reply_url": context.reply_url,
        "promise": promise_view(context.promise, formats) if context.promise else None,
    }
