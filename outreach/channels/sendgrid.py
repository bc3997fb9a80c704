"""Mail by SendGrid's v3 API, with its own client. The client takes a second to import: only at the first use.

SendGrid builds the mail itself, from its parts: subject, text, HTML, attachments, and the headers that a thread and
other robots need.
"""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from outreach.channels.base import Delivery, Outcome, Outgoing
from outreach.channels.http_answer import read_refusal
from outreach.compose.mail import Attachment

if TYPE_CHECKING:
    from outreach.channels.sendgrid_wire import Wires


class SendGridChannel:
    """Hands mails to SendGrid. `host` may be the EU's address, or a stand-in's.

    With `tracking`, opens are counted and links rewritten; a creditor's letter goes without unless told otherwise.
    """

    name = "sendgrid"

    def __init__(
        self, key: str, *, host: str = "https://api.sendgrid.com", timeout: float = 30.0, tracking: bool = False
    ) -> None:
        self.host = host
        self._key = key
        self._timeout = timeout
        self._tracking = tracking
        self._made: tuple[Any, Wires] | None = None
        self._making = threading.Lock()

    def send(self, outgoing: Outgoing) -> Delivery:
        """One mail. 202 is acceptance; nothing else is."""
        return self._post(mail_request(outgoing, tracking=self._tracking), expected=202)

    def check(self) -> str | None:
        """Ask SendGrid to look at an empty request in sandbox mode: a right key gets 400, a wrong one 401 or 403."""
        found = self._post({"mail_settings": {"sandbox_mode": {"enable": True}}}, expected=400)
        return None if found.outcome in (Outcome.ACCEPTED, Outcome.REFUSED) else f"SendGrid {self.host}: {found.error}"

    def close(self) -> None:
        """End the idle connections."""
        if self._made is not None:
            self._made[1].close()

    def _client(self) -> Any:
        with self._making:
            if self._made is None:
                from sendgrid import SendGridAPIClient

                from outreach.channels.sendgrid_wire import KeptClient, Wires

                headers = SendGridAPIClient(self._key, host=self.host).client.request_headers
                wires = Wires(self._timeout)
                self._made = KeptClient(wires, host=self.host, version=3, request_headers=headers), wires
            return self._made[0]

    def _post(self, body: dict[str, Any], expected: int) -> Delivery:
        client = self._client()
        from python_http_client.exceptions import HTTPError

        from outreach.channels.sendgrid_wire import AnswerLost, NotWritten

        try:
            answer = client.mail.send.post(request_body=body)
        except HTTPError as error:
            if error.status_code == expected:
                return Delivery(Outcome.ACCEPTED)
            told = error.body.decode("utf-8", "replace") if isinstance(error.body, bytes) else str(error.body)
            return _refused(error.status_code, told, error.headers or {})
        except NotWritten as error:
            return Delivery(Outcome.TRY_AGAIN, error=f"{self.host} can't be reached: {error}"[:300], channel_down=True)
        except AnswerLost as error:
            told = f"{self.host}: {error} before the answer came"
            return Delivery(Outcome.UNKNOWN, error=told[:300], channel_down=True)
        if answer.status_code == expected:
            return Delivery(Outcome.ACCEPTED, provider_ref=answer.headers.get("X-Message-Id"))
        return read_refusal(answer.status_code, "unexpected answer", answer.headers)


def _refused(status: int, told: str, headers: Mapping[str, str]) -> Delivery:
    found = read_refusal(status, told, headers)
    if status == 403 and _about_sender(told):
        # One legal entity's address isn't verified there yet: the others' mail must go on.
        return replace(found, channel_down=False)
    return found


def _about_sender(told: str) -> bool:
    try:
        errors = json.loads(told).get("errors")
    except (ValueError, AttributeError):
        return False
    return isinstance(errors, list) and any(isinstance(e, dict) and e.get("field") == "from" for e in errors)


def mail_request(outgoing: Outgoing, *, tracking: bool = False) -> dict[str, Any]:
    """The body of a `mail/send` request for a finished mail. Raises ValueError for one that comes without its parts."""
    parts = outgoing.parts
    if parts is None:
        raise ValueError(f"message {outgoing.public_id} has no parts of a mail")
    personal: dict[str, Any] = {
        "to": [_address(outgoing.to, parts.to_name)],
        # Comes back with every event about this mail.
        "custom_args": {"dunwell_message": outgoing.public_id},
    }
    # SendGrid refuses a mail that names one address twice.
    copies = [address for address in outgoing.copy_to if address.lower() != outgoing.to.lower()]
    if copies:
        personal["cc"] = [_address(address) for address in copies]
    body: dict[str, Any] = {
        "personalizations": [personal],
        "from": _address(outgoing.sender, parts.sender_name),
        "subject": parts.subject,
        "content": [{"type": "text/plain", "value": parts.text}, {"type": "text/html", "value": parts.html}],
        "headers": dict(parts.headers),
        # Said either way: the account's own setting may be another.
        "tracking_settings": {
            "click_tracking": {"enable": tracking, "enable_text": False},
            "open_tracking": {"enable": tracking},
        },
    }
    if parts.reply_to is not None:
        body["reply_to"] = _address(parts.reply_to.email, parts.reply_to.name or "")
    files = [_attachment(attachment) for attachment in parts.attachments]
    return body | ({"attachments": files} if files else {})


def _address(address: str, name: str = "") -> dict[str, str]:
    return {"email": address, **({"name": name} if name else {})}


def _attachment(attachment: Attachment) -> dict[str, str]:
    return {
        "content": b64encode(attachment.data).decode(),
        "type": attachment.content_type,
        "filename": attachment.filename,
        "disposition": "attachment",
    }
