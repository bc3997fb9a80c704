"""Housekeeping that every scheduler process does every few seconds. Any number may: rows decide who was first.

A lost tick costs a tick. What one tick does is bounded, and one part's trouble doesn't keep the others from their turn.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from uuid import uuid4

import structlog

from domain.calendars import zone_of
from domain.parties import LegalEntity
from domain.schedule import due_runs
from storage import audit, runs
from storage.pulse import note_tick
from storage.send_queue import finish_runs, take_back_claims
from storage.sending_hold import why_held
from storage.snapshots import load_entity
from workflows.ask_approvals import ask_for_approvals
from workflows.handle_reply import climb_replies
from workflows.privacy import sweep_retention
from workflows.record_sending import doubt_lost
from workflows.run_cadence import run_cadence
from workflows.services import Services

log = structlog.get_logger(__name__)

KINDS = ("plan", "send", "inbound", "delivery", "ping", "suggest", "ask", "mailbox")
"""Kinds of work that a bell may ring for."""


def tick(services: Services) -> dict[str, int]:
    """Settle what ran out of its lease, close finished runs, seal the trail, ring the bells. Returns what it did."""
    began = time.perf_counter()
    with services.observe.span("tick"):
        done = _tick(services)
    services.observe.timing("tick", time.perf_counter() - began)
    return done


def _tick(services: Services) -> dict[str, int]:
    done: Counter[str] = Counter()
    parts: tuple[tuple[str, Callable[[Services], int]], ...] = (
        ("claims_taken_back", give_claims_back),
        ("put_in_doubt", lambda s: doubt_lost(s, s.now())),
        ("approvals_asked", ask_for_approvals),
        ("replies_climbed", climb_replies),
        ("runs_finished", close_finished_runs),
        ("audit_sealed", seal_audit),
        ("letters_expired", sweep_retention),
        ("ticked", _note),
    )
    for name, part in parts:
        try:
            done[name] = part(services)
        except Exception:  # the edge of one duty: the others have nothing to do with its trouble
            done["failed"] += 1
            services.observe.count("tick_failures", name)
            log.exception("tick.failed", part=name, reference=uuid4().hex[:8])
    for kind in KINDS:
        services.ring(kind)
    return dict(done)


def _note(services: Services) -> int:
    with services.database.write() as unit:
        note_tick(unit)
        unit.commit()
    return 1


def plan_due_runs(services: Services) -> int:
    """Plan today's run of each entity whose hour has come, or go on with one that was interrupted. Returns how many.

    Two processes at once make one run: its row is unique by entity and day, and each chunk is planned by one of them.
    """
    now = services.now()
    with services.database.write() as unit:
        held = why_held(unit)
        unit.commit()
    if held is not None:
        return 0  # what is planned now would be in doubt with the rest
    with services.database.read() as connection:
        known = [
            (load_entity(connection, row.id)[0], runs.newest_run(connection, row.id))
            for row in runs.entities(connection)
        ]
    planned = 0
    for entity, newest in known:
        days = due_runs(entity, now, services.limits.run_hour, newest.business_day if newest else None)
        if (
            not days
            and newest is not None
            and newest.status == "planning"
            and newest.business_day == _today(entity, now)
        ):
            days = (newest.business_day,)
        for day in days:
            run_cadence(services, entity.id, day, count_skips=False)
            planned += 1
    if planned:
        services.ring("send")
    return planned


def _today(entity: LegalEntity, now: datetime) -> date:
    return now.astimezone(zone_of(entity.timezone)).date()


def give_claims_back(services: Services) -> int:
    """Claims whose holder is gone are planned again. Returns how many."""
    with services.database.write() as unit:
        found = take_back_claims(unit)
        unit.commit()
    return found


def close_finished_runs(services: Services) -> int:
    """Runs with nothing left to send are finished. Returns how many."""
    with services.database.write() as unit:
        found = finish_runs(unit.connection, services.now())
        unit.commit()
    return found


def seal_audit(services: Services) -> int:
    """Link the entries written since the last tick to the chain, a portion a transaction. Returns how many."""
    sealed = 0
    while True:
        with services.database.write() as unit:
            portion = audit.seal_new(unit.connection, services.audit_key, unit.database_now())
            unit.commit()
        sealed += portion
        if portion < audit.SEAL_AT_ONCE or services.stopping():
            return sealed
