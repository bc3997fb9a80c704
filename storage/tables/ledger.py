"""The ledger: open items, what was paid and credited, orders, rates, files. Amounts are bigint minor units."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.types import UtcDateTime, id_column, metadata

NO_STAGE = -32768
"""`document.stage_offset` of an item that no step of its cycle has touched."""

document = Table(
    "document",
    metadata,
    id_column(),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("number", String(120), nullable=False),
    Column("instalment", SmallInteger, nullable=False, default=1),
    Column("kind", String(12), nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    # Cumulative paid amount as the source last said it; null where payments are the authority.
    Column("source_paid_minor", BigInteger),
    # Projections, kept in the transaction of whatever changes them:
    # the sum of the document's ledger entries,
    Column("open_minor", BigInteger, nullable=False),
    # what open disputes hold still, what open promises hold still, what approved memos await posting,
    Column("disputed_minor", BigInteger, nullable=False, default=0),
    Column("promised_minor", BigInteger, nullable=False, default=0),
    Column("credit_pending_minor", BigInteger, nullable=False, default=0),
    # and the newest step of the open cycle: signed days to the due date, and the day it was touched.
    Column("stage_offset", SmallInteger, nullable=False, default=NO_STAGE),
    Column("touched_on", Date),
    Column("written_off", Boolean, nullable=False, default=False),
    Column("po_number", Text),
    Column("order_number", Text),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("entity_id", "number", "instalment"),
    CheckConstraint("open_minor >= 0", name="open_not_negative"),
    Index(
        "ix_document_open",
        "entity_id",
        "customer_id",
        "due_on",
        "currency",
        "open_minor",
        "disputed_minor",
        "promised_minor",
        "credit_pending_minor",
        "stage_offset",
        "touched_on",
        "id",
        sqlite_where=text("open_minor > 0"),
        postgresql_where=text("open_minor > 0"),
    ),
    Index("ix_document_customer", "customer_id", "entity_id"),
    Index("ix_document_number", "number"),
)

ledger_entry = Table(
    "ledger_entry",
    metadata,
    id_column(),
    Column("document_id", ForeignKey("document.id"), nullable=False),
    # Two times: the business day it counts from, and the instant it was learnt.
    Column("effective_on", Date, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("application_id", ForeignKey("application.id")),
    Index("ix_ledger_entry_document_id", "document_id", "effective_on", "amount_minor"),
)

payment = Table(
    "payment",
    metadata,
    id_column(),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("reference", String(160), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("unapplied_minor", BigInteger, nullable=False),
    Column("method", String(40)),
    Column("names_invoice", String(120)),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("entity_id", "reference"),
    CheckConstraint("unapplied_minor >= 0", name="unapplied_not_negative"),
    Index("ix_payment_customer", "customer_id", "entity_id"),
    Index(
        "ix_payment_unapplied",
        "entity_id",
        "customer_id",
        "currency",
        "unapplied_minor",
        sqlite_where=text("unapplied_minor > 0"),
        postgresql_where=text("unapplied_minor > 0"),
    ),
)

credit_memo = Table(
    "credit_memo",
    metadata,
    id_column(),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("number", String(120), nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("unapplied_minor", BigInteger, nullable=False),
    Column("names_invoice", String(120)),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("entity_id", "number"),
    CheckConstraint("unapplied_minor >= 0", name="unapplied_not_negative"),
    Index("ix_credit_memo_customer", "customer_id", "entity_id"),
    Index(
        "ix_credit_memo_unapplied",
        "entity_id",
        "customer_id",
        "currency",
        "unapplied_minor",
        sqlite_where=text("unapplied_minor > 0"),
        postgresql_where=text("unapplied_minor > 0"),
    ),
)

application = Table(
    "application",
    metadata,
    id_column(),
    Column("payment_id", ForeignKey("payment.id")),
    Column("credit_memo_id", ForeignKey("credit_memo.id")),
    Column("document_id", ForeignKey("document.id"), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("reversed_on", Date),
    CheckConstraint("(payment_id IS NULL) <> (credit_memo_id IS NULL)", name="one_source"),
    Index("ix_application_payment_id", "payment_id"),
    Index("ix_application_credit_memo_id", "credit_memo_id"),
    Index("ix_application_document_id", "document_id"),
)

sales_order = Table(
    "sales_order",
    metadata,
    id_column(),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    Column("number", String(120), nullable=False),
    Column("ordered_on", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("sales_rep_id", ForeignKey("app_user.id")),
    Column("status", String(12), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("entity_id", "number"),
    Index("ix_sales_order_customer", "customer_id", "status"),
)

exchange_rate = Table(
    "exchange_rate",
    metadata,
    id_column(),
    Column("base", String(3), nullable=False),
    Column("quote", String(3), nullable=False),
    Column("on_day", Date, nullable=False),
    # A decimal as the source printed it: exact, and shown as it was.
    Column("rate", String(40), nullable=False),
    Column("source", Text, nullable=False),
    UniqueConstraint("base", "quote", "on_day"),
)

document_file = Table(
    "document_file",
    metadata,
    id_column(),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("number", String(120), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    UniqueConstraint("entity_id", "number", "kind", "sha256"),
)
