"""Twilio's status callbacks, and its word about consent → delivery events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.delivery import BY_WORD, DeliveryEvent, DeliveryKind
from domain.parties import Channel
from outreach.replies.keywords import read_keyword
from outreach.replies.model import Intent

PROVIDER = "twilio"

_KIND = {
    "accepted": DeliveryKind.ACCEPTED,
    "queued": DeliveryKind.ACCEPTED,
    "sending": DeliveryKind.ACCEPTED,
    "sent": DeliveryKind.ACCEPTED,
    "delivered": DeliveryKind.DELIVERED,
    "read": DeliveryKind.DELIVERED,
    "undelivered": DeliveryKind.FAILED,
    "failed": DeliveryKind.FAILED,
    "canceled": DeliveryKind.DROPPED,
}

_NO_SUCH_NUMBER = frozenset({"21211", "21214", "21217", "21614", "30005", "30006"})
"""Error codes that are about the number for good: not one, not a mobile one, unknown, a landline."""
_OPTED_OUT = "21610"
"""The recipient has sent STOP, which Twilio heard and perhaps we didn't."""


def read_status(form: Mapping[str, str], public_id: str, now: datetime) -> list[DeliveryEvent]:
    """A status callback → delivery events; none for a status that means nothing to us. It tells no time: it is `now`.

    Raises ValueError when it names no message of Twilio's.
    """
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    status = (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()
    if not sid or not status:
        raise ValueError("no MessageSid or MessageStatus")
    kind, code = _KIND.get(status), form.get("ErrorCode") or ""
    if kind is None:
        return []
    if kind is DeliveryKind.FAILED and code in _NO_SUCH_NUMBER:
        kind = DeliveryKind.BOUNCED
    address = form.get("To") or ""
    told = [
        DeliveryEvent(
            PROVIDER, f"{sid}:{status}", kind, Channel.SMS, now,
            public_id=public_id or None, provider_ref=sid, address=address, code=code,
            reason=form.get("ErrorMessage") or "",
        )
    ]  # fmt: skip
    if code == _OPTED_OUT and address:
        told.append(DeliveryEvent(PROVIDER, f"{sid}:{code}", DeliveryKind.OPTED_OUT, Channel.SMS, now, address=address))
    return told


def read_consent(form: Mapping[str, str], now: datetime) -> DeliveryEvent | None:
    """The yes or no in an inbound SMS, if it is one: Twilio's own word for it (OptOutType), else the whole text."""
    sid, sender = form.get("MessageSid") or form.get("SmsSid") or "", form.get("From") or ""
    by_twilio = {"STOP": DeliveryKind.OPTED_OUT, "START": DeliveryKind.OPTED_IN}.get(form.get("OptOutType") or "")
    by_word = {Intent.OPT_OUT: DeliveryKind.OPTED_OUT, Intent.OPT_IN: DeliveryKind.OPTED_IN}.get(
        read_keyword(form.get("Body") or "") or Intent.OTHER
    )
    kind = by_twilio or by_word
    if kind is None or not sid or not sender:
        return None
    event_id = f"{sid}:{'opt-out-type' if by_twilio else BY_WORD}"
    return DeliveryEvent(PROVIDER, event_id, kind, Channel.SMS, now, address=sender)
