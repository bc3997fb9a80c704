"""Rows → the values of a snapshot, unpacked by position: by name costs three times as much, a million times over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.account import AccountCycle, PastContact, Pause, PauseKind
from domain.disputes import Dispute, DisputeReason, DisputeStatus, days_stood_still, last_closed_on
from domain.documents import Credit, CreditKind, DocumentKind, OpenItem, StageDone
from domain.parties import Channel, Contact, ContactRole, Customer
from domain.promises import Promise, PromiseStatus
from domain.touches import TouchStatus

UNDER_WAY = (
    TouchStatus.PLANNED,
    TouchStatus.AWAITING_APPROVAL,
    TouchStatus.CLAIMED,
    TouchStatus.SENDING,
    TouchStatus.UNKNOWN,
)
"""States in which a message is on its way, waits for a yes, or is in doubt."""

_CHANNELS = {str(c): c for c in Channel}
_KINDS = {str(k): k for k in DocumentKind}
_STATES = {str(s): s for s in TouchStatus}


def addresses_of(who: Contact) -> list[str]:
    """A contact's addresses as opt-outs know them."""
    return [a for a in ((who.email or "").lower(), who.phone or "") if a]


def read_customer(row: Any) -> Customer:
    return Customer(
        row.id, row.number, row.name, row.country, row.locale, row.timezone, row.currency, row.territory, row.segment,
        row.collector_id, row.sales_rep_id, row.parent_id, row.credit_limit_minor, row.terms_days,
    )  # fmt: skip


def read_contacts(owners: Sequence[Any], rows: Sequence[Any]) -> dict[int, list[Contact]]:
    """Contacts by customer, the customer's own address first as contact 0."""
    found: dict[int, list[Contact]] = defaultdict(list)
    for own in owners:
        if own.email or own.phone:
            found[own.id].append(Contact(0, None, ContactRole.ACCOUNTS_PAYABLE, own.email, own.phone))
    for row in rows:
        found[row.customer_id].append(
            Contact(row.id, row.name, ContactRole(row.role), row.email, row.phone, row.locale)
        )
    return found


def read_settled(rows: Sequence[Any]) -> dict[int, list[Dispute]]:
    """Closed disputes by document: for as long as one held all of an item, its step's clock stood still."""
    found: dict[int, list[Dispute]] = defaultdict(list)
    for row in rows:
        found[row.document_id].append(
            Dispute(
                row.id, row.public_id, DisputeReason(row.reason), DisputeStatus(row.status), row.currency,
                row.amount_minor, row.opened_on, ((row.document_id, row.part_minor),), closed_on=row.closed_on,
            )
        )  # fmt: skip
    return found


@dataclass
class _Cycles:
    """What the open cycles of invoices have come to: by document."""

    done: dict[int, list[StageDone]]
    ids: dict[int, int]
    pending: dict[int, TouchStatus]
    fees: dict[int, int]


def _cycles(stages: Sequence[Any]) -> _Cycles:
    found = _Cycles(defaultdict(list), {}, {}, defaultdict(int))
    for _, key, cycle_id, scope, _, stage, offset, on, fee, status in stages:
        if scope != "invoice":
            continue
        found.ids[key] = cycle_id
        if stage is None:
            continue
        found.done[key].append(StageDone(stage, offset, on))
        if status in UNDER_WAY:
            found.pending[key] = _STATES[status]
        if fee:
            found.fees[key] += fee
    return found


def read_account_cycles(stages: Sequence[Any]) -> dict[int, list[AccountCycle]]:
    parts: dict[int, list[Any]] = defaultdict(list)
    for row in stages:
        if row.scope == "account":
            parts[row.id].append(row)
    found: dict[int, list[AccountCycle]] = defaultdict(list)
    for key, rows in parts.items():
        done = tuple(StageDone(r.stage, r.stage_offset, r.planned_on) for r in rows if r.stage is not None)
        waiting = [TouchStatus(r.status) for r in rows if r.status in UNDER_WAY]
        found[rows[0].customer_id].append(AccountCycle(key, rows[0].currency, done, waiting[-1] if waiting else None))
    return found


def read_items(
    rows: Sequence[Any], stages: Sequence[Any], settled: Mapping[int, list[Dispute]], today: date
) -> dict[int, tuple[OpenItem, ...]]:
    cycles = _cycles(stages)
    done, ids, pending, fees = cycles.done, cycles.ids, cycles.pending, cycles.fees
    found: dict[int, list[OpenItem]] = defaultdict(list)
    for (
        owner, key, number, kind, instalment, issued, due, amount, left, currency, disputed, promised, credit_pending,
        po_number, order_number, written_off,
    ) in rows:  # fmt: skip
        still, resumed = 0, None
        if key in settled:
            still = days_stood_still(settled[key], key, left, due, today)
            resumed = last_closed_on(settled[key], key)
        found[owner].append(
            OpenItem(
                key, number, _KINDS[kind], instalment, issued, due, amount, left, currency, disputed, promised,
                credit_pending, fees.get(key, 0), po_number, order_number, written_off,
                tuple(done[key]) if key in done else (), ids.get(key), pending.get(key), still, resumed,
            )
        )  # fmt: skip
    return {owner: tuple(items) for owner, items in found.items()}


def read_credits(payments: Sequence[Any], memos: Sequence[Any]) -> dict[int, list[Credit]]:
    found: dict[int, list[Credit]] = defaultdict(list)
    for row in payments:
        cash = Credit(CreditKind.UNAPPLIED_CASH, row.reference, row.received_on, row.unapplied_minor, row.currency)
        found[row.customer_id].append(cash)
    for row in memos:
        memo = Credit(CreditKind.CREDIT_MEMO, row.number, row.issued_on, row.unapplied_minor, row.currency)
        found[row.customer_id].append(memo)
    return found


def read_promises(rows: Sequence[Any]) -> dict[int, list[Promise]]:
    parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    first: dict[int, Any] = {}
    for row in rows:
        first.setdefault(row.id, row)
        if row.document_id is not None:
            parts[row.id].append((row.document_id, row.part_minor))
    found: dict[int, list[Promise]] = defaultdict(list)
    for key, row in first.items():
        found[row.customer_id].append(
            Promise(
                key, row.currency, row.amount_minor, row.made_on, row.promised_on, PromiseStatus(row.status),
                tuple(parts[key]), row.plan,
            )
        )  # fmt: skip
    return found


def read_pauses(rows: Sequence[Any]) -> dict[int, list[Pause]]:
    found: dict[int, list[Pause]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(
            Pause(PauseKind(row.kind), row.from_on, row.until_on, row.document_id, row.contact_id)
        )
    return found


def read_past(messages: Sequence[Any], calls: Sequence[Any]) -> dict[int, list[PastContact]]:
    """Contacts by customer. A message of ours counts for caps; which items it was about stands in their stages."""
    found: dict[int, list[PastContact]] = defaultdict(list)
    for owner, entity_id, planned_on, channel, currency, sent_at in messages:
        on = planned_on
        # What a person approved days later is a contact of the day on which it went.
        if sent_at is not None and (sent_at.date() - planned_on).days > 1:
            on = sent_at.date()
        found[owner].append(PastContact(on, _CHANNELS[channel], currency, entity_id))
    for row in calls:
        named = (row.document_id,) if row.document_id is not None else ()
        found[row.customer_id].append(
            PastContact(row.on_day, _CHANNELS[row.channel], None, row.entity_id, named, automated=False)
        )
    return found
