"""SMS by Twilio, with its own client. The client takes a second to import: only at the first use."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from outreach.channels.base import Delivery, Outcome, Outgoing
from outreach.channels.http_answer import read_refusal
from outreach.channels.kept import Kept
from outreach.channels.sms_senders import choose_sms_sender

CALLBACK_PATH = "/webhooks/twilio/status"
"""Where Twilio tells what became of a message, below our public address."""

OPTED_OUT = 21610
QUEUE_FULL = 21611
OUR_SENDER = frozenset({21212, 21606, 21659, 21701, 21703, 21704})
"""Errors about the number or messaging service that we send from: to be corrected by us, not the recipient's fault."""

CLOCKS_APART = timedelta(minutes=2)
LOOKED_THROUGH = 100
"""How many messages to one number are looked through for one in doubt."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message that Twilio has: its id there, and its state in Twilio's words."""

    provider_ref: str
    status: str


class TwilioChannel:
    """Hands SMS to Twilio. Safe to use from several threads: each borrows a client with its connection.

    `senders`: place → number or messaging service (`outreach.channels.sms_senders`); a message's own where none fits.
    `public_url`: where Twilio reaches us with what became of a message; empty: it isn't asked to. `base_url` may be a
    stand-in's address.
    """

    name = "twilio"

    def __init__(
        self,
        account: str,
        token: str,
        *,
        senders: Mapping[str, str] | None = None,
        public_url: str = "",
        base_url: str | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.account = account
        self._token = token
        self._senders = dict(senders or {})
        self._public_url = public_url.rstrip("/")
        self._base_url = base_url
        self._timeout = timeout
        self._kept: Kept[Any] = Kept(lambda client: client.http_client.session.close())

    def send(self, outgoing: Outgoing) -> Delivery:
        """One SMS. 201 with a message id is acceptance; nothing else is."""
        from requests.exceptions import RequestException
        from twilio.base.exceptions import TwilioRestException

        with self._client() as client:
            try:
                made = client.messages.create(**self.message_values(outgoing))
            except TwilioRestException as error:
                return _refused(error, client.http_client.last_headers)
            except RequestException as error:
                return _broken(error)
        return Delivery(Outcome.ACCEPTED, provider_ref=made.sid)

    def message_values(self, outgoing: Outgoing) -> dict[str, str]:
        """What Twilio is asked for, by its client's names."""
        sender = choose_sms_sender(self._senders, outgoing.to, outgoing.entity) or outgoing.sender
        values = {"to": outgoing.to, "body": outgoing.content.decode()}
        values["messaging_service_sid" if sender.startswith("MG") and len(sender) == 34 else "from_"] = sender
        if self._public_url:
            values["status_callback"] = f"{self._public_url}{CALLBACK_PATH}?message={quote(outgoing.public_id)}"
        return values

    def find(self, to: str, content_sha256: str, since: datetime) -> Found | None:
        """The newest message to `to` with these very words that Twilio took since an instant; None without one.

        Finding it is evidence that a hand-over in doubt was accepted; not finding it is none that it wasn't. The list
        is asked by recipient alone: its filter of time goes by when a message left Twilio, and one in a queue has not
        yet. Raises ConnectionError when Twilio can't be asked.
        """
        from requests.exceptions import RequestException
        from twilio.base.exceptions import TwilioException

        with self._client() as client:
            try:
                for one in client.messages.page(to=to, page_size=LOOKED_THROUGH):
                    if one.date_created is not None and one.date_created < since - CLOCKS_APART:
                        return None  # newest first: older ones only from here
                    if hashlib.sha256((one.body or "").encode()).hexdigest() == content_sha256:
                        return Found(str(one.sid), str(one.status))
            except (TwilioException, RequestException) as error:
                raise ConnectionError(f"Twilio can't be asked: {error}"[:300]) from error
        return None

    def state_of(self, provider_ref: str) -> Found:
        """What Twilio says of one message. Raises ConnectionError when it can't be asked or knows none."""
        from requests.exceptions import RequestException
        from twilio.base.exceptions import TwilioException

        with self._client() as client:
            try:
                one = client.messages(provider_ref).fetch()
            except (TwilioException, RequestException) as error:
                raise ConnectionError(f"Twilio can't be asked: {error}"[:300]) from error
        return Found(str(one.sid), str(one.status))

    def check(self) -> str | None:
        """Whether Twilio knows the account and its token."""
        from requests.exceptions import RequestException
        from twilio.base.exceptions import TwilioException

        with self._client() as client:
            try:
                client.api.accounts(self.account).fetch()
            except (TwilioException, RequestException) as error:
                return f"Twilio account {self.account}: {error}"[:300]
        return None

    def close(self) -> None:
        """End the idle connections."""
        self._kept.close()

    @contextmanager
    def _client(self) -> Iterator[Any]:
        found = self._kept.borrow()
        client = found[0] if found is not None else self._new_client()
        try:
            yield client
        finally:
            self._kept.give_back(client)

    def _new_client(self) -> Any:
        from twilio.rest import Client

        from outreach.channels.twilio_wire import RememberingClient

        client = Client(self.account, self._token, http_client=RememberingClient(timeout=self._timeout))
        if self._base_url:
            client.api.base_url = self._base_url
        return client


def _refused(error: Any, headers: Mapping[str, str]) -> Delivery:
    told = f"{error.msg} ({error.code})"
    code = error.code if error.status == 400 else None
    if code == OPTED_OUT:
        return Delivery(Outcome.REFUSED, error=f"{error.status} {told}"[:300], opted_out=True)
    if code == QUEUE_FULL:
        return Delivery(Outcome.TRY_AGAIN, error=f"{error.status} {told}"[:300], channel_down=True)
    if code in OUR_SENDER:
        why = f"{error.status} {told}; correct DUNWELL_TWILIO_SENDERS or DUNWELL_TWILIO_FROM"
        return Delivery(Outcome.TRY_AGAIN, error=why[:300])
    return read_refusal(error.status, told, headers)


def _broken(error: Exception) -> Delivery:
    """A connection that was never made is worth another try; one that broke may have carried the request."""
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import MaxRetryError, NewConnectionError, ProxyError

    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    # Of TLS's troubles only a wrong certificate is certain to come before the request.
    wrong_certificate = reason is not None and isinstance((*reason.args, None)[0], ssl.SSLCertVerificationError)
    if isinstance(reason, NewConnectionError | ProxyError) or isinstance(error, ConnectTimeout) or wrong_certificate:
        return Delivery(Outcome.TRY_AGAIN, error=f"Twilio can't be reached: {error}"[:300], channel_down=True)
    told = f"{type(error).__name__} before the answer came: {error}"
    return Delivery(Outcome.UNKNOWN, error=told[:300], channel_down=True)
