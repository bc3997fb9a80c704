"""Runs: one an entity, business day and kind; planned chunk by chunk, so that whoever is interrupted goes on."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, insert, literal, select, text, update
from sqlalchemy import Table as SaTable
from uuid6 import uuid7

from domain.touches import TouchStatus
from storage.sql import ZERO, among, among_texts, insert_ignore
from storage.tables import (
    customer,
    cycle,
    document,
    legal_entity,
    message,
    policy_version,
    run,
    run_chunk,
    task,
    touch,
)
from storage.tables.ledger import NO_STAGE

CADENCE = "cadence"


def entities(connection: Connection) -> list[Row[Any]]:
    """All legal entities, by code."""
    return list(connection.execute(select(legal_entity).order_by(legal_entity.c.code)))


def policy_version_id(connection: Connection, sha256: str, content: Any, now: datetime) -> int:
    """The id of a set of policies, kept once by its hash."""
    connection.execute(insert_ignore(connection, policy_version).values(sha256=sha256, content=content, loaded_at=now))
    return int(connection.execute(select(policy_version.c.id).where(policy_version.c.sha256 == sha256)).scalar_one())


def newest_run(connection: Connection, entity_id: int) -> Row[Any] | None:
    """The entity's run of the latest business day."""
    return connection.execute(
        select(run)
        .where(run.c.entity_id == entity_id, run.c.kind == CADENCE)
        .order_by(run.c.business_day.desc())
        .limit(1)
    ).first()


def find_run(connection: Connection, entity_id: int, day: date) -> Row[Any] | None:
    """The entity's run of a day."""
    return connection.execute(
        select(run).where(run.c.entity_id == entity_id, run.c.business_day == day, run.c.kind == CADENCE)
    ).first()


def open_run(connection: Connection, entity_id: int, day: date, version: int, now: datetime) -> Row[Any]:
    """The run of that day, made if nobody has: who loses the insert finds the winner's."""
    connection.execute(
        insert_ignore(connection, run).values(
            public_id=str(uuid7()),
            entity_id=entity_id,
            business_day=day,
            kind=CADENCE,
            status="planning",
            policy_version_id=version,
            started_at=now,
        )
    )
    found = find_run(connection, entity_id, day)
    assert found is not None
    return found


def unapproved_before(connection: Connection, entity_id: int, day: date) -> list[Row[Any]]:
    """The entity's runs of earlier days that are still being planned or wait for a yes, oldest first."""
    return list(
        connection.execute(
            select(run)
            .where(
                run.c.entity_id == entity_id,
                run.c.kind == CADENCE,
                run.c.business_day < day,
                run.c.status.in_(["planning", "awaiting_approval"]),
            )
            .order_by(run.c.business_day)
        )
    )


def count_runs(connection: Connection, entity_id: int) -> int:
    """How many runs of the entity were approved or needed no approval: what going live counts."""
    return int(
        connection.execute(
            select(func.count()).where(run.c.entity_id == entity_id, run.c.status.in_(["sending", "finished"]))
        ).scalar_one()
    )


def recent_volumes(connection: Connection, entity_id: int, limit: int = 10) -> list[int]:
    """Messages of the entity's last runs that were let go and had any, the newest first."""
    rows = connection.execute(
        select(run.c.counts)
        .where(run.c.entity_id == entity_id, run.c.kind == CADENCE, run.c.status.in_(["sending", "finished"]))
        .order_by(run.c.business_day.desc())
        .limit(3 * limit)
    ).scalars()
    volumes = (int((counts or {}).get("messages", 0)) for counts in rows)
    return [volume for volume in volumes if volume > 0][:limit]


_LAST = 2**63 - 1
"""The end of a run's last chunk: whoever became a customer since is in it."""


def has_chunks(connection: Connection, run_id: int) -> bool:
    """Whether a run was divided."""
    return (
        connection.execute(select(run_chunk.c.run_id).where(run_chunk.c.run_id == run_id).limit(1)).first() is not None
    )


def divide(connection: Connection, run_id: int, after_id: int, size: int) -> None:
    """Divide the customers behind `after_id` into chunks of `size`, to be planned by whoever takes them."""
    place = func.row_number().over(order_by=customer.c.id)
    numbered = select(customer.c.id, place.label("place")).where(customer.c.id > after_id).subquery()
    bounds = connection.execute(
        select(numbered.c.id).where(numbered.c.place % size == 0).order_by(numbered.c.id)
    ).scalars()
    ends = [*bounds, _LAST]
    connection.execute(
        insert_ignore(connection, run_chunk),
        [
            {"run_id": run_id, "after_id": first, "to_id": last}
            for first, last in zip([after_id, *ends[:-1]], ends, strict=True)
        ],
    )


def take_chunk(connection: Connection, run_id: int) -> Row[Any] | None:
    """A chunk that isn't planned, held until the transaction ends; None when all are.

    Where the others are held, waits until one's holder is done, or has died: its transaction is gone, the chunk free.
    On SQLite there is no other holder: the write transaction keeps them out.
    """
    c = run_chunk.c
    unplanned = select(run_chunk).where(c.run_id == run_id, c.planned_at.is_(None)).order_by(c.after_id).limit(1)
    while True:
        for statement in (unplanned.with_for_update(skip_locked=True), unplanned.with_for_update()):
            found = connection.execute(statement).first()
            if found is not None:
                return found
        if connection.execute(unplanned).first() is None:
            return None


def end_chunk(connection: Connection, chunk: Row[Any], counts: dict[str, int], now: datetime) -> None:
    """A chunk is planned, with so many of each."""
    c = run_chunk.c
    connection.execute(
        update(run_chunk)
        .where(c.run_id == chunk.run_id, c.after_id == chunk.after_id)
        .values(planned_at=now, counts=counts)
    )


def sum_counts(connection: Connection, run_id: int) -> dict[str, int]:
    """What all chunks of a run planned together, with what was planned before it was divided."""
    summed = Counter(get_run(connection, run_id).counts or {})
    for counts in connection.execute(select(run_chunk.c.counts).where(run_chunk.c.run_id == run_id)).scalars():
        summed.update(counts or {})
    return dict(summed)


def end_planning(connection: Connection, run_id: int, status: str, counts: dict[str, int]) -> bool:
    """Give a planned run its next state. False when another process did."""
    changed = connection.execute(
        update(run).where(run.c.id == run_id, run.c.status == "planning").values(status=status, counts=counts)
    ).rowcount
    return bool(changed)


def set_run(connection: Connection, run_id: int, **values: Any) -> None:
    """Set columns of a run."""
    connection.execute(update(run).where(run.c.id == run_id).values(**values))


def reserve_ids(connection: Connection, table: SaTable, count: int) -> list[int]:
    """Ids for `count` new rows, so that rows which refer to each other go in without asking back.

    SQLite: the write transaction excludes others. PostgreSQL: from the column's sequence.
    """
    if connection.dialect.name == "postgresql":
        sequence = func.nextval(func.pg_get_serial_sequence(literal(table.name), "id"))
        return [
            int(i) for i in connection.execute(select(sequence).select_from(func.generate_series(1, count))).scalars()
        ]
    top = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    return list(range(top + 1, top + count + 1))


def open_cycles(connection: Connection, cycles: Sequence[dict[str, Any]]) -> list[int]:
    """Open these cycles; returns their ids in order. None of them may have an open one."""
    ids = reserve_ids(connection, cycle, len(cycles))
    if cycles:
        connection.execute(insert(cycle), [{"id": i, **row} for i, row in zip(ids, cycles, strict=True)])
    return ids


def close_cycles(connection: Connection, entity_id: int, today: date) -> int:
    """Close the cycles of items that are paid, credited or written off: a reopened item starts a new one."""
    settled = select(document.c.id).where(document.c.id == cycle.c.document_id, document.c.open_minor == 0)
    closed = connection.execute(
        update(cycle)
        .where(
            cycle.c.entity_id == entity_id,
            cycle.c.closed_on.is_(None),
            cycle.c.scope == "invoice",
            settled.exists(),
        )
        .values(closed_on=today)
        .returning(cycle.c.document_id)
    ).scalars()
    ids = [int(i) for i in closed]
    if ids:
        connection.execute(
            update(document).where(among(connection, document.c.id, ids)).values(stage_offset=NO_STAGE, touched_on=None)
        )
    return len(ids)


def close_account_cycles(connection: Connection, cycle_ids: Iterable[int], today: date) -> None:
    """Close cycles of accounts with nothing overdue any more."""
    connection.execute(
        update(cycle)
        .where(among(connection, cycle.c.id, cycle_ids), cycle.c.closed_on.is_(None))
        .values(closed_on=today)
    )


def new_message_row(**values: Any) -> dict[str, Any]:
    """A message row with what every message has: its public id and the token of its thread."""
    return {"public_id": str(uuid7()), "reply_token": secrets.token_hex(10), **values}


def write_messages(
    connection: Connection, messages: Sequence[dict[str, Any]], touches: Sequence[Sequence[dict[str, Any]]]
) -> list[int]:
    """Write messages, and for each the touches that it carries. Returns the messages' ids in order."""
    ids = reserve_ids(connection, message, len(messages))
    if messages:
        connection.execute(insert(message), [{"id": i, **row} for i, row in zip(ids, messages, strict=True)])
    rows = [
        {"message_id": i, "task_id": None, **row} for i, carried in zip(ids, touches, strict=True) for row in carried
    ]
    write_touches(connection, rows)
    return ids


def write_touches(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write touches and note on each item how far its cycle has come."""
    if not rows:
        return
    connection.execute(insert(touch), rows)
    steps = [r for r in rows if r["document_id"] is not None]
    moved = [
        {"which": r["document_id"], "reached": r["stage_offset"], "day": r["planned_on"]}
        for r in steps
        if ":" not in r["stage"]
    ]
    if moved:
        _note_stages(connection, moved)


def _note_stages(connection: Connection, moved: Sequence[dict[str, Any]]) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "UPDATE document SET stage_offset = greatest(stage_offset, m.reached), touched_on = m.day "
                "FROM unnest(cast(:which AS bigint[]), cast(:reached AS smallint[]), cast(:day AS date[])) "
                "AS m(which, reached, day) WHERE document.id = m.which"
            ),
            {name: [row[name] for row in moved] for name in ("which", "reached", "day")},
        )
        return
    connection.execute(
        text("UPDATE document SET stage_offset = max(stage_offset, :reached), touched_on = :day WHERE id = :which"),
        [{**row, "day": row["day"].isoformat()} for row in moved],
    )


def recount_stages(
    connection: Connection, customer_ids: Sequence[int], entity_id: int, offsets: dict[str, int]
) -> None:
    """After an edit of a policy: how far each item has come, by the offsets that its stages have now."""
    known = case(*[(touch.c.stage == code, offset) for code, offset in offsets.items()], else_=touch.c.stage_offset)
    reached = (
        select(func.coalesce(func.max(known), NO_STAGE))
        .select_from(touch)
        .join(cycle, cycle.c.id == touch.c.cycle_id)
        .where(
            cycle.c.document_id == document.c.id,
            cycle.c.closed_on.is_(None),
            touch.c.dropped_reason.is_(None),
            touch.c.stage.not_like("%:%"),
        )
        .scalar_subquery()
    )
    connection.execute(
        update(document)
        .where(
            document.c.entity_id == entity_id,
            among(connection, document.c.customer_id, customer_ids),
            document.c.open_minor > ZERO,
            document.c.stage_offset > NO_STAGE,
        )
        .values(stage_offset=reached)
    )


def run_messages(connection: Connection, run_id: int) -> list[Row[Any]]:
    """How many messages of a run are in each state, by language, channel and template."""
    m = message.c
    return list(
        connection.execute(
            select(m.status, m.channel, m.locale, m.template, func.count().label("messages"))
            .where(m.run_id == run_id)
            .group_by(m.status, m.channel, m.locale, m.template)
            .order_by(m.locale, m.channel, m.template, m.status)
        )
    )


def next_instant(connection: Connection, run_id: int, after: datetime | None) -> datetime | None:
    """The next instant at which planned messages of a run may go, later than `after`."""
    statement = select(func.min(message.c.not_before)).where(
        message.c.run_id == run_id, message.c.status == str(TouchStatus.PLANNED)
    )
    if after is not None:
        statement = statement.where(message.c.not_before > after)
    found: datetime | None = connection.execute(statement).scalar()
    return found


def get_run(connection: Connection, run_id: int) -> Row[Any]:
    """A run by id."""
    return connection.execute(select(run).where(run.c.id == run_id)).one()


def task_ids(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Task ids by key."""
    rows = connection.execute(select(task.c.key, task.c.id).where(among_texts(connection, task.c.key, keys)))
    return {str(key): int(i) for key, i in rows}


def customer_labels(connection: Connection, customer_ids: Iterable[int]) -> dict[int, str]:
    """Customer id → 'number name'."""
    c = customer.c
    rows = connection.execute(select(c.id, c.number, c.name).where(among(connection, c.id, customer_ids)))
    return {row.id: f"{row.number} {row.name}" for row in rows}
