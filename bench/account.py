"""One account's summary on 1,000,000 open invoices of 200,000 customers, against the same statement by the bare driver.

Both read what a customer owes by currency on one open connection, in turn, each a random customer of its own: neither
finds pages that the other has just read.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bench.book import DAY
from bench.ledger import cached_ledger, server_url
from storage.accounts import account_summary
from storage.database import Database

INVOICES, CUSTOMERS, ASKED = 1_000_000, 200_000, 8_000

_BARE = """
SELECT currency, sum(open_minor), sum(CASE WHEN due_on < {today} THEN open_minor ELSE 0 END),
       sum(CASE WHEN disputed_minor > open_minor THEN open_minor ELSE disputed_minor END),
       sum(CASE WHEN promised_minor > open_minor THEN open_minor ELSE promised_minor END), count(*), min(due_on)
FROM document WHERE customer_id = {customer} AND open_minor > 0 AND NOT written_off
GROUP BY currency ORDER BY currency
"""


def run() -> Iterator[dict[str, Any]]:
    """The figures on each database: median and 99th percentile."""
    for dialect in ("sqlite", "postgresql"):
        if dialect == "postgresql" and server_url() is None:
            continue
        database = Database(cached_ledger(INVOICES, dialect))
        chance = random.Random(8)
        asked = [chance.randrange(1, CUSTOMERS + 1) for _ in range(ASKED)]
        with database.read() as connection:
            ours, floor = _in_turn(asked, partial(_ours, connection), _bare(connection, dialect))
        database.dispose()
        median, bare = statistics.median(ours), statistics.median(floor)
        name = f"account {dialect}: summary of one of 200,000 customers"
        yield {"name": name, "value": median, "unit": "ms", "floor": bare, "ratio": median / bare, "goal": "≤ 3"}
        late, bare_late = _percentile(ours), _percentile(floor)
        ratio = late / bare_late
        yield {"name": f"{name}, 99th", "value": late, "unit": "ms", "floor": bare_late, "ratio": ratio, "goal": "≤ 3"}


def _ours(connection: Connection, customer_id: int) -> object:
    return account_summary(connection, customer_id, DAY)


def _bare(connection: Connection, dialect: str) -> Callable[[int], Any]:
    """The statement by the driver that lies under the same connection."""
    driver: Any = connection.connection.driver_connection
    if dialect == "sqlite":
        statement, day = _BARE.format(today=":today", customer=":customer"), DAY.isoformat()
        return lambda i: [
            (*row[:-1], date.fromisoformat(row[-1])) for row in driver.execute(statement, {"today": day, "customer": i})
        ]
    statement = _BARE.format(today="%(today)s", customer="%(customer)s")
    return lambda i: driver.execute(statement, {"today": DAY, "customer": i}).fetchall()


def _in_turn(
    asked: list[int], ours: Callable[[int], Any], floor: Callable[[int], Any]
) -> tuple[list[float], list[float]]:
    """Milliseconds of each call."""
    taken: tuple[list[float], list[float]] = ([], [])
    for first, second in zip(asked[::2], asked[1::2], strict=True):
        for call, customer_id, kept in ((ours, first, taken[0]), (floor, second, taken[1])):
            started = time.perf_counter()
            call(customer_id)
            kept.append((time.perf_counter() - started) * 1000)
    return taken


def _percentile(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
