"""Tasks for people: listed, and closed with their outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.errors import BadInput
from storage import audit, calls
from storage.address_state import dead_address_of, lift_death
from storage.database import UnitOfWork
from storage.tasks import close_task, list_tasks
from workflows.services import Services


def list_open_tasks(services: Services, owner: str | None = None) -> list[dict[str, Any]]:
    """Open tasks, all or one user's, the oldest due first. Raises BadInput for a user that isn't."""
    with services.database.read() as connection:
        calls.user_id(connection, owner)
        return [dict(row._mapping) for row in list_tasks(connection, owner_code=owner)]


def finish_task(services: Services, task_id: int, outcome: str, by: str | None) -> bool:
    """Close a task. Returns False when it was closed before. Raises BadInput for no outcome or no such task."""
    if not outcome.strip():
        raise BadInput("a task is closed with its outcome: say what came of it")
    now = services.now()
    with services.database.write() as unit:
        who = calls.user_id(unit.connection, by)
        fresh = close_task(unit.connection, task_id, outcome.strip(), who, now)
        if fresh:
            _try_again(unit, task_id, by, now)
            audit.record(
                unit.connection, at=now, actor=by or "operator", action="task.done", subject=("task", task_id),
                data={"outcome": outcome.strip()},
            )  # fmt: skip
        unit.commit()
    return fresh


def _try_again(unit: UnitOfWork, task_id: int, by: str | None, now: datetime) -> None:
    """Whoever closes the task about a dead address has looked after it: it is tried again."""
    which = dead_address_of(unit.connection, task_id)
    if which is not None and lift_death(unit.connection, which, by or "operator", now):
        audit.record(
            unit.connection, at=now, actor=by or "operator", action="address.works", subject=("task", task_id),
            data={"by": "task closed"},
        )  # fmt: skip
