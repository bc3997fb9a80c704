"""What became of a message: the provider's answer written down, doubts made a person's question."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from domain.calendars import zone_of
from domain.parties import Channel
from domain.tasks import TaskCause
from domain.touches import TouchEvent, TouchStatus, next_status
from outreach.channels.base import Delivery, Outcome
from storage import audit
from storage.database import UnitOfWork
from storage.letter_rows import timezone_of
from storage.messages import drop_message_touches, end_attempt, lock_message, set_message
from storage.send_queue import lost_on_the_wire
from storage.tasks import add_tasks
from workflows.prepare_message import Prepared, message_task
from workflows.services import Services

BACKOFF_MINUTES = (1, 5, 15, 60, 120)
"""How long a message waits after its first, second … try; the last one again for all later ones."""

_EVENT = {
    Outcome.ACCEPTED: TouchEvent.ACCEPTED,
    Outcome.REFUSED: TouchEvent.REFUSED,
    Outcome.TRY_AGAIN: TouchEvent.TRY_AGAIN,
    # The lease isn't over, but its meaning has come true: it can't be known whether the provider has it.
    Outcome.UNKNOWN: TouchEvent.LEASE_EXPIRED,
}

HOW_TO_SETTLE = "find out whether it arrived, then `dunwell settle {id} sent` or `dunwell settle {id} not-sent`"


def record_result(services: Services, prepared: Prepared, delivery: Delivery) -> str:
    """Write a hand-over's outcome. Returns the message's state afterwards.

    A message whose lease ran out meanwhile is `unknown` already: acceptance settles that doubt, anything else leaves it
    to a person.
    """
    with services.database.write() as unit:
        unit.lock_customer(prepared.customer_id)
        row = lock_message(unit.connection, prepared.message_id)
        end_attempt(
            unit.connection,
            row.id,
            prepared.attempt,
            outcome=str(delivery.outcome),
            at=unit.database_now(),
            provider_ref=delivery.provider_ref,
            error=delivery.error,
        )
        event = _event(services, row, prepared, delivery)
        after = next_status(event, TouchStatus(row.status)) if event is not None else TouchStatus(row.status)
        if event is not None:
            _apply(unit, row, prepared, delivery, after)
        _tell(services, unit, row, delivery, after, prepared.today)
        unit.commit()
    return str(after)


def _event(services: Services, row: Any, prepared: Prepared, delivery: Delivery) -> TouchEvent | None:
    if row.status == TouchStatus.UNKNOWN:
        return TouchEvent.ACCEPTED if delivery.outcome is Outcome.ACCEPTED else None
    if row.status != TouchStatus.SENDING or row.lease_owner != prepared.owner:
        return None  # a person settled it while the provider took its time
    if delivery.outcome is Outcome.TRY_AGAIN and prepared.attempt >= services.limits.max_attempts:
        return TouchEvent.REFUSED
    return _EVENT[delivery.outcome]


def _apply(unit: UnitOfWork, row: Any, prepared: Prepared, delivery: Delivery, after: TouchStatus) -> None:
    values: dict[str, Any] = {"status": after, "lease_owner": None, "lease_until": None}
    if after is TouchStatus.SENT:
        values |= {"sent_at": prepared.moment, "provider_ref": delivery.provider_ref, "status_reason": None}
    else:
        values |= {"status_reason": delivery.error}
    if after is TouchStatus.PLANNED:
        values["not_before"] = prepared.moment + _backoff(prepared.attempt, delivery)
    set_message(unit.connection, row.id, **values)
    if after is TouchStatus.FAILED:
        # Nobody was contacted: the step isn't done, and the next run may plan it anew (complaint 16).
        drop_message_touches(unit.connection, row.id, "send_failed")


def _backoff(attempt: int, delivery: Delivery) -> timedelta:
    wait = timedelta(minutes=BACKOFF_MINUTES[min(attempt, len(BACKOFF_MINUTES)) - 1])
    return max(wait, timedelta(seconds=delivery.retry_after_seconds or 0))


def _tell(services: Services, unit: UnitOfWork, row: Any, delivery: Delivery, after: TouchStatus, day: date) -> None:
    audit.record(
        unit.connection,
        at=services.now(),
        actor="system",
        action=f"message.{'try_again' if after is TouchStatus.PLANNED else after}",
        subject=("message", row.public_id),
        data={"outcome": delivery.outcome, "provider_ref": delivery.provider_ref, "error": delivery.error},
        customer_id=row.customer_id,
    )
    if after is TouchStatus.SENT and row.channel == Channel.LETTER:
        note = f"print {delivery.provider_ref} from the outbox and post it"
        add_tasks(unit.connection, [message_task(row, day, TaskCause.LETTER, note)])
    if after is TouchStatus.FAILED:
        note = f"refused: {delivery.error}. Correct the address or the set-up and close this task; the next run tries"
        add_tasks(unit.connection, [message_task(row, day, TaskCause.SEND_FAILED, note)])
    if after is TouchStatus.UNKNOWN and row.status != TouchStatus.UNKNOWN:
        add_tasks(unit.connection, [_doubt_task(row, day, delivery.error or "")])


def _doubt_task(row: Any, day: date, why: str) -> Any:
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
