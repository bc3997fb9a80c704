"""A dispute that blocks an order: its sales rep is told once, and has it as a task until the dispute is settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.money import Money
from domain.parties import User
from domain.questions import Scope
from domain.tasks import TaskCause
from storage import audit, disputes, names, pings
from storage.database import Connection
from storage.tasks import NewTask, add_tasks
from workflows.order_blocks import BlockedOrder, find_blocked_orders
from workflows.services import Services


@dataclass(frozen=True, slots=True)
class Ping:
    """What a rep is told: which order is stopped, by which dispute, about what."""

    dispute_id: int
    dispute: str
    order_id: int
    order: str
    order_amount: Money
    customer_number: str
    customer_name: str
    reason: str
    disputed: Money
    invoices: tuple[str, ...]
    opened_on: date
    why: str
    rep: User


def reserve_pings(services: Services) -> list[Ping]:
    """Pings that nobody sent yet, each reserved for the caller in one transaction with its task and audit entry.

    Reserved before it goes: a crash between leaves the task, never a second message.
    """
    now = services.now()
    with services.database.write() as unit:
        today = now.astimezone(names.zone_of_first_entity(unit.connection)).date()
        blocked = find_blocked_orders(unit.connection, Scope(), None, today)
        found = _wanted(unit.connection, [order for order in blocked if order.dispute_ids])
        made = [p for p in found if pings.reserve_ping(unit.connection, p.dispute_id, p.order_id, now)]
        add_tasks(unit.connection, [_task(p, today) for p in made])
        for p in made:
            audit.record(
                unit.connection, at=now, actor="system", action="ping.reserved", subject=("dispute", p.dispute_id),
                data={"order": p.order, "rep": p.rep.code},
            )  # fmt: skip
        unit.commit()
    return made


def _wanted(connection: Connection, blocked: list[BlockedOrder]) -> list[Ping]:
    """A ping an order and dispute whose rep is known: the order's, else the account's."""
    reps = names.load_users(connection, [o.rep_id for o in blocked if o.rep_id is not None])
    ids = {o.customer_id for o in blocked}
    known = {d.id: d for d in disputes.list_disputes(connection, Scope(), customer_ids=sorted(ids))}
    numbers: dict[int, list[str]] = {}
    for part in disputes.parts_of(connection, list(known)):
        numbers.setdefault(part.dispute_id, []).append(part.number)
    return [
        Ping(
            d.id, d.public_id, order.id, order.number, order.amount, order.customer_number, order.customer_name,
            d.reason, Money(d.amount_minor, d.currency), tuple(numbers.get(d.id, ())), d.opened_on, order.why,
            reps[order.rep_id],
        )
        for order in blocked
        if order.rep_id in reps
        for d in (known[i] for i in order.dispute_ids if i in known)
    ]  # fmt: skip


def _task(ping: Ping, today: date) -> NewTask:
    return NewTask(
        TaskCause.DISPUTE, f"ping:{ping.dispute_id}:{ping.order_id}", today, today, owner_id=ping.rep.id,
        stake_minor=ping.order_amount.minor, stake_currency=ping.order_amount.currency,
        note=f"order {ping.order} of {ping.customer_name} is blocked by a dispute: {ping.reason}",
    )  # fmt: skip


def record_ping(services: Services, ping: Ping, *, channel: str = "", ts: str = "", error: str = "") -> None:
    """What became of a ping: where it stands in Slack, or why it didn't go (the task remains)."""
    state = {"state": "failed", "error": error} if error else {"state": "sent", "channel": channel, "ts": ts}
    with services.database.write() as unit:
        pings.record_ping(unit.connection, ping.dispute_id, ping.order_id, state, services.now())
        unit.commit()


def first_time(services: Services, event_id: str, raw: bytes) -> bool:
    """Whether a Slack event is new; it is kept in the same breath. Slack sends what it thinks was lost again."""
    with services.database.write() as unit:
        fresh = pings.remember_event(unit.connection, event_id, raw, services.now())
        unit.commit()
    return fresh
