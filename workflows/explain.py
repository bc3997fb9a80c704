"""Why was a customer contacted, or not? The answer for any day, from what the run of that day wrote (invariant 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.errors import BadInput
from outreach.cadence.planner import plan_outreach
from outreach.cadence.view import PlanOptions
from storage import reasons, runs
from storage.snapshots import load_snapshots
from workflows.services import Services


@dataclass(frozen=True, slots=True)
class Why:
    """One open item on one day. `outcome` is 'contacted', 'waits', 'not_sent' or 'skipped'; `reason` says why not.

    `planned` is True where no run of that day exists yet and the planner says what would be done.
    """

    entity: str
    invoice: str
    document_id: int
    outcome: str
    reason: str | None = None
    stage: str | None = None
    channel: str | None = None
    address: str | None = None
    locale: str | None = None
    status: str | None = None
    planned: bool = False


def explain(services: Services, customer_id: int, day: date) -> list[Why]:
    """Every item of a customer that was open in the run of `day`, with what became of it, entity by entity.

    Where an entity has no run of that day, the planner is asked what it would do with the ledger as it is now.
    """
    found: list[Why] = []
    with services.database.read() as connection:
        numbers = reasons.item_numbers(connection, customer_id)
        for entity in runs.entities(connection):
            run = runs.find_run(connection, entity.id, day)
            if run is None:
                found += _would_be(services, connection, entity, customer_id, day, numbers)
            else:
                found += _was(connection, entity, run.id, customer_id, numbers)
    return found


def _was(connection: Any, entity: Any, run_id: int, customer_id: int, numbers: dict[int, str]) -> list[Why]:
    found = [
        Why(
            entity.code,
            numbers.get(touch.document_id, "?"),
            touch.document_id,
            _outcome(touch),
            touch.dropped_reason or touch.status_reason or (touch.status if _outcome(touch) == "waits" else None),
            touch.stage,
            touch.channel,
            touch.address,
            touch.locale,
            touch.status,
        )
        for touch in reasons.touches_of(connection, run_id, customer_id)
    ]
    told = {why.document_id for why in found}
    for reason, ids in reasons.skips_of(connection, run_id, customer_id).items():
        found += [Why(entity.code, numbers.get(i, "?"), i, "skipped", reason) for i in ids if i not in told]
    return found


def _outcome(touch: Any) -> str:
    if touch.dropped_reason is not None:
        return "not_sent"
    if touch.status is None or touch.status in ("sent", "delivered"):
        return "contacted"
    if touch.status in ("planned", "claimed", "sending", "awaiting_approval"):
        return "waits"
    return "not_sent"


def _would_be(
    services: Services, connection: Any, entity: Any, customer_id: int, day: date, numbers: dict[int, str]
) -> list[Why]:
    snapshots = load_snapshots(connection, entity.id, day, [customer_id])
    plan = plan_outreach(
        snapshots, services.policies, day, options=PlanOptions(ledger_max_age=services.limits.ledger_max_age)
    )
    found = [
        Why(
            entity.code, numbers.get(i, "?"), i, "waits", None, touch.stage, str(message.channel), message.address,
            message.locale, None, planned=True,
        )
        for message in plan.messages
        for touch in message.touches
        for i in touch.document_ids
    ]  # fmt: skip
    told = {why.document_id for why in found}
    return found + [
        Why(entity.code, numbers.get(i, "?"), i, "skipped", str(skip.reason), planned=True)
        for skip in plan.skips
        for i in skip.document_ids
        if i not in told
    ]


def find_customer(services: Services, text: str) -> tuple[int, str, str]:
    """A customer by number, or by a name that only one has: (id, number, name).

    Raises BadInput when nobody, or more than one, is meant: the first match is never taken.
    """
    with services.database.read() as connection:
        found: Sequence[Any] = reasons.customers_named(connection, text)
    if len(found) == 1:
        return int(found[0].id), found[0].number, found[0].name
    if not found:
        raise BadInput(f"there is no customer {text!r}; give its number, or a part of its name")
    listed = ", ".join(f"{row.number} ({row.name})" for row in found[:5])
    raise BadInput(f"{text!r} may be {listed}{' …' if len(found) > 5 else ''}; give the number")
