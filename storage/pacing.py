"""What all workers share about providers: health, buckets of rates, and how much went today. All in database time.

Rows are locked by kind (health, buckets, days) and in the order of their keys. Claims lock them before messages, which
they never wait for; results lock them after.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from domain.breaker import Breaker, ProviderState
from storage.sql import insert_ignore
from storage.tables import pace, provider_day, provider_state


def provider_states(connection: Connection, providers: Collection[str] | None = None) -> dict[str, ProviderState]:
    """Provider → what is known of it; of all that ever had trouble when None."""
    statement = select(provider_state).order_by(provider_state.c.provider)
    if providers is not None:
        statement = statement.where(provider_state.c.provider.in_(sorted(providers)))
    found = {row.provider: _state(row) for row in connection.execute(statement)}
    return found | {name: ProviderState(name) for name in providers or () if name not in found}


def lock_state(connection: Connection, provider: str, now: datetime) -> ProviderState:
    """What is known of a provider, its row held until the transaction ends."""
    connection.execute(
        insert_ignore(connection, provider_state).values(
            provider=provider, breaker=str(Breaker.CLOSED), failures=0, changed_at=now
        )
    )
    row = connection.execute(
        select(provider_state).where(provider_state.c.provider == provider).with_for_update()
    ).one()
    return _state(row)


def keep_state(connection: Connection, state: ProviderState, now: datetime) -> None:
    """Write what is known of a provider whose row is held."""
    connection.execute(
        update(provider_state)
        .where(provider_state.c.provider == state.provider)
        .values(
            breaker=str(state.breaker),
            failures=state.failures,
            not_before=state.not_before,
            probe_until=state.probe_until,
            error=state.error,
            changed_at=now,
        )
    )


def _state(row: Row[Any]) -> ProviderState:
    return ProviderState(
        provider=row.provider,
        breaker=Breaker(row.breaker),
        failures=row.failures,
        not_before=row.not_before,
        probe_until=row.probe_until,
        error=row.error,
    )


def lock_buckets(connection: Connection, keys: Collection[str], now: datetime) -> dict[str, datetime]:
    """Key of a rate → when its bucket is full again, the rows held until the transaction ends."""
    if not keys:
        return {}
    wanted = sorted(keys)
    connection.execute(insert_ignore(connection, pace), [{"key": key, "full_at": now} for key in wanted])
    rows = connection.execute(select(pace).where(pace.c.key.in_(wanted)).order_by(pace.c.key).with_for_update())
    return {row.key: row.full_at for row in rows}


def keep_buckets(connection: Connection, full_at: Mapping[str, datetime]) -> None:
    """Write buckets whose rows are held."""
    for key in sorted(full_at):
        connection.execute(update(pace).where(pace.c.key == key).values(full_at=full_at[key]))


def lock_day(connection: Connection, provider: str, day: date) -> int:
    """How many messages were taken up for a provider on a day (UTC), the row held until the transaction ends."""
    connection.execute(insert_ignore(connection, provider_day).values(provider=provider, day=day, handed_over=0))
    return int(
        connection.execute(
            select(provider_day.c.handed_over)
            .where(provider_day.c.provider == provider, provider_day.c.day == day)
            .with_for_update()
        ).scalar_one()
    )


def count_day(connection: Connection, provider: str, day: date, more: int) -> None:
    """So many more were taken up for a provider."""
    connection.execute(
        update(provider_day)
        .where(provider_day.c.provider == provider, provider_day.c.day == day)
        .values(handed_over=provider_day.c.handed_over + more)
    )


def days_volume(connection: Connection, day: date) -> dict[str, int]:
    """Provider → messages taken up on a day (UTC), of those that have a daily cap."""
    rows = connection.execute(select(provider_day).where(provider_day.c.day == day))
    return {row.provider: row.handed_over for row in rows}
