"""Mail by SendGrid's v3 API, with its own client. The client takes a second to import: only at the first use.

SendGrid builds the mail itself, so the finished bytes are taken apart again: subject, text, HTML, attachments, and the
headers that a thread and other robots need.
"""

from __future__ import annotations

import socket
import urllib.error
from base64 import b64encode
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from http.client import HTTPException
from typing import Any

from outreach.channels.base import Delivery, Outcome, Outgoing
from outreach.channels.http_answer import read_refusal

_PASSED_ON = ("Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Content-Language", "X-Dunwell-Message")
"""Headers that SendGrid takes as they are; the others it writes itself, or refuses."""


class SendGridChannel:
    """Hands mails to SendGrid. `host` may be a stand-in's address."""

    name = "sendgrid"

    def __init__(self, key: str, *, host: str = "https://api.sendgrid.com", timeout: float = 30.0) -> None:
        self.host = host
        self._key = key
        self._timeout = timeout

    def send(self, outgoing: Outgoing) -> Delivery:
        """One mail. 202 is acceptance; nothing else is."""
        return self._post(mail_request(outgoing), expected=202)

    def check(self) -> str | None:
        """Ask SendGrid to look at an empty request in sandbox mode: a right key gets 400, a wrong one 401 or 403."""
        found = self._post({"mail_settings": {"sandbox_mode": {"enable": True}}}, expected=400)
        return None if found.outcome in (Outcome.ACCEPTED, Outcome.REFUSED) else f"SendGrid {self.host}: {found.error}"

    def _client(self) -> Any:
        from sendgrid import SendGridAPIClient

        made = SendGridAPIClient(self._key, host=self.host)
        made.client.timeout = self._timeout
        return made

    def _post(self, body: dict[str, Any], expected: int) -> Delivery:
        from python_http_client.exceptions import HTTPError

        try:
            answer = self._client().client.mail.send.post(request_body=body)
        except HTTPError as error:
            if error.status_code == expected:
                return Delivery(Outcome.ACCEPTED)
            told = error.body.decode("utf-8", "replace") if isinstance(error.body, bytes) else str(error.body)
            return read_refusal(error.status_code, told, (error.headers or {}).get("Retry-After"))
        except (OSError, HTTPException) as error:
            return _broken(self.host, error)
        if answer.status_code == expected:
            return Delivery(Outcome.ACCEPTED, provider_ref=answer.headers.get("X-Message-Id"))
        return Delivery(Outcome.UNKNOWN, error=f"unexpected answer {answer.status_code}", channel_down=True)


def _broken(host: str, error: Exception) -> Delivery:
    """A connection that was never made is worth another try; one that broke may have carried the request."""
    reason = getattr(error, "reason", error)
    if isinstance(error, urllib.error.URLError) and isinstance(reason, ConnectionRefusedError | socket.gaierror):
        return Delivery(Outcome.TRY_AGAIN, error=f"{host} can't be reached: {reason}", channel_down=True)
    told = f"{host}: {type(reason).__name__} {reason} before the answer came"
    return Delivery(Outcome.UNKNOWN, error=told[:300], channel_down=True)


def mail_request(outgoing: Outgoing) -> dict[str, Any]:
    """The body of a `mail/send` request for a finished mail."""
    mail = message_from_bytes(outgoing.content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    to_name, _ = parseaddr(str(mail["To"]))
    personal: dict[str, Any] = {
        "to": [_address(outgoing.to, to_name)],
        # Comes back with every event about this mail.
        "custom_args": {"dunwell_message": outgoing.public_id},
    }
    if outgoing.copy_to:
        personal["cc"] = [_address(address) for address in outgoing.copy_to]
    body: dict[str, Any] = {
        "personalizations": [personal],
        "from": _address(outgoing.sender, parseaddr(str(mail["From"]))[0]),
        "subject": str(mail["Subject"]),
        "content": _contents(mail),
        "headers": {name: _one_line(mail[name]) for name in _PASSED_ON if mail[name] is not None},
        # Counting opens and rewriting links is not for a creditor's letter.
        "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
    }
    if mail["Reply-To"] is not None:
        name, address = parseaddr(str(mail["Reply-To"]))
        body["reply_to"] = _address(address, name)
    files = [_attachment(part) for part in mail.iter_attachments()]
    return body | ({"attachments": files} if files else {})


def _address(address: str, name: str = "") -> dict[str, str]:
    return {"email": address, **({"name": name} if name else {})}


def _one_line(value: Any) -> str:
    return " ".join(str(value).split())


def _contents(mail: EmailMessage) -> list[dict[str, str]]:
    found = []
    for kind in ("plain", "html"):
        part = mail.get_body(preferencelist=(kind,))
        if part is not None:
            found.append({"type": f"text/{kind}", "value": str(part.get_content())})
    return found


def _attachment(part: EmailMessage) -> dict[str, str]:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return {
        "content": b64encode(data).decode(),
        "type": part.get_content_type(),
        "filename": part.get_filename() or "attachment",
        "disposition": "attachment",
    }
