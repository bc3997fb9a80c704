"""Disputes in the database: opened once a source, moved through their states, and what they hold of the documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, func, insert, literal, or_, select, update
from uuid6 import uuid7

from domain.disputes import SUSPENDS, DisputeReason, DisputeStatus
from domain.documents import EntryKind, OrderStatus
from domain.questions import Scope
from domain.tasks import TaskStatus
from domain.touches import HEARD
from storage.accounts import capped, visible, whole
from storage.sql import among
from storage.tables import (
    app_user,
    customer,
    dispute,
    dispute_document,
    document,
    ledger_entry,
    legal_entity,
    message,
    sales_order,
    task,
    touch,
)

_SUSPENDS = tuple(str(status) for status in SUSPENDS)


@dataclass(frozen=True, slots=True)
class NewDispute:
    """A contested part of an account's documents: `parts` are (document id, disputed minor units).

    `source_ref` makes it once: the same reply, click or row opens no second one.
    """

    customer_id: int
    entity_id: int
    currency: str
    reason: DisputeReason
    opened_on: date
    parts: tuple[tuple[int, int], ...]
    source: str
    source_ref: str
    owner_id: int | None = None
    grounds_due_on: date | None = None
    evidence: Any = None

    @property
    def amount_minor(self) -> int:
        """What is disputed in all, in minor units."""
        return sum(amount for _, amount in self.parts)


def insert_dispute(connection: Connection, new: NewDispute, now: datetime) -> tuple[int, bool]:
    """Write a dispute once per (source, source_ref) and hold its parts. Returns (its id, whether it is new)."""
    known = connection.execute(
        select(dispute.c.id).where(dispute.c.source == new.source, dispute.c.source_ref == new.source_ref)
    ).scalar()
    if known is not None:
        return int(known), False
    made = connection.execute(
        insert(dispute)
        .values(
            public_id=str(uuid7()),
            customer_id=new.customer_id,
            entity_id=new.entity_id,
            reason=str(new.reason),
            currency=new.currency,
            amount_minor=new.amount_minor,
            status=str(DisputeStatus.OPEN),
            owner_id=new.owner_id,
            opened_on=new.opened_on,
            grounds_due_on=new.grounds_due_on,
            source=new.source,
            source_ref=new.source_ref,
            evidence=new.evidence,
            created_at=now,
        )
        .returning(dispute.c.id)
    ).scalar_one()
    if new.parts:
        connection.execute(
            insert(dispute_document),
            [{"dispute_id": made, "document_id": d, "amount_minor": amount} for d, amount in new.parts],
        )
    refresh_disputed(connection, [d for d, _ in new.parts])
    return int(made), True


def refresh_disputed(connection: Connection, document_ids: Iterable[int]) -> None:
    """Set `document.disputed_minor` to the sum of the open disputes' parts, at most what is open."""
    held = (
        select(func.coalesce(func.sum(dispute_document.c.amount_minor), 0))
        .select_from(dispute_document)
        .join(dispute, dispute.c.id == dispute_document.c.dispute_id)
        .where(dispute_document.c.document_id == document.c.id, dispute.c.status.in_(_SUSPENDS))
        .scalar_subquery()
    )
    least = func.least if connection.dialect.name == "postgresql" else func.min
    connection.execute(
        update(document)
        .where(among(connection, document.c.id, document_ids))
        .values(disputed_minor=least(document.c.open_minor, held))
    )


def set_status(
    connection: Connection,
    dispute_id: int,
    status: DisputeStatus,
    *,
    owner_id: int | None = None,
    closed_on: date | None = None,
    resolution: str | None = None,
) -> list[int]:
    """Give a dispute its status (owner, closing day, resolution); free or hold its documents. Returns their ids."""
    values: dict[str, Any] = {"status": str(status)}
    if owner_id is not None:
        values["owner_id"] = owner_id
    if closed_on is not None:
        values |= {"closed_on": closed_on, "resolution": resolution}
    connection.execute(update(dispute).where(dispute.c.id == dispute_id).values(**values))
    documents = list(
        connection.execute(
            select(dispute_document.c.document_id).where(dispute_document.c.dispute_id == dispute_id)
        ).scalars()
    )
    refresh_disputed(connection, documents)
    return documents


def find_dispute(connection: Connection, public_id: str, *, lock: bool = False) -> Row[Any] | None:
    """A dispute with its customer and entity, by public id; `lock` holds its row to the end of the transaction."""
    statement = (
        select(
            dispute,
            customer.c.number.label("customer_number"),
            customer.c.name,
            customer.c.collector_id,
            customer.c.sales_rep_id,
            legal_entity.c.code.label("entity"),
        )
        .join(customer, customer.c.id == dispute.c.customer_id)
        .join(legal_entity, legal_entity.c.id == dispute.c.entity_id)
        .where(dispute.c.public_id == public_id)
    )
    if lock and connection.dialect.name == "postgresql":
        statement = statement.with_for_update(of=dispute)
    return connection.execute(statement).first()


def parts_of(connection: Connection, dispute_ids: Sequence[int]) -> list[Row[Any]]:
    """What disputes hold: dispute_id, document_id, number, due_on, open_minor, part_minor, by dispute and due date."""
    return list(
        connection.execute(
            select(
                dispute_document.c.dispute_id,
                document.c.id.label("document_id"),
                document.c.number,
                document.c.due_on,
                document.c.currency,
                document.c.open_minor,
                dispute_document.c.amount_minor.label("part_minor"),
            )
            .join(document, document.c.id == dispute_document.c.document_id)
            .where(among(connection, dispute_document.c.dispute_id, dispute_ids))
            .order_by(dispute_document.c.dispute_id, document.c.due_on, document.c.id)
        )
    )


def held_by(connection: Connection, dispute_ids: Sequence[int]) -> dict[int, int]:
    """What each dispute holds of money still open, in minor units: parts capped by what is open."""
    found: dict[int, int] = {}
    for part in parts_of(connection, dispute_ids):
        found[part.dispute_id] = found.get(part.dispute_id, 0) + min(part.part_minor, part.open_minor)
    return found


def list_disputes(
    connection: Connection,
    scope: Scope,
    *,
    customer_ids: Sequence[int] | None = None,
    as_of: date | None = None,
    closed: bool = False,
    first: date | None = None,
    last: date | None = None,
    entity_id: int | None = None,
) -> list[Row[Any]]:
    """Disputes that an asker may see, the oldest first: those open (now or as of a day), or those closed in a span."""
    owner = app_user.alias("owner")
    conditions: list[ColumnElement[bool]] = visible(scope)
    if customer_ids is not None:
        conditions.append(among(connection, dispute.c.customer_id, customer_ids))
    if entity_id is not None:
        conditions.append(dispute.c.entity_id == entity_id)
    day = dispute.c.closed_on if closed else dispute.c.opened_on
    if closed:
        conditions.append(dispute.c.closed_on.is_not(None))
    elif as_of is None:
        conditions.append(dispute.c.status.in_(_SUSPENDS))
    else:
        conditions += [dispute.c.opened_on <= as_of, or_(dispute.c.closed_on.is_(None), dispute.c.closed_on > as_of)]
    if first is not None:
        conditions.append(day >= first)
    if last is not None:
        conditions.append(day <= last)
    return list(
        connection.execute(
            select(
                dispute,
                customer.c.number.label("customer_number"),
                customer.c.name,
                legal_entity.c.code.label("entity"),
                owner.c.name.label("owner_name"),
            )
            .join(customer, customer.c.id == dispute.c.customer_id)
            .join(legal_entity, legal_entity.c.id == dispute.c.entity_id)
            .outerjoin(owner, owner.c.id == dispute.c.owner_id)
            .where(*conditions)
            .order_by(dispute.c.opened_on, dispute.c.id)
        )
    )


def refresh_credit_pending(connection: Connection, document_ids: Iterable[int]) -> None:
    """Set `document.credit_pending_minor`: what upheld disputes grant, no credit brought yet, and is open.

    A credit (or a smaller amount from the source) that reaches the document on or after the day a dispute was upheld is
    taken for the one that was granted.
    """
    for document_id in document_ids:
        granted, since = connection.execute(
            select(whole(dispute_document.c.amount_minor), func.min(dispute.c.closed_on))
            .join(dispute, dispute.c.id == dispute_document.c.dispute_id)
            .where(dispute_document.c.document_id == document_id, dispute.c.status == str(DisputeStatus.UPHELD))
        ).one()
        brought = 0
        if since is not None:
            brought = -connection.execute(
                select(whole(ledger_entry.c.amount_minor)).where(
                    ledger_entry.c.document_id == document_id,
                    ledger_entry.c.kind.in_((str(EntryKind.CREDIT), str(EntryKind.AMENDED))),
                    ledger_entry.c.effective_on >= since,
                )
            ).scalar_one()
        left = max(0, int(granted) - int(brought))
        connection.execute(
            update(document)
            .where(document.c.id == document_id)
            .values(credit_pending_minor=capped(literal(left, BigInteger), document.c.open_minor))
        )


def refresh_granted(connection: Connection) -> None:
    """The same for every document that waits for a credit: after an import."""
    waiting = connection.execute(select(document.c.id).where(document.c.credit_pending_minor > 0)).scalars().all()
    refresh_credit_pending(connection, waiting)


def same_ground_rejected(connection: Connection, document_ids: Sequence[int], reason: DisputeReason) -> bool:
    """Whether one of these documents was disputed for this reason before, and the invoice was found to stand."""
    found = connection.execute(
        select(dispute.c.id)
        .join(dispute_document, dispute_document.c.dispute_id == dispute.c.id)
        .where(
            among(connection, dispute_document.c.document_id, document_ids),
            dispute.c.reason == str(reason),
            dispute.c.status == str(DisputeStatus.REJECTED),
        )
        .limit(1)
    ).first()
    return found is not None


def formally_demanded(connection: Connection, document_ids: Sequence[int]) -> bool:
    """Whether a final demand went out (or may have) about one of these documents."""
    heard = [str(status) for status in HEARD]
    found = connection.execute(
        select(touch.c.id)
        .join(message, message.c.id == touch.c.message_id)
        .where(
            among(connection, touch.c.document_id, document_ids),
            touch.c.template == "final",
            touch.c.dropped_reason.is_(None),
            message.c.status.in_(heard),
        )
        .limit(1)
    ).first()
    return found is not None


def open_parts(connection: Connection, document_ids: Sequence[int]) -> dict[int, Any]:
    """What may be disputed of documents: customer_id, entity_id, currency, number, open_minor, disputed_minor by id."""
    d = document.c
    rows = connection.execute(
        select(d.id, d.customer_id, d.entity_id, d.currency, d.number, d.open_minor, d.disputed_minor).where(
            among(connection, d.id, document_ids)
        )
    )
    return {row.id: row for row in rows}


def find_by_source(connection: Connection, source: str, source_ref: str) -> int | None:
    """The id of the dispute that this source opened, if it did."""
    return connection.execute(
        select(dispute.c.id).where(dispute.c.source == source, dispute.c.source_ref == source_ref)
    ).scalar()


def sells_blocked_order(connection: Connection, customer_id: int, user_id: int) -> bool:
    """Whether this person is the sales rep of a blocked order of the customer."""
    found = connection.execute(
        select(sales_order.c.id)
        .where(
            sales_order.c.customer_id == customer_id,
            sales_order.c.sales_rep_id == user_id,
            sales_order.c.status == str(OrderStatus.BLOCKED),
        )
        .limit(1)
    ).first()
    return found is not None


def close_tasks(connection: Connection, dispute_id: int, outcome: str, by_user_id: int, at: datetime) -> None:
    """Close what was to be done to settle a dispute: the tasks of its opening, escalations and pings."""
    connection.execute(
        update(task)
        .where(
            task.c.status == str(TaskStatus.OPEN),
            or_(
                task.c.key == f"dispute:{dispute_id}",
                task.c.key.like(f"dispute-escalated:{dispute_id}:%"),
                task.c.key.like(f"ping:{dispute_id}:%"),
            ),
        )
        .values(status=str(TaskStatus.DONE), outcome=outcome, closed_by=by_user_id, closed_at=at)
    )
