"""SendGrid's suppression lists, by its own client: who bounced, complained, unsubscribed, or can have no address.

Group unsubscribes (`/v3/asm/suppressions`) aren't read: they belong to the newsletters of whoever shares the account,
and stop none of our mail. A block (`/v3/suppression/blocks`) is about one message; its event tells.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from domain.delivery import DeliveryEvent, DeliveryKind
from domain.parties import Channel

PAGE = 500
"""Entries asked for at once: the most that SendGrid gives."""

_KINDS = {
    "bounces": DeliveryKind.BOUNCED,
    "invalid_emails": DeliveryKind.BOUNCED,
    "spam_reports": DeliveryKind.COMPLAINED,
    "unsubscribes": DeliveryKind.OPTED_OUT,
}


class SendGridLists:
    """Reads the lists of one account. `host` may be the EU's address, or a stand-in's."""

    provider = "sendgrid"
    lists = tuple(_KINDS)

    def __init__(self, key: str, *, host: str = "https://api.sendgrid.com", timeout: float = 30.0) -> None:
        self.host = host
        self._key = key
        self._timeout = timeout

    def read(self, name: str, since: datetime | None) -> Iterator[DeliveryEvent]:
        """See `SuppressionLists.read`. Page by page, until one brings nothing new."""
        seen: set[str] = set()
        for offset in range(0, 10_000_000, PAGE):
            entries = self._page(name, since, offset)
            fresh = {event.event_id: event for entry in entries if (event := _event(name, entry)) is not None}
            yield from (event for key, event in fresh.items() if key not in seen)
            if len(entries) < PAGE or fresh.keys() <= seen:
                return
            seen |= fresh.keys()

    def _page(self, name: str, since: datetime | None, offset: int) -> list[Any]:
        from python_http_client.exceptions import HTTPError
        from sendgrid import SendGridAPIClient

        client = SendGridAPIClient(self._key, host=self.host).client
        client.timeout = self._timeout
        asked = {"limit": PAGE, "offset": offset}
        if since is not None:
            asked["start_time"] = int(since.timestamp())
        try:
            answer = client._(f"suppression/{name}").get(query_params=asked)
            found = json.loads(answer.body)
        except HTTPError as error:
            raise ConnectionError(f"SendGrid's list of {name}: {error.status_code} {_reason(error)}"[:300]) from error
        except (OSError, ValueError) as error:
            raise ConnectionError(f"SendGrid's list of {name} can't be read: {error}"[:300]) from error
        if not isinstance(found, list):
            raise ConnectionError(f"SendGrid's list of {name}: the answer is no list")
        return found


def _reason(error: Any) -> str:
    if error.status_code in (401, 403):
        return "the key of DUNWELL_SENDGRID_KEY has no right to read suppressions"
    told = error.body.decode("utf-8", "replace") if isinstance(error.body, bytes) else str(error.body)
    return " ".join(told.split())


def _event(name: str, entry: Any) -> DeliveryEvent | None:
    """An entry of a list → what it tells; None for one that names no address or time."""
    try:
        address, created = str(entry["email"]).strip().lower(), int(entry["created"])
        at = datetime.fromtimestamp(created, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
    if "@" not in address:
        return None
    digest = hashlib.sha256(address.encode()).hexdigest()[:32]
    return DeliveryEvent(
        provider="sendgrid",
        event_id=f"{name}:{created}:{digest}",
        kind=_KINDS[name],
        channel=Channel.EMAIL,
        occurred_at=at,
        address=address,
        code=str(entry.get("status") or ""),
        reason=str(entry.get("reason") or ""),
    )
