"""Whether this database may send: an older copy of it must not, for what it holds as planned may have gone since.

What gives a copy away: the stamp that `dunwell backup` writes into it; on PostgreSQL another cluster, database or
timeline than the one that sent before; a trail that lacks entries which this machine has seen (`workflows/restore`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, exists, insert, select, text

from storage.database import UnitOfWork
from storage.sql import insert_ignore
from storage.tables import audit_entry, audit_link, run, setting

HOME, HELD, COPY, RESTORED = "sending.home", "sending.held", "sending.copy", "sending.restored"


def why_held(unit: UnitOfWork) -> str | None:
    """Why nothing may be sent; None when it may. The first call makes this place the database's home. Commit it."""
    known = _settings(unit.connection)
    if HELD in known:
        return str(known[HELD]["why"])
    if COPY in known:
        return f"the database is a backup of {known[COPY]['at']}"
    place = _place(unit)
    if HOME not in known:
        home = {"id": str(uuid4()), "place": place}
        statement = insert_ignore(unit.connection, setting)
        unit.connection.execute(statement.values(key=HOME, value=home, updated_at=unit.database_now()))
    elif known[HOME]["place"] != place:
        why = "the database stands on another server, or was restored: it may be older than what was sent from it"
        hold_sending(unit, why)
        return why
    return None


def read_hold(connection: Connection) -> str | None:
    """The hold that is written down, for showing."""
    known = _settings(connection)
    if HELD in known:
        return str(known[HELD]["why"])
    return f"the database is a backup of {known[COPY]['at']}" if COPY in known else None


def hold_sending(unit: UnitOfWork, why: str) -> None:
    """Nothing is sent from now on, until `release`."""
    statement = insert_ignore(unit.connection, setting)
    unit.connection.execute(statement.values(key=HELD, value={"why": why}, updated_at=unit.database_now()))


def release(unit: UnitOfWork, now: datetime, as_of: datetime | None) -> None:
    """This place is the database's home from now on; runs wait for a yes until one has got it."""
    connection = unit.connection
    connection.execute(delete(setting).where(setting.c.key.in_([HELD, COPY, RESTORED, HOME])))
    told = {"at": now.isoformat(), "as_of": as_of.isoformat() if as_of else None}
    home = {"id": str(uuid4()), "place": _place(unit)}
    rows = [{"key": HOME, "value": home, "updated_at": now}, {"key": RESTORED, "value": told, "updated_at": now}]
    connection.execute(insert(setting), rows)


def home_id(connection: Connection) -> str | None:
    """Which database this is; None before anything was sent from it."""
    known = _settings(connection)
    return str(known[HOME]["id"]) if HOME in known else None


def waits_after_restore(connection: Connection, entity_id: int) -> bool:
    """Whether the entity's plans wait for a yes because the database was restored and none has got one since."""
    known = _settings(connection).get(RESTORED)
    if known is None:
        return False
    since = datetime.fromisoformat(known["at"])
    return not connection.execute(
        select(exists().where(run.c.entity_id == entity_id, run.c.approved_at > since))
    ).scalar_one()


def stamp_copy(unit: UnitOfWork, at: datetime) -> None:
    """Write into a copy that it is one."""
    statement = insert_ignore(unit.connection, setting)
    unit.connection.execute(statement.values(key=COPY, value={"at": at.isoformat()}, updated_at=at))


def trail_head(connection: Connection) -> tuple[int, str] | None:
    """The newest link of the trail: its number and hash."""
    newest = select(audit_link.c.sequence, audit_link.c.hash).order_by(audit_link.c.sequence.desc()).limit(1)
    row = connection.execute(newest).first()
    return (int(row.sequence), str(row.hash)) if row else None


def has_link(connection: Connection, sequence: int, digest: str) -> bool:
    """Whether the trail has this very link."""
    found = select(audit_link.c.hash).where(audit_link.c.sequence == sequence)
    return bool(connection.execute(found).scalar() == digest)


def newest_entry(connection: Connection) -> datetime | None:
    """When the newest entry of the trail was written: the instant that the database is as of."""
    newest = select(audit_entry.c.at).order_by(audit_entry.c.id.desc()).limit(1)
    found: datetime | None = connection.execute(newest).scalar()
    return found


def _settings(connection: Connection) -> dict[str, Any]:
    wanted = setting.c.key.in_([HOME, HELD, COPY, RESTORED])
    return {row.key: row.value for row in connection.execute(select(setting.c.key, setting.c.value).where(wanted))}


_READABLE = " AND ".join(
    f"has_function_privilege('{name}()', 'EXECUTE')" for name in ("pg_control_system", "pg_control_checkpoint")
)
_PLACE = """SELECT s.system_identifier || '/' || d.oid || '/' || c.timeline_id
    FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database()"""


def _place(unit: UnitOfWork) -> str:
    """PostgreSQL: cluster, database, timeline (the database alone where a role may not see the others)."""
    if unit.dialect != "postgresql":
        return ""
    readable = unit.connection.execute(text(f"SELECT {_READABLE}")).scalar_one()
    if readable:
        return str(unit.connection.execute(text(_PLACE)).scalar_one())
    own = text("SELECT oid FROM pg_database WHERE datname = current_database()")
    return f"/{unit.connection.execute(own).scalar_one()}/"
