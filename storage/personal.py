"""Personal data of one customer, wherever it lies: read for an export, blanked for an erasure or at a term's end.

What is listed here is what there is: a test looks for an erased person in every column of every table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    Text,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from domain.tasks import TaskStatus
from domain.touches import TouchStatus
from storage.import_stage import STAGES
from storage.sql import among, among_texts
from storage.tables import (
    audit_entry,
    contact,
    contact_log,
    contact_proposal,
    customer,
    delivery_event,
    dispute,
    erasure,
    inbound_event,
    legal_entity,
    message,
    message_attempt,
    opt_out,
    promise,
    reply,
    reply_label,
    task,
    undeliverable,
)

ERASED = "erased"
"""What stands where an address or a sender was."""

_Values = dict[str, Any]

BLANKS: dict[str, tuple[Table, _Values]] = {
    "messages": (message, {"address": ERASED, "subject": None, "copy_to": None, "facts": None}),
    "attempts": (message_attempt, {"address": ERASED, "error": None}),
    "replies": (
        reply,
        {"sender": ERASED, "subject": None, "text": "", "understanding": None, "candidates": None},
    ),
    "raw events": (inbound_event, {"raw": b"", "meta": None}),
    "promises": (promise, {"evidence": None}),
    "disputes": (dispute, {"evidence": None}),
    "calls": (contact_log, {"note": ""}),
    "closed tasks": (task, {"note": "", "outcome": None}),
}
"""What letters and notes hold of persons, and what stands there afterwards."""


def addresses_of(connection: Connection, customer_id: int) -> set[str]:
    """Every address and number on file for a customer, lower case."""
    own = connection.execute(select(customer.c.email, customer.c.phone).where(customer.c.id == customer_id)).one()
    theirs = connection.execute(select(contact.c.email, contact.c.phone).where(contact.c.customer_id == customer_id))
    return {value.lower() for row in (own, *theirs) for value in row if value}


def export_rows(connection: Connection, customer_id: int) -> dict[str, list[dict[str, Any]]]:
    """All that is held about a customer and its people, by kind. What is no text is told by its size."""
    statements = _statements(customer_id, sorted(addresses_of(connection, customer_id)), connection)
    return {name: [_plain(row) for row in connection.execute(wanted)] for name, wanted in statements.items()}


def _statements(customer_id: int, addresses: Collection[str], connection: Connection) -> dict[str, Select[Any]]:
    def of(table: Table) -> Select[Any]:
        return select(table).where(table.c.customer_id == customer_id).order_by(table.c.id)

    return {
        "customer": select(customer).where(customer.c.id == customer_id),
        "contacts": of(contact),
        "opt_outs": select(opt_out).where(among_texts(connection, opt_out.c.address, addresses)).order_by(opt_out.c.id),
        "messages": of(message),
        "attempts": select(message_attempt)
        .join(message, message.c.id == message_attempt.c.message_id)
        .where(message.c.customer_id == customer_id)
        .order_by(message_attempt.c.id),
        "replies": of(reply),
        "raw_events": select(inbound_event)
        .join(reply, reply.c.inbound_event_id == inbound_event.c.id)
        .where(reply.c.customer_id == customer_id)
        .order_by(inbound_event.c.id),
        "promises": of(promise),
        "disputes": of(dispute),
        "calls": of(contact_log),
        "tasks": of(task),
        "audit": of(audit_entry),
        "delivery_events": select(delivery_event)
        .where(_one_of(delivery_event.c.address, addresses))
        .order_by(delivery_event.c.id),
        "undeliverable": select(undeliverable)
        .where(among_texts(connection, undeliverable.c.address, addresses))
        .order_by(undeliverable.c.id),
        "proposed_contacts": of(contact_proposal),
        "erasures": of(erasure),
    }


def _plain(row: Row[Any]) -> dict[str, Any]:
    found = dict(row._mapping)
    for name, value in found.items():
        if isinstance(value, bytes | memoryview):
            raw = bytes(value)
            try:
                found[name] = raw.decode()
            except UnicodeDecodeError:
                found[name] = f"({len(raw)} bytes that are no text)"
    return found


def erase_addresses(connection: Connection, customer_id: int, addresses: Collection[str] | None) -> list[int]:
    """Blank names and addresses of a customer's contacts, all or those with one of `addresses` (lower case).

    Returns the ids of the contacts. The rows stay: messages and pauses refer to them.
    """
    if addresses is None:
        chosen: ColumnElement[bool] = contact.c.customer_id == customer_id
    else:
        chosen = and_(
            contact.c.customer_id == customer_id,
            or_(_one_of(contact.c.email, addresses), _one_of(contact.c.phone, addresses)),
        )
    ids = [int(i) for i in connection.execute(select(contact.c.id).where(chosen)).scalars()]
    connection.execute(
        update(contact)
        .where(among(connection, contact.c.id, ids))
        .values(key=literal(f"{ERASED}:") + cast(contact.c.id, Text), name=None, email=None, phone=None, locale=None)
    )
    for column in (customer.c.email, customer.c.phone):
        own = customer.c.id == customer_id
        gone = own if addresses is None else and_(own, _one_of(column, addresses))
        connection.execute(update(customer).where(gone).values({column.name: None}))
    return ids


def _one_of(column: ColumnElement[Any], addresses: Collection[str]) -> ColumnElement[bool]:
    return func.lower(column).in_(sorted(addresses))


def unsent_to(connection: Connection, customer_id: int, addresses: Collection[str]) -> list[tuple[int, str]]:
    """(id, status) of a customer's messages that nothing has begun to send, to one of `addresses`; locked."""
    rows = connection.execute(
        select(message.c.id, message.c.status)
        .where(
            message.c.customer_id == customer_id,
            message.c.status.in_([TouchStatus.PLANNED, TouchStatus.AWAITING_APPROVAL]),
            _one_of(message.c.address, addresses),
        )
        .with_for_update()
    )
    return [(int(row.id), str(row.status)) for row in rows]


def erase_notes(connection: Connection, customer_id: int, addresses: Collection[str]) -> int:
    """Blank what people here noted about a customer's people: calls, closed tasks, the words behind an opt-out.

    Open tasks keep their note without the addresses. Returns how many rows changed.
    """
    changed = 0
    for name in ("calls", "closed tasks"):
        table, values = BLANKS[name]
        chosen = table.c.customer_id == customer_id
        if table is task:
            chosen = and_(chosen, task.c.status == TaskStatus.DONE)
        changed += connection.execute(update(table).where(chosen, table.c.note != "").values(values)).rowcount
    note: ColumnElement[Any] = task.c.note
    for address in sorted(addresses, key=len, reverse=True):
        note = func.replace(note, address, ERASED)
    still = and_(task.c.customer_id == customer_id, task.c.status != TaskStatus.DONE)
    changed += connection.execute(update(task).where(still).values(note=note)).rowcount
    changed += connection.execute(
        update(contact_proposal)
        .where(contact_proposal.c.customer_id == customer_id)
        .values(name=None, email=None, phone=None)
    ).rowcount
    # An example may name the person whom we were told to turn to.
    theirs = select(reply.c.id).where(reply.c.customer_id == customer_id)
    changed += connection.execute(delete(reply_label).where(reply_label.c.reply_id.in_(theirs))).rowcount
    words = among_texts(connection, opt_out.c.address, addresses)
    changed += connection.execute(update(opt_out).where(words).values(evidence=None)).rowcount
    told = _one_of(delivery_event.c.address, addresses)
    changed += connection.execute(update(delivery_event).where(told).values(address=None, reason=None)).rowcount
    dead = among_texts(connection, undeliverable.c.address, addresses)
    changed += connection.execute(delete(undeliverable).where(dead)).rowcount
    return int(changed)


def blank_letters(connection: Connection, entity_id: int, before: date, customer_id: int | None = None) -> int:
    """Blank the letters of an entity from before a day, one customer's or all, and what was quoted from them.

    Returns how many letters (messages and replies) were blanked; those that were before are not counted again.
    """
    ours = _letters(message, message.c.planned_on < before, entity_id, customer_id)
    theirs = _letters(reply, func.date(reply.c.received_at) < _day(connection, before), entity_id, customer_id)
    # Sub-queries first: what points at a letter goes before the letter itself says that it was blanked.
    of_message = message_attempt.c.message_id.in_(select(message.c.id).where(ours))
    connection.execute(update(message_attempt).where(of_message).values(BLANKS["attempts"][1]))
    of_reply = inbound_event.c.id.in_(select(reply.c.inbound_event_id).where(theirs))
    connection.execute(update(inbound_event).where(of_reply).values(BLANKS["raw events"][1]))
    for table, day in ((promise, promise.c.made_on), (dispute, dispute.c.opened_on)):
        quoted = [table.c.entity_id == entity_id, day < before, table.c.evidence.is_not(None)]
        quoted += [table.c.customer_id == customer_id] if customer_id is not None else []
        connection.execute(update(table).where(*quoted).values(evidence=None))
    blanked = connection.execute(update(message).where(ours).values(BLANKS["messages"][1])).rowcount
    return int(blanked + connection.execute(update(reply).where(theirs).values(BLANKS["replies"][1])).rowcount)


def _letters(table: Table, old: ColumnElement[bool], entity_id: int, customer_id: int | None) -> ColumnElement[bool]:
    address = table.c.address if table is message else table.c.sender
    chosen = and_(table.c.entity_id == entity_id, old, address != ERASED)
    return chosen if customer_id is None else and_(chosen, table.c.customer_id == customer_id)


def _day(connection: Connection, day: date) -> ColumnElement[Any]:
    # SQLite's date() gives a text.
    return literal(day.isoformat()) if connection.dialect.name == "sqlite" else literal(day)


def blank_unmatched(connection: Connection, before: date) -> int:
    """Blank raw events from before a day that nobody's reply came of, and providers' events. Returns how many."""
    past = and_(
        func.date(delivery_event.c.received_at) < _day(connection, before), delivery_event.c.address.is_not(None)
    )
    connection.execute(update(delivery_event).where(past).values(address=None, reason=None))
    matched = select(reply.c.inbound_event_id).where(reply.c.customer_id.is_not(None))
    old = func.date(inbound_event.c.received_at) < _day(connection, before)
    chosen = and_(old, inbound_event.c.id.not_in(matched), func.length(inbound_event.c.raw) > 0)
    strays = and_(reply.c.customer_id.is_(None), func.date(reply.c.received_at) < _day(connection, before))
    connection.execute(update(reply).where(strays).values(BLANKS["replies"][1]))
    return int(connection.execute(update(inbound_event).where(chosen).values(BLANKS["raw events"][1])).rowcount)


def letters_kept(connection: Connection, customer_id: int) -> dict[str, tuple[str, int, date]]:
    """The letters of a customer that are still there: entity code → (country, how many, the newest one's day)."""
    found: dict[str, tuple[str, int, date]] = {}
    for table, day, address in (
        (message, message.c.planned_on, message.c.address),
        (reply, reply.c.received_at, reply.c.sender),
    ):
        rows = connection.execute(
            select(legal_entity.c.code, legal_entity.c.country, func.count(), func.max(day))
            .join(table, table.c.entity_id == legal_entity.c.id)
            .where(table.c.customer_id == customer_id, address != ERASED)
            .group_by(legal_entity.c.code, legal_entity.c.country)
        )
        for code, country, count, newest in rows:
            on = newest.date() if isinstance(newest, datetime) else newest
            _, before, latest = found.get(code, (country, 0, on))
            found[code] = (country, before + count, max(on, latest))
    return found


def digest_of(address: str, salt: str) -> str:
    """What is kept of an erased address: enough to know it again when an export brings it back, not to read it."""
    return hashlib.sha256(f"{salt}:{address.lower()}".encode()).hexdigest()


def insert_erasure(
    connection: Connection, customer_id: int, digests: list[str], salt: str, by: int, reason: str, at: datetime
) -> int:
    """Write down that an erasure was made. Returns its id."""
    row = {"customer_id": customer_id, "digests": digests, "salt": salt, "by_id": by, "reason": reason, "at": at}
    return int(connection.execute(insert(erasure).values(row).returning(erasure.c.id)).scalar_one())


def leave_out_erased(connection: Connection) -> int:
    """Take addresses that were erased out of staged customers and contacts. Returns how many were left out.

    The source that they came from may not have forgotten them yet.
    """
    known: dict[str, list[tuple[str, frozenset[str]]]] = {}
    rows = connection.execute(
        select(customer.c.number, erasure.c.salt, erasure.c.digests).join(
            customer, customer.c.id == erasure.c.customer_id
        )
    )
    for row in rows:
        known.setdefault(row.number, []).append((row.salt, frozenset(row.digests)))
    if not known:
        return 0
    return sum(_leave_out(connection, staged, key, known) for staged, key in _STAGED)


_STAGED = ((STAGES["customers"], "number"), (STAGES["contacts"], "customer"))


def _leave_out(
    connection: Connection, staged: Table, key: str, known: dict[str, list[tuple[str, frozenset[str]]]]
) -> int:
    chosen = among_texts(connection, staged.c[key], known)
    found = 0
    for row in connection.execute(select(staged).where(chosen)).all():
        erased = {
            name: None
            for name in ("email", "phone")
            if (value := row._mapping[name])
            and any(digest_of(value, salt) in digests for salt, digests in known[row._mapping[key]])
        }
        if not erased:
            continue
        found += 1
        line = staged.c.line == row.line
        if "number" in staged.c:
            connection.execute(update(staged).where(line).values(erased))
        else:
            connection.execute(delete(staged).where(line))
    return found
