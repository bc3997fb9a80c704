"""SendGrid's Event Webhook → delivery events. Which of its words means what is said here and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from domain.delivery import DeliveryEvent, DeliveryKind
from domain.parties import Channel

PROVIDER = "sendgrid"

_KIND = {
    "processed": DeliveryKind.ACCEPTED,
    "deferred": DeliveryKind.DEFERRED,
    "delivered": DeliveryKind.DELIVERED,
    "bounce": DeliveryKind.BOUNCED,
    "dropped": DeliveryKind.DROPPED,
    "spamreport": DeliveryKind.COMPLAINED,
    "unsubscribe": DeliveryKind.OPTED_OUT,
    "group_unsubscribe": DeliveryKind.OPTED_OUT,
    "group_resubscribe": DeliveryKind.OPTED_IN,
}
"""Its events; opens, clicks and account changes are not ours to read."""

_DROPPED_BECAUSE = {
    "bounced address": DeliveryKind.BOUNCED,
    "invalid": DeliveryKind.BOUNCED,
    "unsubscribed address": DeliveryKind.OPTED_OUT,
    "spam reporting address": DeliveryKind.OPTED_OUT,
}
"""Why it didn't even try, where that says something of the address; other reasons are about the message."""


def read_events(body: bytes, now: datetime) -> tuple[list[DeliveryEvent], int]:
    """A posted body → delivery events, and how many of its entries can't be read at all.

    Raises ValueError when it is no JSON list. `now` stands in for a time that is missing or absurd.
    """
    entries = json.loads(body)
    if not isinstance(entries, list):
        raise ValueError("not a list of events")
    events: list[DeliveryEvent] = []
    unread = 0
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("event"), str):
            events.extend(_read(entry, now))
        else:
            unread += 1
    return events, unread


def _read(entry: Mapping[str, Any], now: datetime) -> Iterator[DeliveryEvent]:
    kind = _KIND.get(entry["event"])
    if kind is None:
        return
    event_id = _text(entry, "sg_event_id") or _made_id(entry)
    address = _text(entry, "email")
    reason = _text(entry, "reason") or _text(entry, "response")
    event = DeliveryEvent(
        provider=PROVIDER,
        event_id=event_id,
        # A block is the refusal of one mail (content, reputation, a server's bad day), not of the address.
        kind=DeliveryKind.FAILED if entry["event"] == "bounce" and entry.get("type") == "blocked" else kind,
        channel=Channel.EMAIL,
        occurred_at=_time(entry.get("timestamp"), now),
        public_id=_text(entry, "dunwell_message") or None,
        # `X-Message-Id` of the answer to our request, then the machine that worked on it.
        provider_ref=_text(entry, "sg_message_id").partition(".")[0] or None,
        rfc_message_id=_text(entry, "smtp-id") or None,
        address=address,
        code=_text(entry, "status") or _text(entry, "bounce_classification"),
        reason=reason,
    )
    because = _DROPPED_BECAUSE.get(reason.lower()) if kind is DeliveryKind.DROPPED else None
    if because is DeliveryKind.BOUNCED:
        yield _as(event, DeliveryKind.BOUNCED, event_id)
        return
    yield event
    if because is not None:
        # Two things told at once: the mail didn't go, and the address had said no (of which no message is proof).
        yield _as(event, because, f"{event_id}:address", of_a_message=False)


def _as(event: DeliveryEvent, kind: DeliveryKind, event_id: str, *, of_a_message: bool = True) -> DeliveryEvent:
    return DeliveryEvent(
        event.provider, event_id, kind, event.channel, event.occurred_at,
        public_id=event.public_id if of_a_message else None,
        provider_ref=event.provider_ref if of_a_message else None,
        rfc_message_id=event.rfc_message_id if of_a_message else None,
        address=event.address, code=event.code, reason=event.reason,
    )  # fmt: skip


def _made_id(entry: Mapping[str, Any]) -> str:
    """An id for the few events that come without: what they say, as a repetition says it too."""
    return sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value.strip() if isinstance(value, str) else ""


def _time(value: Any, now: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return now
