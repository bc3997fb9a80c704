"""Payments and credit memos out of the staging area: written, applied to the invoice they name, taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Date, MetaData, Table

from domain.documents import EntryKind
from storage.import_stage import Stage, run
from storage.import_upsert import Counts, drop_ready, make_ready

_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Paper:
    """What differs between payments and credit memos: tables, columns, and the ledger entry of an application."""

    stage: str
    table: str
    key: str
    day: str
    applied_by: str
    entry: EntryKind
    extra: tuple[str, ...] = ()


PAYMENTS = Paper("payments", "payment", "reference", "received_on", "payment_id", EntryKind.PAYMENT, ("method",))
CREDITS = Paper("credits", "credit_memo", "number", "issued_on", "credit_memo_id", EntryKind.CREDIT)

_allocated = Table(
    "ready_allocated",
    MetaData(),
    Column("source_id", BigInteger),
    Column("document_id", BigInteger),
    Column("amount_minor", BigInteger),
    Column("effective_on", Date),
    prefixes=["TEMPORARY"],
)


def apply_papers(stage: Stage, paper: Paper, present: Collection[str], as_of: date, now: datetime) -> Counts:
    """Insert, update and apply the staged payments or credits. What changed is taken back and applied anew.

    A new one counts from its own day; a changed amount, customer, currency or invoice from `as_of`.
    """
    connection = stage.connection
    extra = "".join(f", s.{column}" for column in paper.extra)
    total = make_ready(
        connection,
        "ready_papers",
        f"""SELECT s.line, e.id AS entity_id, c.id AS customer_id, s.{paper.key} AS natural_key, s.date AS on_day,
        s.currency, s.amount, s.invoice AS names_invoice, x.id AS existing_id {extra} FROM stage_{paper.stage} s
        JOIN legal_entity e ON e.code = s.legal_entity JOIN customer c ON c.number = s.customer
        LEFT JOIN {paper.table} x ON x.entity_id = e.id AND x.{paper.key} = s.{paper.key}""",
    )
    updated = _find_changes(connection, paper, present)
    _take_back(connection, paper, as_of, now)
    _write(connection, paper, present, now)
    inserted = int(run(connection, "SELECT COUNT(*) FROM ready_papers WHERE existing_id IS NULL").scalar_one())
    make_ready(
        connection,
        "ready_sources",
        f"""SELECT ROW_NUMBER() OVER (ORDER BY x.{paper.day}, x.id) AS seq, x.id AS source_id,
        CASE WHEN k.moved = 1 THEN 1 ELSE 0 END AS moved FROM ready_papers r
        JOIN {paper.table} x ON x.entity_id = r.entity_id AND x.{paper.key} = r.natural_key
        LEFT JOIN ready_moves k ON k.source_id = x.id
        WHERE x.names_invoice IS NOT NULL AND (r.existing_id IS NULL OR k.again = 1)""",
    )
    _allocate(stage, paper, as_of, now)
    drop_ready(connection, "ready_papers", "ready_moves", "ready_sources")
    return Counts(inserted, updated, total - inserted - updated)


def apply_waiting(stage: Stage, paper: Paper, as_of: date, now: datetime) -> None:
    """Apply what came before the invoice that it names, now that the invoice is there.

    What a person took off an invoice is not put back.
    """
    make_ready(
        stage.connection,
        "ready_sources",
        f"""SELECT ROW_NUMBER() OVER (ORDER BY x.{paper.day}, x.id) AS seq, x.id AS source_id, 0 AS moved
        FROM {paper.table} x WHERE x.unapplied_minor > 0 AND x.names_invoice IS NOT NULL AND EXISTS (
            SELECT 1 FROM document d WHERE d.entity_id = x.entity_id AND d.number = x.names_invoice
            AND d.currency = x.currency AND d.open_minor > 0
            AND NOT EXISTS (SELECT 1 FROM application a WHERE a.{paper.applied_by} = x.id
                AND a.document_id = d.id AND a.reversed_on IS NOT NULL))""",
    )
    _allocate(stage, paper, as_of, now)
    drop_ready(stage.connection, "ready_sources")


def count_unmatched(connection: Connection, paper: Paper) -> int:
    """How many staged rows name an invoice that nobody knows (in that entity and currency)."""
    return int(
        run(
            connection,
            f"""SELECT COUNT(*) FROM stage_{paper.stage} s JOIN legal_entity e ON e.code = s.legal_entity
            WHERE s.invoice IS NOT NULL AND NOT EXISTS (SELECT 1 FROM document d
            WHERE d.entity_id = e.id AND d.number = s.invoice AND d.currency = s.currency)""",
        ).scalar_one()
    )


def _find_changes(connection: Connection, paper: Paper, present: Collection[str]) -> int:
    """Known papers that differ. `moved`: in what they are worth or stand for; `again`: to be applied anew."""
    moved = [
        "x.customer_id <> r.customer_id",
        "x.currency <> r.currency",
        "x.amount_minor <> r.amount",
        *(["x.names_invoice IS DISTINCT FROM r.names_invoice"] if "invoice" in present else []),
    ]
    plain = [f"x.{column} IS DISTINCT FROM r.{column}" for column in paper.extra if column in present]
    differs = " OR ".join([*moved, f"x.{paper.day} <> r.on_day", *plain])
    return make_ready(
        connection,
        "ready_moves",
        f"""SELECT x.id AS source_id, CASE WHEN {" OR ".join(moved)} THEN 1 ELSE 0 END AS moved,
        CASE WHEN {" OR ".join([*moved, f"x.{paper.day} <> r.on_day"])} THEN 1 ELSE 0 END AS again
        FROM ready_papers r JOIN {paper.table} x ON x.id = r.existing_id WHERE {differs}""",
    )


def _take_back(connection: Connection, paper: Paper, as_of: date, now: datetime) -> None:
    """Reverse every application of a changed paper: from `as_of`, or (only the day changed) from the day it counted."""
    changed = f"""FROM application a JOIN ready_moves k ON k.source_id = a.{paper.applied_by}
        WHERE a.reversed_on IS NULL AND k.again = 1"""
    run(
        connection,
        f"""INSERT INTO ledger_entry (document_id, effective_on, recorded_at, kind, amount_minor, application_id)
        SELECT a.document_id, CASE WHEN k.moved = 1 AND :as_of > a.effective_on THEN :as_of ELSE a.effective_on END,
        :now, '{EntryKind.REVERSAL}', a.amount_minor, a.id {changed}""",
        as_of=as_of,
        now=now,
    )
    run(
        connection,
        f"""UPDATE document SET open_minor = open_minor + t.total, updated_at = :now
        FROM (SELECT a.document_id, SUM(a.amount_minor) AS total {changed} GROUP BY a.document_id) t
        WHERE document.id = t.document_id""",
        now=now,
    )
    run(
        connection,
        f"""UPDATE application SET reversed_on = :as_of WHERE reversed_on IS NULL
        AND {paper.applied_by} IN (SELECT source_id FROM ready_moves WHERE again = 1)""",
        as_of=as_of,
    )


def _write(connection: Connection, paper: Paper, present: Collection[str], now: datetime) -> None:
    extra = [column for column in paper.extra if column in present]
    sets = "".join(f", {column} = r.{column}" for column in extra)
    invoice = ", names_invoice = r.names_invoice" if "invoice" in present else ""
    run(
        connection,
        f"""UPDATE {paper.table} SET customer_id = r.customer_id, {paper.day} = r.on_day, currency = r.currency,
        amount_minor = r.amount, updated_at = :now {sets} {invoice},
        unapplied_minor = CASE WHEN k.again = 1 THEN r.amount ELSE unapplied_minor END
        FROM ready_moves k JOIN ready_papers r ON r.existing_id = k.source_id WHERE {paper.table}.id = k.source_id""",
        now=now,
    )
    columns = "".join(f", {column}" for column in paper.extra)
    values = "".join(f", r.{column}" for column in paper.extra)
    run(
        connection,
        f"""INSERT INTO {paper.table} (entity_id, customer_id, {paper.key}, {paper.day}, currency, amount_minor,
        unapplied_minor, names_invoice, updated_at {columns})
        SELECT r.entity_id, r.customer_id, r.natural_key, r.on_day, r.currency, r.amount, r.amount, r.names_invoice,
        :now {values} FROM ready_papers r WHERE r.existing_id IS NULL ORDER BY r.entity_id, r.natural_key""",
        now=now,
    )


def _allocate(stage: Stage, paper: Paper, as_of: date, now: datetime) -> None:
    """Apply `ready_sources` to the invoices they name, oldest instalment first, never beyond what is open."""
    connection = stage.connection
    run(connection, "CREATE INDEX ix_ready_sources ON ready_sources (seq)")
    _allocated.create(connection)
    stage.load(_allocated, list(_shares(_candidates(connection, paper), as_of)))
    stage.analyze("ready_allocated")
    run(
        connection,
        f"""INSERT INTO application ({paper.applied_by}, document_id, amount_minor, effective_on)
        SELECT source_id, document_id, amount_minor, effective_on FROM ready_allocated""",
    )
    run(
        connection,
        f"""INSERT INTO ledger_entry (document_id, effective_on, recorded_at, kind, amount_minor, application_id)
        SELECT a.document_id, a.effective_on, :now, '{paper.entry}', -a.amount_minor, a.id FROM ready_allocated t
        JOIN application a ON a.{paper.applied_by} = t.source_id AND a.document_id = t.document_id
        WHERE a.reversed_on IS NULL AND NOT EXISTS (
            SELECT 1 FROM ledger_entry l WHERE l.document_id = a.document_id AND l.application_id = a.id)""",
        now=now,
    )
    for table, column, key in (
        ("document", "open_minor", "document_id"),
        (paper.table, "unapplied_minor", "source_id"),
    ):
        run(
            connection,
            f"""UPDATE {table} SET {column} = {column} - t.total, updated_at = :now
            FROM (SELECT {key}, SUM(amount_minor) AS total FROM ready_allocated GROUP BY {key}) t
            WHERE {table}.id = t.{key}""",
            now=now,
        )
    drop_ready(connection, "ready_allocated")


def _candidates(connection: Connection, paper: Paper) -> Iterator[Any]:
    """Sources with the open items of the invoice they name: sources by day, items by due date and instalment."""
    last = int(run(connection, "SELECT COUNT(*) FROM ready_sources").scalar_one())
    for first in range(1, last + 1, _CHUNK):
        yield from run(
            connection,
            f"""SELECT x.id AS source_id, x.unapplied_minor AS available, x.{paper.day} AS on_day, t.moved,
            d.id AS document_id, d.open_minor AS residual, d.issued_on
            FROM ready_sources t JOIN {paper.table} x ON x.id = t.source_id
            JOIN document d ON d.entity_id = x.entity_id AND d.number = x.names_invoice AND d.currency = x.currency
            WHERE t.seq BETWEEN :first AND :last AND d.open_minor > 0 AND x.unapplied_minor > 0
            ORDER BY t.seq, d.due_on, d.instalment""",
            first=first,
            last=first + _CHUNK - 1,
        ).all()


def _shares(candidates: Iterable[Any], as_of: date) -> Iterator[tuple[int, int, int, date]]:
    """(source, document, minor units, effective day): what is left of a source against what is left of an item."""
    left: dict[int, int] = {}
    residual: dict[int, int] = {}
    for row in candidates:
        share = min(left.get(row.source_id, row.available), residual.get(row.document_id, row.residual))
        if share <= 0:
            continue
        left[row.source_id] = left.get(row.source_id, row.available) - share
        residual[row.document_id] = residual.get(row.document_id, row.residual) - share
        since = max(_day(row.on_day), _day(row.issued_on))
        yield row.source_id, row.document_id, share, max(since, as_of) if row.moved else since


def _day(value: Any) -> date:
    """SQL text gives SQLite's dates as they are stored."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def release_applications(connection: Connection, wanted: Iterable[tuple[int, int]], as_of: date, now: datetime) -> None:
    """Take back applied cash of documents, newest first, down to the minor units wanted; it is unapplied again."""
    for document_id, minor in wanted:
        applications = run(
            connection,
            """SELECT id, payment_id, credit_memo_id, amount_minor, effective_on FROM application
            WHERE document_id = :document AND reversed_on IS NULL ORDER BY effective_on DESC, id DESC""",
            document=document_id,
        ).all()
        left = minor
        for row in applications:
            freed = min(left, row.amount_minor)
            if freed <= 0:
                break
            left -= freed
            _release(connection, row, document_id, freed, as_of, now)


def _release(connection: Connection, row: Any, document_id: int, freed: int, as_of: date, now: datetime) -> None:
    """One application, wholly or in part: reversed, and what stays of it applied anew from the same day."""
    source = (PAYMENTS, row.payment_id) if row.payment_id is not None else (CREDITS, row.credit_memo_id)
    paper, source_id = source
    run(connection, "UPDATE application SET reversed_on = :as_of WHERE id = :id", as_of=as_of, id=row.id)
    entry = """INSERT INTO ledger_entry (document_id, effective_on, recorded_at, kind, amount_minor, application_id)
        VALUES (:document, :day, :now, :kind, :minor, :application)"""
    kept = row.amount_minor - freed
    bound = {"document": document_id, "day": as_of, "now": now}
    run(connection, entry, kind=str(EntryKind.REVERSAL), minor=row.amount_minor, application=row.id, **bound)
    if kept:
        again = run(
            connection,
            f"""INSERT INTO application ({paper.applied_by}, document_id, amount_minor, effective_on)
            VALUES (:source, :document, :minor, :day) RETURNING id""",
            source=source_id,
            document=document_id,
            minor=kept,
            day=as_of,
        ).scalar_one()
        run(connection, entry, kind=str(paper.entry), minor=-kept, application=again, **bound)
    run(
        connection,
        f"UPDATE {paper.table} SET unapplied_minor = unapplied_minor + :freed, updated_at = :now WHERE id = :id",
        freed=freed,
        now=now,
        id=source_id,
    )
    run(
        connection,
        "UPDATE document SET open_minor = open_minor + :freed WHERE id = :id",
        freed=freed,
        id=document_id,
    )
