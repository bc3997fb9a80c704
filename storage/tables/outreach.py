"""Runs, cycles, touches, messages, skips; and what came back: raw events and replies."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.types import JSON, UtcDateTime, id_column, metadata

policy_version = Table(
    "policy_version",
    metadata,
    id_column(),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("content", JSON, nullable=False),
    Column("loaded_at", UtcDateTime, nullable=False),
)

run = Table(
    "run",
    metadata,
    id_column(),
    Column("public_id", String(36), nullable=False, unique=True),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("business_day", Date, nullable=False),
    Column("kind", String(12), nullable=False),
    # planning → awaiting_approval → sending → finished (or refused)
    Column("status", String(20), nullable=False),
    Column("policy_version_id", ForeignKey("policy_version.id")),
    # Customers are planned in chunks; a run that was interrupted goes on after this one.
    Column("planned_to_customer_id", BigInteger, nullable=False, default=0),
    Column("lease_until", UtcDateTime),
    Column("counts", JSON),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("approved_by", ForeignKey("app_user.id")),
    Column("approved_at", UtcDateTime),
    UniqueConstraint("entity_id", "business_day", "kind"),
)

cycle = Table(
    "cycle",
    metadata,
    id_column(),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("currency", String(3), nullable=False),
    # 'invoice' with its document, or 'account' with document 0: a key can't hold a null.
    Column("scope", String(8), nullable=False),
    Column("document_id", BigInteger, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date),
    Index(
        "uq_cycle_open",
        "customer_id",
        "entity_id",
        "currency",
        "scope",
        "document_id",
        unique=True,
        sqlite_where=text("closed_on IS NULL"),
        postgresql_where=text("closed_on IS NULL"),
    ),
    Index("ix_cycle_document_id", "document_id"),
)

message = Table(
    "message",
    metadata,
    id_column(),
    Column("public_id", String(36), nullable=False, unique=True),
    Column("run_id", ForeignKey("run.id")),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("currency", String(3), nullable=False),
    # 'cadence' for touches, 'answer' for what replies to a customer, 'service' for notices somebody asked for.
    Column("purpose", String(10), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("contact_id", ForeignKey("contact.id")),
    Column("address", Text, nullable=False),
    Column("locale", String(20), nullable=False),
    Column("template", String(40), nullable=False),
    Column("tone", String(12), nullable=False, default="standard"),
    Column("policy", String(60)),
    Column("copy_to", JSON),
    # What an answer or notice says, beside the account's own facts (a promise, a dispute).
    Column("facts", JSON),
    Column("planned_on", Date, nullable=False),
    Column("status", String(20), nullable=False),
    Column("status_reason", Text),
    Column("not_before", UtcDateTime, nullable=False),
    Column("not_after", UtcDateTime),
    Column("attempts", SmallInteger, nullable=False, default=0),
    Column("lease_until", UtcDateTime),
    Column("lease_owner", String(60)),
    # Thread: our Message-ID, the token in Reply-To, and what it answers.
    Column("reply_token", String(40), nullable=False, unique=True),
    Column("message_id", Text, unique=True),
    Column("in_reply_to", Text),
    Column("provider", String(20)),
    Column("provider_ref", Text),
    Column("subject", Text),
    Column("content_sha256", String(64)),
    Column("asked_minor", BigInteger),
    Column("segments", SmallInteger),
    Column("needs_approval", Boolean, nullable=False, default=False),
    Column("approved_by", ForeignKey("app_user.id")),
    Column("approved_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    # Work is found by these: what may go out, and whose lease ran out.
    Index(
        "ix_message_due",
        "status",
        "not_before",
        sqlite_where=text("status IN ('planned', 'claimed', 'sending')"),
        postgresql_where=text("status IN ('planned', 'claimed', 'sending')"),
    ),
    Index("ix_message_customer", "customer_id", "planned_on"),
    Index("ix_message_run_id", "run_id", "status"),
    Index("ix_message_provider_ref", "provider", "provider_ref"),
    # A bounce may name nothing but the address; doubts are few and looked for often.
    Index("ix_message_address", "address", "id"),
    Index(
        "ix_message_unknown",
        "id",
        sqlite_where=text("status = 'unknown'"),
        postgresql_where=text("status = 'unknown'"),
    ),
    # One automatic answer a reply: the key of an answer is what it answers.
    Column("answer_key", Text, unique=True),
)

touch = Table(
    "touch",
    metadata,
    id_column(),
    Column("message_id", ForeignKey("message.id")),
    Column("task_id", ForeignKey("task.id")),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("cycle_id", ForeignKey("cycle.id"), nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    # An invoice's touch names its item; an account's names them all.
    Column("document_id", ForeignKey("document.id")),
    Column("document_ids", JSON),
    Column("stage", String(60), nullable=False),
    # Signed days to the due date that the step stood at: survives an edit of the policy.
    Column("stage_offset", SmallInteger, nullable=False),
    Column("template", String(40), nullable=False),
    Column("asked_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False, default=0),
    Column("planned_on", Date, nullable=False),
    Column("dropped_reason", String(30)),
    # One step, one message (invariant 2). A touch that was dropped before it went frees its step.
    Index(
        "uq_touch_step",
        "cycle_id",
        "stage",
        unique=True,
        sqlite_where=text("dropped_reason IS NULL"),
        postgresql_where=text("dropped_reason IS NULL"),
    ),
    Index("ix_touch_message_id", "message_id"),
    Index("ix_touch_document_id", "document_id"),
    Index("ix_touch_customer_id", "customer_id", "planned_on"),
)

message_attempt = Table(
    "message_attempt",
    metadata,
    id_column(),
    Column("message_id", ForeignKey("message.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("channel", String(10), nullable=False),
    Column("address", Text, nullable=False),
    Column("provider", String(20), nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("provider_ref", Text),
    Column("error", Text),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("message_id", "number"),
)

skip = Table(
    "skip",
    metadata,
    # One row a run and customer: reason → ids of its items (invariant 9).
    Column("run_id", ForeignKey("run.id"), primary_key=True),
    Column("customer_id", ForeignKey("customer.id"), primary_key=True),
    Column("reasons", JSON, nullable=False),
    Index("ix_skip_customer_id", "customer_id"),
)

inbound_event = Table(
    "inbound_event",
    metadata,
    id_column(),
    Column("provider", String(20), nullable=False),
    Column("event_id", Text, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("meta", JSON),
    # new → done, or failed: kept raw, shown to a person
    Column("status", String(8), nullable=False),
    Column("attempts", SmallInteger, nullable=False, default=0),
    Column("lease_until", UtcDateTime),
    Column("error", Text),
    UniqueConstraint("provider", "event_id"),
    Index("ix_inbound_event_status", "status"),
)

reply = Table(
    "reply",
    metadata,
    id_column(),
    Column("public_id", String(36), nullable=False, unique=True),
    Column("inbound_event_id", ForeignKey("inbound_event.id"), nullable=False, unique=True),
    Column("customer_id", ForeignKey("customer.id")),
    Column("entity_id", ForeignKey("legal_entity.id")),
    Column("contact_id", ForeignKey("contact.id")),
    Column("answers_message_id", ForeignKey("message.id")),
    Column("matched_by", String(20)),
    Column("candidates", JSON),
    Column("channel", String(10), nullable=False),
    Column("sender", Text, nullable=False),
    Column("subject", Text),
    Column("text", Text, nullable=False),
    Column("rfc_message_id", Text),
    Column("received_at", UtcDateTime, nullable=False),
    Column("language", String(5)),
    Column("intents", JSON),
    Column("understanding", JSON),
    Column("needs_human", Boolean, nullable=False),
    # waiting → handled (by the system or by a person)
    Column("status", String(10), nullable=False),
    Column("handled_by", ForeignKey("app_user.id")),
    Column("handled_at", UtcDateTime),
    Column("outcome", Text),
    Index("ix_reply_status", "status", "received_at"),
    Index("ix_reply_customer_id", "customer_id", "received_at"),
)
