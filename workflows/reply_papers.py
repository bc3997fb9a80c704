"""What a reply asks to have or tells about people: copies and statements at once, a new contact to be confirmed,
and the stop of everything when insolvency or a lawyer comes into it."""

from __future__ import annotations

from typing import Any

from domain.account import PauseKind
from domain.parties import Channel
from domain.tasks import TaskCause
from outreach.compose.context import Stage
from outreach.replies.model import Intent
from storage import audit, replies
from storage.database import UnitOfWork
from storage.import_documents import invoice_files
from storage.review import propose_contact
from workflows.reply_received import Done, Received, named_items

LARGEST_MAIL = 15 * 1024 * 1024
"""Bytes of attachments that one mail carries; what is more, a person sends."""


def send_copy(unit: UnitOfWork, received: Received, done: Done) -> None:
    """The named invoices, else those that were asked for, as files on file; a task where any of them isn't there."""
    items = named_items(received) or received.asked_items()
    entity = received.match.entity_id or 0
    files = invoice_files(unit.connection, entity, [item.number for item in items])
    currencies = {item.currency for item in items}
    missing = [item.number for item in items if item.number not in files]
    why = None
    if received.inbound.channel is not Channel.EMAIL:
        why = "a copy can't go by text message: send it by mail"
    elif not items or len(currencies) != 1:
        why = "asks for copies, and it is not clear of which invoices"
    elif missing:
        why = f"no file of {', '.join(missing)} is on file (`dunwell import documents`)"
    elif sum(files[item.number].size for item in items) > LARGEST_MAIL:
        why = "the files are too large for one mail"
    elif done.stage is not None:
        why = "send the copies: another answer goes out for the rest of the reply"
    if why is not None:
        _leave(done, why)
        return
    told = [{"name": files[i.number].name, "sha256": files[i.number].sha256} for i in items]
    facts = {"documents": [item.id for item in items], "files": told}
    done.answer(Stage.INVOICE_COPY, currencies.pop(), facts)


def send_statement(received: Received, done: Done) -> None:
    """Every open item as of now; a task where one message can't hold them: several currencies, or another answer."""
    currencies = {item.currency for item in received.items}
    if len(currencies) > 1:
        _leave(done, "send the statement: the account has items of several currencies")
    elif done.stage is not None:
        _leave(done, "send the statement: another answer goes out for the rest of the reply")
    else:
        done.answer(Stage.STATEMENT, currencies.pop() if currencies else None, {})


def _leave(done: Done, why: str) -> None:
    done.task = done.task or TaskCause.COPY_REQUEST
    done.why.append(why)


def propose(unit: UnitOfWork, received: Received, done: Done) -> None:
    """Keep whom we are told to turn to; nobody is written to before a person has said yes."""
    found = received.reading.new_contact
    assert found is not None
    if propose_contact(unit.connection, received.reply_id, received.customer_id, found, received.now):
        told = " · ".join(part for part in (found.name, found.email, found.phone) if part)
        done.why.append(f"new contact proposed: {told}")
        _note(unit, received, "contact.proposed")


def stop_all(unit: UnitOfWork, received: Received, done: Done) -> None:
    """Silence for the customer in every legal entity until a person has looked: insolvency, or a lawyer writes."""
    insolvent = Intent.INSOLVENCY in received.reading.intents
    row = {
        "customer_id": received.customer_id,
        "entity_id": None,
        "document_id": None,
        "contact_id": None,
        "kind": str(PauseKind.INSOLVENCY if insolvent else PauseKind.REPLY),
        "from_on": received.today,
        "until_on": None,
        "cause": received.cause,
        "created_at": received.now,
    }
    replies.add_pauses(unit.connection, [row])
    if insolvent:
        done.task = TaskCause.INSOLVENCY
    _note(unit, received, "customer.stopped", {"insolvency": insolvent})


def _note(unit: UnitOfWork, received: Received, action: str, data: dict[str, Any] | None = None) -> None:
    audit.record(
        unit.connection, at=received.now, actor="system", action=action, subject=("reply", received.reply_id),
        data=data, customer_id=received.match.customer_id,
    )  # fmt: skip
