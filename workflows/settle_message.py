"""What became of a message in doubt, said by a person who found out. Settling twice changes once."""

from __future__ import annotations

from domain.tasks import TaskCause
from domain.touches import TouchEvent, TouchStatus, next_status
from storage import approvals
from storage.messages import drop_message_touches, last_attempt_at, set_message
from workflows.deciding import SETTLERS, note_decision, person, the_message
from workflows.services import Services


def settle_unknown(services: Services, public_id: str, *, sent: bool, by: str, note: str = "") -> TouchStatus:
    """Say what became of a message in doubt. Not sent: its steps are free, and the next run plans them anew.

    Returns its state; unchanged when it was settled before. Raises BadInput for no such message, NotAllowed for who
    may not settle it or a message that is not in doubt.
    """
    now = services.now()
    with services.database.write() as unit:
        user = person(unit, by, SETTLERS, "settle a message")
        row = the_message(unit, public_id)
        settled = {TouchStatus.SENT, TouchStatus.DELIVERED} if sent else {TouchStatus.FAILED}
        if row.status in settled:
            return TouchStatus(row.status)
        event = TouchEvent.SETTLE_SENT if sent else TouchEvent.SETTLE_NOT_SENT
        after = next_status(event, TouchStatus(row.status))
        at = last_attempt_at(unit.connection, row.id) if sent else None
        set_message(unit.connection, row.id, status=after, status_reason=f"settled by {user.code}", sent_at=at)
        if not sent:
            drop_message_touches(unit.connection, row.id, "not_sent")
        data = {"sent": sent, "note": note}
        note_decision(unit, user, now, "message.settled", ("message", public_id), data, row.customer_id)
        outcome = ("sent" if sent else "not sent") + (f": {note}" if note else "")
        approvals.close_task_of(unit.connection, f"{TaskCause.UNKNOWN_OUTCOME}:{public_id}", outcome, user.id, now)
        unit.commit()
    return after
