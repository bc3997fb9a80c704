"""What a source says is disputed: one dispute of source `import` an invoice, opened, changed and closed by it alone.

Disputes that people or replies opened are not touched. Here also: what disputes and promises hold still of a document
after its residual changed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update
from uuid6 import uuid7

from domain.disputes import SUSPENDS, DisputeReason, DisputeStatus
from domain.promises import PromiseStatus
from storage.import_stage import run
from storage.tables import dispute, dispute_document

SOURCE = "import"
_OPEN = ", ".join(f"'{status}'" for status in sorted(SUSPENDS))


def apply_disputed_amounts(connection: Connection, batch: str, as_of: date, now: datetime) -> int:
    """Open, change or close imported disputes by `ready_invoices.disputed`. Returns how many known invoices changed.

    `batch` makes the reference of a new dispute unique when an earlier one of the same invoice was closed.
    """
    rows = run(
        connection,
        f"""SELECT d.id AS document_id, d.entity_id, d.customer_id, d.currency, e.code, r.number, r.instalment,
        r.disputed, r.existing_id, x.id AS dispute_id, x.amount_minor AS now_disputed,
        CASE WHEN k.document_id IS NULL THEN 0 ELSE 1 END AS counted
        FROM ready_invoices r JOIN legal_entity e ON e.id = r.entity_id JOIN document d
        ON d.entity_id = r.entity_id AND d.number = r.number AND d.instalment = r.instalment
        LEFT JOIN ready_changes k ON k.document_id = d.id
        LEFT JOIN (SELECT dd.document_id, p.id, p.amount_minor FROM dispute p
            JOIN dispute_document dd ON dd.dispute_id = p.id WHERE p.source = '{SOURCE}' AND p.status IN ({_OPEN})) x
        ON x.document_id = d.id
        WHERE r.disputed IS NOT NULL AND r.disputed <> COALESCE(x.amount_minor, 0)""",
    ).all()
    _open(connection, [row for row in rows if row.dispute_id is None], batch, as_of, now)
    known = [row for row in rows if row.dispute_id is not None]
    _change(connection, [row for row in known if row.disputed])
    closed = [{"key": row.dispute_id} for row in known if not row.disputed]
    if closed:
        connection.execute(
            update(dispute)
            .where(dispute.c.id == bindparam("key"))
            .values(
                status=str(DisputeStatus.WITHDRAWN), closed_on=as_of, resolution="no longer disputed in the source"
            ),
            closed,
        )
    return sum(1 for row in rows if row.existing_id is not None and not row.counted)


def _open(connection: Connection, rows: list[Any], batch: str, as_of: date, now: datetime) -> None:
    if not rows:
        return
    made = [
        {
            "public_id": str(uuid7()),
            "customer_id": row.customer_id,
            "entity_id": row.entity_id,
            "reason": str(DisputeReason.OTHER),
            "currency": row.currency,
            "amount_minor": row.disputed,
            "status": str(DisputeStatus.OPEN),
            "opened_on": as_of,
            "source": SOURCE,
            "source_ref": f"{row.code}/{row.number}/{row.instalment} {batch}",
            "created_at": now,
        }
        for row in rows
    ]
    connection.execute(insert(dispute), made)
    listed = {each["source_ref"]: row for each, row in zip(made, rows, strict=True)}
    found = run(
        connection,
        "SELECT id, source_ref FROM dispute WHERE source = :source AND created_at = :now",
        source=SOURCE,
        now=now,
    ).all()
    connection.execute(
        insert(dispute_document),
        [
            {
                "dispute_id": row.id,
                "document_id": listed[row.source_ref].document_id,
                "amount_minor": listed[row.source_ref].disputed,
            }
            for row in found
            if row.source_ref in listed
        ],
    )


def _change(connection: Connection, rows: list[Any]) -> None:
    for row in rows:
        bound = {"id": row.dispute_id, "minor": row.disputed}
        run(connection, "UPDATE dispute SET amount_minor = :minor WHERE id = :id", **bound)
        run(connection, "UPDATE dispute_document SET amount_minor = :minor WHERE dispute_id = :id", **bound)


def refresh_held(connection: Connection) -> None:
    """Set `disputed_minor` and `promised_minor` to what open disputes and promises hold, at most what is open."""
    _refresh(
        connection,
        "disputed_minor",
        f"""SELECT t.document_id, SUM(CASE WHEN p.status IN ({_OPEN}) THEN t.amount_minor ELSE 0 END) AS held
        FROM dispute_document t JOIN dispute p ON p.id = t.dispute_id GROUP BY t.document_id""",
    )
    _refresh(
        connection,
        "promised_minor",
        f"""SELECT t.document_id,
        SUM(CASE WHEN p.status = '{PromiseStatus.OPEN}' THEN t.amount_minor ELSE 0 END) AS held
        FROM promise_document t JOIN promise p ON p.id = t.promise_id GROUP BY t.document_id""",
    )


def _refresh(connection: Connection, column: str, held: str) -> None:
    run(
        connection,
        f"""UPDATE document SET {column} = w.least FROM (
            SELECT d.id, CASE WHEN h.held < d.open_minor THEN h.held ELSE d.open_minor END AS least
            FROM ({held}) h JOIN document d ON d.id = h.document_id) w
        WHERE document.id = w.id AND document.{column} <> w.least""",
    )
