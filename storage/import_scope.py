"""Legal entities as scopes of an import: whose cash is believed, how fresh the ledger, what a complete list closes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from domain.documents import EntryKind
from storage.import_refs import ENTITY_KINDS
from storage.import_stage import run
from storage.import_upsert import drop_ready, make_ready

PAID_AMOUNT, PAYMENTS = "paid_amount", "payments"


@dataclass(frozen=True, slots=True)
class EntityState:
    """A legal entity as an import meets it. `carries_*`: the line of the first staged row that carries cash so."""

    id: int | None
    code: str
    authority: str | None
    ledger_as_of: date | None
    carries_paid_amount: int | None
    carries_payments: int | None


def entity_states(connection: Connection, kinds: Collection[str]) -> list[EntityState]:
    """The legal entities that staged rows belong to, with what is known of them. By code."""
    stages = [kind for kind in kinds if kind in ENTITY_KINDS]
    if not stages:
        return []
    named = " UNION ".join(f"SELECT DISTINCT legal_entity AS code FROM stage_{kind}" for kind in stages)
    rows = run(
        connection,
        f"""SELECT n.code, e.id, e.cash_authority, e.ledger_as_of,
        (SELECT MIN(s.line) FROM stage_invoices s WHERE s.legal_entity = n.code AND s.paid_amount > 0) AS paid,
        (SELECT MIN(s.line) FROM stage_payments s WHERE s.legal_entity = n.code) AS payments
        FROM ({named}) n LEFT JOIN legal_entity e ON e.code = n.code ORDER BY n.code""",
    ).all()
    return [EntityState(r.id, r.code, r.cash_authority, _day(r.ledger_as_of), r.paid, r.payments) for r in rows]


def entity_codes(connection: Connection) -> list[str]:
    """The codes of all legal entities."""
    return [str(code) for code in run(connection, "SELECT code FROM legal_entity ORDER BY code").scalars()]


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value if isinstance(value, date) else None


def forget_paid_amounts(connection: Connection, codes: Iterable[str]) -> None:
    """Empty the staged paid amounts of entities where payments are believed (or nothing is paid yet)."""
    for code in codes:
        run(connection, "UPDATE stage_invoices SET paid_amount = NULL WHERE legal_entity = :code", code=code)


def record_authority(connection: Connection, code: str, authority: str, now: datetime) -> None:
    """Keep which source of cash is believed for an entity."""
    run(
        connection,
        """UPDATE legal_entity SET cash_authority = :authority, updated_at = :now
        WHERE code = :code AND cash_authority IS DISTINCT FROM :authority""",
        code=code,
        authority=authority,
        now=now,
    )


def record_freshness(connection: Connection, codes: Collection[str], as_of: date, *, ledger: bool, cash: bool) -> None:
    """The entities' ledger, their cash, or both are known as of that day. An older day changes nothing."""
    for column in [name for name, told in (("ledger_as_of", ledger), ("cash_loaded_to", cash)) if told]:
        for code in codes:
            run(
                connection,
                f"""UPDATE legal_entity SET {column} = :as_of
                WHERE code = :code AND ({column} IS NULL OR {column} < :as_of)""",
                code=code,
                as_of=as_of,
            )


_MISSING = """FROM document d JOIN legal_entity e ON e.id = d.entity_id JOIN customer c ON c.id = d.customer_id
    WHERE e.code = :scope AND d.open_minor > 0
    AND NOT EXISTS (SELECT 1 FROM stage_doubted t WHERE t.customer = c.number)
    AND NOT EXISTS (SELECT 1 FROM stage_invoices s WHERE s.legal_entity = :scope AND s.number = d.number
        AND s.instalment = d.instalment)"""


def count_missing(connection: Connection, scope: str) -> tuple[int, int]:
    """(open items of the scope that the staged list doesn't have, all its open items)."""
    run(connection, "CREATE INDEX ix_stage_invoices ON stage_invoices (number, legal_entity, instalment)")
    missing = run(connection, f"SELECT COUNT(*) {_MISSING}", scope=scope).scalar_one()
    all_open = run(
        connection,
        """SELECT COUNT(*) FROM document d JOIN legal_entity e ON e.id = d.entity_id
        WHERE e.code = :scope AND d.open_minor > 0""",
        scope=scope,
    ).scalar_one()
    return int(missing), int(all_open)


def close_missing(connection: Connection, scope: str, as_of: date, now: datetime) -> int:
    """Close the open items of the scope that the staged list doesn't have. Returns how many.

    Only their residual goes; promises, disputes and notes about them stay.
    """
    count = make_ready(
        connection,
        "ready_closed",
        f"SELECT d.id AS document_id, d.open_minor, d.issued_on {_MISSING}",
        scope=scope,
    )
    run(
        connection,
        f"""INSERT INTO ledger_entry (document_id, effective_on, recorded_at, kind, amount_minor)
        SELECT k.document_id, CASE WHEN k.issued_on > :as_of THEN k.issued_on ELSE :as_of END, :now,
        '{EntryKind.CLOSED_BY_SOURCE}', -k.open_minor FROM ready_closed k""",
        as_of=as_of,
        now=now,
    )
    run(
        connection,
        """UPDATE document SET open_minor = 0, disputed_minor = 0, promised_minor = 0, updated_at = :now
        WHERE id IN (SELECT document_id FROM ready_closed)""",
        now=now,
    )
    drop_ready(connection, "ready_closed")
    return count
