"""Mail as it comes in: mailboxes that are polled, and which mail was stored already, whichever way it came."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text

from storage.types import UtcDateTime, metadata

mailbox = Table(
    "mailbox",
    metadata,
    # One row a mailbox (`user@host/folder`): whoever holds the lease polls it.
    Column("name", String(200), primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("lease_owner", String(60)),
    # Where reading stands (RFC 3501): a mail's number counts only under this validity.
    Column("uid_validity", BigInteger),
    Column("last_uid", BigInteger, nullable=False, default=0),
    Column("polled_at", UtcDateTime),
    Column("failures", Integer, nullable=False, default=0),
    Column("failing_since", UtcDateTime),
    Column("error", Text),
)

mail_seen = Table(
    "mail_seen",
    metadata,
    # A digest of Message-ID, sender and words: the same mail by two ways is one reply.
    Column("key", String(64), primary_key=True),
    Column("event_id", ForeignKey("inbound_event.id"), nullable=False),
)
