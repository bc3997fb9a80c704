"""Who sent a webhook: the vendors' own verification, imported at first use (their packages cost a second)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping

TWILIO_SIGNATURE = "X-Twilio-Signature"
TWILIO_SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
SENDGRID_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
SENDGRID_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


def twilio_signed(token: str, url: str, form: Mapping[str, str], signature: str, settings: str = "") -> bool:
    """Whether Twilio signed this form for `url`, the public address as Twilio saw it."""
    from twilio.request_validator import RequestValidator, get_signature_algorithm

    algorithm = get_signature_algorithm(settings)
    return bool(RequestValidator(token).validate(url, dict(form), signature, algorithm))


def sendgrid_signed(public_key: str, body: bytes, signature: str, timestamp: str) -> bool:
    """Whether SendGrid signed this body: ECDSA over timestamp and body with the key of the webhook's settings page.

    The vendor's helper parses the key; the check itself is made on bytes, as its own method takes text only and a raw
    mail need not be UTF-8. Raises ValueError for a key that isn't one.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from sendgrid.helpers.eventwebhook import EventWebhook

    key: ec.EllipticCurvePublicKey = EventWebhook(public_key).public_key
    try:
        signed = base64.b64decode(signature, validate=True)
        key.verify(signed, timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, binascii.Error):
        return False
    return True


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
