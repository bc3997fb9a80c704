"""Sales orders and exchange rates out of the staging area into their tables."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from storage.import_upsert import Counts, drop_ready, make_ready, upsert


def apply_rates(connection: Connection) -> Counts:
    """Exchange rates by pair and day."""
    make_ready(
        connection,
        "ready_rates",
        """SELECT s.line, s.base, s.quote, s.date AS on_day, s.rate, s.source, x.id AS existing_id FROM stage_rates s
        LEFT JOIN exchange_rate x ON x.base = s.base AND x.quote = s.quote AND x.on_day = s.date""",
    )
    counts = upsert(
        connection,
        "exchange_rate",
        "ready_rates",
        insert=("base", "quote", "on_day", "rate", "source"),
        update=("rate", "source"),
        now=None,
    )
    drop_ready(connection, "ready_rates")
    return counts


def apply_orders(connection: Connection, present: Collection[str], now: datetime) -> Counts:
    """Sales orders by legal entity and number."""
    plain = ("customer_id", "ordered_on", "currency", "amount_minor", "sales_rep_id", "status")
    make_ready(
        connection,
        "ready_orders",
        """SELECT s.line, e.id AS entity_id, c.id AS customer_id, s.number, s.date AS ordered_on, s.currency,
        s.amount AS amount_minor, u.id AS sales_rep_id, s.status, o.id AS existing_id FROM stage_orders s
        JOIN legal_entity e ON e.code = s.legal_entity JOIN customer c ON c.number = s.customer
        LEFT JOIN app_user u ON u.code = s.sales_rep
        LEFT JOIN sales_order o ON o.entity_id = e.id AND o.number = s.number""",
    )
    fields = {"customer_id": "customer", "ordered_on": "date", "amount_minor": "amount", "sales_rep_id": "sales_rep"}
    update = [column for column in plain if fields.get(column, column) in present]
    counts = upsert(
        connection, "sales_order", "ready_orders", insert=("entity_id", "number", *plain), update=update, now=now
    )
    drop_ready(connection, "ready_orders")
    return counts
