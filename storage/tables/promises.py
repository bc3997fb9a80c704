"""Promises, disputes and pauses: what holds an item still, and for how long."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, String, Table, Text, UniqueConstraint, text

from storage.types import JSON, UtcDateTime, id_column, metadata

promise = Table(
    "promise",
    metadata,
    id_column(),
    Column("public_id", String(36), nullable=False, unique=True),
    # Instalments of one plan share it.
    Column("plan", String(36)),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("made_on", Date, nullable=False),
    Column("promised_on", Date, nullable=False),
    Column("status", String(12), nullable=False),
    Column("judged_on", Date),
    # 'reply', 'slack', 'call', 'import', 'desk', and which one.
    Column("source", String(12), nullable=False),
    Column("source_ref", Text),
    Column("evidence", JSON),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_promise_customer", "customer_id", "entity_id", "status"),
    Index("ix_promise_status", "status", "promised_on"),
    # One promise a source and day: the same reply twice logs it once.
    UniqueConstraint("source", "source_ref", "entity_id", "currency", "promised_on"),
)

promise_document = Table(
    "promise_document",
    metadata,
    Column("promise_id", ForeignKey("promise.id"), primary_key=True),
    Column("document_id", ForeignKey("document.id"), primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    # The item's residual when it was promised: what came in since is the difference.
    Column("open_at_minor", BigInteger, nullable=False),
    Index("ix_promise_document_document_id", "document_id"),
)

dispute = Table(
    "dispute",
    metadata,
    id_column(),
    Column("public_id", String(36), nullable=False, unique=True),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("status", String(14), nullable=False),
    Column("owner_id", ForeignKey("app_user.id")),
    Column("opened_on", Date, nullable=False),
    Column("grounds_due_on", Date),
    Column("closed_on", Date),
    Column("resolution", Text),
    Column("source", String(12), nullable=False),
    Column("source_ref", Text),
    Column("evidence", JSON),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("source", "source_ref"),
    Index("ix_dispute_customer", "customer_id", "entity_id", "status"),
    Index("ix_dispute_status", "status", "opened_on"),
)

dispute_document = Table(
    "dispute_document",
    metadata,
    Column("dispute_id", ForeignKey("dispute.id"), primary_key=True),
    Column("document_id", ForeignKey("document.id"), primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    Index("ix_dispute_document_document_id", "document_id"),
)

pause = Table(
    "pause",
    metadata,
    id_column(),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    # Null entity: every entity. Null document and contact: the whole account.
    Column("entity_id", ForeignKey("legal_entity.id")),
    Column("document_id", ForeignKey("document.id")),
    Column("contact_id", ForeignKey("contact.id")),
    Column("kind", String(20), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date),
    Column("cause", Text, nullable=False),
    Column("lifted_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Index(
        "ix_pause_open",
        "customer_id",
        sqlite_where=text("lifted_at IS NULL"),
        postgresql_where=text("lifted_at IS NULL"),
    ),
)
