"""Account snapshots: the facts that deciding needs, read for many customers of one entity by a fixed number of queries.

Statements are built once a dialect: building them anew for each customer costs ten times the query itself.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Select, Text, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql

from domain.account import AccountCycle, AccountSnapshot, OptOut, PastContact, Pause, PauseKind
from domain.disputes import SUSPENDS, Dispute, DisputeReason, DisputeStatus, days_stood_still, last_closed_on
from domain.documents import Credit, CreditKind, DocumentKind, OpenItem, StageDone
from domain.parties import Channel, Contact, ContactRole, Customer, LegalEntity
from domain.promises import Promise, PromiseStatus
from domain.touches import HEARD, TouchStatus
from storage.tables import (
    contact,
    contact_log,
    credit_memo,
    customer,
    cycle,
    dispute,
    dispute_document,
    document,
    legal_entity,
    message,
    opt_out,
    pause,
    payment,
    promise,
    promise_document,
    touch,
)

LOOK_BACK_DAYS = 92
"""How far back contacts and broken promises are read: a quarter covers every interval and cap of a policy."""

_UNDER_WAY = (
    TouchStatus.PLANNED,
    TouchStatus.AWAITING_APPROVAL,
    TouchStatus.CLAIMED,
    TouchStatus.SENDING,
    TouchStatus.UNKNOWN,
)
_NOT_KEPT = (PromiseStatus.BROKEN, PromiseStatus.PARTLY_KEPT)
_COUNTS_AS_CONTACT = tuple({*HEARD, *_UNDER_WAY})


def _listed(dialect: str, column: ColumnElement[Any], name: str, of: Any = BigInteger) -> ColumnElement[bool]:
    """`column` is one of the values bound to `name`: an array on PostgreSQL, a JSON list on SQLite."""
    if dialect == "postgresql":
        return column == func.any(bindparam(name, type_=postgresql.ARRAY(of)))
    return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))


@dataclass(frozen=True)
class _Statements:
    customers: Select[Any]
    contacts: Select[Any]
    items: Select[Any]
    stages: Select[Any]
    payments: Select[Any]
    memos: Select[Any]
    promises: Select[Any]
    disputes: Select[Any]
    pauses: Select[Any]
    opt_outs: Select[Any]
    messages: Select[Any]
    calls: Select[Any]


@lru_cache(maxsize=2)
def _statements(dialect: str) -> _Statements:
    def of(table: Any) -> ColumnElement[bool]:
        return _listed(dialect, table.c.customer_id, "ids")

    entity: Any = bindparam("entity")
    since: Any = bindparam("since")
    d, t = document.c, touch.c
    return _Statements(
        customers=select(customer).where(_listed(dialect, customer.c.id, "ids")).order_by(customer.c.id),
        contacts=select(contact).where(of(contact)).order_by(contact.c.customer_id, contact.c.id),
        items=select(
            d.customer_id, d.id, d.number, d.kind, d.instalment, d.issued_on, d.due_on, d.amount_minor, d.open_minor,
            d.currency, d.disputed_minor, d.promised_minor, d.credit_pending_minor, d.po_number, d.order_number,
            d.written_off,
        )
        .where(d.entity_id == entity, of(document), d.open_minor > 0)
        .order_by(d.customer_id, d.due_on, d.id),
        stages=select(
            cycle.c.customer_id, cycle.c.document_id, cycle.c.id.label("cycle_id"), cycle.c.scope, cycle.c.currency,
            t.stage, t.stage_offset, t.planned_on, t.fee_minor,
            message.c.status,
        )
        .select_from(cycle)
        .outerjoin(touch, (t.cycle_id == cycle.c.id) & t.dropped_reason.is_(None))
        .outerjoin(message, message.c.id == t.message_id)
        .where(cycle.c.entity_id == entity, of(cycle), cycle.c.closed_on.is_(None))
        .order_by(cycle.c.id, t.id),
        payments=select(
            payment.c.customer_id, payment.c.reference, payment.c.received_on, payment.c.unapplied_minor,
            payment.c.currency,
        ).where(payment.c.entity_id == entity, of(payment), payment.c.unapplied_minor > 0),
        memos=select(
            credit_memo.c.customer_id, credit_memo.c.number, credit_memo.c.issued_on, credit_memo.c.unapplied_minor,
            credit_memo.c.currency,
        ).where(credit_memo.c.entity_id == entity, of(credit_memo), credit_memo.c.unapplied_minor > 0),
        promises=select(promise, promise_document.c.document_id, promise_document.c.amount_minor.label("part_minor"))
        .outerjoin(promise_document, promise_document.c.promise_id == promise.c.id)
        .where(
            promise.c.entity_id == entity,
            of(promise),
            or_(
                promise.c.status == PromiseStatus.OPEN,
                promise.c.status.in_(_NOT_KEPT) & (promise.c.judged_on >= since),
            ),
        )
        .order_by(promise.c.id),
        disputes=select(
            dispute.c.customer_id, dispute.c.id, dispute.c.public_id, dispute.c.reason, dispute.c.status,
            dispute.c.currency, dispute.c.amount_minor, dispute.c.opened_on, dispute.c.closed_on,
            dispute_document.c.document_id, dispute_document.c.amount_minor.label("part_minor"),
        )
        .join(dispute_document, dispute_document.c.dispute_id == dispute.c.id)
        .where(
            dispute.c.entity_id == entity,
            of(dispute),
            dispute.c.status.not_in([str(s) for s in SUSPENDS]),
            dispute.c.closed_on.is_not(None),
        ),
        pauses=select(pause).where(
            of(pause), pause.c.lifted_at.is_(None), or_(pause.c.entity_id.is_(None), pause.c.entity_id == entity)
        ),
        opt_outs=select(opt_out.c.channel, opt_out.c.address).where(
            opt_out.c.lifted_at.is_(None), _listed(dialect, opt_out.c.address, "addresses", Text)
        ),
        messages=select(
            message.c.customer_id, message.c.entity_id, message.c.planned_on, message.c.channel, message.c.currency,
            message.c.status, message.c.purpose, message.c.id, t.document_id,
        )
        .outerjoin(touch, (t.message_id == message.c.id) & t.dropped_reason.is_(None))
        .where(
            of(message),
            message.c.planned_on >= since,
            message.c.purpose == "cadence",
            message.c.status.in_([str(s) for s in _COUNTS_AS_CONTACT]),
        )
        .order_by(message.c.id),
        calls=select(contact_log).where(of(contact_log), contact_log.c.on_day >= since),
    )  # fmt: skip


def load_entity(connection: Connection, entity_id: int) -> tuple[LegalEntity, date | None, date | None]:
    """The entity, the day its ledger is as of, and the day up to which its cash is loaded."""
    row = connection.execute(select(legal_entity).where(legal_entity.c.id == entity_id)).one()
    return (
        LegalEntity(row.id, row.code, row.name, row.country, row.timezone),
        row.ledger_as_of,
        row.cash_loaded_to,
    )


def load_customers(connection: Connection, customer_ids: Iterable[int]) -> dict[int, Customer]:
    """Customers by id, without their accounts."""
    ids = sorted(customer_ids)
    listed = ids if connection.dialect.name == "postgresql" else json.dumps(ids)
    rows = connection.execute(_statements(connection.dialect.name).customers, {"ids": listed})
    return {row.id: _customer(row) for row in rows}


def load_snapshots(
    connection: Connection, entity_id: int, today: date, customer_ids: Sequence[int]
) -> list[AccountSnapshot]:
    """Snapshots of these customers' accounts with the entity, by customer id. Unknown ids are left out."""
    if not customer_ids:
        return []
    entity, ledger_as_of, cash_loaded_to = load_entity(connection, entity_id)
    facts = _read(connection, entity_id, today, customer_ids)
    return [
        AccountSnapshot(
            customer=owner,
            entity=entity,
            items=facts.items.get(owner.id, ()),
            credits=tuple(facts.credits.get(owner.id, ())),
            contacts=tuple(facts.contacts.get(owner.id, ())),
            promises=tuple(p for p in facts.promises.get(owner.id, ()) if p.status is PromiseStatus.OPEN),
            broken_promises=tuple(p for p in facts.promises.get(owner.id, ()) if p.status is not PromiseStatus.OPEN),
            pauses=tuple(facts.pauses.get(owner.id, ())),
            opt_outs=facts.opt_outs_of(owner.id),
            past_contacts=tuple(facts.past.get(owner.id, ())),
            account_cycles=tuple(facts.account_cycles.get(owner.id, ())),
            ledger_as_of=ledger_as_of,
            cash_loaded_to=cash_loaded_to,
            doubted=owner.id in facts.doubted,
        )
        for owner in facts.customers
    ]


@dataclass
class _Facts:
    customers: list[Customer]
    doubted: set[int]
    contacts: Mapping[int, list[Contact]]
    items: Mapping[int, tuple[OpenItem, ...]]
    account_cycles: Mapping[int, list[AccountCycle]]
    credits: Mapping[int, list[Credit]]
    promises: Mapping[int, list[Promise]]
    pauses: Mapping[int, list[Pause]]
    past: Mapping[int, list[PastContact]]
    opted_out: frozenset[OptOut]

    def opt_outs_of(self, customer_id: int) -> frozenset[OptOut]:
        if not self.opted_out:
            return frozenset()
        addresses = {a for c in self.contacts.get(customer_id, ()) for a in _addresses(c)}
        return frozenset(o for o in self.opted_out if o.address in addresses)


def _addresses(who: Contact) -> list[str]:
    return [a for a in ((who.email or "").lower(), who.phone or "") if a]


def _read(connection: Connection, entity_id: int, today: date, customer_ids: Sequence[int]) -> _Facts:
    dialect = connection.dialect.name
    said = _statements(dialect)
    ids = list(customer_ids)
    bound: dict[str, Any] = {
        "ids": ids if dialect == "postgresql" else json.dumps(ids),
        "entity": entity_id,
        "since": today - timedelta(days=LOOK_BACK_DAYS),
    }

    def rows(statement: Select[Any], names: Iterable[str] = ("ids", "entity")) -> Sequence[Row[Any]]:
        return connection.execute(statement, {name: bound[name] for name in names}).all()

    owners = rows(said.customers, ["ids"])
    stages = rows(said.stages)
    contacts = _contacts(owners, rows(said.contacts, ["ids"]))
    addresses = sorted({a for people in contacts.values() for who in people for a in _addresses(who)})
    bound["addresses"] = addresses if dialect == "postgresql" else json.dumps(addresses)
    return _Facts(
        customers=[_customer(row) for row in owners],
        doubted={row.id for row in owners if row.doubted_since is not None},
        contacts=contacts,
        items=_items(rows(said.items), stages, _settled(rows(said.disputes)), today),
        account_cycles=_account_cycles(stages),
        credits=_credits(rows(said.payments), rows(said.memos)),
        promises=_promises(rows(said.promises, ["ids", "entity", "since"])),
        pauses=_pauses(rows(said.pauses)),
        past=_past(rows(said.messages, ["ids", "since"]), rows(said.calls, ["ids", "since"])),
        opted_out=frozenset(OptOut(Channel(r.channel), r.address) for r in rows(said.opt_outs, ["addresses"])),
    )


def _customer(row: Any) -> Customer:
    return Customer(
        row.id, row.number, row.name, row.country, row.locale, row.timezone, row.currency, row.territory, row.segment,
        row.collector_id, row.sales_rep_id, row.parent_id, row.credit_limit_minor, row.terms_days,
    )  # fmt: skip


def _contacts(owners: Sequence[Row[Any]], rows: Sequence[Row[Any]]) -> dict[int, list[Contact]]:
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


def _settled(rows: Sequence[Row[Any]]) -> dict[int, list[Dispute]]:
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


def _cycles(stages: Sequence[Row[Any]]) -> _Cycles:
    found = _Cycles(defaultdict(list), {}, {}, defaultdict(int))
    for row in stages:
        if row.scope != "invoice":
            continue
        key = row.document_id
        found.ids[key] = row.cycle_id
        if row.stage is None:
            continue
        found.done[key].append(StageDone(row.stage, row.stage_offset, row.planned_on))
        if row.status in _UNDER_WAY:
            found.pending[key] = TouchStatus(row.status)
        found.fees[key] += row.fee_minor
    return found


def _account_cycles(stages: Sequence[Row[Any]]) -> dict[int, list[AccountCycle]]:
    parts: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in stages:
        if row.scope == "account":
            parts[row.cycle_id].append(row)
    found: dict[int, list[AccountCycle]] = defaultdict(list)
    for key, rows in parts.items():
        done = tuple(StageDone(r.stage, r.stage_offset, r.planned_on) for r in rows if r.stage is not None)
        waiting = [TouchStatus(r.status) for r in rows if r.status in _UNDER_WAY]
        found[rows[0].customer_id].append(AccountCycle(key, rows[0].currency, done, waiting[-1] if waiting else None))
    return found


def _items(
    rows: Sequence[Row[Any]], stages: Sequence[Row[Any]], settled: Mapping[int, list[Dispute]], today: date
) -> dict[int, tuple[OpenItem, ...]]:
    cycles = _cycles(stages)
    found: dict[int, list[OpenItem]] = defaultdict(list)
    for row in rows:
        still, resumed = 0, None
        if row.id in settled:
            still = days_stood_still(settled[row.id], row.id, row.open_minor, row.due_on, today)
            resumed = last_closed_on(settled[row.id], row.id)
        found[row.customer_id].append(
            OpenItem(
                row.id, row.number, DocumentKind(row.kind), row.instalment, row.issued_on, row.due_on,
                row.amount_minor, row.open_minor, row.currency, row.disputed_minor, row.promised_minor,
                row.credit_pending_minor, cycles.fees.get(row.id, 0), row.po_number, row.order_number,
                row.written_off, tuple(cycles.done.get(row.id, ())), cycles.ids.get(row.id),
                cycles.pending.get(row.id), still, resumed,
            )
        )  # fmt: skip
    return {owner: tuple(items) for owner, items in found.items()}


def _credits(payments: Sequence[Row[Any]], memos: Sequence[Row[Any]]) -> dict[int, list[Credit]]:
    found: dict[int, list[Credit]] = defaultdict(list)
    for row in payments:
        cash = Credit(CreditKind.UNAPPLIED_CASH, row.reference, row.received_on, row.unapplied_minor, row.currency)
        found[row.customer_id].append(cash)
    for row in memos:
        memo = Credit(CreditKind.CREDIT_MEMO, row.number, row.issued_on, row.unapplied_minor, row.currency)
        found[row.customer_id].append(memo)
    return found


def _promises(rows: Sequence[Row[Any]]) -> dict[int, list[Promise]]:
    parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    first: dict[int, Row[Any]] = {}
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


def _pauses(rows: Sequence[Row[Any]]) -> dict[int, list[Pause]]:
    found: dict[int, list[Pause]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(
            Pause(PauseKind(row.kind), row.from_on, row.until_on, row.document_id, row.contact_id)
        )
    return found


def _past(messages: Sequence[Row[Any]], calls: Sequence[Row[Any]]) -> dict[int, list[PastContact]]:
    about: dict[int, list[int]] = defaultdict(list)
    first: dict[int, Row[Any]] = {}
    for row in messages:
        first.setdefault(row.id, row)
        if row.document_id is not None:
            about[row.id].append(row.document_id)
    found: dict[int, list[PastContact]] = defaultdict(list)
    for key, row in first.items():
        found[row.customer_id].append(
            PastContact(row.planned_on, Channel(row.channel), row.currency, row.entity_id, tuple(about[key]))
        )
    for row in calls:
        named = (row.document_id,) if row.document_id is not None else ()
        found[row.customer_id].append(
            PastContact(row.on_day, Channel(row.channel), None, row.entity_id, named, automated=False)
        )
    return found
