"""Disputes: opened once, taken, escalated, settled. Doing a thing twice changes it once and is audited once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain.calendars import add_business_days
from domain.disputes import DisputeEvent, DisputeReason, DisputeStatus, next_status
from domain.errors import BadInput, NotAllowed
from domain.parties import SEES_EVERYTHING, User, UserRole
from domain.questions import Scope
from domain.tasks import TaskCause
from storage import audit, disputes, names
from storage.database import Connection, UnitOfWork
from storage.disputes import NewDispute
from storage.tasks import NewTask, add_tasks
from workflows.order_blocks import BlockedOrder, find_blocked_orders
from workflows.services import Services

GROUNDS_DAYS = 10
"""Business days that the customer has to give grounds; only the owner extends them."""
MAY_NOT = frozenset({UserRole.AUDITOR})
"""Roles that look and never act."""


class Opening(StrEnum):
    """What became of a wish to dispute."""

    OPENED = "opened"
    KNOWN = "known"
    FOR_A_PERSON = "for_a_person"


@dataclass(frozen=True, slots=True)
class Opened:
    """`dispute_id` is None when a person must decide first (a task says why)."""

    opening: Opening
    dispute_id: int | None = None


def open_dispute(unit: UnitOfWork, new: NewDispute, *, actor: str, now: datetime) -> Opened:
    """Open a dispute in the caller's transaction (customer locked), once per its source, and hold its parts.

    Parts are cut to what is open and not disputed yet. The same reason again after "stands", or a dispute after a
    final demand, is a person's to decide: a task, nothing held. Raises BadInput for no part or another's document.
    """
    known = disputes.find_by_source(unit.connection, new.source, new.source_ref)
    if known is not None:
        return Opened(Opening.KNOWN, known)
    fitted = _fitted(unit, new)
    ids = [document_id for document_id, _ in fitted.parts]
    again = disputes.same_ground_rejected(unit.connection, ids, new.reason)
    if again or disputes.formally_demanded(unit.connection, ids):
        why = "the same invoice and reason again after the invoice was found to stand" if again else "after a demand"
        add_tasks(unit.connection, [_task(fitted, f"dispute:{new.source}:{new.source_ref}", f"disputed {why}: decide")])
        return Opened(Opening.FOR_A_PERSON)
    customer = names.load_customers(unit.connection, [new.customer_id])[0]
    due = add_business_days(customer.country, new.opened_on, GROUNDS_DAYS)
    owner = fitted.owner_id if fitted.owner_id is not None else customer.collector_id
    made, _ = disputes.insert_dispute(
        unit.connection, replace(fitted, owner_id=owner, grounds_due_on=fitted.grounds_due_on or due), now
    )
    add_tasks(unit.connection, [_task(fitted, f"dispute:{made}", f"settle: {new.reason}", due, owner)])
    audit.record(
        unit.connection, at=now, actor=actor, action="dispute.opened", subject=("dispute", made),
        data={"reason": str(new.reason), "parts": list(fitted.parts), "currency": new.currency,
              "source": [new.source, new.source_ref]},
        customer_id=new.customer_id,
    )  # fmt: skip
    return Opened(Opening.OPENED, made)


def _fitted(unit: UnitOfWork, new: NewDispute) -> NewDispute:
    known = disputes.open_parts(unit.connection, [d for d, _ in new.parts])
    parts = []
    for document_id, amount in new.parts:
        found = known.get(document_id)
        theirs = (new.customer_id, new.entity_id, new.currency)
        if found is None or (found.customer_id, found.entity_id, found.currency) != theirs:
            raise BadInput(f"document {document_id} is not of this account and currency; name one that is")
        part = min(amount, found.open_minor - found.disputed_minor)
        if part > 0:
            parts.append((document_id, part))
    if not parts:
        raise BadInput("nothing of these invoices is open and undisputed; there is nothing to dispute")
    return replace(new, parts=tuple(parts))


def _task(new: NewDispute, key: str, note: str, due: date | None = None, owner_id: int | None = None) -> NewTask:
    return NewTask(
        cause=TaskCause.DISPUTE,
        key=key,
        created_on=new.opened_on,
        due_on=due or new.opened_on,
        customer_id=new.customer_id,
        entity_id=new.entity_id,
        document_id=new.parts[0][0] if len(new.parts) == 1 else None,
        owner_id=owner_id,
        stake_minor=new.amount_minor,
        stake_currency=new.currency,
        note=note,
    )


def dispute_invoices(
    services: Services,
    by: User | None,
    references: Sequence[tuple[int, int | None]],
    reason: DisputeReason,
    *,
    day: date,
    source: str,
    source_ref: str,
) -> Opened:
    """Open a dispute by hand about documents of one account: (document id, minor units; None is all that is open)."""
    now = services.now()
    with services.database.write() as unit:
        known = disputes.open_parts(unit.connection, [d for d, _ in references])
        if (
            len(known) != len(references)
            or len({(k.customer_id, k.entity_id, k.currency) for k in known.values()}) != 1
        ):
            raise BadInput("a dispute is about invoices of one account and currency; open one for each")
        first = next(iter(known.values()))
        unit.lock_customer(first.customer_id)
        parts = tuple((d, known[d].open_minor if amount is None else amount) for d, amount in references)
        new = NewDispute(
            first.customer_id, first.entity_id, first.currency, reason, day, parts, source, source_ref,
            by.id if by else None,
        )  # fmt: skip
        opened = open_dispute(unit, new, actor=by.code if by else "operator", now=now)
        unit.commit()
    return opened


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute as whoever handles it sees it. `amount_minor` in minor units of `currency`."""

    public_id: str
    customer_number: str
    customer_name: str
    reason: DisputeReason
    status: DisputeStatus
    currency: str
    amount_minor: int
    opened_on: date
    invoices: tuple[str, ...]
    owner: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """What an act did: `changed` False when it was done before. `said` tells it in a sentence."""

    dispute: DisputeView
    changed: bool
    said: str


def take_dispute(services: Services, public_id: str, by: User) -> Changed:
    """`by` takes the dispute on. Taking twice changes once; who comes second is told who has it."""
    now = services.now()
    with services.database.write() as unit:
        row = _locked(unit, public_id, by)
        status = DisputeStatus(row.status)
        after = next_status(DisputeEvent.TAKE, status)
        taken = status is DisputeStatus.UNDER_REVIEW and row.owner_id is not None
        if taken and (row.owner_id == by.id or by.role not in SEES_EVERYTHING):
            view = _view(unit.connection, public_id)
            whose = "you have it already" if row.owner_id == by.id else f"{view.owner} has it already"
            return Changed(view, False, f"Nothing changed: {whose}.")
        disputes.set_status(unit.connection, row.id, after, owner_id=by.id)
        _note(unit, row, by, now, "dispute.taken", {"from": row.owner_id})
        view = _view(unit.connection, public_id)
        unit.commit()
    return Changed(view, True, f"{by.name} took the dispute.")


def escalate_dispute(services: Services, public_id: str, by: User) -> Changed:
    """The dispute goes to the manager of `by` (else an AR manager) with a task. Twice changes once."""
    now = services.now()
    with services.database.write() as unit:
        row = _locked(unit, public_id, by)
        after = next_status(DisputeEvent.TAKE, DisputeStatus(row.status))
        manager = names.manager_of(unit.connection, by.id)
        if manager is None or manager.id == by.id:
            raise NotAllowed("there is nobody above you to escalate to; settle it, or name a manager of yours first")
        if row.owner_id == manager.id:
            return Changed(_view(unit.connection, public_id), False, f"Nothing changed: {manager.name} has it already.")
        disputes.set_status(unit.connection, row.id, after, owner_id=manager.id)
        today = _today(unit, services)
        task = NewTask(
            TaskCause.DISPUTE, f"dispute-escalated:{row.id}:{manager.id}", today, today, row.customer_id, row.entity_id,
            owner_id=manager.id, stake_minor=row.amount_minor, stake_currency=row.currency,
            note=f"escalated by {by.name}: {row.reason}",
        )  # fmt: skip
        add_tasks(unit.connection, [task])
        _note(unit, row, by, now, "dispute.escalated", {"to": manager.code})
        view = _view(unit.connection, public_id)
        unit.commit()
    return Changed(view, True, f"{by.name} escalated the dispute to {manager.name}.")


SETTLES: Mapping[DisputeEvent, str] = {
    DisputeEvent.UPHOLD: "the customer is right, a credit memo is to come",
    DisputeEvent.REJECT: "the invoice stands",
    DisputeEvent.WITHDRAW: "the customer withdrew it",
}


def resolve_dispute(services: Services, public_id: str, event: DisputeEvent, by: User, note: str) -> Changed:
    """Settle a dispute. Its own suspension ends, and no other; what an upheld one grants isn't asked for meanwhile.

    The same settlement again changes nothing; another one afterwards raises NotAllowed. Raises BadInput without a note.
    """
    if event not in SETTLES:
        raise BadInput(f"{event} settles nothing; choose one of {', '.join(SETTLES)}")
    if not note.strip():
        raise BadInput("a dispute is settled with a reason: say in a line why")
    now = services.now()
    with services.database.write() as unit:
        row = _locked(unit, public_id, by)
        status = DisputeStatus(row.status)
        if status is _settled_as(event):
            return Changed(
                _view(unit.connection, public_id), False, f"Nothing changed: it was settled before ({status})."
            )
        after = next_status(event, status)
        today = _today(unit, services)
        before = _free_orders(unit, row.customer_id, today)
        documents = disputes.set_status(
            unit.connection, row.id, after, closed_on=today, resolution=note.strip(), owner_id=row.owner_id or by.id
        )
        disputes.refresh_credit_pending(unit.connection, documents)
        follow = _follow_up(unit, row, event, by, today) + _releases(unit, row, before, today)
        add_tasks(unit.connection, follow)
        disputes.close_tasks(unit.connection, row.id, f"{after}: {note.strip()}", by.id, now)
        _note(unit, row, by, now, f"dispute.{after}", {"note": note.strip(), "documents": documents})
        view = _view(unit.connection, public_id)
        unit.commit()
    released = [t.note for t in follow if t.key.startswith("release:")]
    return Changed(view, True, f"{by.name} settled the dispute: {SETTLES[event]}. {' '.join(released)}".strip())


def _settled_as(event: DisputeEvent) -> DisputeStatus:
    return next_status(event, DisputeStatus.OPEN)


def _follow_up(unit: UnitOfWork, row: Any, event: DisputeEvent, by: User, today: date) -> list[NewTask]:
    """An upheld dispute wants its credit memo: approved by somebody else above a limit, and posted in the ERP."""
    if event is not DisputeEvent.UPHOLD:
        return []
    return [
        NewTask(
            TaskCause.DISPUTE, f"credit:{row.id}", today, today, row.customer_id, row.entity_id,
            owner_id=row.collector_id, stake_minor=row.amount_minor, stake_currency=row.currency,
            note=f"credit memo to approve and post, upheld by {by.name}: {row.reason}",
        )
    ]  # fmt: skip


def _free_orders(unit: UnitOfWork, customer_id: int, today: date) -> list[BlockedOrder]:
    return [o for o in find_blocked_orders(unit.connection, Scope(), [customer_id], today) if not o.dispute_ids]


def _releases(unit: UnitOfWork, row: Any, before: Sequence[BlockedOrder], today: date) -> list[NewTask]:
    """Orders that nothing overdue and no limit stop any more: whoever keeps the ERP is told to release them."""
    known = {o.id for o in before if o.free}
    return [
        NewTask(
            TaskCause.DISPUTE, f"release:{order.id}:{row.id}", today, today, row.customer_id, row.entity_id,
            stake_minor=order.amount_minor, stake_currency=order.currency,
            note=f"Order {order.number} can be released: nothing overdue and within the limit.",
        )
        for order in find_blocked_orders(unit.connection, Scope(), [row.customer_id], today)
        if order.free and order.id not in known
    ]  # fmt: skip


def _locked(unit: UnitOfWork, public_id: str, by: User) -> Any:
    """The dispute's row, its customer's and its own locked. One may act who sees the account or sells the order.

    A dispute that one may not see is answered like one that doesn't exist.
    """
    found = disputes.find_dispute(unit.connection, public_id)
    if found is None or not _concerns(unit.connection, found, by):
        raise BadInput(f"there is no dispute {public_id!r} that you may see")
    if by.role in MAY_NOT:
        raise NotAllowed(f"{by.code} is {by.role} and may look, not act")
    unit.lock_customer(found.customer_id)
    return disputes.find_dispute(unit.connection, public_id, lock=True)


def _concerns(connection: Connection, row: Any, by: User) -> bool:
    if by.role in SEES_EVERYTHING or by.id in (row.collector_id, row.sales_rep_id, row.owner_id):
        return True
    return disputes.sells_blocked_order(connection, row.customer_id, by.id)


def _view(connection: Connection, public_id: str) -> DisputeView:
    row = disputes.find_dispute(connection, public_id)
    if row is None:
        raise BadInput(f"there is no dispute {public_id!r}")
    parts = disputes.parts_of(connection, [row.id])
    owner = names.load_users(connection, [row.owner_id]) if row.owner_id is not None else {}
    return DisputeView(
        row.public_id, row.customer_number, row.name, DisputeReason(row.reason), DisputeStatus(row.status),
        row.currency, row.amount_minor, row.opened_on, tuple(p.number for p in parts),
        owner[row.owner_id].name if owner else None,
    )  # fmt: skip


def view_dispute(services: Services, public_id: str, by: User) -> DisputeView:
    """A dispute as `by` may see it. Raises BadInput for none."""
    with services.database.read() as connection:
        found = disputes.find_dispute(connection, public_id)
        if found is None or not _concerns(connection, found, by):
            raise BadInput(f"there is no dispute {public_id!r} that you may see")
        return _view(connection, public_id)


def _today(unit: UnitOfWork, services: Services) -> date:
    return services.now().astimezone(names.zone_of_first_entity(unit.connection)).date()


def _note(unit: UnitOfWork, row: Any, by: User, now: datetime, action: str, data: Mapping[str, Any]) -> None:
    audit.record(
        unit.connection, at=now, actor=by.code, action=action, subject=("dispute", row.id), data=data,
        customer_id=row.customer_id,
    )  # fmt: skip
