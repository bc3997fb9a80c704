"""Promises: recorded once, judged daily (invariant 3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.promises import Promise, PromiseFacts, PromiseStatus, judge_promise
from domain.tasks import TaskCause
from outreach.cadence.policy import PolicyBook
from storage import audit, promises
from storage.database import UnitOfWork
from storage.promises import NewPromise
from storage.snapshots import load_customers
from storage.tasks import NewTask, add_tasks


@dataclass(frozen=True, slots=True)
class Judged:
    """How many open promises came to which status on one day; `covered` ones are missing but unapplied cash lies."""

    kept: int = 0
    partly_kept: int = 0
    broken: int = 0
    covered: int = 0


def record_promise(unit: UnitOfWork, new: NewPromise, *, actor: str, now: datetime) -> int:
    """Write a promise in the caller's transaction (customer locked), once per its source. Returns its id."""
    made, is_new = promises.insert_promise(unit.connection, new, now)
    if is_new:
        audit.record(
            unit.connection,
            at=now,
            actor=actor,
            action=f"promise.{new.status}",
            subject=("promise", made),
            data={
                "promised_on": new.promised_on,
                "amount_minor": new.amount_minor,
                "currency": new.currency,
                "documents": [d for d, _ in new.parts],
                "source": [new.source, new.source_ref],
            },
            customer_id=new.customer_id,
        )
    return made


def judge_promises(
    unit: UnitOfWork, entity_id: int, cash_loaded_to: date | None, policies: PolicyBook, today: date, now: datetime
) -> Judged:
    """Judge an entity's open promises on `today`: kept ones close, broken ones free their items and make a task."""
    counts = {"kept": 0, "partly_kept": 0, "broken": 0, "covered": 0}
    tasks: list[NewTask] = []
    entries = []
    found = promises.promises_to_judge(unit.connection, entity_id, today)
    customers = load_customers(unit.connection, {customer_id for _, _, customer_id in found})
    for promise, facts, customer_id in found:
        policy = policies.choose(customers[customer_id])
        grace = policy.promise_grace_days if policy else 3
        known = replace(facts, cash_loaded_to=cash_loaded_to)
        verdict = judge_promise(promise, known, today, grace)
        if verdict is PromiseStatus.OPEN:
            if _is_covered(promise, known, today, grace):
                counts["covered"] += 1
                tasks.append(_task(TaskCause.PROMISE_COVERED, promise, known, customer_id, entity_id, today))
            continue
        counts[str(verdict)] += 1
        promises.set_status(unit.connection, promise.id, verdict, today)
        entries.append(
            audit.entry(now, "system", f"promise.{verdict}", ("promise", promise.id), {"on": today}, customer_id)
        )
        if verdict is not PromiseStatus.KEPT:
            tasks.append(_task(TaskCause.PROMISE_BROKEN, promise, known, customer_id, entity_id, today))
    add_tasks(unit.connection, tasks)
    audit.record_many(unit.connection, entries)
    return Judged(**counts)


def _is_covered(promise: Promise, facts: PromiseFacts, today: date, grace_days: int) -> bool:
    """Its day is gone, the cash of that day is loaded, and what is missing lies as unapplied cash: for a person."""
    deadline = promise.silent_until(grace_days)
    loaded = facts.cash_loaded_to is not None and facts.cash_loaded_to >= deadline
    return today > deadline and loaded and facts.unapplied_minor > 0


def _task(
    cause: TaskCause, promise: Promise, facts: PromiseFacts, customer_id: int, entity_id: int, today: date
) -> NewTask:
    return NewTask(
        cause=cause,
        key=f"{cause}:{promise.id}",
        created_on=today,
        due_on=today,
        customer_id=customer_id,
        entity_id=entity_id,
        stake_minor=max(0, promise.amount_minor - facts.paid_minor),
        stake_currency=promise.currency,
        note=f"promised for {promise.promised_on.isoformat()}",
    )
