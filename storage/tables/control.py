"""What people do and must do: tasks, calls, approvals, holds; what was imported; settings; the audit trail."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.types import JSON, UtcDateTime, id_column, metadata

task = Table(
    "task",
    metadata,
    id_column(),
    Column("public_id", String(36), nullable=False, unique=True),
    Column("cause", String(40), nullable=False),
    # What it is about; the same cause of the same thing makes one task.
    Column("key", Text, nullable=False, unique=True),
    Column("customer_id", ForeignKey("customer.id")),
    Column("entity_id", ForeignKey("legal_entity.id")),
    Column("document_id", ForeignKey("document.id")),
    Column("owner_id", ForeignKey("app_user.id")),
    Column("due_on", Date, nullable=False),
    Column("stake_minor", BigInteger),
    Column("stake_currency", String(3)),
    Column("note", Text, nullable=False, default=""),
    Column("status", String(10), nullable=False),
    Column("outcome", Text),
    Column("created_on", Date, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_by", ForeignKey("app_user.id")),
    Index("ix_task_owner_id", "owner_id", "status", "due_on"),
    Index("ix_task_customer_id", "customer_id", "status"),
)

contact_log = Table(
    "contact_log",
    metadata,
    id_column(),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("entity_id", ForeignKey("legal_entity.id")),
    Column("document_id", ForeignKey("document.id")),
    # 'call' or 'email' by hand: counts as contact.
    Column("channel", String(10), nullable=False),
    Column("on_day", Date, nullable=False),
    Column("by_user_id", ForeignKey("app_user.id")),
    Column("outcome", String(30), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_contact_log_customer_id", "customer_id", "on_day"),
)

approval = Table(
    "approval",
    metadata,
    id_column(),
    Column("public_id", String(36), nullable=False, unique=True),
    # What waits ('message', 'run', 'release' …) and its id; one decision each.
    Column("subject_kind", String(20), nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("amount_minor", BigInteger),
    Column("currency", String(3)),
    # Null: the system asked.
    Column("requested_by", ForeignKey("app_user.id")),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("decided_by", ForeignKey("app_user.id")),
    Column("decided_at", UtcDateTime),
    Column("verdict", String(10)),
    Column("reason", Text, nullable=False, default=""),
    UniqueConstraint("subject_kind", "subject_id"),
)

hold = Table(
    "hold",
    metadata,
    id_column(),
    Column("public_id", String(36), nullable=False, unique=True),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("entity_id", ForeignKey("legal_entity.id")),
    Column("kind", String(10), nullable=False),
    Column("status", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested_by", ForeignKey("app_user.id")),
    Column("decided_by", ForeignKey("app_user.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("released_at", UtcDateTime),
    Index("ix_hold_customer_id", "customer_id", "status"),
)

import_batch = Table(
    "import_batch",
    metadata,
    id_column(),
    Column("kind", String(12), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("entity_id", ForeignKey("legal_entity.id")),
    Column("complete", Boolean, nullable=False, default=False),
    Column("as_of", Date, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Index("ix_import_batch_entity_id", "entity_id", "kind", "as_of"),
)

setting = Table(
    "setting",
    metadata,
    Column("key", String(60), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    id_column(),
    # The canonical text is what is hashed: time, actor, action, subject, data.
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject_kind", String(20), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("customer_id", BigInteger),
    Index("ix_audit_entry_subject", "subject_kind", "subject_id"),
    Index("ix_audit_entry_customer_id", "customer_id", "at"),
)

audit_link = Table(
    "audit_link",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", ForeignKey("audit_entry.id"), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
)
