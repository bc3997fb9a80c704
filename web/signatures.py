"""Who sent a webhook: the vendors' own verification, imported at first use (their packages cost a second)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

TWILIO_SIGNATURE = "X-Twilio-Signature"
TWILIO_SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
SENDGRID_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
SENDGRID_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"

EVENTS_TAKEN_FOR = timedelta(hours=25)
"""SendGrid tries to post events for a day; what was signed before is refused. A replay within changes nothing."""
CLOCKS_APART = timedelta(minutes=5)
"""How far its clock may go ahead of ours."""


def twilio_signed(token: str, url: str, form: Mapping[str, str], signature: str, settings: str = "") -> bool:
    """Whether Twilio signed this form for `url`, the public address as Twilio saw it."""
    from twilio.request_validator import RequestValidator, get_signature_algorithm

    algorithm = get_signature_algorithm(settings)
    return bool(RequestValidator(token).validate(url, dict(form), signature, algorithm))


def sendgrid_signed(public_keys: str, body: bytes, signature: str, timestamp: str) -> bool:
    """Whether SendGrid signed this body: ECDSA over timestamp and body with one of the keys (separated by blanks).

    The vendor's helper parses the key; the check itself is made on bytes, as its own method takes text only and a raw
    mail need not be UTF-8. Raises ValueError for a key that isn't one.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    for one in public_keys.split():
        key: ec.EllipticCurvePublicKey = _event_webhook(one).public_key
        try:
            signed = base64.b64decode(signature, validate=True)
            key.verify(signed, timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, binascii.Error):
            continue
        return True
    return False


def sendgrid_events_signed(public_keys: str, body: bytes, signature: str, timestamp: str) -> bool:
    """Whether SendGrid signed these events with one of the keys (separated by blanks): asked of its own helper.

    Raises ValueError for a key that isn't one.
    """
    try:
        payload = body.decode()
        return any(_event_webhook(key).verify_signature(payload, signature, timestamp) for key in public_keys.split())
    except (UnicodeDecodeError, binascii.Error):
        return False


def is_fresh(timestamp: str, now: datetime) -> bool:
    """Whether a signature's time (seconds since 1970) lies within the window in which events are taken."""
    if not (timestamp.isdigit() and len(timestamp) < 12):
        return False
    signed_at = datetime.fromtimestamp(int(timestamp), UTC)
    return now - EVENTS_TAKEN_FOR <= signed_at <= now + CLOCKS_APART


@lru_cache(maxsize=8)
def _event_webhook(public_key: str) -> Any:
    """SendGrid's own helper for a key. Reading a key takes longer than checking a signature by it."""
    from sendgrid.helpers.eventwebhook import EventWebhook

    return EventWebhook(public_key)


def basic_password(header: str) -> str:
    """The password of an `Authorization: Basic …` header; empty when there is none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def same_secret(given: str, wanted: str) -> bool:
    """Whether two secrets are the same, in constant time; an empty one never is."""
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())
