"""The database compared with the provider's own count, message by message: what was doubled, lost, or is in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from domain.tasks import TaskCause, TaskStatus
from domain.touches import TouchStatus
from storage.database import Database
from storage.tables import message, task, touch
from tests.faults.provider import Truth

ON_THE_WAY = (TouchStatus.PLANNED, TouchStatus.CLAIMED, TouchStatus.SENDING)
SENT = (TouchStatus.SENT, TouchStatus.DELIVERED, TouchStatus.BOUNCED)


@dataclass
class Verdict:
    """What became of every customer's one reminder. `doubled` and `lost` are faults, each told in `problems`.

    `unknown` are public ids of messages in doubt; `taken` how many of them the provider had accepted.
    """

    sent: int = 0
    doubled: int = 0
    lost: int = 0
    unknown: set[str] = field(default_factory=set)
    taken: int = 0
    other: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def doubles(self, count: int, what: str) -> None:
        """`count` messages too many."""
        self.doubled += count
        self.problems.append(f"doubled: {what}")

    def loses(self, what: str) -> None:
        """One message that nobody got, and nobody is told of."""
        self.lost += 1
        self.problems.append(f"lost: {what}")


def judge(database: Database, truth: Truth, customers: Collection[int]) -> Verdict:
    """Compare each customer's messages with what the provider accepted, once everything has settled.

    Each customer is owed one reminder. It went once, or it is `unknown` with an open task about it, or it was cancelled
    or has failed with a reason. A message that the provider has and the database would still send counts as doubled.
    """
    verdict = Verdict()
    rows, tasks, carried = _read(database)
    for public_id in set(truth.accepted) - {row.public_id for row in rows}:
        verdict.doubles(1, f"the provider has {public_id}, which the database doesn't know")
    by_customer: dict[int, list[Any]] = {which: [] for which in customers}
    for row in rows:
        by_customer.setdefault(row.customer_id, []).append(row)
        _judge_message(verdict, row, truth.accepted[row.public_id], tasks)
    for which, found in by_customer.items():
        steps = Counter(step for row in found for step in carried[row.id])
        if not found:
            verdict.loses(f"customer {which} has no message")
        for step, count in steps.items():
            if count > 1:
                verdict.doubles(count - 1, f"customer {which}: step {step} is in {count} messages")
        went = sum(truth.accepted[row.public_id] > 0 for row in found)
        if went > 1:
            verdict.doubles(went - 1, f"customer {which} got {went} messages")
    return verdict


def _judge_message(verdict: Verdict, row: Any, accepted: int, tasks: dict[str, str]) -> None:
    known = f"message {row.public_id} of customer {row.customer_id} is {row.status}"
    if accepted > 1:
        verdict.doubles(accepted - 1, f"{known}, accepted {accepted} times")
    in_doubt = tasks.get(f"{TaskCause.UNKNOWN_OUTCOME}:{row.public_id}")
    if row.status in SENT:
        verdict.sent += 1
        if not accepted:
            verdict.loses(f"{known}, but the provider never had it")
        if in_doubt == TaskStatus.OPEN:
            verdict.problems.append(f"left over: {known}, and its task still asks what became of it")
    elif row.status == TouchStatus.UNKNOWN:
        verdict.unknown.add(row.public_id)
        verdict.taken += accepted
        if in_doubt != TaskStatus.OPEN:
            verdict.loses(f"{known}, and no open task says so")
    elif row.status in ON_THE_WAY:
        verdict.loses(f"{known} and stays so")
        if accepted:
            verdict.doubles(1, f"{known}, though the provider has it")
    else:
        verdict.other[row.status] += 1
        if accepted:
            verdict.doubles(1, f"{known}, though the provider has it")
        if not row.status_reason:
            verdict.loses(f"{known}, without a reason")


def _read(database: Database) -> tuple[list[Any], dict[str, str], dict[int, list[tuple[int, str]]]]:
    """Messages; the state of each task by its key; the steps that each message carries."""
    with database.read() as connection:
        rows = list(connection.execute(select(message).order_by(message.c.id)))
        tasks = {str(key): str(status) for key, status in connection.execute(select(task.c.key, task.c.status)).all()}
        carried: dict[int, list[tuple[int, str]]] = {row.id: [] for row in rows}
        steps = select(touch.c.message_id, touch.c.cycle_id, touch.c.stage).where(touch.c.dropped_reason.is_(None))
        for step in connection.execute(steps):
            if step.message_id is not None:
                carried[step.message_id].append((step.cycle_id, step.stage))
    return rows, tasks, carried
