"""From a message's facts to its finished bytes: the second look, the letter's values, the words, the envelope."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from domain.errors import NotReady
from domain.parties import Channel
from domain.touches import SkipReason
from outreach.cadence.eligibility import PlanOptions, recheck
from outreach.cadence.plan import PlannedTouch
from outreach.cadence.policy import CycleScope
from outreach.channels.base import Outgoing
from outreach.compose.context import LetterContext
from outreach.compose.mail import Attachment, MailAddress, MailHeaders, ascii_address, build_mail, mail_parts
from outreach.compose.render import render
from outreach.compose.sms import check_sms
from workflows.answer_context import answer_context, answer_stop
from workflows.letter_context import first_promises_only, letter_context
from workflows.letter_facts import Facts
from workflows.services import Services

_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")

CADENCE = "cadence"
"""Purpose of a message that carries touches; answers and notices carry none."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the second look left of a message. `stop`: why nothing of it goes; else the touches that do."""

    kept: tuple[PlannedTouch, ...] = ()
    asked: tuple[tuple[int, int], ...] = ()
    dropped: tuple[tuple[int, str], ...] = ()
    stop: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished message. `asked_minor` is what it asks for, in minor units of its currency; fees left out."""

    outgoing: Outgoing
    subject: str
    template: str
    rfc_message_id: str
    asked_minor: int


def look_again(services: Services, facts: Facts) -> Look:
    """The message's touches against the account as it is now (`outreach.cadence.eligibility.recheck`)."""
    row = facts.row
    if row.purpose != CADENCE:
        return Look(stop=answer_stop(facts))
    ids = {(touch.cycle_id, touch.stage): touch.id for touch in facts.touches}
    found = recheck(
        [_planned(touch) for touch in facts.touches],
        facts.account,
        services.policies.choose(facts.account.customer),
        facts.today,
        channel=Channel(row.channel),
        contact_id=row.contact_id,
        address=row.address,
        approved=row.approved_by is not None,
        options=PlanOptions(ledger_max_age=services.limits.ledger_max_age),
    )
    kept, later = first_promises_only(facts.account, found.kept)
    out = [*found.dropped, *((touch, SkipReason.BETWEEN_STEPS) for touch in later)]
    dropped = tuple((ids[touch.cycle_id or 0, touch.stage], str(reason)) for touch, reason in out)
    if not kept:
        reason = found.stopped or (found.dropped[0][1] if found.dropped else None)
        return Look(dropped=dropped, stop=str(reason or "nothing_to_ask"))
    asked = tuple((ids[touch.cycle_id or 0, touch.stage], touch.asked_minor) for touch in kept)
    return Look(kept, asked, dropped)


def _planned(touch: Any) -> PlannedTouch:
    documents = (touch.document_id,) if touch.document_id is not None else tuple(touch.document_ids or ())
    return PlannedTouch(
        customer_id=touch.customer_id,
        entity_id=touch.entity_id,
        currency=touch.currency,
        document_id=touch.document_id,
        document_ids=documents,
        cycle=CycleScope(touch.scope),
        stage=touch.stage,
        offset=touch.stage_offset,
        template=touch.template,
        asked_minor=touch.asked_minor,
        fee_minor=touch.fee_minor,
        cycle_id=touch.cycle_id,
    )


def make_letter(services: Services, facts: Facts, look: Look) -> Letter:
    """The finished message: words in the recipient's language, and the bytes that go out.

    Raises a DunwellError naming what is wrong with this one recipient's letter.
    """
    row = facts.row
    if row.purpose == CADENCE:
        context = letter_context(facts, look.kept, services.sender_email)
    else:
        context = answer_context(facts, services.sender_email)
    entity = facts.letterhead.code
    context = replace(context, creditor=services.senders.written_by(context.creditor, entity, context.locale))
    message = render(services.templates, context)
    rfc_message_id = f"<{row.public_id}@{services.senders.domain_of(entity)}>"
    sender = context.creditor.sender_email
    segments = parts = None
    if row.channel == Channel.SMS:
        content = message.sms.encode()
        segments = check_sms(message.sms).segments
        sender = services.sms_sender or context.creditor.name
    elif row.channel == Channel.LETTER:
        content = message.html.encode()
    else:
        headers, files = _headers(services, facts, context, rfc_message_id), _attachments(services, row)
        content, parts = build_mail(message, headers, files), mail_parts(message, headers, files)
    outgoing = Outgoing(
        public_id=row.public_id,
        to=ascii_address(row.address),
        sender=sender,
        content=content,
        day=facts.moment.astimezone(facts.zone).date().isoformat(),
        locale=message.locale,
        copy_to=tuple(map(ascii_address, facts.copy_to)) if row.channel == Channel.EMAIL else (),
        segments=segments,
        entity=entity,
        parts=parts,
    )
    asked = sum(touch.asked_minor for touch in look.kept)
    return Letter(outgoing, message.subject, str(context.stage), rfc_message_id, asked)


def _attachments(services: Services, row: Any) -> tuple[Attachment, ...]:
    """The files that an answer carries. Raises NotReady when one of them is gone."""
    found = []
    for told in (row.facts or {}).get("files", ()):
        name = Path(told["name"]).name
        path = services.data_dir / "documents" / told["sha256"][:2] / f"{told['sha256']}{Path(name).suffix.lower()}"
        if not path.is_file():
            raise NotReady(f"the file {name} is no longer in the data folder; import the documents again")
        kind = guess_type(name)[0] or "application/octet-stream"
        found.append(Attachment(name, kind, path.read_bytes()))
    return tuple(found)


def _headers(services: Services, facts: Facts, context: LetterContext, rfc_message_id: str) -> MailHeaders:
    row, creditor = facts.row, context.creditor
    entity, name = facts.letterhead.code, creditor.sender_name or creditor.name
    # A customer's mail program may write ids of any kind; one that no header can hold only costs the thread.
    answers = row.in_reply_to if _MESSAGE_ID.fullmatch(row.in_reply_to or "") else None
    thread = (answers,) if answers else facts.thread
    return MailHeaders(
        sender=MailAddress(creditor.sender_email, name),
        to=(MailAddress(row.address, context.contact_name),),
        cc=tuple(MailAddress(address) for address in facts.copy_to),
        reply_to=MailAddress(services.senders.reply_address(entity, row.reply_token), name),
        sent_at=facts.moment.astimezone(facts.zone),
        message_id=rfc_message_id,
        dunwell_id=row.public_id,
        in_reply_to=thread[-1] if thread else None,
        references=thread,
        answers=row.in_reply_to is not None,
        unsubscribe=services.senders.unsubscribe_link(entity, row.reply_token),
    )
