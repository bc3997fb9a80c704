"""What is known about an address, whoever has it: that it wants nothing more, that mail to it comes back.

What is told late doesn't undo what is newer: each no and yes, each death and life, holds from the instant at which it
happened at the provider.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, or_, select, update

from domain.delivery import BY_WORD
from domain.tasks import TaskCause
from domain.touches import TouchStatus
from storage.sql import among_texts, insert_ignore
from storage.tables import contact, customer, message, opt_out, task, undeliverable


def opt_out_told(
    connection: Connection, channel: str, address: str, *, source: str, evidence: Mapping[str, Any], since: datetime
) -> bool:
    """Note that an address wants nothing more on a channel since an instant. False when that was known, or is over."""
    if _lifted_after(connection, opt_out, channel, address, since):
        return False
    row = {"channel": channel, "address": address, "since": since, "source": source, "evidence": dict(evidence)}
    made = connection.execute(insert_ignore(connection, opt_out).values(row).returning(opt_out.c.id))
    return made.scalar() is not None


def opt_in_told(connection: Connection, channel: str, address: str, *, source: str, since: datetime) -> bool:
    """Note that an address wants messages again since an instant. False when no older opt-out was in force.

    Where none was, the yes is remembered all the same: a no from before it may still be under way.
    """
    o = opt_out.c
    lifted = connection.execute(
        update(opt_out)
        .where(o.channel == channel, o.address == address, o.lifted_at.is_(None), o.since < since)
        .values(lifted_at=since)
    ).rowcount
    if lifted:
        return True
    held = select(o.id).where(o.channel == channel, o.address == address, o.lifted_at.is_(None))
    if connection.execute(held).first() is None and not _lifted_after(connection, opt_out, channel, address, since):
        row = {"channel": channel, "address": address, "since": since, "lifted_at": since, "source": source}
        connection.execute(insert(opt_out).values(row))
    return False


def was_heeded_at_once(connection: Connection, channel: str, address: str, message_sid: str) -> bool:
    """Whether this very SMS, by its word alone, made the opt-out in force: nobody has confirmed that to its sender."""
    o = opt_out.c
    wanted = select(o.evidence).where(o.channel == channel, o.address == address, o.lifted_at.is_(None))
    evidence: Mapping[str, Any] = connection.execute(wanted).scalar() or {}
    return f"{message_sid}:{BY_WORD}" in evidence.get("event", ())


def strike_off(
    connection: Connection,
    channel: str,
    address: str,
    *,
    since: datetime,
    reason: str,
    evidence: Mapping[str, Any],
    message_id: int | None,
) -> tuple[int | None, bool]:
    """Note that an address is dead since an instant. Returns the id of the note in force, and whether it is new.

    No id: somebody has corrected it, or something was delivered to it, since then.
    """
    u = undeliverable.c
    if _lifted_after(connection, undeliverable, channel, address, since):
        return None, False
    row = {
        "channel": channel, "address": address, "since": since, "reason": reason, "evidence": dict(evidence),
        "message_id": message_id,
    }  # fmt: skip
    made = connection.execute(insert_ignore(connection, undeliverable).values(row).returning(u.id)).scalar()
    if made is not None:
        return int(made), True
    held = select(u.id).where(u.channel == channel, u.address == address, u.lifted_at.is_(None))
    known = connection.execute(held).scalar()
    return (int(known) if known is not None else None), False


def found_alive(connection: Connection, told: Mapping[tuple[str, str], datetime], at: datetime) -> list[Any]:
    """Lift the death of addresses that something was delivered to afterwards: (channel, address) → that instant.

    Returns (channel, address) of those lifted.
    """
    if not told:
        return []
    u = undeliverable.c
    dead = connection.execute(
        select(u.id, u.channel, u.address, u.since).where(
            among_texts(connection, u.address, {address for _, address in told}), u.lifted_at.is_(None)
        )
    ).all()
    lifted = []
    for row in dead:
        delivered_at = told.get((row.channel, row.address))
        if delivered_at is not None and row.since < delivered_at:
            connection.execute(update(undeliverable).where(u.id == row.id).values(lifted_at=at, lifted_by="delivered"))
            lifted.append((row.channel, row.address))
    return lifted


def dead_address_of(connection: Connection, task_id: int) -> int | None:
    """The note that a task about a dead address was made for (`bounced:NOTE:CUSTOMER`); None for any other task."""
    found = connection.execute(select(task.c.cause, task.c.key).where(task.c.id == task_id)).one_or_none()
    if found is None or found.cause != TaskCause.BOUNCED:
        return None
    return int(str(found.key).split(":")[1])


def lift_death(connection: Connection, which: int, by: str, at: datetime) -> bool:
    """A person says that the address of a note is to be tried again. False when it is already."""
    u = undeliverable.c
    changed = connection.execute(
        update(undeliverable).where(u.id == which, u.lifted_at.is_(None)).values(lifted_at=at, lifted_by=by)
    ).rowcount
    return bool(changed)


def _lifted_after(connection: Connection, table: Table, channel: str, address: str, since: datetime) -> bool:
    c = table.c
    found = connection.execute(
        select(c.id).where(c.channel == channel, c.address == address, c.lifted_at > since).limit(1)
    )
    return found.first() is not None


def came_back_lately(connection: Connection, customer_id: int, channel: str, address: str, since: date) -> int:
    """How many messages of a customer to this address, planned since a day, didn't arrive."""
    m = message.c
    return int(
        connection.execute(
            select(func.count()).where(
                m.customer_id == customer_id,
                m.planned_on >= since,
                m.channel == channel,
                func.lower(m.address) == address.lower(),
                m.status == str(TouchStatus.BOUNCED),
            )
        ).scalar_one()
    )


def owners_of(connection: Connection, addresses: Collection[str]) -> dict[str, list[int]]:
    """Address (lower case, or E.164) → ids of the customers who have it on file, their own or a contact's."""
    found: dict[str, set[int]] = {}
    if not addresses:
        return {}
    for table, owner in ((contact, contact.c.customer_id), (customer, customer.c.id)):
        email, phone = func.lower(table.c.email).label("email"), table.c.phone
        known = select(owner.label("owner"), email, phone.label("phone")).subquery()
        rows = connection.execute(
            select(known).where(
                or_(
                    among_texts(connection, known.c.email, addresses), among_texts(connection, known.c.phone, addresses)
                )
            )
        )
        for row in rows:
            for address in {row.email, row.phone} & set(addresses):
                found.setdefault(address, set()).add(int(row.owner))
    return {address: sorted(ids) for address, ids in found.items()}
