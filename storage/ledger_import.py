"""Invoices out of the staging area into the ledger: new ones by set, changed ones by decisions made on their facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table

from domain.documents import EntryKind
from storage.import_stage import Stage, run
from storage.import_upsert import drop_ready, make_ready
from storage.tables.ledger import NO_STAGE

_CHUNK = 20_000
_PAID_NEW = "CASE WHEN r.paid > r.amount THEN r.amount ELSE COALESCE(r.paid, 0) END"

_amended = Table(
    "ready_amended",
    MetaData(),
    Column("document_id", BigInteger),
    Column("open_minor", BigInteger),
    Column("source_paid_minor", BigInteger),
    Column("excess", BigInteger),
    prefixes=["TEMPORARY"],
)
_entries = Table(
    "ready_entries",
    MetaData(),
    Column("document_id", BigInteger),
    Column("kind", String(20)),
    Column("amount_minor", BigInteger),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class InvoiceChange:
    """A document as it is, and what the source says of it now. Minor units; sums over its ledger entries are positive.

    `told_paid` is None where the source says nothing; `told_open` whether the file says that it stands open.
    """

    document_id: int
    amount: int
    open: int
    paid_by_source: int
    closed_by_source: int
    applied: int
    source_paid: int | None
    told_amount: int
    told_paid: int | None
    told_open: bool


@dataclass(frozen=True, slots=True)
class Amendment:
    """What an import does to a document: signed ledger entries, the new residual, and cash that exceeds the amount.

    `excess` is None where the source says nothing about payments. `release` is how much of payments and credits applied
    to it must be taken back, because the amount fell below them; their entries are written by whoever releases.
    """

    document_id: int
    entries: tuple[tuple[EntryKind, int], ...]
    open: int
    source_paid: int | None
    excess: int | None
    release: int = 0


@dataclass(frozen=True, slots=True)
class Resolved:
    """How many staged invoices are new, and how many differ from the ledger."""

    new: int
    changed: int
    total: int


def resolve_invoices(connection: Connection, present: Collection[str], *, complete: bool) -> Resolved:
    """Find each staged invoice's ids and document, and which documents differ. Reads the ledger, writes nothing of it.

    `complete`: the file lists what is open, so that an item closed before and listed now is open again.
    """
    total = make_ready(
        connection,
        "ready_invoices",
        """SELECT ROW_NUMBER() OVER (ORDER BY d.id IS NOT NULL, e.id, s.number, s.instalment) AS seq, s.line, s.number,
        s.instalment, s.kind, e.id AS entity_id, c.id AS customer_id, d.id AS existing_id, s.issued, s.due, s.amount,
        s.currency, s.po_number, s."order" AS order_number, s.disputed_amount AS disputed,
        s.paid_amount AS paid
        FROM stage_invoices s JOIN legal_entity e ON e.code = s.legal_entity JOIN customer c ON c.number = s.customer
        LEFT JOIN document d ON d.entity_id = e.id AND d.number = s.number AND d.instalment = s.instalment""",
    )
    run(connection, "CREATE INDEX ix_ready_invoices_seq ON ready_invoices (seq)")
    run(connection, "CREATE INDEX ix_ready_invoices_existing ON ready_invoices (existing_id)")
    new = int(run(connection, "SELECT COUNT(*) FROM ready_invoices WHERE existing_id IS NULL").scalar_one())
    optional = {"po_number": "po_number", "order_number": "order", "kind": "kind"}
    plain = ["d.customer_id <> r.customer_id", "d.issued_on <> r.issued", "d.due_on <> r.due"]
    plain += [f"d.{column} IS DISTINCT FROM r.{column}" for column, name in optional.items() if name in present]
    told_open = "(r.paid IS NOT NULL OR :complete = 1)"
    reopened = f"""(d.open_minor = 0 AND {told_open} AND r.amount > COALESCE(r.paid, 0) AND {_closed("d.id")} > 0)"""
    changed = make_ready(
        connection,
        "ready_changes",
        f"""SELECT d.id AS document_id, r.seq, CASE WHEN {told_open} THEN 1 ELSE 0 END AS told_open,
        CASE WHEN {" OR ".join(plain)} THEN 1 ELSE 0 END AS plain,
        CASE WHEN d.amount_minor <> r.amount OR (r.paid IS NOT NULL AND d.source_paid_minor IS DISTINCT FROM r.paid)
        OR {reopened} THEN 1 ELSE 0 END AS money
        FROM ready_invoices r JOIN document d ON d.id = r.existing_id
        WHERE {" OR ".join(plain)} OR d.amount_minor <> r.amount
        OR (r.paid IS NOT NULL AND d.source_paid_minor IS DISTINCT FROM r.paid) OR {reopened}""",
        complete=int(complete),
    )
    run(connection, "CREATE INDEX ix_ready_changes ON ready_changes (document_id)")
    return Resolved(new, changed, total)


def forget_invoices(connection: Connection) -> None:
    """Drop what `resolve_invoices` made."""
    drop_ready(connection, "ready_invoices", "ready_changes")


def _sum_of(document: str, *kinds: EntryKind) -> str:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"""(SELECT COALESCE(-SUM(l.amount_minor), 0) FROM ledger_entry l
        WHERE l.document_id = {document} AND l.kind IN ({listed}))"""


def _closed(document: str) -> str:
    return _sum_of(document, EntryKind.CLOSED_BY_SOURCE, EntryKind.REOPENED_BY_SOURCE)


def insert_invoices(connection: Connection, first: int, last: int, as_of: date, now: datetime) -> int:
    """New invoices of a range of `seq`, with the entries of issue and of what is paid. Returns how many.

    Cash counts from `as_of`, or from the day of issue if that is later. Beyond the amount nothing is applied.
    """
    count = run(
        connection,
        f"""INSERT INTO document (entity_id, customer_id, number, instalment, kind, issued_on, due_on, currency,
        amount_minor, source_paid_minor, open_minor, disputed_minor, promised_minor, credit_pending_minor,
        stage_offset, written_off, po_number, order_number, updated_at)
        SELECT r.entity_id, r.customer_id, r.number, r.instalment, r.kind, r.issued, r.due, r.currency,
        r.amount, r.paid, r.amount - {_PAID_NEW}, 0, 0, 0, {NO_STAGE}, FALSE, r.po_number, r.order_number, :now
        FROM ready_invoices r WHERE r.seq BETWEEN :first AND :last AND r.existing_id IS NULL ORDER BY r.seq""",
        first=first,
        last=last,
        now=now,
    ).rowcount
    joined = """FROM ready_invoices r JOIN document d
        ON d.entity_id = r.entity_id AND d.number = r.number AND d.instalment = r.instalment
        WHERE r.seq BETWEEN :first AND :last AND r.existing_id IS NULL"""
    bound = {"first": first, "last": last, "now": now}
    run(
        connection,
        f"""INSERT INTO ledger_entry (document_id, effective_on, recorded_at, kind, amount_minor)
        SELECT d.id, d.issued_on, :now, '{EntryKind.ISSUED}', d.amount_minor {joined}""",
        **bound,
    )
    run(
        connection,
        f"""INSERT INTO ledger_entry (document_id, effective_on, recorded_at, kind, amount_minor)
        SELECT d.id, CASE WHEN d.issued_on > :as_of THEN d.issued_on ELSE :as_of END, :now,
        '{EntryKind.PAID_BY_SOURCE}', d.open_minor - d.amount_minor {joined} AND d.open_minor < d.amount_minor""",
        as_of=as_of,
        **bound,
    )
    return int(count)


def lock_accounts(connection: Connection, customers: str) -> None:
    """Take the rows of the customers that a SELECT names, in order: sends and replies about them wait their turn.

    On SQLite a write transaction excludes every other writer already.
    """
    if connection.dialect.name == "postgresql":
        run(connection, f"SELECT c.id FROM customer c WHERE c.id IN ({customers}) ORDER BY c.id FOR UPDATE").all()


def change_ranges(connection: Connection, size: int) -> list[tuple[int, int]]:
    """Ranges of document ids that hold `size` changed documents each (the last one fewer)."""
    ends = run(
        connection,
        """SELECT t.document_id FROM (SELECT document_id, ROW_NUMBER() OVER (ORDER BY document_id) AS n
        FROM ready_changes) t WHERE t.n % :size = 0
        UNION SELECT MAX(document_id) FROM ready_changes ORDER BY 1""",
        size=size,
    ).scalars()
    ranges, first = [], 0
    for last in ends:
        if last is not None:
            ranges.append((first, int(last)))
            first = int(last) + 1
    return ranges


def changed_invoices(connection: Connection, first: int, last: int) -> Iterator[InvoiceChange]:
    """The documents of a range of ids whose money changes, as they are and as the source tells, oldest id first."""
    after = first - 1
    while True:
        rows = run(
            connection,
            f"""SELECT d.id, d.amount_minor, d.open_minor, d.source_paid_minor,
            {_sum_of("d.id", EntryKind.PAID_BY_SOURCE)} AS paid_sum,
            {_closed("d.id")} AS closed_sum, (SELECT COALESCE(SUM(a.amount_minor), 0) FROM application a
            WHERE a.document_id = d.id AND a.reversed_on IS NULL) AS applied, r.amount, r.paid, k.told_open
            FROM ready_changes k JOIN ready_invoices r ON r.seq = k.seq JOIN document d ON d.id = k.document_id
            WHERE k.money = 1 AND k.document_id > :after AND k.document_id <= :last
            ORDER BY k.document_id LIMIT {_CHUNK}""",
            after=after,
            last=last,
        ).all()
        for row in rows:
            yield InvoiceChange(
                row.id, row.amount_minor, row.open_minor, int(row.paid_sum), int(row.closed_sum),
                int(row.applied), row.source_paid_minor, row.amount, row.paid,
                bool(row.told_open),
            )  # fmt: skip
        if len(rows) < _CHUNK:
            return
        after = rows[-1].id


def raises_open(connection: Connection) -> int | None:
    """The line of a staged row under which a known item would owe more than it does now, if there is one."""
    line: int | None = run(
        connection,
        """SELECT MIN(r.line) FROM ready_changes k JOIN ready_invoices r ON r.seq = k.seq
        JOIN document d ON d.id = k.document_id WHERE k.money = 1
        AND (r.amount > d.amount_minor OR r.paid < d.source_paid_minor
             OR (d.open_minor = 0 AND r.amount > COALESCE(r.paid, 0)))""",
    ).scalar()
    return line


def stage_amendments(stage: Stage, amendments: Iterable[Amendment]) -> list[tuple[int, int]]:
    """Put amendments where `write_amendments` takes them from. Returns what to release: (document id, minor units)."""
    _amended.create(stage.connection)
    _entries.create(stage.connection)
    rows: list[tuple[int, int, int | None, int | None]] = []
    entries: list[tuple[int, str, int]] = []
    release: list[tuple[int, int]] = []
    for made in amendments:
        rows.append((made.document_id, made.open, made.source_paid, made.excess))
        entries.extend((made.document_id, str(kind), minor) for kind, minor in made.entries)
        if made.release:
            release.append((made.document_id, made.release))
    stage.load(_amended, rows)
    stage.load(_entries, entries)
    stage.analyze("ready_amended", "ready_entries")
    return release


def write_amendments(
    connection: Connection, present: Collection[str], ids: tuple[int, int], as_of: date, now: datetime
) -> None:
    """Write plain changes of a range of ids by set, and the staged amendments with their entries, as of that day."""
    optional = {"po_number": "po_number", "order_number": "order", "kind": "kind"}
    sets = "".join(f", {column} = r.{column}" for column, name in optional.items() if name in present)
    run(
        connection,
        f"""UPDATE document SET customer_id = r.customer_id, issued_on = r.issued, due_on = r.due, updated_at = :now
        {sets} FROM ready_changes k JOIN ready_invoices r ON r.seq = k.seq
        WHERE document.id = k.document_id AND k.plain = 1 AND k.document_id BETWEEN :first AND :last""",
        now=now,
        first=ids[0],
        last=ids[1],
    )
    run(
        connection,
        """UPDATE document SET amount_minor = r.amount, open_minor = a.open_minor,
        source_paid_minor = COALESCE(a.source_paid_minor, document.source_paid_minor), updated_at = :now
        FROM ready_amended a JOIN ready_invoices r ON r.existing_id = a.document_id
        WHERE document.id = a.document_id""",
        now=now,
    )
    run(
        connection,
        """INSERT INTO ledger_entry (document_id, effective_on, recorded_at, kind, amount_minor)
        SELECT e.document_id, :as_of, :now, e.kind, e.amount_minor FROM ready_entries e""",
        as_of=as_of,
        now=now,
    )
    drop_ready(connection, "ready_entries")


def write_excess(connection: Connection, as_of: date, now: datetime, *, of_new: bool) -> int:
    """Cash beyond an invoice's amount, as the source's paid amount tells it, is unapplied cash. Returns how many rows.

    `of_new`: of new invoices, else of the staged amendments. It stands as a payment "paid NUMBER/INSTALMENT"; what
    somebody applied of it elsewhere stays applied.
    """
    excess, source = "a.excess", "JOIN ready_amended a ON a.document_id = r.existing_id WHERE a.excess IS NOT NULL"
    if of_new:
        excess, source = "r.paid - r.amount", "WHERE r.existing_id IS NULL AND r.paid > r.amount"
    make_ready(
        connection,
        "ready_excess",
        f"""SELECT r.entity_id, r.customer_id, 'paid ' || r.number || '/' || CAST(r.instalment AS TEXT) AS reference,
        r.currency, {excess} AS excess FROM ready_invoices r {source}""",
    )
    run(
        connection,
        """UPDATE payment SET updated_at = :now,
        unapplied_minor = CASE WHEN x.excess > amount_minor - unapplied_minor
            THEN x.excess - (amount_minor - unapplied_minor) ELSE 0 END,
        amount_minor = CASE WHEN x.excess > amount_minor - unapplied_minor
            THEN x.excess ELSE amount_minor - unapplied_minor END
        FROM ready_excess x WHERE payment.entity_id = x.entity_id AND payment.reference = x.reference
        AND payment.amount_minor <> x.excess""",
        now=now,
    )
    made = run(
        connection,
        """INSERT INTO payment (entity_id, customer_id, reference, received_on, currency, amount_minor,
        unapplied_minor, updated_at)
        SELECT x.entity_id, x.customer_id, x.reference, :as_of, x.currency, x.excess, x.excess, :now
        FROM ready_excess x WHERE x.excess > 0 AND NOT EXISTS (
            SELECT 1 FROM payment p WHERE p.entity_id = x.entity_id AND p.reference = x.reference)""",
        as_of=as_of,
        now=now,
    ).rowcount
    drop_ready(connection, "ready_excess", *([] if of_new else ["ready_amended"]))
    return int(made)
