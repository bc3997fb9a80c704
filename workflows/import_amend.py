"""Deciding what an import does to an invoice that is known already. Pure: facts in, amendment out."""

from __future__ import annotations

from domain.documents import EntryKind
from storage.ledger_import import Amendment, InvoiceChange


def plan_amendment(change: InvoiceChange) -> Amendment:
    """The ledger entries that bring a document to what the source says. All amounts in minor units.

    The residual is amount − paid by source − payments and credits applied − what was written off or closed. A paid
    amount beyond what is left is capped, the rest is unapplied cash. An amount that falls below what stands against it
    releases, in this order: a closing by the source, applied payments and credits, the source's paid amount, a
    write-off.
    """
    entries: list[tuple[EntryKind, int]] = []
    if change.told_amount != change.amount:
        entries.append((EntryKind.AMENDED, change.told_amount - change.amount))
    closed = change.closed_by_source
    residual = change.open + change.told_amount - change.amount
    if closed and change.told_open:
        entries.append((EntryKind.REOPENED_BY_SOURCE, closed))
        residual, closed = residual + closed, 0
    paid = change.paid_by_source
    if change.told_paid is not None:
        room = residual + paid
        counted = min(change.told_paid, max(0, room))
        if counted != paid:
            entries.append((EntryKind.PAID_BY_SOURCE, paid - counted))
        residual, paid = room - counted, counted
    release = 0
    if residual < 0:
        freed, release = _free(-residual, closed, change.applied, paid)
        entries += freed
        paid -= sum(minor for kind, minor in freed if kind is EntryKind.PAID_BY_SOURCE)
        residual = 0
    source_paid = change.source_paid if change.told_paid is None else change.told_paid
    excess = None if source_paid is None else max(0, source_paid - paid)
    return Amendment(change.document_id, tuple(entries), residual, change.told_paid, excess, release)


def _free(short: int, closed: int, applied: int, paid: int) -> tuple[list[tuple[EntryKind, int]], int]:
    """What gives way, in order, until `short` is found. Returns (entries, how much applied cash is released)."""
    entries: list[tuple[EntryKind, int]] = []
    reopened = min(short, closed)
    if reopened:
        entries.append((EntryKind.REOPENED_BY_SOURCE, reopened))
    short -= reopened
    release = min(short, applied)
    short -= release
    by_source = min(short, paid)
    if by_source:
        entries.append((EntryKind.PAID_BY_SOURCE, by_source))
    short -= by_source
    if short:
        entries.append((EntryKind.WRITE_OFF, short))
    return entries, release
