"""What an HTTP provider's status says about a message, the same for every provider.

Only an answer that says "not taken" allows another try. 500, 502 and 504 come from machines behind which the message
may have been taken already: unknown. 429 and 503 are refusals to look at it; 401 and 403 are about our key, not the
message.
"""

from __future__ import annotations

from outreach.channels.base import Delivery, Outcome


def read_refusal(status: int, told: str, retry_after: str | None = None) -> Delivery:
    """A status that isn't success → the outcome. `told` is the provider's own reason, `retry_after` its header."""
    error = f"{status} {' '.join(told.split())}"[:300]
    if status in (429, 503):
        seconds = int(retry_after) if retry_after and retry_after.isdigit() else None
        return Delivery(Outcome.TRY_AGAIN, error=error, retry_after_seconds=seconds, channel_down=True)
    if status in (401, 403):
        return Delivery(Outcome.TRY_AGAIN, error=f"{error}; check the account's key and rights", channel_down=True)
    if 400 <= status <= 499:
        return Delivery(Outcome.REFUSED, error=error)
    return Delivery(Outcome.UNKNOWN, error=error, channel_down=True)
