"""Link a folder of invoice PDFs and proofs of delivery to the invoices that their names tell."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.errors import BadInput
from exchange.document_folder import FoundFile, find_documents, fold_number
from exchange.refusal import SHOWN
from storage import audit
from storage.database import Database
from storage.import_documents import add_documents, invoice_numbers


@dataclass(frozen=True, slots=True)
class DocumentsReport:
    """How many files were linked anew, were linked before, and which were left out, with why."""

    linked: int
    unchanged: int
    left_out: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"documents: {self.linked:,} linked, {self.unchanged:,} unchanged, {len(self.left_out):,} left out"


def import_documents(
    database: Database,
    folder: Path,
    *,
    entity: str,
    store: Path,
    now: datetime,
    accept_valid: bool = False,
    dry_run: bool = False,
    actor: str = "system",
) -> DocumentsReport:
    """Copy a folder's files into `store` (by content) and link them to invoices of a legal entity.

    A file that belongs to no known invoice, or to two, refuses the folder whole (BadInput), unless `accept_valid`.
    """
    with database.read() as connection:
        known = invoice_numbers(connection, entity)
    if known is None:
        raise BadInput(f"there is no legal entity {entity!r}; import its invoices first")
    entity_id, numbers = known
    good, bad = _match(folder, numbers)
    if bad and not accept_valid:
        shown = [f"{name} {why}" for name, why in bad[:SHOWN]]
        more = [f"… and {len(bad) - SHOWN:,} more"] if len(bad) > SHOWN else []
        head = (
            f"{folder}: refused, nothing was changed: {len(bad):,} files can't be linked (--accept-valid leaves them)"
        )
        raise BadInput("\n".join([head, *shown, *more]))
    if not dry_run:
        for found, _ in good:
            _keep(store, found)
    rows = [(number, found.kind, found.path.name, found.sha256, found.size) for found, number in good]
    with database.write() as unit:
        linked = add_documents(unit.connection, entity_id, rows, now)
        audit.record(
            unit.connection,
            at=now,
            actor=actor,
            action="import_documents",
            subject=("legal_entity", entity),
            data={"linked": linked, "left_out": len(bad)},
        )
        if not dry_run:
            unit.commit()
    return DocumentsReport(linked, len(rows) - linked, tuple(bad))


def _match(folder: Path, numbers: list[str]) -> tuple[list[tuple[FoundFile, str]], list[tuple[str, str]]]:
    by_fold: dict[str, list[str]] = {}
    for number in numbers:
        by_fold.setdefault(fold_number(number), []).append(number)
    good, bad = [], []
    for found in find_documents(folder):
        if not isinstance(found, FoundFile):
            bad.append((str(found[0].relative_to(folder)), found[1]))
            continue
        name = str(found.path.relative_to(folder))
        matches = by_fold.get(found.folded, []) if found.folded else []
        if len(matches) == 1:
            good.append((found, matches[0]))
        elif matches:
            bad.append((name, f"could be {' or '.join(sorted(matches))}: name the file exactly"))
        else:
            bad.append((name, "names no known invoice; the file's name is the invoice number, `pod` for a proof"))
    return good, bad


def _keep(store: Path, found: FoundFile) -> None:
    """Copy by content: the same file twice is one file."""
    target = store / found.sha256[:2] / f"{found.sha256}{found.path.suffix.lower()}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found.path, target)
