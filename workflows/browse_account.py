"""One customer as the desk shows it: balances by legal entity, open items, and all that happened, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from typing import Any

from domain.account import Balance, compute_balances
from domain.calendars import zone_of
from domain.documents import Credit, OpenItem
from domain.money import Money
from domain.parties import LegalEntity
from outreach.replies.quoting import strip_quoted
from storage import browse, browse_account
from storage.snapshots import load_snapshots
from workflows.services import Services


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day. `link` leads to a message, where there is one."""

    on: date
    kind: str
    title: str
    detail: str = ""
    status: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class EntityPart:
    """What the customer owes one of our legal entities, by currency; items oldest first, credits apart."""

    entity: LegalEntity
    today: date
    balances: list[Balance]
    items: tuple[OpenItem, ...]
    credits: tuple[Credit, ...]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A customer, its contacts, what it owes, and its timeline. `opted_out` holds addresses that want nothing more."""

    row: Any
    contacts: list[Any]
    opted_out: frozenset[str]
    parts: list[EntityPart]
    orders: list[Any]
    tasks: list[Any]
    events: list[Event]


def read_account(services: Services, number: str) -> AccountPage | None:
    """The page of a customer; None for an unknown number."""
    now = services.now()
    with services.database.read() as connection:
        row = browse_account.find_customer(connection, number)
        if row is None:
            return None
        contacts = browse_account.contacts_of(connection, row.id)
        addresses = {a for c in (row, *contacts) for a in ((c.email or "").lower(), c.phone or "") if a}
        parts = []
        for entity in browse.entities(connection):
            today = now.astimezone(zone_of(entity.timezone)).date()
            for snapshot in load_snapshots(connection, entity.id, today, [row.id]):
                if snapshot.items or snapshot.credits:
                    balances = compute_balances(snapshot.items, snapshot.credits, today)
                    parts.append(EntityPart(snapshot.entity, today, balances, snapshot.items, snapshot.credits))
        return AccountPage(
            row=row,
            contacts=contacts,
            opted_out=frozenset(o.address for o in browse_account.opt_outs_among(connection, sorted(addresses))),
            parts=parts,
            orders=browse_account.orders_of(connection, row.id),
            tasks=browse.open_tasks(connection, customer_id=row.id),
            events=sorted(_events(connection, row.id), key=lambda event: event.on, reverse=True),
        )


def _events(connection: Any, customer_id: int) -> Iterator[Event]:
    for m in browse.messages_of(connection, customer_id):
        asked = _money(m.asked_minor, m.currency) if m.asked_minor else ""
        title = m.subject or f"{m.template} by {m.channel}"
        detail = f"{m.channel} to {m.address}, {m.template}, {m.locale}" + (f", asks {asked}" if asked else "")
        yield Event(m.planned_on, "message", title, detail, m.status, f"/outbox/{m.public_id}")
    for r in browse.list_replies(connection, customer_id=customer_id):
        said = " ".join(strip_quoted(r.text).reply.split())
        meant = ", ".join(str(intent).replace("_", " ") for intent in r.intents or [])
        yield Event(r.received_at.date(), "reply", shorten(said, 160, placeholder=" …"), meant or r.channel, r.status)
    for promise, numbers in _with_numbers(browse_account.promises_of(connection, customer_id)):
        title = f"promised {_money(promise.amount_minor, promise.currency)} by {promise.promised_on}"
        yield Event(promise.made_on, "promise", title, _about(numbers), promise.status)
    for dispute, numbers in _with_numbers(browse_account.disputes_of(connection, customer_id)):
        title = f"disputes {_money(dispute.amount_minor, dispute.currency)}: {dispute.reason}"
        yield Event(dispute.opened_on, "dispute", title, _about(numbers), dispute.status)
    for logged in browse_account.contact_log_of(connection, customer_id):
        yield Event(logged.on_day, logged.channel, logged.outcome, f"by {logged.by_name}: {logged.note}")
    yield from _skips(connection, customer_id)


def _skips(connection: Any, customer_id: int) -> Iterator[Event]:
    numbers = browse_account.document_numbers(connection, customer_id)
    for row in browse_account.skips_of(connection, customer_id):
        told = [
            f"{reason.replace('_', ' ')}: {_about([numbers.get(i, f'item {i}') for i in ids])}"
            for reason, ids in row.reasons.items()
        ]
        yield Event(row.business_day, "not contacted", row.entity, "; ".join(told))


def _with_numbers(rows: Iterable[Any]) -> Iterator[tuple[Any, list[str]]]:
    """Rows of one promise or dispute and item each → the first row with the numbers of all its items."""
    grouped: dict[int, tuple[Any, list[str]]] = {}
    for row in rows:
        _, numbers = grouped.setdefault(row.id, (row, []))
        if row.document_number:
            numbers.append(row.document_number)
    yield from grouped.values()


def _about(numbers: list[str], most: int = 6) -> str:
    shown = ", ".join(numbers[:most])
    return f"{shown} and {len(numbers) - most} more" if len(numbers) > most else shown


def _money(minor: int | None, currency: str) -> str:
    return "" if minor is None else f"{Money(minor, currency).amount:,} {currency}"
