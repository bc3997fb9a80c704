"""What an operator looks at, by indexes alone: runs, what is on its way, what waits for people, the trail's seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text

from storage.runs import CADENCE
from storage.send_queue import LET_GO
from storage.tables import audit_entry, audit_link, inbound_event, legal_entity, message, provider_state, reply, run

# Words of the statements, as the partial indexes have them: a bound value would not be proven to fit.
_ON_THE_WAY = text("message.status IN ('planned', 'claimed', 'sending')")
_DUE = text("message.status = 'planned' AND message.status IN ('planned', 'claimed', 'sending')")
_IN_DOUBT = text("message.status = 'unknown'")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many there are, and since when the oldest."""

    count: int
    oldest: datetime | None


def queue_by_status(connection: Connection) -> dict[str, int]:
    """Messages planned, claimed and sending: how many of each."""
    rows = connection.execute(select(message.c.status, func.count()).where(_ON_THE_WAY).group_by(message.c.status))
    return {str(status): int(count) for status, count in rows}


def oldest_due(connection: Connection, now: datetime) -> Waiting:
    """Messages that may go at `now` (hour come, plan let go), and the hour of the oldest."""
    let_go = select(run.c.id).where(run.c.status.in_(LET_GO))
    free = message.c.run_id.is_(None) | message.c.run_id.in_(let_go)
    count, oldest = connection.execute(
        select(func.count(), func.min(message.c.not_before)).where(_DUE, message.c.not_before <= now, free)
    ).one()
    return Waiting(int(count), oldest)


def doubts(connection: Connection) -> int:
    """Messages of which it can't be known whether they went."""
    return int(connection.execute(select(func.count()).select_from(message).where(_IN_DOUBT)).scalar_one())


def newest_run_of_each(connection: Connection) -> list[Row[Any]]:
    """Each entity with its newest run (columns of the run are null where there is none)."""
    other = run.alias("other")
    newest = (
        select(func.max(other.c.business_day))
        .where(other.c.entity_id == legal_entity.c.id, other.c.kind == CADENCE)
        .correlate(legal_entity)
        .scalar_subquery()
    )
    joined = (run.c.entity_id == legal_entity.c.id) & (run.c.kind == CADENCE) & (run.c.business_day == newest)
    return list(
        connection.execute(
            select(
                legal_entity.c.id,
                legal_entity.c.code,
                legal_entity.c.name,
                legal_entity.c.country,
                legal_entity.c.timezone,
                legal_entity.c.ledger_as_of,
                run.c.id.label("run_id"),
                run.c.business_day,
                run.c.status,
                run.c.started_at,
                run.c.counts,
            )
            .select_from(legal_entity)
            .outerjoin(run, joined)
            .order_by(legal_entity.c.code)
        )
    )


def run_statuses(connection: Connection, run_id: int) -> dict[str, int]:
    """A run's messages by state."""
    rows = connection.execute(
        select(message.c.status, func.count()).where(message.c.run_id == run_id).group_by(message.c.status)
    )
    return {str(status): int(count) for status, count in rows}


def replies_waiting(connection: Connection) -> Waiting:
    """Replies that wait for a person."""
    count, oldest = connection.execute(
        select(func.count(), func.min(reply.c.received_at)).where(reply.c.status == "waiting")
    ).one()
    return Waiting(int(count), oldest)


def inbound_waiting(connection: Connection) -> Waiting:
    """Events that are stored and not read yet."""
    count, oldest = connection.execute(
        select(func.count(), func.min(inbound_event.c.received_at)).where(inbound_event.c.status == "new")
    ).one()
    return Waiting(int(count), oldest)


def unsealed(connection: Connection) -> int:
    """Entries of the trail newer than the newest that is sealed."""
    sealed = select(func.coalesce(func.max(audit_link.c.entry_id), 0)).scalar_subquery()
    return int(connection.execute(select(func.count()).where(audit_entry.c.id > sealed)).scalar_one())


def providers(connection: Connection) -> list[Row[Any]]:
    """What is known of each provider: its breaker, and the trouble it was opened for."""
    return list(connection.execute(select(provider_state).order_by(provider_state.c.provider)))
