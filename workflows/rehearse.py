"""The rehearsal: the same planner over the coming weeks, without sending or writing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from outreach.cadence.plan import PlannedMessage
from outreach.cadence.planner import plan_outreach
from outreach.cadence.rehearsal import rehearse
from outreach.cadence.view import PlanOptions
from storage import planning, runs
from storage.snapshots import load_snapshots
from workflows.services import Services

CHUNK = 2_000


def rehearse_days(services: Services, entity_id: int, start: date, days: int) -> Iterator[tuple[date, PlannedMessage]]:
    """What would go out from `start` on for `days` days, chunk of customers by chunk, each chunk in order of days."""
    after = 0
    with services.database.read() as connection:
        while rows := planning.customers_after(connection, after, CHUNK):
            after = int(rows[-1].id)
            snapshots = load_snapshots(connection, entity_id, start, [int(row.id) for row in rows])
            yield from rehearse(snapshots, services.policies, start, days)


def entity_codes(services: Services) -> list[tuple[int, str, str]]:
    """All legal entities: (id, code, time zone)."""
    with services.database.read() as connection:
        return [(int(row.id), str(row.code), str(row.timezone)) for row in runs.entities(connection)]


def customer_labels(services: Services, customer_ids: list[int]) -> dict[int, str]:
    """Customer id → 'number name', for showing."""
    with services.database.read() as connection:
        return runs.customer_labels(connection, customer_ids)


def _options(services: Services) -> PlanOptions:
    return PlanOptions(ledger_max_age=services.limits.ledger_max_age)


def plan_only(services: Services, entity_id: int, day: date) -> tuple[list[PlannedMessage], Counter[str]]:
    """What a run of `day` would plan, and its skips by reason. Writes nothing."""
    after = 0
    messages: list[PlannedMessage] = []
    skipped: Counter[str] = Counter()
    with services.database.read() as connection:
        while rows := planning.customers_after(connection, after, CHUNK):
            after = int(rows[-1].id)
            snapshots = load_snapshots(connection, entity_id, day, [int(row.id) for row in rows])
            plan = plan_outreach(snapshots, services.policies, day, options=_options(services))
            messages += plan.messages
            for skip in plan.skips:
                skipped[str(skip.reason)] += len(skip.document_ids)
    return messages, skipped
