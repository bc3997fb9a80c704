"""What became of messages after they were handed over, told by providers; and addresses that proved dead."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.types import JSON, UtcDateTime, id_column, metadata

delivery_event = Table(
    "delivery_event",
    metadata,
    id_column(),
    Column("provider", String(20), nullable=False),
    Column("event_id", Text, nullable=False),
    # domain.delivery.DeliveryKind
    Column("kind", String(16), nullable=False),
    Column("channel", String(10), nullable=False),
    # Which message: our id as the provider was given it, else the provider's own, else our Message-ID.
    Column("public_id", String(36)),
    Column("provider_ref", Text),
    Column("rfc_message_id", Text),
    # Kept until the event is applied; its part after the @ stays, for the health of sending.
    Column("address", Text),
    Column("address_domain", Text),
    Column("code", String(40)),
    Column("reason", Text),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    # new → done, or failed: kept, logged, shown by `dunwell health`
    Column("status", String(8), nullable=False),
    # What it did, once it is done: domain.delivery.Effect
    Column("outcome", String(20)),
    Column("attempts", SmallInteger, nullable=False, default=0),
    Column("lease_until", UtcDateTime),
    Column("error", Text),
    Column("message_id", ForeignKey("message.id")),
    UniqueConstraint("provider", "event_id"),
    Index(
        "ix_delivery_event_due",
        "id",
        sqlite_where=text("status = 'new'"),
        postgresql_where=text("status = 'new'"),
    ),
    Index("ix_delivery_event_message_id", "message_id"),
    Index("ix_delivery_event_received_at", "received_at"),
)

undeliverable = Table(
    "undeliverable",
    metadata,
    id_column(),
    Column("channel", String(10), nullable=False),
    # Normalised: lower-case mail address, E.164 number.
    Column("address", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("evidence", JSON),
    Column("message_id", BigInteger),
    Column("lifted_at", UtcDateTime),
    Column("lifted_by", Text),
    # One in force an address and channel; lifted ones stay as history.
    Index(
        "uq_undeliverable_open",
        "channel",
        "address",
        unique=True,
        sqlite_where=text("lifted_at IS NULL"),
        postgresql_where=text("lifted_at IS NULL"),
    ),
)
