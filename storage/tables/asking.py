"""What Dunwell asks of providers by itself: lists polled again and again, and messages in doubt."""

from sqlalchemy import Column, ForeignKey, Integer, SmallInteger, String, Table, Text

from storage.types import UtcDateTime, metadata

provider_poll = Table(
    "provider_poll",
    metadata,
    # One row a list (`sendgrid:bounces`): whoever moves `next_at` on polls it this time.
    Column("list", String(60), primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
    # Everything up to here has been taken in.
    Column("read_to", UtcDateTime),
    Column("failures", Integer, nullable=False, default=0),
    Column("error", Text),
    Column("polled_at", UtcDateTime),
)

message_inquiry = Table(
    "message_inquiry",
    metadata,
    # One row a message in doubt: whoever moves `next_at` on asks this time.
    Column("message_id", ForeignKey("message.id"), primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
    Column("asked", SmallInteger, nullable=False, default=0),
    Column("told", Text),
    Column("asked_at", UtcDateTime),
)
