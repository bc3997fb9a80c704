"""Twilio's own HTTP client, remembering the headers of the last answer: its errors don't carry them (Retry-After).

Imported with the vendor's client, at the first use only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response


class RememberingClient(TwilioHttpClient):  # type: ignore[misc]  # the vendor ships no types
    """One thread's at a time: `last_headers` are those of the request just made."""

    last_headers: Mapping[str, str] = {}

    def request(self, *args: Any, **options: Any) -> Response:
        """As the vendor's, the answer's headers kept."""
        self.last_headers = {}
        answer = super().request(*args, **options)
        self.last_headers = answer.headers or {}
        return answer
