"""Posts as SendGrid and Twilio make them, signed by the vendors' own rules."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twilio.request_validator import RequestValidator

PUBLIC = "https://ar.example.com"
EVENTS = "/webhooks/sendgrid/events"
STATUS = "/webhooks/twilio/status"
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


class SendGridSigner:
    """A webhook of SendGrid's with a key pair of its own."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        shown = self._private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.public_key = base64.b64encode(shown).decode()

    def post(self, events: Sequence[Mapping[str, Any]] | bytes, at: datetime) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a post signed at an instant."""
        body = events if isinstance(events, bytes) else json.dumps(list(events)).encode()
        timestamp = str(int(at.timestamp()))
        signature = self._private.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return body, {
            SIGNATURE: base64.b64encode(signature).decode(),
            TIMESTAMP: timestamp,
            "content-type": "application/json",
        }


def twilio_post(token: str, address: str, form: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a form that Twilio posts to `address`, the public one with its query."""
    signature = RequestValidator(token).compute_signature(address, dict(form))
    headers = {"X-Twilio-Signature": signature, "content-type": "application/x-www-form-urlencoded"}
    return urlencode(form).encode(), headers


def sendgrid_event(number: int | str, what: str, at: datetime, **more: Any) -> dict[str, Any]:
    """An event as SendGrid writes it; `more` are further keys (`dunwell_message`, `email`, `reason` …)."""
    return {
        "email": "ap1@customer.example",
        "timestamp": int(at.timestamp()),
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "event": what,
        "sg_event_id": f"sg-{number}",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        **more,
    }
