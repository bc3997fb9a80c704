"""Write an invented book (`bench/book.py`) into the tables, ids included."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import groupby

from bench.book import DAY, MARKETS, NOW, Buyer, Item, make_buyers, make_items
from bench.bulk import Loader
from storage.tables.ledger import NO_STAGE

ENTITY, COLLECTORS, REPS = 1, 50, 100
LAST_RUN = 1


def fill(loader: Loader, size: int) -> None:
    """Write the book of `size` invoices into a migrated, empty database."""
    buyers = list(make_buyers(size))
    _house(loader)
    _customers(loader, buyers)
    items = list(make_items(buyers))
    _documents(loader, items)
    _held_still(loader, items)
    _touches(loader, items)


def _house(loader: Loader) -> None:
    loader.load(
        "legal_entity",
        "id code name country timezone address registration sender_name sender_email ledger_as_of cash_loaded_to "
        "cash_authority updated_at",
        [
            (ENTITY, "MAIN", "Bench Instruments GmbH", "DE", "Europe/Berlin", "Messweg 1\n20457 Hamburg", "HRB 000000",
             "Bench Instruments", "receivables@bench.example", DAY, DAY, "payments", NOW)
        ],
    )  # fmt: skip
    currencies = sorted({m[4] for m in MARKETS} | {m[5] for m in MARKETS})
    loader.load(
        "entity_bank",
        "id entity_id currency holder bank_name account bic",
        [
            (i, ENTITY, currency, "Bench Instruments GmbH", "Elbbank", "DE89370400440532013000", "COBADEFFXXX")
            for i, currency in enumerate(currencies, start=1)
        ],
    )
    people = [(i, "collector") for i in range(1, COLLECTORS + 1)]
    people += [(i, "sales") for i in range(COLLECTORS + 1, COLLECTORS + REPS + 1)]
    loader.load(
        "app_user", "id code name role updated_at", [(i, f"{r}.{i}", f"{r.title()} {i}", r, NOW) for i, r in people]
    )
    loader.load(
        "run",
        "id public_id entity_id business_day kind status planned_to_customer_id started_at finished_at",
        [(LAST_RUN, "bench-run-1", ENTITY, DAY - timedelta(days=1), "cadence", "finished", 0, NOW, NOW)],
    )


def _customers(loader: Loader, buyers: list[Buyer]) -> None:
    loader.load(
        "customer",
        "id number name name_folded country locale timezone currency segment collector_id sales_rep_id "
        "credit_limit_minor email updated_at",
        (
            (b.id, f"C{b.id:06d}", f"Customer {b.id} Ltd", f"customer {b.id} ltd", m[1], m[2], m[3], m[4], b.segment,
             1 + b.id % COLLECTORS, COLLECTORS + 1 + b.id % REPS, 5_000_000, f"ap{b.id}@customer.example", NOW)
            for b in buyers
            for m in (MARKETS[b.market],)
        ),
    )  # fmt: skip
    loader.load(
        "contact",
        "id customer_id key name role email updated_at",
        (
            (b.id, b.id, f"ap{b.id}@customer.example", f"Person {b.id}", "ap", f"ap{b.id}@customer.example", NOW)
            for b in buyers
        ),
    )
    loader.load(
        "payment",
        "id entity_id customer_id reference received_on currency amount_minor unapplied_minor updated_at",
        (
            (b.id, ENTITY, b.id, f"P{b.id}", DAY - timedelta(days=2), MARKETS[b.market][4], 50_000, 50_000, NOW)
            for b in buyers
            if b.id % 50 == 0
        ),
    )
    loader.load(
        "credit_memo",
        "id entity_id customer_id number issued_on currency amount_minor unapplied_minor updated_at",
        (
            (b.id, ENTITY, b.id, f"CM{b.id}", DAY - timedelta(days=9), MARKETS[b.market][4], 30_000, 30_000, NOW)
            for b in buyers
            if b.id % 50 == 25
        ),
    )
    loader.load(
        "pause",
        "id customer_id entity_id kind from_on cause created_at",
        ((b.id, b.id, ENTITY, "reply", DAY - timedelta(days=1), "bench", NOW) for b in buyers if b.id % 200 == 7),
    )
    loader.load(
        "opt_out",
        "id channel address since source",
        ((b.id, "email", f"ap{b.id}@customer.example", NOW, "bench") for b in buyers if b.id % 300 == 11),
    )


def _documents(loader: Loader, items: list[Item]) -> None:
    loader.load(
        "document",
        "id entity_id customer_id number instalment kind issued_on due_on currency amount_minor open_minor "
        "disputed_minor promised_minor credit_pending_minor stage_offset touched_on written_off updated_at",
        (
            (i.id, ENTITY, i.customer_id, f"INV-{i.id:07d}", 1, "invoice", i.issued, i.due, i.currency, i.amount,
             i.open, i.disputed, i.promised, 0, i.step.offset if i.step else NO_STAGE, i.touched_on, False, NOW)
            for i in items
        ),
    )  # fmt: skip
    entries = (
        entry
        for i in items
        for entry in (
            (i.id, i.issued, NOW, "issued", i.amount),
            *([(i.id, i.due, NOW, "payment", i.open - i.amount)] if i.open < i.amount else []),
        )
    )
    loader.load(
        "ledger_entry",
        "id document_id effective_on recorded_at kind amount_minor",
        ((number, *entry) for number, entry in enumerate(entries, start=1)),
    )


def _held_still(loader: Loader, items: list[Item]) -> None:
    promised = [i for i in items if i.promised]
    loader.load(
        "promise",
        "id public_id customer_id entity_id currency amount_minor made_on promised_on status source source_ref "
        "created_at",
        (
            (i.id, f"bench-promise-{i.id}", i.customer_id, ENTITY, i.currency, i.promised, DAY - timedelta(days=4),
             DAY + timedelta(days=1 + i.id // 20 % 20), "open", "call", str(i.id), NOW)
            for i in promised
        ),
    )  # fmt: skip
    loader.load(
        "promise_document",
        "promise_id document_id amount_minor open_at_minor",
        ((i.id, i.id, i.promised, i.open) for i in promised),
    )
    disputed = [i for i in items if i.disputed]
    loader.load(
        "dispute",
        "id public_id customer_id entity_id reason currency amount_minor status opened_on source source_ref created_at",
        (
            (i.id, f"bench-dispute-{i.id}", i.customer_id, ENTITY, "price", i.currency, i.disputed, "open",
             DAY - timedelta(days=6), "import", str(i.id), NOW)
            for i in disputed
        ),
    )  # fmt: skip
    loader.load("dispute_document", "dispute_id document_id amount_minor", ((i.id, i.id, i.disputed) for i in disputed))


def _touches(loader: Loader, items: list[Item]) -> None:
    """The newest step of each item that had one: its open cycle, its touch, and the message that carried it."""
    done = [i for i in items if i.step]
    loader.load(
        "cycle",
        "id customer_id entity_id currency scope document_id opened_on",
        ((i.id, i.customer_id, ENTITY, i.currency, "invoice", i.id, i.touched_on) for i in done),
    )
    # One message for what a customer was asked in one currency on one day.
    mails = [list(mail) for _, mail in groupby(sorted((i for i in done if i.written), key=_mail_key), key=_mail_key)]
    loader.load(
        "message",
        "id public_id run_id customer_id entity_id currency purpose channel contact_id address locale template tone "
        "planned_on status not_before attempts reply_token provider asked_minor needs_approval sent_at created_at",
        (
            (mail[0].id, f"bench-mail-{mail[0].id}", LAST_RUN, mail[0].customer_id, ENTITY, mail[0].currency, "cadence",
             "email", mail[0].customer_id, f"ap{mail[0].customer_id}@customer.example", "en_GB",
             _template(mail[0]), "standard", mail[0].touched_on, "sent", NOW, 1, f"bench{mail[0].id}", "outbox",
             sum(i.open for i in mail), False, datetime.combine(mail[0].touched_on or DAY, time(9), UTC), NOW)
            for mail in mails
        ),
    )  # fmt: skip
    carrier = {i.id: mail[0].id for mail in mails for i in mail}
    loader.load(
        "touch",
        "id message_id run_id cycle_id customer_id document_id stage stage_offset template asked_minor fee_minor "
        "planned_on",
        (
            (i.id, carrier.get(i.id), LAST_RUN, i.id, i.customer_id, i.id, i.step.code, i.step.offset, i.step.template,
             i.open, 0, i.touched_on)
            for i in done
            if i.step
        ),
    )  # fmt: skip


def _template(item: Item) -> str:
    return item.step.template if item.step else ""


def _mail_key(item: Item) -> tuple[int, str, str]:
    return item.customer_id, item.currency, str(item.touched_on)
