"""Importing 1,000,000 invoices (file → ledger), the same file again, and a file with a tenth of the amounts changed.

The floor of the first import is the driver's own bulk insert of the same documents and ledger entries into the same
tables, from rows that need no reading and no checking. DUNWELL_BENCH_INVOICES gives another size.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from bench.bulk import Loader, postgres_loader, sqlite_loader
from bench.ledger import _admin, server_url
from exchange.fields import Kind
from storage import migrate
from storage.database import Database
from storage.tables.ledger import NO_STAGE
from workflows.import_ledger import import_file
from workflows.import_request import ImportReport, ImportRequest

INVOICES = int(os.environ.get("DUNWELL_BENCH_INVOICES", "1000000"))
CUSTOMERS = max(1, INVOICES // 5)
AS_OF = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 6, tzinfo=UTC)
GOAL = "1,000,000 in under 180 s"


def _row(number: int, changed: bool) -> tuple[str, str, date, date, int, int]:
    """(number, customer, issued, due, amount, paid) in minor units: a fifth is part paid."""
    issued = date(2025, 1, 1) + timedelta(days=number % 500)
    paid = 1000 if number % 5 == 0 else 0
    if changed and number % 10 == 0:
        paid += 100
    amount = (number * 37) % 10_000_000 + 2000
    return f"INV{number:08}", f"C{number % CUSTOMERS:06}", issued, issued + timedelta(days=30), amount, paid


def _write_files(folder: Path) -> tuple[Path, Path, Path]:
    customers = folder / "customers.csv"
    with customers.open("w") as file:
        file.write("number,name,country,locale,timezone,currency\n")
        file.writelines(f"C{n:06},Customer {n} GmbH,DE,de-DE,Europe/Berlin,EUR\n" for n in range(CUSTOMERS))
    made = []
    for name, changed in (("invoices.csv", False), ("changed.csv", True)):
        made.append(folder / name)
        with made[-1].open("w") as file:
            file.write("number,customer,issued,due,amount,currency,po_number,legal_entity,paid_amount\n")
            for n in range(INVOICES):
                number, customer, issued, due, amount, paid = _row(n, changed)
                money = f"{amount // 100}.{amount % 100:02}"
                file.write(
                    f"{number},{customer},{issued},{due},{money},EUR,PO{n % 1000},MAIN,{paid // 100}.{paid % 100:02}\n"
                )
    return customers, made[0], made[1]


@contextmanager
def _empty(dialect: str, folder: Path) -> Iterator[str]:
    """The URL of a migrated, empty database with the legal entity MAIN, gone afterwards."""
    name = f"dunwell_bench_import_{uuid.uuid4().hex[:8]}"
    if dialect == "sqlite":
        url = f"sqlite:///{folder / name}.db"
    else:
        _admin(f"CREATE DATABASE {name}")
        server = make_url(str(server_url())).set(drivername="postgresql+psycopg", database=name)
        url = server.render_as_string(hide_password=False)
    database = Database(url)
    try:
        migrate.upgrade(database)
        entities = folder / "entities.csv"
        entities.write_text("code,name,country,timezone\nMAIN,Bench,DE,Europe/Berlin\n")
        _import(database, Kind.ENTITIES, entities)
        database.dispose()
        yield url
    finally:
        database.dispose()
        if dialect != "sqlite":
            _admin(f"DROP DATABASE {name} WITH (FORCE)")


def _import(database: Database, kind: Kind, path: Path) -> tuple[ImportReport, float]:
    start = time.monotonic()
    report = import_file(database, ImportRequest(kind, path, AS_OF), now=NOW, timer=time.monotonic)
    return report, time.monotonic() - start


def _floor(dialect: str, folder: Path, customers: Path) -> float:
    """Seconds of the driver alone for the same documents and entries."""
    with _empty(dialect, folder) as url:
        database = Database(url)
        _import(database, Kind.CUSTOMERS, customers)
        database.dispose()
        opened = sqlite_loader(url.removeprefix("sqlite:///")) if dialect == "sqlite" else postgres_loader(url)
        start = time.monotonic()
        with opened as loader:
            _load(loader)
        return time.monotonic() - start


def _load(loader: Loader) -> None:
    rows = [_row(n, False) for n in range(INVOICES)]
    loader.load(
        "document",
        "id entity_id customer_id number instalment kind issued_on due_on currency amount_minor source_paid_minor "
        "open_minor disputed_minor promised_minor credit_pending_minor stage_offset written_off po_number updated_at",
        (
            (n, 1, n % CUSTOMERS + 1, number, 1, "invoice", issued, due, "EUR", amount, paid, amount - paid, 0, 0, 0,
             NO_STAGE, False, f"PO{n % 1000}", NOW)
            for n, (number, _, issued, due, amount, paid) in enumerate(rows, start=1)
        ),
    )  # fmt: skip
    loader.load(
        "ledger_entry",
        "document_id effective_on recorded_at kind amount_minor",
        ((n, row[2], NOW, "issued", row[4]) for n, row in enumerate(rows, start=1)),
    )
    loader.load(
        "ledger_entry",
        "document_id effective_on recorded_at kind amount_minor",
        ((n, AS_OF, NOW, "paid_by_source", -row[5]) for n, row in enumerate(rows, start=1) if row[5]),
    )


def _measure(dialect: str, folder: Path, files: tuple[Path, Path, Path]) -> Iterator[dict[str, Any]]:
    customers, invoices, changed = files
    floor = _floor(dialect, folder, customers)
    with _empty(dialect, folder) as url:
        database = Database(url)
        _import(database, Kind.CUSTOMERS, customers)
        for what, path, least, goal in (
            ("first import", invoices, floor, GOAL),
            ("same file again", invoices, None, None),
            ("a tenth changed", changed, None, None),
        ):
            report, seconds = _import(database, Kind.INVOICES, path)
            ratio = None if least is None else seconds / least
            name = f"import {INVOICES:,} invoices, {dialect}: {what}"
            yield {"name": name, "value": seconds, "unit": "s", "floor": least, "ratio": ratio, "goal": goal}
            yield {"name": f"{name}, longest lock", "value": report.lock_seconds, "unit": "s"}
        database.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield {
        "name": f"import {INVOICES:,} invoices, {dialect}: peak memory, floor included",
        "value": peak,
        "unit": "MiB",
    }


def run() -> list[dict[str, Any]]:
    """The figures on SQLite, and on PostgreSQL where a server is named."""
    dialects = ["sqlite"] + (["postgresql"] if server_url() else [])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _write_files(folder)
        return [figure for dialect in dialects for figure in _measure(dialect, folder, files)]
