"""A letter context and the templates → a finished message. Pure but for the templates, which are read once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from domain.errors import NotAllowed, NotReady
from outreach.compose.context import CHASING, LetterContext, Stage
from outreach.compose.formats import Formats, formats_for
from outreach.compose.sms import plain_for_sms
from outreach.compose.template_set import Book, TemplateSet
from outreach.compose.view import (
    LINE_BREAK,
    SLOTS,
    Row,
    Section,
    head_values,
    make_row,
    make_totals,
    make_values,
    payment_lines,
)

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_KEPT_BREAK = re.compile(f" *{LINE_BREAK} *")
_SLOT_OF = {mark: name for name, mark in SLOTS.items()}


@dataclass(frozen=True, slots=True)
class Message:
    """A finished message in one language. `lang` is the BCP 47 tag; a `preview` is to be looked at, never sent."""

    subject: str
    text: str
    html: str
    sms: str
    locale: str
    lang: str
    stage: Stage
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before its templates are filled: `values` for the words, `page` for the layouts, `empty` slots."""

    book: Book
    formats: Formats
    stage: Stage
    values: dict[str, Any]
    page: dict[str, Any]
    empty: frozenset[str]
    preview: bool


def render(templates: TemplateSet, context: LetterContext, *, preview: bool = False) -> Message:
    """`context` in the reader's language: subject, text, HTML and SMS.

    Raises NotAllowed for a final demand that nobody approved (unless as a `preview`), NotReady when the language has no
    templates or one of them fails. The caller reports that for this recipient and goes on with the next.
    """
    if context.needs_approval and not context.approved_final and not preview:
        raise NotAllowed(f"the final demand to {context.customer_name} waits for approval; nothing was sent")
    try:
        return fill(templates, prepare(templates, context, preview=preview))
    except TemplateError as error:
        folder = templates.book(context.locale).folder
        raise NotReady(f"templates of {folder}/{context.stage}: {error.message or error}") from None


def prepare(templates: TemplateSet, context: LetterContext, *, preview: bool = False) -> Draft:
    """Every value of `context` formatted, in the reader's words: all of a message but filling the templates."""
    formats = formats_for(context.locale, context.currency)
    book = templates.book(context.locale)
    words = book.words
    rows = tuple(make_row(line, formats, words, context) for line in context.lines)
    head_rows = _head_rows(context, rows)
    values = make_values(context, formats, words, head_rows)
    values["charges"] = _charges(book, values)
    payment = payment_lines(context, words, head_rows)
    page = {
        "words": words,
        "lang": formats.lang,
        "sections": _sections(book, formats, context, rows, values),
        "totals": make_totals(context, formats, words),
        "late": any(line.days_past_due > 0 for line in context.lines),
        "is_statement": context.stage is Stage.STATEMENT,
        "payment_lines": payment,
        "creditor": values["creditor"],
        "customer_number": values["customer_number"],
        "reference": values["reference"],
        "reply_url": context.reply_url,
    }
    filled = {"payment": payment, "answer": context.reply_url, "invoices": rows or context.credits}
    return Draft(
        book=book,
        formats=formats,
        stage=context.stage,
        values=values,
        page=page,
        empty=frozenset(name for name, content in filled.items() if not content),
        preview=preview and context.needs_approval and not context.approved_final,
    )


def fill(templates: TemplateSet, draft: Draft) -> Message:
    """The templates of a draft's step filled with its values."""
    book, gap = draft.book, draft.book.words.sentence_gap
    step = book.steps[draft.stage]
    values = {**draft.values, **SLOTS}
    values["salutation"] = book.salutation.render(values)
    values["closing"] = book.closing.render(values)
    subject = _paragraph(step.subject.render(values), gap)
    page = {
        **draft.page,
        "subject": subject,
        "blocks": [block for block in _blocks(step.body.render(values), gap) if block[0] not in draft.empty],
        "footer": _paragraph(book.footer.render(values), gap),
    }
    return Message(
        subject=subject,
        text=templates.layout("letter.txt").render(page),
        html=templates.layout("letter.html").render(page),
        sms=plain_for_sms(_paragraph(step.sms.render(values), gap)),
        locale=draft.formats.locale,
        lang=draft.formats.lang,
        stage=draft.stage,
        preview=draft.preview,
    )


def _charges(book: Book, values: dict[str, Any]) -> str:
    """What stands behind an amount that holds fees, with the gap before it; nothing when it holds none."""
    if values["fees"] is None:
        return ""
    return book.words.sentence_gap + _paragraph(book.charges.render(values), book.words.sentence_gap)


def _head_rows(context: LetterContext, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    if context.stage not in CHASING:
        return rows
    return tuple(row for row, line in zip(rows, context.lines, strict=True) if line.stage is context.stage)


def _paragraph(text: str, gap: str) -> str:
    """Lines of a paragraph joined as its language joins sentences; `{{ br }}` stays a line end."""
    # Not `strip()` alone: that would take hard and full-width spaces too.
    lines = [line.strip(" \t\r") for line in text.split("\n")]
    return _KEPT_BREAK.sub("\n", gap.join(line for line in lines if line))


def _blocks(body: str, gap: str) -> list[tuple[str, str]]:
    """Rendered prose → (kind, text): paragraphs, and the slots that a layout fills."""
    found = []
    for paragraph in _BLANK_LINES.split(body):
        text = _paragraph(paragraph, gap)
        if text:
            found.append((_SLOT_OF.get(text, "text"), text))
    return found


def _sections(
    book: Book, formats: Formats, context: LetterContext, rows: tuple[Row, ...], values: dict[str, Any]
) -> tuple[Section, ...]:
    """Invoices by step, gravest first; with a heading and, below the head's, a sentence each when there are several."""
    if not rows:
        return ()
    stages = {line.stage for line in context.lines}
    if context.stage not in CHASING or len(stages) == 1:
        return (Section(context.stage, None, None, rows, None),)
    ordered = [context.stage, *(stage for stage in CHASING if stage in stages and stage is not context.stage)]
    return tuple(_section(stage, book, formats, context, rows, values) for stage in ordered)


def _section(
    stage: Stage, book: Book, formats: Formats, context: LetterContext, rows: tuple[Row, ...], values: dict[str, Any]
) -> Section:
    pairs = [(line, row) for line, row in zip(context.lines, rows, strict=True) if line.stage is stage]
    mine = tuple(row for _, row in pairs)
    text = None
    template = book.steps[stage].section
    if stage is not context.stage and template is not None:
        own = head_values(tuple(line for line, _ in pairs), formats, mine)
        own["charges"] = _charges(book, {**values, **own})
        text = _paragraph(template.render({**values, **own}), book.words.sentence_gap)
    residual = sum(line.residual.minor for line, _ in pairs)
    return Section(
        stage=stage,
        heading=getattr(book.words, f"heading_{stage}"),
        text=text,
        rows=mine,
        subtotal=formats.money(residual) if len(mine) > 1 else None,
    )
