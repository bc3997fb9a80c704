"""Legal entities, people of ours, customers, their contacts, and who wants no more messages."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from storage.types import JSON, UtcDateTime, id_column, metadata

legal_entity = Table(
    "legal_entity",
    metadata,
    id_column(),
    Column("code", String(40), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("country", String(2), nullable=False),
    Column("timezone", Text, nullable=False),
    Column("address", Text, nullable=False, default=""),
    Column("registration", Text, nullable=False, default=""),
    Column("sender_name", Text, nullable=False, default=""),
    Column("sender_email", Text),
    Column("phone", Text),
    # Which of an import's two sources of cash is believed: 'paid_amount' or 'payments'; null until one was imported.
    Column("cash_authority", String(12)),
    # The export's own day: how fresh the ledger, and how far cash is loaded. Kept by imports, read by every run.
    Column("ledger_as_of", Date),
    Column("cash_loaded_to", Date),
    Column("updated_at", UtcDateTime, nullable=False),
)

entity_bank = Table(
    "entity_bank",
    metadata,
    id_column(),
    Column("entity_id", ForeignKey("legal_entity.id"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("holder", Text, nullable=False, default=""),
    Column("bank_name", Text, nullable=False, default=""),
    Column("account", Text, nullable=False, default=""),
    Column("bic", Text, nullable=False, default=""),
    UniqueConstraint("entity_id", "currency"),
)

app_user = Table(
    "app_user",
    metadata,
    id_column(),
    Column("code", String(80), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("role", String(20), nullable=False),
    Column("territory", Text),
    Column("manager_id", ForeignKey("app_user.id")),
    Column("deputy_id", ForeignKey("app_user.id")),
    Column("slack_id", String(40), unique=True),
    Column("limit_minor", BigInteger),
    Column("limit_currency", String(3)),
    Column("updated_at", UtcDateTime, nullable=False),
)

customer = Table(
    "customer",
    metadata,
    id_column(),
    Column("number", String(80), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    # Case-folded, accents stripped: what a typed name is looked up by.
    Column("name_folded", Text, nullable=False),
    Column("country", String(2), nullable=False),
    Column("locale", String(20), nullable=False),
    Column("timezone", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("territory", Text),
    Column("segment", Text),
    Column("collector_id", ForeignKey("app_user.id")),
    Column("sales_rep_id", ForeignKey("app_user.id")),
    Column("parent_id", ForeignKey("customer.id")),
    Column("credit_limit_minor", BigInteger),
    Column("terms_days", Integer),
    Column("email", Text),
    Column("phone", Text),
    # A refused row named this customer (import --accept-valid): not dunned until clean.
    Column("doubted_since", Date),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_customer_collector_id", "collector_id"),
    Index("ix_customer_sales_rep_id", "sales_rep_id"),
    Index("ix_customer_parent_id", "parent_id"),
    Index("ix_customer_email", "email"),
)

contact = Table(
    "contact",
    metadata,
    id_column(),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    # Natural key within the customer: the lower-case email, else the number, else the folded name.
    Column("key", Text, nullable=False),
    Column("name", Text),
    Column("role", String(20), nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("locale", String(20)),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("customer_id", "key"),
    Index("ix_contact_email", "email"),
    Index("ix_contact_phone", "phone"),
)

opt_out = Table(
    "opt_out",
    metadata,
    id_column(),
    Column("channel", String(10), nullable=False),
    # Normalised: lower-case mail address, E.164 number.
    Column("address", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("source", Text, nullable=False),
    Column("lifted_at", UtcDateTime),
    Column("evidence", JSON),
    # One in force an address and channel; lifted ones stay as history.
    Index(
        "uq_opt_out_open",
        "channel",
        "address",
        unique=True,
        sqlite_where=text("lifted_at IS NULL"),
        postgresql_where=text("lifted_at IS NULL"),
    ),
)

erasure = Table(
    "erasure",
    metadata,
    id_column(),
    Column("customer_id", ForeignKey("customer.id"), nullable=False),
    # Salted digests of what was erased: an export that brings an address back is known by them.
    Column("digests", JSON, nullable=False),
    Column("salt", String(32), nullable=False),
    Column("by_id", ForeignKey("app_user.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_erasure_customer_id", "customer_id"),
)
