"""What an HTTP provider's status says about a message, the same for every provider.

Only an answer that says "not taken" allows another try. 500, 502 and 504 come from machines behind which the message
may have been taken already: unknown. 408, 429 and 503 are refusals to look at it; 401 and 403 are about our key, 3xx,
404 and 405 about the address that we ask, none of them about the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from outreach.channels.base import Delivery, Outcome

NO_HEADERS: Mapping[str, str] = {}


def read_refusal(status: int, told: str, headers: Mapping[str, str] = NO_HEADERS) -> Delivery:
    """A status that isn't success → the outcome. `told` is the provider's own reason; `headers` come in any case."""
    error = f"{status} {' '.join(told.split())}"[:300]
    if status in (408, 429, 503):
        return Delivery(
            Outcome.TRY_AGAIN, error=error, retry_after_seconds=seconds_to_wait(headers), channel_down=status != 408
        )
    if status in (401, 403):
        return Delivery(Outcome.TRY_AGAIN, error=f"{error}; check the account's key and rights", channel_down=True)
    if 300 <= status <= 399 or status in (404, 405):
        return Delivery(Outcome.TRY_AGAIN, error=f"{error}; check the address of the API", channel_down=True)
    if 400 <= status <= 499:
        return Delivery(Outcome.REFUSED, error=error)
    return Delivery(Outcome.UNKNOWN, error=error, channel_down=True)


def seconds_to_wait(headers: Mapping[str, str]) -> int | None:
    """How long the provider asks to be left alone; None when it doesn't say.

    `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), else `X-RateLimit-Reset` as an epoch second. Dates are
    compared with the answer's own `Date`: no clock of ours is asked, and a skewed one does no harm.
    """
    named = {name.lower(): value.strip() for name, value in headers.items()}
    after, reset = named.get("retry-after", ""), named.get("x-ratelimit-reset", "")
    if after.isdecimal():
        return int(after)
    told_at = _instant(named.get("date", ""))
    until = _instant(after) or (_epoch(reset) if reset.isdecimal() else None)
    if told_at is None or until is None:
        return None
    return max(0, round((until - told_at).total_seconds()))


def _epoch(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
