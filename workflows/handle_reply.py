"""Replies that wait for a person: listed, handled, and what climbs when nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain.account import PauseKind
from domain.calendars import add_business_days, zone_of
from domain.errors import NotAllowed
from domain.promises import PromiseStatus
from domain.tasks import TaskCause
from outreach.compose.context import Stage
from storage import audit, promises, replies, review
from storage.calls import user_id
from storage.database import UnitOfWork
from storage.names import manager_of
from storage.tasks import NewTask, add_tasks, close_task
from workflows.answer_reply import neutral_key, plan_neutral_answer
from workflows.services import Services

MANAGER_AFTER_DAYS = 2
"""Business days after which an unhandled reply goes to the collector's manager."""
ANSWER_AFTER_DAYS = 5
"""Business days after which the customer gets one neutral "we have your message"."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What handling did: promises taken or refused, pauses lifted, tasks closed. `fresh` False: it was done before."""

    fresh: bool
    promises: int = 0
    pauses: int = 0
    tasks: int = 0


def list_waiting_replies(services: Services, *, everything: bool = False) -> list[dict[str, Any]]:
    """Replies that wait for a person (or all), the oldest first, with what they seem to say and why nobody was sure."""
    with services.database.read() as connection:
        found = replies.list_replies(connection, waiting_only=not everything)
        proposed = review.proposals(connection)
    return [
        {
            "id": row.id,
            "public_id": row.public_id,
            "received_at": row.received_at.isoformat(),
            "customer": row.customer,
            "customer_name": row.customer_name,
            "sender": row.sender,
            "channel": row.channel,
            "subject": row.subject,
            "text": row.text,
            "language": row.language,
            "intents": row.intents or [],
            "doubts": (row.understanding or {}).get("doubts", []),
            "evidence": (row.understanding or {}).get("evidence", []),
            "suggestion": (row.understanding or {}).get("suggestion"),
            "proposed_contact": _contact(proposed.get(row.id)),
            "candidates": row.candidates or [],
            "status": row.status,
            "outcome": row.outcome,
        }
        for row in found
    ]


def _contact(row: Any) -> dict[str, str | None] | None:
    return None if row is None else {"name": row.name, "email": row.email, "phone": row.phone}


def handle_reply(
    services: Services,
    which: str,
    *,
    by: str | None,
    outcome: str = "handled",
    accept: bool = False,
    resume: bool = False,
) -> Handled:
    """Close a waiting reply: its silence ends, its task is done; what it offers is taken (`accept`) or refused.

    Offered are promises, plans, and a new contact. A stop for insolvency outlives the handling unless `resume` says
    that it was none. `which` is the reply's number or public id. Handling it again changes nothing. Raises BadInput for
    no such reply or user, NotAllowed for accepting where nothing was offered.
    """
    now = services.now()
    with services.database.read() as connection:
        row = replies.find_reply(connection, which)
    with services.database.write() as unit:
        if row.customer_id is not None:
            unit.lock_customer(row.customer_id)
        connection = unit.connection
        by_id = user_id(connection, by)
        offered = replies.offered_promises(connection, row.id)
        proposal = review.proposal_of(connection, row.id)
        if accept and not offered and proposal is None:
            raise NotAllowed(f"reply {row.id} offers no promise and no contact to accept; leave out --accept")
        if proposal is not None and by_id is None:
            raise NotAllowed(f"reply {row.id} proposes a new contact; whoever decides is named: add --as USER")
        if not replies.set_handled(connection, row.id, outcome, now, by_id):
            return Handled(False)
        today = _today(unit, row.entity_id, now)
        verdict = PromiseStatus.OPEN if accept else PromiseStatus.CANCELLED
        for promise_id in offered:
            promises.set_status(connection, promise_id, verdict, today)
            verb = "promise.accepted" if accept else "promise.refused"
            audit.record(
                connection, at=now, actor=by or "operator", action=verb, subject=("promise", promise_id),
                customer_id=row.customer_id,
            )  # fmt: skip
        if proposal is not None and by_id is not None:
            review.settle_proposal(connection, proposal, accept=accept, by_id=by_id, at=now)
        keep = None if resume else str(PauseKind.INSOLVENCY)
        lifted = replies.lift_pauses(connection, f"reply:{row.id}", now, keep=keep)
        tasks = replies.tasks_of_reply(connection, row.id)
        for task_id in tasks:
            close_task(connection, task_id, outcome, by_id, now)
        audit.record(
            connection, at=now, actor=by or "operator", action="reply.handled", subject=("reply", row.id),
            data={
                "outcome": outcome, "promises": offered, "accepted": accept, "contact": proposal is not None,
                "resumed": resume,
            }, customer_id=row.customer_id,
        )  # fmt: skip
        unit.commit()
    return Handled(True, len(offered), lifted, len(tasks))


def climb_replies(services: Services) -> int:
    """Give replies that nobody handles to the manager, and tell the customer once that they were heard.

    Returns how many steps up were taken. Doing it as often as one likes makes one task and one answer a reply.
    """
    now = services.now()
    with services.database.read() as connection:
        waiting = [
            row
            for row in replies.waiting_since(connection, now - timedelta(days=MANAGER_AFTER_DAYS - 1))
            if not replies.has_task(connection, _manager_key(row))
            or not replies.has_answer(connection, neutral_key(row.id, Stage.WE_HAVE_YOUR_MESSAGE))
        ]
    climbed = 0
    for row in waiting:
        with services.database.write() as unit:
            if row.customer_id is not None:
                unit.lock_customer(row.customer_id)
            climbed += _climb(unit, row, now)
            unit.commit()
    return climbed


def _climb(unit: UnitOfWork, row: Any, now: datetime) -> int:
    entity = replies.entity_row(unit.connection, row.entity_id)
    today = now.astimezone(zone_of(entity.timezone)).date()
    came = row.received_at.astimezone(zone_of(entity.timezone)).date()
    taken = 0
    if today >= add_business_days(entity.country, came, MANAGER_AFTER_DAYS):
        taken += _to_the_manager(unit, row, came, today)
    if today >= add_business_days(entity.country, came, ANSWER_AFTER_DAYS) and row.customer_id and row.entity_id:
        taken += plan_neutral_answer(unit, row, Stage.WE_HAVE_YOUR_MESSAGE, today, now) is not None
    return taken


def _manager_key(row: Any) -> str:
    return f"reply-unhandled:{row.id}"


def _to_the_manager(unit: UnitOfWork, row: Any, came: date, today: date) -> int:
    key = _manager_key(row)
    if replies.has_task(unit.connection, key):
        return 0
    owner = None
    if row.customer_id is not None:
        collector = replies.customer_row(unit.connection, row.customer_id).collector_id
        manager = manager_of(unit.connection, collector) if collector is not None else None
        owner = manager.id if manager is not None else None
    note = f"reply {row.id} of {came.isoformat()} waits unhandled"
    task = NewTask(TaskCause.REPLY, key, today, today, row.customer_id, row.entity_id, owner_id=owner, note=note)
    add_tasks(unit.connection, [task])
    return 1


def _today(unit: UnitOfWork, entity_id: int | None, now: datetime) -> date:
    return now.astimezone(zone_of(replies.entity_row(unit.connection, entity_id).timezone)).date()
