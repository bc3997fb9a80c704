"""Files of invoices and proofs of delivery: known by legal entity, number, kind and content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from storage.sql import among_texts, insert_ignore
from storage.tables import document, document_file, legal_entity


def invoice_numbers(connection: Connection, entity: str) -> tuple[int, list[str]] | None:
    """(id, the invoice numbers) of a legal entity, or None when there is no such entity."""
    entity_id = connection.execute(select(legal_entity.c.id).where(legal_entity.c.code == entity)).scalar()
    if entity_id is None:
        return None
    numbers = connection.execute(select(document.c.number).where(document.c.entity_id == entity_id).distinct())
    return int(entity_id), [str(number) for number in numbers.scalars()]


def add_documents(
    connection: Connection, entity_id: int, files: Sequence[tuple[str, str, str, str, int]], now: datetime
) -> int:
    """Link files (number, kind, name, sha256, bytes). What is linked already stays. Returns how many are new."""
    known = {
        tuple(row)
        for row in connection.execute(
            select(document_file.c.number, document_file.c.kind, document_file.c.sha256).where(
                document_file.c.entity_id == entity_id
            )
        )
    }
    new = [each for each in files if (each[0], each[1], each[3]) not in known]
    if new:
        connection.execute(
            insert_ignore(connection, document_file),
            [
                {
                    "entity_id": entity_id,
                    "number": number,
                    "kind": kind,
                    "name": name,
                    "sha256": sha256,
                    "size": size,
                    "added_at": now,
                }
                for number, kind, name, sha256, size in new
            ],
        )
    return len(new)


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """A file of an invoice: its name, and its content by hash; `size` in bytes."""

    name: str
    sha256: str
    size: int


def invoice_files(connection: Connection, entity_id: int, numbers: Sequence[str]) -> dict[str, InvoiceFile]:
    """Invoice number → the newest file of the invoice itself; numbers without one are left out."""
    rows = connection.execute(
        select(document_file)
        .where(
            document_file.c.entity_id == entity_id,
            document_file.c.kind == "invoice",
            among_texts(connection, document_file.c.number, numbers),
        )
        .order_by(document_file.c.id)
    )
    return {row.number: InvoiceFile(row.name, row.sha256, row.size) for row in rows}
