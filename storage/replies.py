"""What came back, in the database: raw events stored once, who they are from, replies, pauses, opt-outs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update
from uuid6 import uuid7

from domain.account import PauseKind
from domain.errors import BadInput
from domain.promises import PromiseStatus
from domain.tasks import TaskStatus
from storage.database import UnitOfWork
from storage.runs import new_message_row
from storage.sql import ZERO, among, among_texts, insert_ignore
from storage.tables import (
    app_user,
    contact,
    credit_memo,
    customer,
    document,
    inbound_event,
    legal_entity,
    message,
    opt_out,
    pause,
    payment,
    promise,
    promise_document,
    reply,
    task,
)

NEW, DONE, FAILED = "new", "done", "failed"
"""States of a raw event."""
WAITING, HANDLED = "waiting", "handled"
"""States of a reply."""


def insert_event(
    connection: Connection,
    provider: str,
    event_id: str,
    kind: str,
    raw: bytes,
    meta: Mapping[str, Any] | None,
    received_at: datetime,
) -> int | None:
    """Store a raw event once per (provider, event id). Returns its id, None when it was there already."""
    found: int | None = connection.execute(
        insert_ignore(connection, inbound_event)
        .values(
            provider=provider, event_id=event_id, kind=kind, raw=raw, meta=meta, received_at=received_at, status=NEW
        )
        .returning(inbound_event.c.id)
    ).scalar()
    return found


def claim_events(unit: UnitOfWork, limit: int, lease_seconds: int) -> list[int]:
    """Claim up to `limit` new events, oldest first; those whose lease ran out (a process died) are claimed again."""
    now = unit.database_now()
    due = (
        select(inbound_event.c.id)
        .where(
            inbound_event.c.status == NEW,
            or_(inbound_event.c.lease_until.is_(None), inbound_event.c.lease_until < now),
        )
        .order_by(inbound_event.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(unit.connection.execute(due).scalars())
    if ids:
        unit.connection.execute(
            update(inbound_event)
            .where(among(unit.connection, inbound_event.c.id, ids))
            .values(lease_until=now + timedelta(seconds=lease_seconds), attempts=inbound_event.c.attempts + 1)
        )
    return ids


def load_event(connection: Connection, event_id: int, *, lock: bool = False) -> Row[Any]:
    """A raw event by id."""
    statement = select(inbound_event).where(inbound_event.c.id == event_id)
    return connection.execute(statement.with_for_update() if lock else statement).one()


def finish_event(connection: Connection, event_id: int, status: str, error: str | None = None) -> None:
    """Say what became of an event."""
    connection.execute(
        update(inbound_event).where(inbound_event.c.id == event_id).values(status=status, error=error, lease_until=None)
    )


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody on file who has the address that a reply came from. `contact_id` None is the customer's own address."""

    customer_id: int
    contact_id: int | None


def message_by_token(connection: Connection, token: str) -> Row[Any] | None:
    """Our message whose Reply-To held this token."""
    return connection.execute(select(message).where(message.c.reply_token == token)).one_or_none()


def messages_by_rfc_id(connection: Connection, rfc_ids: Sequence[str]) -> list[Row[Any]]:
    """Our messages with these Message-IDs, the newest first."""
    if not rfc_ids:
        return []
    wanted = among_texts(connection, message.c.message_id, rfc_ids)
    return list(connection.execute(select(message).where(wanted).order_by(message.c.id.desc())))


def senders_by_address(connection: Connection, address: str) -> list[Sender]:
    """Who on file has this mail address (lower case) or telephone number (E.164)."""
    found = []
    columns = (contact.c.customer_id, contact.c.id.label("contact_id"))
    for column in (contact.c.email, contact.c.phone):
        rows = connection.execute(select(*columns).where(func.lower(column) == address.lower()))
        found += [Sender(int(r.customer_id), int(r.contact_id)) for r in rows]
    for column in (customer.c.email, customer.c.phone):
        rows_own = connection.execute(select(customer.c.id).where(func.lower(column) == address.lower())).scalars()
        found += [Sender(int(owner), None) for owner in rows_own]
    return sorted(set(found), key=lambda s: (s.customer_id, s.contact_id is None, s.contact_id or 0))


def user_by_address(connection: Connection, address: str) -> Row[Any] | None:
    """The person of ours who has this mail address (lower case); None for nobody, or for several."""
    found = connection.execute(select(app_user).where(func.lower(app_user.c.email) == address)).all()
    return found[0] if len(found) == 1 else None


def customers_at_domain(connection: Connection, domain: str) -> list[Row[Any]]:
    """Customers with an address on file at a domain: a hint for a person, never more."""
    like = "%@" + domain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    named = (customer.c.id, customer.c.number, customer.c.name)
    theirs = (
        select(*named)
        .join(contact, contact.c.customer_id == customer.c.id)
        .where(func.lower(contact.c.email).like(like, escape="\\"))
    )
    own = select(*named).where(func.lower(customer.c.email).like(like, escape="\\"))
    return list(connection.execute(theirs.union(own).order_by(customer.c.id).limit(10)))


def accounts_of_numbers(connection: Connection, numbers: Sequence[str]) -> list[Row[Any]]:
    """Customers and entities of documents with these numbers: a hint for a person, never more."""
    if not numbers:
        return []
    return list(
        connection.execute(
            select(document.c.number, document.c.customer_id, document.c.entity_id, customer.c.number.label("customer"))
            .join(customer, customer.c.id == document.c.customer_id)
            .where(among_texts(connection, document.c.number, numbers))
            .order_by(document.c.customer_id)
            .limit(10)
        )
    )


def customer_row(connection: Connection, customer_id: int) -> Row[Any]:
    """A customer's row."""
    return connection.execute(select(customer).where(customer.c.id == customer_id)).one()


def contact_row(connection: Connection, contact_id: int | None) -> Row[Any] | None:
    """A contact's row; None for none."""
    if contact_id is None:
        return None
    return connection.execute(select(contact).where(contact.c.id == contact_id)).one_or_none()


def entities_of(connection: Connection, customer_id: int) -> list[int]:
    """Entities to which the customer owes something."""
    return list(
        connection.execute(
            select(document.c.entity_id)
            .where(document.c.customer_id == customer_id, document.c.open_minor > 0)
            .distinct()
            .order_by(document.c.entity_id)
        ).scalars()
    )


def entity_row(connection: Connection, entity_id: int | None) -> Row[Any]:
    """An entity, the first one for None: whose day counts where a reply belongs to none."""
    statement = select(legal_entity).order_by(legal_entity.c.id).limit(1)
    if entity_id is not None:
        statement = statement.where(legal_entity.c.id == entity_id)
    return connection.execute(statement).one()


def open_items(connection: Connection, customer_id: int, entity_id: int) -> list[Row[Any]]:
    """Open items of an account, the oldest due first."""
    d = document.c
    return list(
        connection.execute(
            select(
                d.id, d.number, d.currency, d.open_minor, d.due_on, d.po_number, d.disputed_minor, d.promised_minor,
                d.credit_pending_minor,
            )
            .where(d.customer_id == customer_id, d.entity_id == entity_id, d.open_minor > 0)
            .order_by(d.due_on, d.id)
        )
    )  # fmt: skip


def promises_per_document(connection: Connection, document_ids: Iterable[int]) -> int:
    """The most promises that were made before about any one of these documents; cancelled ones don't count."""
    counted = (
        select(func.count().label("times"))
        .select_from(promise_document)
        .join(promise, promise.c.id == promise_document.c.promise_id)
        .where(
            among(connection, promise_document.c.document_id, document_ids),
            promise.c.status.not_in([str(PromiseStatus.CANCELLED), str(PromiseStatus.OFFERED)]),
        )
        .group_by(promise_document.c.document_id)
        .subquery()
    )
    return int(connection.execute(select(func.coalesce(func.max(counted.c.times), 0))).scalar_one())


def was_traced_before(connection: Connection, document_ids: Iterable[int]) -> bool:
    """Whether a payment of one of these open documents was claimed before: no cash has matched it since."""
    found = connection.execute(
        select(pause.c.id)
        .where(among(connection, pause.c.document_id, document_ids), pause.c.kind == str(PauseKind.TRACE_PAYMENT))
        .limit(1)
    ).scalar()
    return found is not None


def insert_reply(connection: Connection, **values: Any) -> int:
    """Write a reply. Returns its id."""
    made = connection.execute(insert(reply).values(public_id=str(uuid7()), **values).returning(reply.c.id))
    return int(made.scalar_one())


def reply_of_event(connection: Connection, event_id: int) -> int | None:
    """The reply that an event became, if it did."""
    found: int | None = connection.execute(select(reply.c.id).where(reply.c.inbound_event_id == event_id)).scalar()
    return found


def set_handled(
    connection: Connection, reply_id: int, outcome: str, at: datetime, by_user_id: int | None = None
) -> bool:
    """Close a waiting reply. False when it was handled before."""
    changed = connection.execute(
        update(reply)
        .where(reply.c.id == reply_id, reply.c.status == WAITING)
        .values(status=HANDLED, outcome=outcome, handled_at=at, handled_by=by_user_id)
    ).rowcount
    return bool(changed)


def find_reply(connection: Connection, which: str, *, lock: bool = False) -> Row[Any]:
    """A reply by its number or public id. Raises BadInput when there is none."""
    column = reply.c.id if which.isdigit() else reply.c.public_id
    statement = select(reply).where(column == (int(which) if which.isdigit() else which))
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise BadInput(f"there is no reply {which!r}; `dunwell replies` lists them")
    return row


def assign(connection: Connection, reply_id: int, customer_id: int, entity_id: int | None) -> None:
    """Say whose a reply is, where nothing in it did."""
    values = {"customer_id": customer_id, "entity_id": entity_id, "matched_by": "person"}
    connection.execute(update(reply).where(reply.c.id == reply_id).values(**values))


def list_replies(connection: Connection, *, waiting_only: bool = True) -> list[Row[Any]]:
    """Replies with their customer, those that wait longest first."""
    statement = (
        select(reply, customer.c.number.label("customer"), customer.c.name.label("customer_name"))
        .outerjoin(customer, customer.c.id == reply.c.customer_id)
        .order_by(reply.c.received_at, reply.c.id)
    )
    if waiting_only:
        statement = statement.where(reply.c.status == WAITING)
    return list(connection.execute(statement))


def without_suggestion(connection: Connection, limit: int) -> list[Row[Any]]:
    """The newest replies that wait for a person because the engine wasn't sure, and that no model was asked about."""
    rows = connection.execute(
        select(reply)
        .where(reply.c.status == WAITING, reply.c.needs_human, reply.c.text != "")
        .order_by(reply.c.received_at.desc())
        .limit(10 * limit)
    )
    return [row for row in rows if "suggestion" not in (row.understanding or {})][:limit]


def keep_suggestion(connection: Connection, reply_id: int, suggestion: Mapping[str, Any]) -> None:
    """Put a model's suggestion beside the reading of a reply that still waits."""
    row = find_reply(connection, str(reply_id), lock=True)
    if row.status == WAITING:
        kept = {**(row.understanding or {}), "suggestion": dict(suggestion)}
        connection.execute(update(reply).where(reply.c.id == reply_id).values(understanding=kept))


def waiting_since(connection: Connection, before: datetime) -> list[Row[Any]]:
    """Replies that came before an instant and still wait."""
    return list(
        connection.execute(
            select(reply).where(reply.c.status == WAITING, reply.c.received_at < before).order_by(reply.c.received_at)
        )
    )


def add_pauses(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write pauses; each row names customer, kind, days and cause."""
    if rows:
        connection.execute(insert(pause), [dict(row) for row in rows])


def lift_pauses(
    connection: Connection, cause: str, at: datetime, *, kind: str | None = None, keep: str | None = None
) -> int:
    """End the pauses of a cause (`reply:12`), of one kind, or all but those of kind `keep`. Returns how many."""
    statement = update(pause).where(pause.c.cause == cause, pause.c.lifted_at.is_(None)).values(lifted_at=at)
    if kind is not None:
        statement = statement.where(pause.c.kind == kind)
    if keep is not None:
        statement = statement.where(pause.c.kind != keep)
    return int(connection.execute(statement).rowcount)


def opt_address_out(
    connection: Connection, channel: str, address: str, source: str, evidence: Any, at: datetime
) -> bool:
    """Note that an address wants nothing more on a channel. False when it was noted before."""
    made = connection.execute(
        insert_ignore(connection, opt_out)
        .values(channel=channel, address=address, since=at, source=source, evidence=evidence)
        .returning(opt_out.c.id)
    ).scalar()
    return made is not None


def opt_address_in(connection: Connection, channel: str, address: str, at: datetime) -> bool:
    """Lift an opt-out. False when there was none."""
    changed = connection.execute(
        update(opt_out)
        .where(opt_out.c.channel == channel, opt_out.c.address == address, opt_out.c.lifted_at.is_(None))
        .values(lifted_at=at)
    ).rowcount
    return bool(changed)


def answered_on(connection: Connection, customer_id: int, address: str, day: date) -> bool:
    """Whether this address got, or is about to get, an automatic answer on `day`."""
    found = connection.execute(
        select(message.c.id)
        .where(
            message.c.customer_id == customer_id,
            func.lower(message.c.address) == address.lower(),
            message.c.purpose == "answer",
            message.c.planned_on == day,
        )
        .limit(1)
    ).scalar()
    return found is not None


def plan_answer(connection: Connection, **values: Any) -> int | None:
    """Write an answer as a planned message, once per `answer_key`. Returns its id, None when it was there."""
    found: int | None = connection.execute(
        insert_ignore(connection, message).values(**new_message_row(**values)).returning(message.c.id)
    ).scalar()
    return found


def offered_promises(connection: Connection, reply_id: int) -> list[int]:
    """Ids of the promises that a reply offered and nobody has decided about."""
    return list(
        connection.execute(
            select(promise.c.id)
            .where(
                promise.c.source == "reply",
                promise.c.source_ref == str(reply_id),
                promise.c.status == str(PromiseStatus.OFFERED),
            )
            .order_by(promise.c.id)
        ).scalars()
    )


def withdraw_promises(connection: Connection, reply_id: int, today: date) -> int:
    """Cancel what was promised, offered or taken, by the reading that a person has corrected. Returns how many."""
    standing = (str(PromiseStatus.OFFERED), str(PromiseStatus.OPEN))
    return int(
        connection.execute(
            update(promise)
            .where(promise.c.source == "reply", promise.c.source_ref == str(reply_id), promise.c.status.in_(standing))
            .values(status=str(PromiseStatus.CANCELLED), judged_on=today)
        ).rowcount
    )


def tasks_of_reply(connection: Connection, reply_id: int) -> list[int]:
    """Ids of the open tasks that a reply made: the collector's, and the manager's."""
    keys = [f"reply:{reply_id}", f"reply-unhandled:{reply_id}"]
    found = select(task.c.id).where(task.c.key.in_(keys), task.c.status == str(TaskStatus.OPEN))
    return list(connection.execute(found.order_by(task.c.id)).scalars())


def has_task(connection: Connection, key: str) -> bool:
    """Whether a task of this key is there, open or not."""
    return connection.execute(select(task.c.id).where(task.c.key == key)).scalar() is not None


def has_answer(connection: Connection, key: str) -> bool:
    """Whether an answer of this key was planned."""
    return connection.execute(select(message.c.id).where(message.c.answer_key == key)).scalar() is not None


def open_credits(connection: Connection, customer_id: int | None, entity_id: int | None) -> dict[str, int]:
    """Open credit memos and unapplied cash of an account by currency, in minor units; empty for no account."""
    found: dict[str, int] = {}
    for table in (payment, credit_memo):
        rows = connection.execute(
            select(table.c.currency, func.sum(table.c.unapplied_minor).label("held"))
            .where(table.c.customer_id == customer_id, table.c.entity_id == entity_id, table.c.unapplied_minor > ZERO)
            .group_by(table.c.currency)
        )
        for row in rows:
            found[row.currency] = found.get(row.currency, 0) + int(row.held)
    return found
