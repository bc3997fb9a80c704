"""SMS by Twilio, with its own client. The client takes a second to import: only at the first use."""

from __future__ import annotations

import threading
import time
from typing import Any

from outreach.channels.base import Delivery, Outcome, Outgoing
from outreach.channels.http_answer import read_refusal

KEEP_SECONDS = 20.0
"""A connection idle for longer is not used again: one that the other side has closed looks like a lost answer."""


class TwilioChannel:
    """Hands SMS to Twilio. `base_url` may be a stand-in's address."""

    name = "twilio"

    def __init__(self, account: str, token: str, *, base_url: str | None = None, timeout: float = 30.0) -> None:
        self.account = account
        self._token = token
        self._base_url = base_url
        self._timeout = timeout
        self._local = threading.local()

    def send(self, outgoing: Outgoing) -> Delivery:
        """One SMS. 201 with a message id is acceptance; nothing else is."""
        from requests.exceptions import RequestException
        from twilio.base.exceptions import TwilioRestException

        try:
            made = self._client().messages.create(to=outgoing.to, from_=outgoing.sender, body=outgoing.content.decode())
        except TwilioRestException as error:
            return read_refusal(error.status, f"{error.msg} ({error.code})")
        except RequestException as error:
            return _broken(error)
        return Delivery(Outcome.ACCEPTED, provider_ref=made.sid)

    def check(self) -> str | None:
        """Whether Twilio knows the account and its token."""
        from requests.exceptions import RequestException
        from twilio.base.exceptions import TwilioRestException

        try:
            self._client().api.accounts(self.account).fetch()
        except (TwilioRestException, RequestException) as error:
            return f"Twilio account {self.account}: {error}"[:300]
        return None

    def close(self) -> None:
        """Close this thread's connection."""
        http = getattr(self._local, "http", None)
        if http is not None:
            http.session.close()
            self._local.http = None

    def _client(self) -> Any:
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        now = time.monotonic()
        if now - getattr(self._local, "used_at", now) > KEEP_SECONDS:
            self.close()
        if getattr(self._local, "http", None) is None:
            self._local.http = TwilioHttpClient(timeout=self._timeout)
        self._local.used_at = now
        client = Client(self.account, self._token, http_client=self._local.http)
        if self._base_url:
            client.api.base_url = self._base_url
        return client


def _broken(error: Exception) -> Delivery:
    """A connection that was never made is worth another try; one that broke may have carried the request."""
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    cause = error.args[0] if error.args else None
    never_made = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    if never_made or isinstance(error, ConnectTimeout):
        return Delivery(Outcome.TRY_AGAIN, error=f"Twilio can't be reached: {error}"[:300], channel_down=True)
    told = f"{type(error).__name__} before the answer came: {error}"
    return Delivery(Outcome.UNKNOWN, error=told[:300], channel_down=True)
