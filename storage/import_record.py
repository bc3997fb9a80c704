"""What an import leaves behind: its batch, an audit entry, doubts about customers, and tasks for people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, Text, insert

from domain.tasks import TaskCause, TaskStatus
from storage import audit
from storage.import_refs import ENTITY_KINDS
from storage.import_stage import Stage, run
from storage.tables import import_batch
from storage.tasks import NewTask, add_tasks

stage_doubted = Table("stage_doubted", MetaData(), Column("customer", Text), prefixes=["TEMPORARY"])


def stage_doubts(stage: Stage, customers: Collection[str]) -> None:
    """Keep the numbers of the customers that refused rows name, for what follows."""
    stage_doubted.create(stage.connection)
    stage.load(stage_doubted, [(number,) for number in sorted(customers)])


def record_doubts(connection: Connection, kind: str, file_name: str, as_of: date, now: datetime) -> int:
    """Customers that refused rows name are not dunned until clean; a task tells their collector. Returns how many."""
    doubted = run(
        connection,
        """SELECT c.id, c.number FROM customer c JOIN stage_doubted t ON t.customer = c.number ORDER BY c.id""",
    ).all()
    for row in doubted:
        run(
            connection,
            "UPDATE customer SET doubted_since = COALESCE(doubted_since, :as_of) WHERE id = :id",
            as_of=as_of,
            id=row.id,
        )
        key = _doubt_key(kind, row.number)
        run(
            connection,
            """UPDATE task SET status = :open, outcome = NULL, closed_at = NULL, due_on = :as_of
            WHERE key = :key AND status <> :open""",
            open=str(TaskStatus.OPEN),
            key=key,
            as_of=as_of,
        )
        note = f"{file_name} held refused rows ({kind}) about customer {row.number}: mend them and import again"
        add_tasks(connection, [NewTask(TaskCause.LEDGER_DOUBT, key, as_of, as_of, customer_id=row.id, note=note)])
    return len(doubted)


def clear_doubts(connection: Connection, kind: str, now: datetime, *, complete_scope: bool) -> int:
    """Lift doubts of customers whose rows of this kind are clean now. Returns how many customers are clean again.

    Clean is who stands in the file without a refused row, or in a complete list everybody without one.
    """
    if kind not in ENTITY_KINDS and kind not in ("customers", "contacts"):
        return 0
    if run(connection, "SELECT 1 FROM customer WHERE doubted_since IS NOT NULL LIMIT 1").first() is None:
        return 0
    column = "number" if kind == "customers" else "customer"
    present = "" if complete_scope else f"AND c.number IN (SELECT s.{column} FROM stage_{kind} s)"
    run(
        connection,
        f"""UPDATE task SET status = :done, outcome = 'imported clean', closed_at = :now
        WHERE cause = :cause AND status = :open AND key LIKE :prefix AND customer_id IN (
            SELECT c.id FROM customer c WHERE c.doubted_since IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM stage_doubted t WHERE t.customer = c.number) {present})""",
        done=str(TaskStatus.DONE),
        now=now,
        cause=str(TaskCause.LEDGER_DOUBT),
        open=str(TaskStatus.OPEN),
        prefix=f"{_doubt_key(kind, '')}%",
    )
    return int(
        run(
            connection,
            """UPDATE customer SET doubted_since = NULL WHERE doubted_since IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM task t WHERE t.customer_id = customer.id AND t.cause = :cause AND t.status = :open)
            AND NOT EXISTS (SELECT 1 FROM stage_doubted s WHERE s.customer = customer.number)""",
            cause=str(TaskCause.LEDGER_DOUBT),
            open=str(TaskStatus.OPEN),
        ).rowcount
    )


def _doubt_key(kind: str, number: str) -> str:
    return f"ledger_doubt:{kind}:{number}"


def newest_batch(connection: Connection) -> int:
    """The id of the newest import, 0 for none: whether another one finished in between."""
    return int(run(connection, "SELECT COALESCE(MAX(id), 0) FROM import_batch").scalar_one())


def record_batch(connection: Connection, *, actor: str, data: Mapping[str, Any], scope: str | None) -> int:
    """Write the batch and its audit entry. `data` holds the columns of `import_batch` but the entity."""
    entity = None
    if scope is not None:
        entity = run(connection, "SELECT id FROM legal_entity WHERE code = :code", code=scope).scalar()
    batch = connection.execute(
        insert(import_batch).values(entity_id=entity, **data).returning(import_batch.c.id)
    ).scalar_one()
    told = {key: str(data[key]) for key in ("kind", "file_name", "sha256", "as_of", "rows", "complete")}
    audit.record(
        connection,
        at=data["finished_at"],
        actor=actor,
        action="import",
        subject=("import_batch", batch),
        data={**told, "counts": data["counts"], "scope": scope},
    )
    return int(batch)
