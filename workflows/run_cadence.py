"""One day's run of an entity: facts → plan → touches under their unique keys, in chunks of customers.

The set-based statement excludes, the pure planner decides on what survives, and both kinds of skip are written with the
chunk. A run is a row, unique by entity and day, and so are its chunks: any number of processes plan one run together,
each chunk held by one of them for as long as its transaction lasts; one whose holder died is free for the others.
"""

from __future__ import annotations

import gc
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.calendars import zone_of
from domain.errors import BadInput, NotAllowed
from domain.parties import LegalEntity
from domain.tasks import TaskCause
from domain.touches import SkipReason
from domain.volume import times_the_usual
from outreach.cadence.planner import plan_outreach
from outreach.cadence.policy import PolicyBook
from outreach.cadence.view import PlanOptions, ledger_is_stale
from storage import audit, planning, runs
from storage.approvals import close_task_of
from storage.database import UnitOfWork
from storage.sending_hold import waits_after_restore
from storage.snapshots import load_entity, load_snapshots
from storage.tasks import NewTask, add_tasks
from workflows.plan_by_set import customer_of, set_aside
from workflows.record_promise import judge_promises
from workflows.services import Services
from workflows.supersede import supersede_older
from workflows.write_plan import write_plan

RECOUNT_CHUNK = 10_000
"""Customers whose steps are counted anew by one statement after an edit of the policies."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run planned. `skipped` are items by skip reason; `status` is the run's.

    `times_usual`: how many times the usual volume it would send, where that is so much that it waits for a yes.
    """

    run_id: int
    entity: str
    day: date
    status: str
    messages: int = 0
    touches: int = 0
    calls: int = 0
    tasks: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    stale: bool = False
    times_usual: int | None = None


def run_cadence(
    services: Services,
    entity_id: int,
    day: date,
    *,
    progress: Callable[[int], None] | None = None,
    options: PlanOptions | None = None,
    count_skips: bool = True,
) -> RunReport:
    """Plan one entity's business day, or go on with it, together with whoever else does. A second call adds nothing.

    `progress` is called with the number of customers looked at so far. `count_skips` reads what was skipped back for
    the report: for people, not for the scheduler. Raises NotAllowed for a day before the newest
    run, or another than today, where a real channel would send it.
    """
    run = _open(services, entity_id, day)
    if run.status == "planning":
        began = time.perf_counter()
        with services.observe.span("run", run=run.id):
            _plan_chunks(services, run, day, progress, options)
        services.observe.timing("run", time.perf_counter() - began)
    return report_run(services, run.id, count_skips=count_skips)


def report_run(services: Services, run_id: int, *, count_skips: bool = True) -> RunReport:
    """What a run planned, from its rows."""
    with services.database.read() as connection:
        row = runs.get_run(connection, run_id)
        entity, _, _ = load_entity(connection, row.entity_id)
        skipped = Counter(planning.skip_counts(connection, run_id)) if count_skips else Counter[str]()
        counts = row.counts or {}
        return RunReport(
            run_id=run_id,
            entity=entity.code,
            day=row.business_day,
            status=row.status,
            messages=counts.get("messages", 0),
            touches=counts.get("touches", 0),
            calls=counts.get("calls", 0),
            tasks=counts.get("tasks", 0),
            skipped=skipped,
            stale=bool(counts.get("stale")),
            times_usual=counts.get("times_usual"),
        )


def _open(services: Services, entity_id: int, day: date) -> Any:
    """The run's row, with what must happen before its first chunk: promises judged, settled cycles closed."""
    now = services.now()
    content, sha256 = policies_fingerprint(services.policies)
    with services.database.write() as unit:
        connection = unit.connection
        entity, as_of, cash_to = load_entity(connection, entity_id)
        known = runs.find_run(connection, entity_id, day)
        if known is not None and known.status != "planning":
            return known
        newest = runs.newest_run(connection, entity_id)
        _refuse_other_days(services, entity, day, newest)
        version = runs.policy_version_id(connection, sha256, content, now)
        run = runs.open_run(connection, entity_id, day, version, now)
        if not runs.has_chunks(connection, run.id):
            runs.divide(connection, run.id, run.planned_to_customer_id, services.limits.plan_chunk)
            supersede_older(unit, entity_id, day, now)
            judge_promises(unit, entity_id, cash_to, services.policies, day, now)
            runs.close_cycles(connection, entity_id, day)
            if newest is not None and newest.id != run.id and newest.policy_version_id != version:
                _recount_after_edit(unit, entity_id, services.policies)
        if _is_stale(services, entity, as_of, day):
            _stale_task(unit, entity, as_of, day)
        else:
            close_task_of(connection, f"ledger_stale:{entity.id}", "a newer ledger came", None, now)
        audit.record(
            connection, at=now, actor="system", action="run.opened", subject=("run", run.id),
            data={"entity": entity.code, "day": day, "policies": sha256},
        )  # fmt: skip
        unit.commit()
        return run


def _refuse_other_days(services: Services, entity: LegalEntity, day: date, newest: Any) -> None:
    """Real channels take only today's run, and never one before the newest; the file outbox may take any day."""
    if all(channel.name == "outbox" for channel in services.channels.values()):
        return
    today = services.now().astimezone(zone_of(entity.timezone)).date()
    if day != today:
        raise NotAllowed(
            f"{entity.code}: {day} is not today ({today}); real channels send only today's run: use the file outbox or "
            "`dunwell rehearse` for other days"
        )
    if newest is not None and day < newest.business_day:
        raise NotAllowed(
            f"{entity.code}: {day} lies before its newest run ({newest.business_day}); nothing was planned"
        )


def policies_fingerprint(policies: PolicyBook) -> tuple[str, str]:
    """Readable content and hash of a set of policies: what a run was planned by."""
    content = "\n".join(policies.texts.values()) or "\n".join(repr(policy) for policy in policies.policies)
    return content, policies.sha256 or hashlib.sha256(content.encode()).hexdigest()


def _recount_after_edit(unit: UnitOfWork, entity_id: int, policies: PolicyBook) -> None:
    """An edited policy may have moved its steps: note anew how far each touched item has come."""
    after = 0
    while rows := planning.customers_after(unit.connection, after, RECOUNT_CHUNK):
        after = rows[-1].id
        by_policy: dict[str, list[int]] = {}
        for row in rows:
            policy = policies.choose(customer_of(row))
            if policy is not None:
                by_policy.setdefault(policy.code, []).append(row.id)
        for code, ids in by_policy.items():
            chosen = policies.by_code(code)
            assert chosen is not None
            runs.recount_stages(unit.connection, ids, entity_id, {step.code: step.offset for step in chosen.steps})


def _is_stale(services: Services, entity: LegalEntity, as_of: date | None, day: date) -> bool:
    age = services.limits.ledger_max_age
    return age is not None and ledger_is_stale(entity.country, as_of, day, age)


def _stale_task(unit: UnitOfWork, entity: LegalEntity, as_of: date | None, day: date) -> None:
    add_tasks(
        unit.connection,
        [
            NewTask(
                cause=TaskCause.LEDGER_STALE,
                key=f"ledger_stale:{entity.id}",
                created_on=day,
                due_on=day,
                entity_id=entity.id,
                note=f"{entity.code}: the ledger is as of {as_of or 'never'}; nothing is sent until a newer import",
            )
        ],
    )


def _plan_chunks(
    services: Services,
    run: Any,
    day: date,
    progress: Callable[[int], None] | None,
    options: PlanOptions | None,
) -> None:
    """Plan chunks until there are none, whoever else does the same; the last one closes the planning."""
    looked_at = 0
    while True:
        with services.database.write() as unit:
            chunk = runs.take_chunk(unit.connection, run.id)
            if chunk is None:
                _finish_planning(services, unit, run.id)
                unit.commit()
                return
            rows = planning.customers_between(unit.connection, chunk.after_id, chunk.to_id)
            with _no_collection():
                counts = _plan_chunk(services, unit, run, day, rows, options) if rows else {}
            runs.end_chunk(unit.connection, chunk, counts, services.now())
            services.fault("planning_chunk")
            unit.commit()
        services.fault("planned_chunk")
        looked_at += len(rows)
        if progress:
            progress(looked_at)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No search for reference cycles while a chunk is planned: its values have none, and looking costs a fifth."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _finish_planning(services: Services, unit: UnitOfWork, run_id: int) -> None:
    """Close the planning: the first runs after going live, or a restoration, wait for a yes on the whole plan.

    So does one that would send far more than usual, whatever the reason may be.
    """
    row = runs.get_run(unit.connection, run_id)
    if row.status != "planning":
        return
    waits = runs.count_runs(unit.connection, row.entity_id) < services.limits.golive_runs
    waits = waits or waits_after_restore(unit.connection, row.entity_id)
    counts = runs.sum_counts(unit.connection, run_id)
    planned = counts.get("messages", 0)
    times = times_the_usual(planned, runs.recent_volumes(unit.connection, row.entity_id), services.limits.volume_factor)
    if times is not None:
        counts["times_usual"] = times
    status = "awaiting_approval" if (waits or times is not None) and planned > 0 else "sending"
    if not runs.end_planning(unit.connection, run_id, status, counts):
        return
    audit.record(
        unit.connection, at=services.now(), actor="system", action="run.planned", subject=("run", run_id),
        data={**counts, "status": status},
    )  # fmt: skip


def _plan_chunk(
    services: Services, unit: UnitOfWork, run: Any, day: date, rows: Sequence[Any], options: PlanOptions | None
) -> dict[str, int]:
    connection, entity_id = unit.connection, int(run.entity_id)
    entity, as_of, _ = load_entity(connection, entity_id)
    golive = runs.count_runs(connection, entity_id) < services.limits.golive_runs
    chosen = options or PlanOptions(ledger_max_age=services.limits.ledger_max_age, needs_yes=golive)
    if chosen.ledger_max_age is not None and ledger_is_stale(entity.country, as_of, day, chosen.ledger_max_age):
        planning.insert_skips(connection, run.id, entity_id, [r.id for r in rows], None, SkipReason.LEDGER_STALE)
        return {"stale": 1}
    aside = set_aside(services.policies, unit, run, day, rows)
    snapshots = load_snapshots(connection, entity_id, day, sorted(aside.whole))
    snapshots += load_snapshots(connection, entity_id, day, sorted(aside.light), only_items=aside.items)
    plan = plan_outreach(snapshots, services.policies, day, now=services.now(), options=chosen)
    return write_plan(unit, run.id, plan, services.now(), aside.reasons)


def the_entity(services: Services, code: str) -> int:
    """An entity's id by its code. Raises BadInput naming those that there are."""
    with services.database.read() as connection:
        found = {row.code: int(row.id) for row in runs.entities(connection)}
    if code not in found:
        raise BadInput(f"there is no legal entity {code!r}; there are: {', '.join(found) or 'none (import a ledger)'}")
    return found[code]


def message_counts(services: Services, run_id: int) -> list[dict[str, Any]]:
    """A run's messages by language, channel, template and state."""
    with services.database.read() as connection:
        return [dict(row._mapping) for row in runs.run_messages(connection, run_id)]
