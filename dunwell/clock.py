"""The only reader of the clock. Everybody else takes the day or the instant as an argument."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today(timezone: str) -> date:
    """The business date of an entity whose zone is `timezone` (an IANA name)."""
    return utc_now().astimezone(ZoneInfo(timezone)).date()


def monotonic() -> float:
    """Seconds from an arbitrary start, for measuring how long something took."""
    return time.monotonic()
