"""What became of a message: the provider's answer written down, doubts made a person's question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain.breaker import backoff
from domain.calendars import zone_of
from domain.parties import Channel
from domain.tasks import TaskCause
from domain.touches import TouchEvent, TouchStatus, next_status
from outreach.cadence.recipients import normal_address
from outreach.channels.base import Delivery, Outcome
from storage import audit
from storage.address_state import opt_out_told
from storage.approvals import close_task_of
from storage.database import UnitOfWork
from storage.letter_rows import timezone_of
from storage.messages import (
    AttemptEnd,
    drop_message_touches,
    end_attempts,
    lock_message,
    lock_messages,
    set_message,
    write_results,
)
from storage.send_queue import lost_on_the_wire
from storage.sql import together
from storage.tasks import NewTask, add_tasks
from workflows.claim_messages import note_health
from workflows.prepare_message import Prepared, message_task
from workflows.services import Services

BACKOFF_MINUTES = (1, 5, 15, 60, 120)
"""How long a message waits at most after its first, second … try; the last one again for all later ones."""

_EVENT = {
    Outcome.ACCEPTED: TouchEvent.ACCEPTED,
    Outcome.REFUSED: TouchEvent.REFUSED,
    Outcome.TRY_AGAIN: TouchEvent.TRY_AGAIN,
    # The lease isn't over, but its meaning has come true: it can't be known whether the provider has it.
    Outcome.UNKNOWN: TouchEvent.LEASE_EXPIRED,
}

HOW_TO_SETTLE = "find out whether it arrived, then `dunwell settle {id} sent` or `dunwell settle {id} not-sent`"


@dataclass(frozen=True, slots=True)
class Answered:
    """A message that was handed over, and what the provider said."""

    prepared: Prepared
    delivery: Delivery

    @property
    def is_plain(self) -> bool:
        """Accepted, and nothing else follows from it: it can be written down without the customer's row."""
        return self.delivery.outcome is Outcome.ACCEPTED and self.prepared.channel is not Channel.LETTER


def record_result(services: Services, answered: Answered) -> str:
    """Write one hand-over's outcome in a transaction of its own. Returns the message's state afterwards."""
    with services.database.write() as unit:
        unit.lock_customer(answered.prepared.customer_id)
        (after,) = record_results(services, unit, [answered])
        unit.commit()
    return after


def record_results(services: Services, unit: UnitOfWork, answers: Sequence[Answered]) -> list[str]:
    """Write outcomes in the caller's transaction. Returns the messages' states afterwards.

    The caller has locked the customers' rows of all that aren't `is_plain`. A message whose lease ran out meanwhile is
    `unknown` already: acceptance settles that doubt, anything else leaves it to a person.
    """
    if not answers:
        return []
    connection, at = unit.connection, unit.database_now()
    rows = lock_messages(connection, [one.prepared.message_id for one in answers])
    told = [_Told(one, rows[one.prepared.message_id], *_event(services, rows, one)) for one in answers]
    with together(connection):
        end_attempts(connection, [_attempt_end(one, at) for one in answers])
        write_results(connection, [_result_row(one) for one in told if one.moved])
    for one in told:
        if one.moved and one.row.status == TouchStatus.UNKNOWN:
            key = f"{TaskCause.UNKNOWN_OUTCOME}:{one.row.public_id}"
            close_task_of(connection, key, "the provider took it after all", None, services.now())
        if one.moved and one.after is TouchStatus.FAILED:
            # Nobody was contacted: the step isn't done, and the next run may plan it anew (complaint 16).
            drop_message_touches(connection, one.row.id, "send_failed")
        if one.answered.delivery.opted_out:
            _heed_no(services, connection, one)
    news = [(one.row.provider, one.answered.prepared.watched, one.answered.delivery) for one in told]
    note_health(unit, news, at)
    audit.record_many(connection, [_audit_row(services, one) for one in told])
    add_tasks(connection, [task for one in told for task in _tasks(one)])
    return [str(one.after) for one in told]


def _heed_no(services: Services, connection: Any, told: _Told) -> None:
    """The provider refused because the recipient has told it no (invariant 6)."""
    row = told.row
    address, now = normal_address(Channel(row.channel), row.address), services.now()
    evidence = {"message": row.public_id}
    source = f"provider:{row.provider}"
    if opt_out_told(connection, row.channel, address, source=source, evidence=evidence, since=now):
        data = {"channel": row.channel, "source": source}
        audit.record(
            connection, at=now, actor="system", action="opt_out.set", subject=("message", row.public_id), data=data,
            customer_id=row.customer_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer, its message's row as it was, the state afterwards, and whether the answer moved it there."""

    answered: Answered
    row: Any
    after: TouchStatus
    moved: bool


def _event(services: Services, rows: Mapping[int, Any], answered: Answered) -> tuple[TouchStatus, bool]:
    prepared, delivery = answered.prepared, answered.delivery
    row = rows[prepared.message_id]
    status = TouchStatus(row.status)
    event: TouchEvent | None = _EVENT[delivery.outcome]
    if status is TouchStatus.UNKNOWN:
        event = TouchEvent.ACCEPTED if delivery.outcome is Outcome.ACCEPTED else None
    elif status is not TouchStatus.SENDING or row.lease_owner != prepared.owner:
        event = None  # a person settled it while the provider took its time
    elif delivery.outcome is Outcome.TRY_AGAIN and prepared.attempt >= services.limits.max_attempts:
        event = TouchEvent.REFUSED
    return (next_status(event, status), True) if event is not None else (status, False)


def _attempt_end(answered: Answered, at: datetime) -> AttemptEnd:
    prepared, delivery = answered.prepared, answered.delivery
    return AttemptEnd(
        prepared.message_id, prepared.attempt, str(delivery.outcome), at, delivery.provider_ref, delivery.error
    )


def _result_row(told: _Told) -> dict[str, Any]:
    row, prepared, delivery = told.row, told.answered.prepared, told.answered.delivery
    values = {
        "id": row.id,
        "status": told.after,
        "status_reason": delivery.error,
        "not_before": row.not_before,
        "sent_at": row.sent_at,
        "provider_ref": row.provider_ref,
    }
    if told.after is TouchStatus.SENT:
        values |= {"sent_at": prepared.moment, "provider_ref": delivery.provider_ref, "status_reason": None}
    if told.after is TouchStatus.PLANNED:
        values["not_before"] = prepared.moment + _wait(prepared, delivery)
    return values


def _wait(prepared: Prepared, delivery: Delivery) -> timedelta:
    """What the provider asked for, and by chance up to what the attempt allows: they shan't all come at once."""
    longest = timedelta(minutes=BACKOFF_MINUTES[min(prepared.attempt, len(BACKOFF_MINUTES)) - 1])
    asked = timedelta(seconds=delivery.retry_after_seconds or 0)
    return asked + backoff(longest, f"{prepared.message_id}:{prepared.attempt}")


def _audit_row(services: Services, told: _Told) -> dict[str, Any]:
    delivery = told.answered.delivery
    return audit.entry(
        services.now(),
        "system",
        f"message.{'try_again' if told.after is TouchStatus.PLANNED else told.after}",
        ("message", told.row.public_id),
        {"outcome": delivery.outcome, "provider_ref": delivery.provider_ref, "error": delivery.error},
        told.row.customer_id,
    )


def _tasks(told: _Told) -> list[NewTask]:
    row, delivery, day = told.row, told.answered.delivery, told.answered.prepared.today
    if told.after is TouchStatus.SENT and row.channel == Channel.LETTER:
        note = f"print {delivery.provider_ref} from the outbox and post it"
        return [message_task(row, day, TaskCause.LETTER, note)]
    if told.after is TouchStatus.FAILED and not delivery.opted_out:
        note = f"refused: {delivery.error}. Correct the address or the set-up and close this task; the next run tries"
        return [message_task(row, day, TaskCause.SEND_FAILED, note)]
    if told.after is TouchStatus.UNKNOWN and row.status != TouchStatus.UNKNOWN:
        return [_doubt_task(row, day, delivery.error or "")]
    return []


def _doubt_task(row: Any, day: date, why: str) -> NewTask:
    note = f"it can't be known whether it went ({why}); {HOW_TO_SETTLE.format(id=row.public_id)}"
    return message_task(row, day, TaskCause.UNKNOWN_OUTCOME, note)


def doubt_lost(services: Services, now: datetime) -> int:
    """Turn `sending` whose lease ran out into `unknown`, each with a task for a person. Returns how many."""
    with services.database.write() as unit:
        lost = lost_on_the_wire(unit)
    found = 0
    for message_id, customer_id in lost:
        with services.database.write() as unit:
            unit.lock_customer(customer_id)
            row = lock_message(unit.connection, message_id)
            if row.status != TouchStatus.SENDING or row.lease_until > unit.database_now():
                continue  # its result came in after all
            after = next_status(TouchEvent.LEASE_EXPIRED, TouchStatus.SENDING)
            why = "the process that sent it stopped before the answer came"
            set_message(unit.connection, row.id, status=after, status_reason=why, lease_owner=None, lease_until=None)
            audit.record(
                unit.connection,
                at=services.now(),
                actor="system",
                action="message.unknown",
                subject=("message", row.public_id),
                data={"reason": why},
                customer_id=row.customer_id,
            )
            day = now.astimezone(zone_of(timezone_of(unit.connection, row.entity_id))).date()
            add_tasks(unit.connection, [_doubt_task(row, day, why)])
            unit.commit()
            found += 1
    return found
