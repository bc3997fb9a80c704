"""A database that was restored from a backup: what was sent since must not be sent again.

Such a database holds as planned what may have gone, and knows nothing of later runs. So nothing is sent from it until a
person has said that it was restored; then everything that was on its way is in doubt, one by one a person's question,
and each entity's next plan waits for a yes. How a copy gives itself away: `storage/sending_hold.py`, and the *mark*: a
file in the data folder with the newest link of the trail that this machine has seen.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from domain.calendars import zone_of
from domain.tasks import TaskCause
from domain.touches import TouchEvent, TouchStatus, next_status
from storage import approvals, audit, consistency, messages, restored, sending_hold
from storage.database import UnitOfWork
from storage.letter_rows import timezone_of
from storage.tasks import NewTask, add_tasks
from workflows.deciding import SETTLERS, note_decision, person
from workflows.prepare_message import message_task
from workflows.services import Services
from workflows.settle_message import settle_unknown
from workflows.verify_audit import verify_audit

log = structlog.get_logger(__name__)

MARK_FILE = "trail.mark"
WHY_IN_DOUBT = "the database was restored from a backup"


def guard_sending(services: Services) -> str | None:
    """Look whether this database is older than what this machine has seen of it; if so nothing is sent from now on.

    Returns why nothing may be sent; None when it may. The mark moves on with the trail.
    """
    path = services.data_dir / MARK_FILE
    mark = _read_mark(path)
    with services.database.read() as connection:
        known, head = sending_hold.read_hold(connection), sending_hold.trail_head(connection)
        home = sending_hold.home_id(connection)
        lacks = mark is not None and mark["home"] == home and not _has(connection, mark)
    if known is not None:
        return known
    if mark is not None and lacks:
        why = f"the database lacks entry {mark['sequence']} of its trail, which this machine has seen: it was restored"
        with services.database.write() as unit:
            sending_hold.hold_sending(unit, why)
            unit.commit()
        log.error("sending.held", why=why)
        return why
    if home is not None and head is not None:
        _write_mark(path, {"home": home, "sequence": head[0], "hash": head[1]})
    return None


def _has(connection: Any, mark: dict[str, Any]) -> bool:
    return sending_hold.has_link(connection, int(mark["sequence"]), str(mark["hash"]))


def _read_mark(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and {"home", "sequence", "hash"} <= found.keys() else None


def _write_mark(path: Path, mark: dict[str, Any]) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    temporary.write_text(json.dumps(mark), encoding="utf-8")
    temporary.replace(path)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look over a restored database found. `problems` is empty when it is whole."""

    as_of: datetime | None
    held: str | None
    on_their_way: dict[str, int]
    links: int
    unsealed: int
    problems: list[str] = field(default_factory=list)


def check_database(services: Services) -> Checked:
    """Look the whole database over: schema, references, ledger sums, trail. Changes nothing but that it seals.

    A trail that ends before the mark of this machine is told with how many entries are missing.
    """
    problems = []
    with services.database.read() as connection:
        problems += consistency.schema_problems(connection)
        problems += consistency.reference_problems(connection)
        problems += consistency.ledger_problems(connection)
        as_of, held = sending_hold.newest_entry(connection), sending_hold.read_hold(connection)
        waiting = restored.count_unsent(connection)
        head = sending_hold.trail_head(connection)
        home = sending_hold.home_id(connection)
    verdict = verify_audit(services)
    if verdict.problem:
        problems.append(f"audit trail: {verdict.problem}")
    mark = _read_mark(services.data_dir / MARK_FILE)
    if held is None and mark is not None and mark["home"] == home and int(mark["sequence"]) > (head or (0, ""))[0]:
        held = (
            f"the trail ends {int(mark['sequence']) - (head or (0, ''))[0]} entries before what this machine has seen"
        )
    return Checked(as_of, held, waiting, verdict.linked, verdict.unsealed, problems)


@dataclass(frozen=True, slots=True)
class Released:
    """What was done: messages put in doubt, plans refused, events left to people."""

    as_of: datetime | None
    in_doubt: int
    plans_refused: int
    events_left: int


CHUNK = 500


def confirm_restored(services: Services, *, by: str) -> Released:
    """A person says that this database was restored. Everything that was on its way is in doubt; sending may go on.

    Each entity's next plans wait for a yes until one has got it. Raises NotAllowed for who may not decide. It can be
    interrupted and called again: sending is let go last.
    """
    now = services.now()
    with services.database.write() as unit:
        user = person(unit, by, SETTLERS, "say that a database was restored")
        as_of = sending_hold.newest_entry(unit.connection)
        sending_hold.hold_sending(unit, "the database was restored, and what was on its way is being put in doubt")
        refused = restored.refuse_open_plans(unit, now)
        for run_id, public_id in refused:
            approvals.close_task_of(
                unit.connection, f"{TaskCause.APPROVE_PLAN}:{public_id}", WHY_IN_DOUBT, user.id, now
            )
            note_decision(unit, user, now, "run.refused", ("run", run_id), {"reason": WHY_IN_DOUBT})
        why = f"{WHY_IN_DOUBT}: it may have been answered since"
        left = restored.leave_new_events(unit, why)
        add_tasks(unit.connection, [_event_task(event, provider, why, now) for event, provider in left])
        unit.commit()
    doubted = _doubt_all(services, now)
    with services.database.write() as unit:
        note_decision(
            unit, user, now, "database.restored", ("database", "restored"),
            {"as_of": as_of, "in_doubt": doubted, "plans_refused": len(refused), "events_left": len(left)},
        )  # fmt: skip
        sending_hold.release(unit, now, as_of)
        unit.commit()
    (services.data_dir / MARK_FILE).unlink(missing_ok=True)
    return Released(as_of, doubted, len(refused), len(left))


def _doubt_all(services: Services, now: datetime) -> int:
    found = 0
    while True:
        with services.database.read() as connection:
            some = restored.unsent(connection, CHUNK)
        if not some:
            return found
        for message_id, customer_id in some:
            with services.database.write() as unit:
                unit.lock_customer(customer_id)
                found += _doubt(services, unit, message_id, now)
                unit.commit()


def _doubt(services: Services, unit: UnitOfWork, message_id: int, now: datetime) -> int:
    row = messages.lock_message(unit.connection, message_id)
    status = TouchStatus(row.status)
    if status not in restored.UNSENT:
        return 0
    after = next_status(TouchEvent.DATABASE_RESTORED, status)
    messages.set_message(
        unit.connection, row.id, status=after, status_reason=WHY_IN_DOUBT, lease_owner=None, lease_until=None
    )
    audit.record(
        unit.connection, at=now, actor="system", action="message.unknown", subject=("message", row.public_id),
        data={"reason": WHY_IN_DOUBT}, customer_id=row.customer_id,
    )  # fmt: skip
    day = now.astimezone(zone_of(timezone_of(unit.connection, row.entity_id))).date()
    note = f"{WHY_IN_DOUBT}; find out whether it went, then `dunwell settle {row.public_id} sent` or `not-sent`"
    add_tasks(unit.connection, [message_task(row, day, TaskCause.UNKNOWN_OUTCOME, note)])
    return 1


def _event_task(event: int, provider: str, why: str, now: datetime) -> NewTask:
    note = f"event {event} from {provider} was not read: {why}; it is kept raw"
    return NewTask(TaskCause.REPLY, f"inbound:{event}", now.date(), now.date(), note=note)


def settle_restored(services: Services, *, sent: bool, by: str, note: str = "") -> int:
    """Settle every message that the restoration put in doubt at once. Returns how many."""
    with services.database.read() as connection:
        doubted = restored.in_doubt(connection, WHY_IN_DOUBT)
    for public_id in doubted:
        settle_unknown(services, public_id, sent=sent, by=by, note=note)
    return len(doubted)
