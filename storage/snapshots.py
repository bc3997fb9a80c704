"""Account snapshots: the facts that deciding needs, read for many customers of one entity by a fixed number of queries.

Statements are built once a dialect: building them anew for each customer costs ten times the query itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    Text,
    bindparam,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from domain.account import AccountCycle, AccountSnapshot, DeadAddress, OptOut, PastContact, Pause
from domain.disputes import SUSPENDS
from domain.documents import Credit, OpenItem
from domain.parties import Channel, Contact, Customer, LegalEntity
from domain.promises import Promise, PromiseStatus
from domain.touches import HEARD
from storage.calls import UNVERIFIED
from storage.snapshot_rows import (
    UNDER_WAY,
    addresses_of,
    read_account_cycles,
    read_contacts,
    read_credits,
    read_customer,
    read_items,
    read_past,
    read_pauses,
    read_promises,
    read_settled,
)
from storage.sql import ZERO, as_list, listed
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
    undeliverable,
)

LOOK_BACK_DAYS = 92
"""How far back contacts and broken promises are read: a quarter covers every interval and cap of a policy."""

CAP_DAYS = 31
"""How far back our own messages are read, for the caps: a month."""

_NOT_KEPT = (PromiseStatus.BROKEN, PromiseStatus.PARTLY_KEPT)
_COUNTS_AS_CONTACT = tuple({*HEARD, *UNDER_WAY})


@dataclass(frozen=True)
class _Statements:
    customers: Select[Any]
    contacts: Select[Any]
    items: Select[Any]
    items_named: Select[Any]
    stages: Select[Any]
    stages_named: Select[Any]
    payments: Select[Any]
    memos: Select[Any]
    promises: Select[Any]
    disputes: Select[Any]
    pauses: Select[Any]
    unwanted: CompoundSelect[Any]
    messages: Select[Any]
    calls: Select[Any]

    @cached_property
    def seldom(self) -> CompoundSelect[Any]:
        """Which of the tables that most customers have nothing in hold anything: one statement in place of six."""
        return union_all(
            *(
                select(literal_column(f"'{name}'").label("name")).where(getattr(self, name).order_by(None).exists())
                for name in ("payments", "memos", "promises", "disputes", "pauses", "calls")
            )
        )


@lru_cache(maxsize=2)
def _statements(dialect: str) -> _Statements:
    def of(table: Any) -> ColumnElement[bool]:
        return listed(dialect, table.c.customer_id, "ids")

    entity: Any = bindparam("entity")
    since: Any = bindparam("since")
    d, t = document.c, touch.c
    named = listed(dialect, d.id, "named")
    items = (
        select(
            d.customer_id, d.id, d.number, d.kind, d.instalment, d.issued_on, d.due_on, d.amount_minor, d.open_minor,
            d.currency, d.disputed_minor, d.promised_minor, d.credit_pending_minor, d.po_number, d.order_number,
            d.written_off,
        )
        .where(d.entity_id == entity, d.open_minor > ZERO)
        .order_by(d.customer_id, d.due_on, d.id)
    )  # fmt: skip
    stages = (
        select(
            cycle.c.customer_id, cycle.c.document_id, cycle.c.id, cycle.c.scope, cycle.c.currency, t.stage,
            t.stage_offset, t.planned_on, t.fee_minor, message.c.status,
        )
        .select_from(cycle)
        .outerjoin(touch, (t.cycle_id == cycle.c.id) & t.dropped_reason.is_(None))
        .outerjoin(message, message.c.id == t.message_id)
        .where(cycle.c.entity_id == entity, cycle.c.closed_on.is_(None))
        .order_by(cycle.c.id, t.id)
    )  # fmt: skip
    of_accounts = (cycle.c.scope == "account") & of(cycle)
    return _Statements(
        customers=select(customer).where(listed(dialect, customer.c.id, "ids")).order_by(customer.c.id),
        contacts=select(contact).where(of(contact)).order_by(contact.c.customer_id, contact.c.id),
        items=items.where(of(document)),
        items_named=items.where(named),
        stages=stages.where(of(cycle)),
        stages_named=stages.where(or_(listed(dialect, cycle.c.document_id, "named"), of_accounts)),
        payments=select(
            payment.c.customer_id, payment.c.reference, payment.c.received_on, payment.c.unapplied_minor,
            payment.c.currency,
        ).where(payment.c.entity_id == entity, of(payment), payment.c.unapplied_minor > ZERO),
        memos=select(
            credit_memo.c.customer_id, credit_memo.c.number, credit_memo.c.issued_on, credit_memo.c.unapplied_minor,
            credit_memo.c.currency,
        ).where(credit_memo.c.entity_id == entity, of(credit_memo), credit_memo.c.unapplied_minor > ZERO),
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
        unwanted=union_all(
            *(
                select(literal(table.name).label("why"), table.c.channel, table.c.address).where(
                    table.c.lifted_at.is_(None), listed(dialect, table.c.address, "addresses", Text)
                )
                for table in (opt_out, undeliverable)
            )
        ),
        messages=select(
            message.c.customer_id, message.c.entity_id, message.c.planned_on, message.c.channel, message.c.currency,
            message.c.sent_at,
        )
        .where(
            of(message),
            or_(message.c.planned_on >= bindparam("lately"), message.c.sent_at >= bindparam("lately_at")),
            message.c.purpose == "cadence",
            message.c.status.in_([str(s) for s in _COUNTS_AS_CONTACT]),
        )
        .order_by(message.c.id),
        calls=select(contact_log).where(
            of(contact_log), contact_log.c.on_day >= since, contact_log.c.outcome != UNVERIFIED
        ),
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
    dialect = connection.dialect.name
    rows = connection.execute(_statements(dialect).customers, {"ids": as_list(dialect, sorted(customer_ids))})
    return {row.id: read_customer(row) for row in rows}


def load_snapshots(
    connection: Connection,
    entity_id: int,
    today: date,
    customer_ids: Sequence[int],
    *,
    only_items: Sequence[int] | None = None,
) -> list[AccountSnapshot]:
    """Snapshots of these customers' accounts with the entity, by customer id. Unknown ids are left out.

    With `only_items` the snapshots hold those items alone: for planning where the others are decided already.
    """
    if not customer_ids:
        return []
    entity, ledger_as_of, cash_loaded_to = load_entity(connection, entity_id)
    facts = _read(connection, entity_id, today, customer_ids, only_items)
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
            dead_addresses=facts.dead_addresses_of(owner.id),
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
    dead: frozenset[DeadAddress]

    def opt_outs_of(self, customer_id: int) -> frozenset[OptOut]:
        if not self.opted_out:
            return frozenset()
        addresses = {a for c in self.contacts.get(customer_id, ()) for a in addresses_of(c)}
        return frozenset(o for o in self.opted_out if o.address in addresses)

    def dead_addresses_of(self, customer_id: int) -> frozenset[DeadAddress]:
        if not self.dead:
            return frozenset()
        addresses = {a for c in self.contacts.get(customer_id, ()) for a in addresses_of(c)}
        return frozenset(d for d in self.dead if d.address in addresses)


def _read(
    connection: Connection, entity_id: int, today: date, customer_ids: Sequence[int], only_items: Sequence[int] | None
) -> _Facts:
    dialect = connection.dialect.name
    said = _statements(dialect)
    bound: dict[str, Any] = {
        "ids": as_list(dialect, customer_ids),
        "entity": entity_id,
        "since": today - timedelta(days=LOOK_BACK_DAYS),
        "lately": today - timedelta(days=CAP_DAYS),
        "lately_at": datetime.combine(today - timedelta(days=CAP_DAYS), time(), UTC),
    }
    if only_items is not None:
        bound["named"] = as_list(dialect, only_items)

    def rows(
        statement: Select[Any] | CompoundSelect[Any], names: Iterable[str] = ("ids", "entity")
    ) -> Sequence[Row[Any]]:
        return connection.execute(statement, {name: bound[name] for name in names}).all()

    owners = rows(said.customers, ["ids"])
    if only_items is None:
        items, stages = rows(said.items), rows(said.stages)
    else:
        items = rows(said.items_named, ["entity", "named"])
        stages = rows(said.stages_named, ["entity", "named", "ids"])
    there = {row.name for row in rows(said.seldom, ["ids", "entity", "since"])}

    def seldom(name: str, names: Iterable[str] = ("ids", "entity")) -> Sequence[Row[Any]]:
        return rows(getattr(said, name), names) if name in there else ()

    contacts = read_contacts(owners, rows(said.contacts, ["ids"]))
    addresses = sorted({a for people in contacts.values() for who in people for a in addresses_of(who)})
    bound["addresses"] = as_list(dialect, addresses)
    unwanted = rows(said.unwanted, ["addresses"])
    return _Facts(
        customers=[read_customer(row) for row in owners],
        doubted={row.id for row in owners if row.doubted_since is not None},
        contacts=contacts,
        items=read_items(items, stages, read_settled(seldom("disputes")), today),
        account_cycles=read_account_cycles(stages),
        credits=read_credits(seldom("payments"), seldom("memos")),
        promises=read_promises(seldom("promises", ["ids", "entity", "since"])),
        pauses=read_pauses(seldom("pauses")),
        past=read_past(rows(said.messages, ["ids", "lately", "lately_at"]), seldom("calls", ["ids", "since"])),
        opted_out=frozenset(OptOut(Channel(r.channel), r.address) for r in unwanted if r.why == opt_out.name),
        dead=frozenset(DeadAddress(Channel(r.channel), r.address) for r in unwanted if r.why == undeliverable.name),
    )
