"""What people make of replies: corrected readings, proposed contacts; and why an item isn't paid yet."""

from sqlalchemy import Column, Date, ForeignKey, Index, String, Table, Text, UniqueConstraint

from storage.types import JSON, UtcDateTime, id_column, metadata

reply_label = Table(
    "reply_label",
    metadata,
    id_column(),
    Column("reply_id", ForeignKey("reply.id"), nullable=False, unique=True),
    # The reading as a person gave or confirmed it, in the form of `dunwell understand`.
    Column("expected", JSON, nullable=False),
    # What was open when it was read: without it a label teaches nothing.
    Column("context", JSON, nullable=False),
    Column("by_id", ForeignKey("app_user.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

contact_proposal = Table(
    "contact_proposal",
    metadata,
    id_column(),
    Column("reply_id", ForeignKey("reply.id"), nullable=False, unique=True),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("name", Text),
    Column("email", Text),
    Column("phone", Text),
    # proposed → accepted | refused
    Column("status", String(10), nullable=False),
    Column("decided_by", ForeignKey("app_user.id")),
    Column("decided_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_contact_proposal_customer_id", "customer_id"),
)

item_reason = Table(
    "item_reason",
    metadata,
    id_column(),
    Column("document_id", ForeignKey("document.id"), nullable=False),
    # Why it isn't paid, as the customer told it on that day (domain/reasons.py).
    Column("reason", String(16), nullable=False),
    Column("on_day", Date, nullable=False),
    Column("cause", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("document_id", "cause"),
)
