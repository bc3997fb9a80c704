"""The swap: staged rows into the ledger, kind after kind, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.parties import UserRole
from exchange.fields import MAIN_ENTITY, Kind
from storage import import_cash, import_orders, import_parties, import_scope
from storage.disputes import refresh_granted
from storage.import_authority import change_over
from storage.import_disputes import apply_disputed_amounts, refresh_held
from storage.import_record import clear_doubts, record_batch, record_doubts
from storage.import_stage import Stage
from storage.import_upsert import Counts
from storage.ledger_import import (
    Resolved,
    change_ranges,
    changed_invoices,
    forget_invoices,
    insert_invoices,
    lock_accounts,
    resolve_invoices,
    stage_amendments,
    write_amendments,
    write_excess,
)
from storage.personal import leave_out_erased
from workflows.import_amend import plan_amendment
from workflows.import_authority import PAID_AMOUNT, Authorities
from workflows.import_guards import refuse_older_export
from workflows.import_request import ImportRequest
from workflows.import_rows import Filled

AMEND_CHUNK = 10_000
"""Changed invoices that are decided and written together."""

_USERS_NAMED_BY = {
    Kind.CUSTOMERS: (("collector", UserRole.COLLECTOR), ("sales_rep", UserRole.SALES)),
    Kind.ORDERS: (("sales_rep", UserRole.SALES),),
}


@dataclass(slots=True)
class Swap:
    """What the transaction works with. `resolved` is None where ids could not be found before it.

    `inserted_before`, `amended_before`: new and changed invoices went in by transactions of their own. `overpaid`
    counts invoices that the source says were paid beyond their amount.
    """

    stage: Stage
    request: ImportRequest
    filled: Filled
    states: Sequence[import_scope.EntityState]
    authorities: Authorities
    scope: str | None
    now: datetime
    resolved: Resolved | None = None
    close: bool = False
    inserted_before: int = 0
    amended_before: bool = False
    overpaid: int = 0


@dataclass(slots=True)
class Outcome:
    """What was done."""

    counts: dict[Kind, Counts] = field(default_factory=dict)
    closed: dict[Kind, int] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)
    created_users: list[str] = field(default_factory=list)
    batch: int = 0


def apply_everything(swap: Swap, sha256: str, progress: Callable[[float], None]) -> Outcome:
    """Write every staged kind, projections, freshness, doubts, batch and audit entry. The caller commits."""
    outcome, filled = Outcome(), swap.filled
    for step, apply in enumerate((_parties, _authorities, _ledger, _after)):
        progress(step / 4)
        apply(swap, outcome)
    for kind in filled.kinds:
        counts = outcome.counts[kind]
        told = {"inserted": counts.inserted, "updated": counts.updated, "unchanged": counts.unchanged}
        outcome.batch = record_batch(
            swap.stage.connection,
            actor=swap.request.actor,
            scope=swap.scope,
            data={
                "kind": str(kind),
                "file_name": swap.request.path.name,
                "sha256": sha256,
                "complete": swap.request.complete and kind is Kind.INVOICES,
                "as_of": swap.request.as_of,
                "rows": filled.rows[kind],
                "counts": {
                    **told,
                    "closed": outcome.closed.get(kind, 0),
                    "rejected": len(filled.refused.get(kind, {})),
                },
                "finished_at": swap.now,
            },
        )
    return outcome


def make_main(stage: Stage, now: datetime) -> str | None:
    """Make the legal entity MAIN where there is none at all. Returns a sentence about it, or None."""
    country = import_parties.ensure_main(stage.connection, now)
    if country is None:
        return None
    return (
        f"legal entity MAIN was made (country {country}, time zone UTC): "
        "`dunwell import entities` sets its name, address, sender and bank details"
    )


def _parties(swap: Swap, outcome: Outcome) -> None:
    connection, filled, now = swap.stage.connection, swap.filled, swap.now
    if Kind.ENTITIES in filled.kinds:
        counts = import_parties.apply_entities(connection, filled.present(Kind.ENTITIES), now)
        outcome.counts[Kind.ENTITIES] = counts
    if any(state.code == MAIN_ENTITY and state.id is None for state in swap.states):
        statement = make_main(swap.stage, now)
        if statement is not None:
            outcome.statements.append(statement)
    if Kind.USERS in filled.kinds:
        outcome.counts[Kind.USERS] = import_parties.apply_users(connection, filled.present(Kind.USERS), now)
    for kind, fields in _USERS_NAMED_BY.items():
        for name, role in fields if kind in filled.kinds else ():
            made = import_parties.make_unknown_users(connection, str(kind), name, str(role), now)
            outcome.created_users += made
            if made:
                outcome.statements.append(f"users not known yet were made with role {role}: {', '.join(made[:20])}")
    if left_out := leave_out_erased(connection):
        outcome.statements.append(
            f"{left_out:,} rows brought back addresses that were erased on request; they were left out: erase them in "
            "the source as well"
        )
    if Kind.CUSTOMERS in filled.kinds:
        counts = import_parties.apply_customers(connection, filled.present(Kind.CUSTOMERS), now)
        outcome.counts[Kind.CUSTOMERS] = counts
        if filled.assumed_locales and counts.inserted:
            outcome.statements.append(
                f"{filled.assumed_locales:,} customers have no locale: new ones take their country's, else English"
            )
    if Kind.CONTACTS in filled.kinds:
        outcome.counts[Kind.CONTACTS] = import_parties.apply_contacts(connection, filled.present(Kind.CONTACTS), now)


def _authorities(swap: Swap, outcome: Outcome) -> None:
    connection = swap.stage.connection
    for code, authority in swap.authorities.switch.items():
        moved = change_over(connection, code, authority, swap.request.as_of, swap.now)
        outcome.statements.append(
            f"{code}: cash is believed from {authority} from {swap.request.as_of} on; {moved:,} items paid before were "
            "taken over and must not be imported again"
        )
    for code, authority in swap.authorities.decided.items():
        import_scope.record_authority(connection, code, authority, swap.now)


def _ledger(swap: Swap, outcome: Outcome) -> None:
    stage, filled, as_of, now = swap.stage, swap.filled, swap.request.as_of, swap.now
    if Kind.INVOICES in filled.kinds:
        _invoices(swap, outcome)
    for kind, paper in ((Kind.CREDITS, import_cash.CREDITS), (Kind.PAYMENTS, import_cash.PAYMENTS)):
        if kind in filled.kinds:
            outcome.counts[kind] = import_cash.apply_papers(stage, paper, filled.present(kind), as_of, now)
            unmatched = import_cash.count_unmatched(stage.connection, paper)
            if unmatched:
                outcome.statements.append(
                    f"{unmatched:,} {kind} name an invoice that is not known (in their entity and currency): unapplied "
                    "until it is imported"
                )
        if Kind.INVOICES in filled.kinds:
            import_cash.apply_waiting(stage, paper, as_of, now)
    if Kind.ORDERS in filled.kinds:
        outcome.counts[Kind.ORDERS] = import_orders.apply_orders(stage.connection, filled.present(Kind.ORDERS), now)
    if Kind.RATES in filled.kinds:
        outcome.counts[Kind.RATES] = import_orders.apply_rates(stage.connection)
    refresh_held(stage.connection)
    refresh_granted(stage.connection)


def amend_invoices(swap: Swap, ids: tuple[int, int]) -> None:
    """Bring the changed invoices of a range of ids to what the source says; the caller commits."""
    stage, as_of, now = swap.stage, swap.request.as_of, swap.now
    connection, present = stage.connection, swap.filled.present(Kind.INVOICES)
    within = f"k.document_id BETWEEN {ids[0]:d} AND {ids[1]:d}"
    lock_accounts(
        connection,
        f"SELECT r.customer_id FROM ready_changes k JOIN ready_invoices r ON r.seq = k.seq WHERE {within} "
        f"UNION SELECT d.customer_id FROM ready_changes k JOIN document d ON d.id = k.document_id WHERE {within}",
    )
    release = stage_amendments(stage, (plan_amendment(change) for change in changed_invoices(connection, *ids)))
    import_cash.release_applications(connection, release, as_of, now)
    write_amendments(connection, present, ids, as_of, now)
    swap.overpaid += write_excess(connection, as_of, now, of_new=False)


def _invoices(swap: Swap, outcome: Outcome) -> None:
    stage, request, now = swap.stage, swap.request, swap.now
    connection, as_of = stage.connection, request.as_of
    present = swap.filled.present(Kind.INVOICES)
    if swap.resolved is not None and swap.authorities.switch:
        forget_invoices(connection)  # what was paid is told in another way now
        swap.resolved = None
    resolved = swap.resolved
    if resolved is None:
        resolved = resolve_invoices(connection, present, complete=request.complete)
        refuse_older_export(stage, request, swap.states)
    inserted = swap.inserted_before
    if not inserted and resolved.new:
        inserted = insert_invoices(connection, 1, resolved.new, as_of, now)
    if not swap.amended_before:
        for ids in change_ranges(connection, AMEND_CHUNK):
            amend_invoices(swap, ids)
    swap.overpaid += write_excess(connection, as_of, now, of_new=True)
    if swap.overpaid:
        outcome.statements.append(
            f"{swap.overpaid:,} invoices were paid beyond their amount: the rest is unapplied cash"
        )
    disputed = apply_disputed_amounts(connection, now.isoformat(timespec="seconds"), as_of, now)
    if swap.close and swap.scope is not None:
        outcome.closed[Kind.INVOICES] = import_scope.close_missing(connection, swap.scope, as_of, now)
    updated = resolved.changed + disputed
    outcome.counts[Kind.INVOICES] = Counts(inserted, updated, resolved.total - resolved.new - updated)
    forget_invoices(connection)


def _after(swap: Swap, outcome: Outcome) -> None:
    """Freshness of the scopes, and doubts about customers whose rows were refused."""
    connection, request, filled = swap.stage.connection, swap.request, swap.filled
    codes = {state.code for state in swap.states} | ({swap.scope} if swap.scope else set())
    if not codes and (Kind.INVOICES in filled.kinds or Kind.PAYMENTS in filled.kinds):
        known = import_scope.entity_codes(connection)
        codes = set(known) if len(known) == 1 else set()
    invoices, payments = Kind.INVOICES in filled.kinds, Kind.PAYMENTS in filled.kinds
    for code in sorted(codes):
        # A column of paid amounts tells of cash even where nothing is paid yet.
        told = invoices and "paid_amount" in filled.present(Kind.INVOICES)
        by_source = told and swap.authorities.decided.get(code, PAID_AMOUNT) == PAID_AMOUNT
        import_scope.record_freshness(connection, [code], request.as_of, ledger=invoices, cash=payments or by_source)
    for kind in filled.kinds:
        cleared = clear_doubts(connection, str(kind), swap.now, complete_scope=swap.close and kind is Kind.INVOICES)
        if cleared:
            outcome.statements.append(f"{cleared:,} customers are clean again")
        if filled.refused.get(kind):
            doubted = record_doubts(connection, str(kind), request.path.name, request.as_of, swap.now)
            outcome.statements.append(
                f"{doubted:,} customers named by refused rows are not dunned until they are clean"
            )
