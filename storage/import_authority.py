"""Changing over which source of cash is believed: what was paid so far is kept, told in the new source's way."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from domain.documents import EntryKind
from storage.import_scope import PAID_AMOUNT
from storage.import_stage import run
from storage.import_upsert import drop_ready, make_ready


def change_over(connection: Connection, code: str, authority: str, as_of: date, now: datetime) -> int:
    """Retell what an entity's documents have been paid so far in the way of `authority`; no residual changes.

    To `paid_amount`: what payments covered becomes paid by the source. To `payments`: what the source said to be paid
    becomes one payment a document, "paid NUMBER/INSTALMENT opening". Returns how many documents.
    """
    if authority == PAID_AMOUNT:
        return _to_paid_amount(connection, code, as_of, now)
    return _to_payments(connection, code, as_of, now)


_ENTRY = "INSERT INTO ledger_entry (document_id, effective_on, recorded_at, kind, amount_minor, application_id)"


def _to_paid_amount(connection: Connection, code: str, as_of: date, now: datetime) -> int:
    make_ready(
        connection,
        "ready_over",
        """SELECT a.id AS application_id, a.document_id, a.amount_minor FROM application a
        JOIN document d ON d.id = a.document_id JOIN legal_entity e ON e.id = d.entity_id
        WHERE e.code = :code AND a.payment_id IS NOT NULL AND a.reversed_on IS NULL""",
        code=code,
    )
    for kind, sign, application in (
        (EntryKind.REVERSAL, "", "o.application_id"),
        (EntryKind.PAID_BY_SOURCE, "-", "CAST(NULL AS BIGINT)"),
    ):
        run(
            connection,
            f"""{_ENTRY} SELECT o.document_id, :as_of, :now, '{kind}', {sign}o.amount_minor, {application}
            FROM ready_over o""",
            as_of=as_of,
            now=now,
        )
    run(
        connection,
        "UPDATE application SET reversed_on = :as_of WHERE id IN (SELECT application_id FROM ready_over)",
        as_of=as_of,
    )
    count = run(
        connection,
        """UPDATE document SET source_paid_minor = COALESCE(source_paid_minor, 0) + t.total, updated_at = :now
        FROM (SELECT document_id, SUM(amount_minor) AS total FROM ready_over GROUP BY document_id) t
        WHERE document.id = t.document_id""",
        now=now,
    ).rowcount
    drop_ready(connection, "ready_over")
    return int(count)


def _to_payments(connection: Connection, code: str, as_of: date, now: datetime) -> int:
    count = make_ready(
        connection,
        "ready_over",
        f"""SELECT d.id AS document_id, d.entity_id, d.customer_id, d.currency, p.paid,
        'paid ' || d.number || '/' || CAST(d.instalment AS TEXT) || ' opening' AS reference
        FROM document d JOIN legal_entity e ON e.id = d.entity_id JOIN (
            SELECT document_id, -SUM(amount_minor) AS paid FROM ledger_entry
            WHERE kind = '{EntryKind.PAID_BY_SOURCE}' GROUP BY document_id) p ON p.document_id = d.id
        WHERE e.code = :code AND p.paid > 0""",
        code=code,
    )
    run(
        connection,
        """INSERT INTO payment (entity_id, customer_id, reference, received_on, currency, amount_minor,
        unapplied_minor, updated_at)
        SELECT o.entity_id, o.customer_id, o.reference, :as_of, o.currency, o.paid, 0, :now FROM ready_over o""",
        as_of=as_of,
        now=now,
    )
    joined = "FROM ready_over o JOIN payment p ON p.entity_id = o.entity_id AND p.reference = o.reference"
    run(
        connection,
        f"""INSERT INTO application (payment_id, document_id, amount_minor, effective_on)
        SELECT p.id, o.document_id, o.paid, :as_of {joined}""",
        as_of=as_of,
    )
    run(
        connection,
        f"""{_ENTRY} SELECT o.document_id, :as_of, :now, '{EntryKind.PAID_BY_SOURCE}', o.paid, CAST(NULL AS BIGINT)
        FROM ready_over o""",
        as_of=as_of,
        now=now,
    )
    run(
        connection,
        f"""{_ENTRY} SELECT o.document_id, :as_of, :now, '{EntryKind.PAYMENT}', -o.paid, a.id {joined}
        JOIN application a ON a.payment_id = p.id""",
        as_of=as_of,
        now=now,
    )
    run(
        connection,
        """UPDATE document SET source_paid_minor = NULL, updated_at = :now
        WHERE id IN (SELECT document_id FROM ready_over)""",
        now=now,
    )
    drop_ready(connection, "ready_over")
    return count
