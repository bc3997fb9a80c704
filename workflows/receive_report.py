"""Mail that tells what became of a mail of ours: told on as delivery events, like a provider's. Never a reply, never
answered, never a pause.

A report must name our message by what it returns. One that names nothing but an address counts only where exactly one
message went there lately, and doesn't condemn the address: anybody can write a mail that looks like a report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from domain.delivery import DeliveryEvent, DeliveryKind
from domain.parties import Channel
from domain.tasks import TaskCause
from outreach.replies.bounces import DeliveryReport, ReportKind, Told
from storage import audit, delivery_events, replies
from storage.address_state import owners_of
from storage.database import Connection, UnitOfWork
from storage.returned import messages_returned, sent_lately
from storage.tasks import NewTask, add_tasks
from workflows.read_inbound import Inbound
from workflows.services import Services

log = structlog.get_logger(__name__)

PROVIDER = "mail"
"""Who tells, as delivery events name it."""
LATELY = timedelta(days=10)
"""How long after it went a mail may still come back: servers try for five days, some for a week."""

_KINDS = {
    ReportKind.HARD: DeliveryKind.BOUNCED,
    ReportKind.SOFT: DeliveryKind.FAILED,
    ReportKind.DELAYED: DeliveryKind.DEFERRED,
    # Passed on to a server that tells no more: no proof that it arrived.
    ReportKind.RELAYED: DeliveryKind.ACCEPTED,
    ReportKind.DELIVERED: DeliveryKind.DELIVERED,
    ReportKind.COMPLAINT: DeliveryKind.COMPLAINED,
    ReportKind.OPT_OUT: DeliveryKind.OPTED_OUT,
}
_FAILURES = frozenset({ReportKind.HARD, ReportKind.SOFT, ReportKind.COMPLAINT, ReportKind.OPT_OUT})


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of a report: events to apply, and what nobody could place."""

    events: tuple[DeliveryEvent, ...] = ()
    unplaced: tuple[Told, ...] = ()


def is_report(connection: Connection, inbound: Inbound) -> bool:
    """Whether a mail goes this way. One in mere words, from somebody on file, is theirs: a person reads it."""
    report = inbound.report
    if report is None:
        return False
    return not report.in_words or not replies.senders_by_address(connection, inbound.sender)


def receive_report(services: Services, event_id: int, inbound: Inbound) -> None:
    """Turn a stored report into delivery events, in one transaction; what can't be placed into a task, if it is about
    an address on file. A report that was done before changes nothing.
    """
    assert inbound.report is not None
    with services.database.write() as unit:
        event = replies.load_event(unit.connection, event_id, lock=True)
        if event.status != replies.NEW:
            return
        heard = _place(unit.connection, event, inbound, services.now())
        delivery_events.insert_events(unit.connection, heard.events, services.now())
        asked = _ask_a_person(unit, event, heard.unplaced, services.now())
        result = _result(heard, asked)
        replies.finish_event(unit.connection, event_id, replies.DONE, None if heard.events else result)
        _record(services, unit, event, inbound.report, heard, result)
        unit.commit()
    services.observe.count("reports", result)
    if heard.events:
        services.ring("delivery")


def _result(heard: Heard, asked: bool) -> str:
    if heard.events:
        return "matched"
    if not heard.unplaced:
        return "no news"
    return "shown to a person" if asked else "about no message of ours"


def _record(
    services: Services, unit: UnitOfWork, event: Any, report: DeliveryReport, heard: Heard, result: str
) -> None:
    data = {"result": result, "told": [[told.kind, told.status] for told in report.told],
            "messages": sorted({str(e.public_id) for e in heard.events})}  # fmt: skip
    audit.record(
        unit.connection, at=services.now(), actor="system", action="report.received", subject=("inbound", event.id),
        data=data,
    )  # fmt: skip


def _place(connection: Connection, event: Any, inbound: Inbound, now: datetime) -> Heard:
    assert inbound.report is not None
    about = inbound.report.about
    tokens = (*about.tokens, *((inbound.token,) if inbound.token else ()))
    named = messages_returned(connection, about.public_ids, about.rfc_ids, tokens)
    events, unplaced = [], []
    for number, told in enumerate(inbound.report.told):
        if told.kind is ReportKind.RECEIPT:
            continue
        made = _named(told, named) if named else _by_address(connection, told, now)
        if made is None:
            unplaced.append(told)
            continue
        message, kind, address = made
        events.append(
            DeliveryEvent(
                provider=PROVIDER,
                event_id=f"{_key(inbound, event.raw)}:{number}",
                kind=kind,
                channel=Channel.EMAIL,
                occurred_at=min(inbound.written_at, now),
                public_id=message.public_id,
                rfc_message_id=message.message_id,
                address=address,
                code=told.status or "",
                reason=told.diagnostic,
            )
        )
    return Heard(tuple(events), tuple(unplaced))


def _key(inbound: Inbound, raw: bytes) -> str:
    """The same for the same report, whichever mailbox or provider brought it."""
    return inbound.rfc_id or hashlib.sha256(raw).hexdigest()


Placed = tuple[Any, DeliveryKind, str]


def _named(told: Told, messages: Sequence[Any]) -> Placed | None:
    """What a report says of a message that it returns."""
    for message in messages:
        recipients = {message.address.lower(), *(copy.lower() for copy in message.copy_to or ())}
        if told.address in recipients:
            return message, _KINDS[told.kind], told.address
    message = messages[0]
    if not told.address and message.copy_to:
        return None  # whose copy it was can't be told
    kind = _KINDS[told.kind]
    if told.address and kind is DeliveryKind.BOUNCED:
        # Passed on by our recipient to an address that is dead: it didn't arrive, but theirs may be good.
        kind = DeliveryKind.FAILED
    return message, kind, message.address.lower()


def _by_address(connection: Connection, told: Told, now: datetime) -> Placed | None:
    """A failure that names only an address: the one message that went there lately failed. The address isn't struck
    off by that, and nobody is opted out."""
    if told.kind not in (ReportKind.HARD, ReportKind.SOFT) or not told.address:
        return None
    found = sent_lately(connection, told.address, now - LATELY)
    return (found[0], DeliveryKind.FAILED, told.address) if len(found) == 1 else None


def _ask_a_person(unit: UnitOfWork, event: Any, unplaced: Sequence[Told], now: datetime) -> bool:
    """A task for whoever looks after an address that a report is about. False where none is on file."""
    failed = [told for told in unplaced if told.kind in _FAILURES and told.address]
    owners = owners_of(unit.connection, {told.address for told in failed})
    day = now.date()
    tasks = [
        NewTask(
            TaskCause.SEND_FAILED,
            f"{TaskCause.SEND_FAILED}:report:{event.id}:{customer_id}",
            day,
            day,
            customer_id,
            note=_note(told),
        )
        for told in failed
        for customer_id in owners.get(told.address, [])
    ]
    add_tasks(unit.connection, tasks)
    return bool(tasks)


def _note(told: Told) -> str:
    said = ": ".join(part for part in (told.status, told.diagnostic) if part) or "no reason given"
    meant = "says that mail doesn't arrive" if told.kind in (ReportKind.HARD, ReportKind.SOFT) else "complains"
    return (
        f"a report about {told.address} {meant} ({said[:300]}), but names no message of ours: nothing was changed. "
        "Check the address"
    )
