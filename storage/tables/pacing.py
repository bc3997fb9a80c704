"""How fast and how well providers take messages: what all workers of all machines share."""

from sqlalchemy import Column, Date, Integer, String, Table, Text

from storage.types import UtcDateTime, metadata

provider_state = Table(
    "provider_state",
    metadata,
    Column("provider", String(20), primary_key=True),
    # closed (all is well) → open (nothing goes) → half_open (one message tries)
    Column("breaker", String(10), nullable=False, default="closed"),
    # Hand-overs in a row that met the provider's own trouble.
    Column("failures", Integer, nullable=False, default=0),
    # Nothing is handed over before: the provider's Retry-After, or the breaker's pause. Database time, as is all here.
    Column("not_before", UtcDateTime),
    # Until when the one message of a half-open breaker has the floor.
    Column("probe_until", UtcDateTime),
    Column("error", Text),
    Column("changed_at", UtcDateTime, nullable=False),
)

pace = Table(
    "pace",
    metadata,
    # What is limited: 'twilio', 'twilio/US', 'sendgrid@MAIN'.
    Column("key", String(120), primary_key=True),
    # When the bucket is full again: later than now by as much as has been taken from it.
    Column("full_at", UtcDateTime, nullable=False),
)

provider_day = Table(
    "provider_day",
    metadata,
    Column("provider", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("handed_over", Integer, nullable=False),
)
