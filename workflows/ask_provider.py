"""Messages in doubt, asked about at the provider that may have them: evidence settles, absence proves nothing.

Found there, and nobody else's: accepted. Not found: the doubt stays, and is asked about again, more and more rarely;
sending again is a person's act. Two messages of ours with the same words to the same address can't be told apart there:
neither is settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from domain.delivery import DeliveryEvent, DeliveryKind
from domain.parties import Channel
from domain.tasks import TaskCause
from outreach.channels.lookups import FindsMessages
from storage import asking, audit
from workflows.poll_suppressions import poll_suppressions
from workflows.record_delivery import store_events
from workflows.services import Services

log = structlog.get_logger(__name__)

WAITS = (
    *(timedelta(minutes=m) for m in (1, 5, 15, 60, 240)),
    *(timedelta(hours=h) for h in (12, 24, 24, 24, 24, 24)),
)
"""How long after the first, second … question the next one comes; after the last a person alone finds out."""
AT_ONCE = 50
"""Messages asked about by one call: each is a request."""
APART = timedelta(minutes=2)
"""How far the provider's clock may be from ours."""

NOT_UNDERSTOOD = (ConnectionError, ValueError, TypeError, AttributeError, LookupError)
"""No answer; or, from within a vendor's client, one that isn't the provider's (a proxy's page)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one question. `ref` is the provider's id of the message, where it has it."""

    result: str
    ref: str | None = None
    status: str = ""


def ask_providers(services: Services) -> dict[str, int]:
    """Everything that is due to be asked: messages in doubt, suppression lists. Returns how many were found of each."""
    return {"doubts": ask_about_doubts(services), "suppressions": poll_suppressions(services)}


def ask_about_doubts(services: Services) -> int:
    """Ask about messages in doubt whose turn it is, each by one process. Returns how many were found."""
    finders: dict[str, FindsMessages] = {
        adapter.name: adapter
        for adapter in (*services.channels.values(), *services.spares.values())
        if isinstance(adapter, FindsMessages)
    }
    if not finders:
        return 0
    now = services.now()
    with services.database.read() as connection:
        due = asking.doubts_due(connection, sorted(finders), now, len(WAITS), AT_ONCE)
    return sum(_ask(services, message_id, finders) for message_id in due)


def _ask(services: Services, message_id: int, finders: dict[str, FindsMessages]) -> bool:
    now = services.now()
    with services.database.write() as unit:
        before = asking.asked_before(unit.connection, message_id)
        if before >= len(WAITS) or not asking.take_inquiry(
            unit.connection, message_id, before, now, now + WAITS[before]
        ):
            return False
        row = asking.load_doubt(unit.connection, message_id)
        unit.commit()
    if row is None or row.began is None or row.content_sha256 is None:
        return False
    answer = _look(services, row, finders[row.provider])
    _note(services, row, answer, before + 1)
    if answer.ref is not None:
        store_events(services, [_event(services, row, answer)])
    services.observe.count("inquiries", row.provider, answer.result)
    return answer.ref is not None


def _look(services: Services, row: Any, finder: FindsMessages) -> Answer:
    try:
        found = finder.find(row.address, row.content_sha256, row.began)
    except NOT_UNDERSTOOD as error:
        log.warning("doubt.not_asked", message=row.public_id, provider=row.provider, error=str(error))
        return Answer("not asked")
    if found is None:
        return Answer("not found")
    with services.database.read() as connection:
        # Looked at after the answer: a message that was handed over meanwhile is among them.
        like_it = asking.alike(connection, row, row.began - 2 * APART)
        taken = asking.is_anothers(connection, row.provider, found.provider_ref, row.id)
    if like_it or taken:
        return Answer("not told apart")
    return Answer("found", found.provider_ref, found.status)


def _event(services: Services, row: Any, answer: Answer) -> DeliveryEvent:
    """Acceptance, whatever its state there: what became of it since is told by the provider's own events."""
    return DeliveryEvent(
        provider=row.provider,
        event_id=f"found:{answer.ref}",
        kind=DeliveryKind.ACCEPTED,
        channel=Channel(row.channel),
        occurred_at=max(row.began, min(services.now(), row.began + APART)),
        public_id=row.public_id,
        provider_ref=answer.ref,
        address=row.address,
        code=answer.status,
        reason="found when asked",
    )


_WORDS = {
    "found": "{provider} has it",
    "not found": "{provider} was asked {times}× and doesn't list it, which proves nothing",
    "not told apart": "{provider} lists one that may as well be another message with the same words",
    "not asked": "{provider} could not be asked",
}


def _note(services: Services, row: Any, answer: Answer, times: int) -> None:
    """Keep the answer in the trail, and show it to the person who has the doubt as a task."""
    now = services.now()
    shown = _WORDS[answer.result].format(provider=row.provider, times=times) + f" ({now:%Y-%m-%d %H:%M} UTC)"
    with services.database.write() as unit:
        asking.note_told(unit.connection, row.id, f"{TaskCause.UNKNOWN_OUTCOME}:{row.public_id}", answer.result, shown)
        audit.record(
            unit.connection,
            at=now,
            actor="system",
            action="message.asked_about",
            subject=("message", row.public_id),
            data={"provider": row.provider, "result": answer.result, "provider_ref": answer.ref, "times": times},
            customer_id=row.customer_id,
        )
        unit.commit()
