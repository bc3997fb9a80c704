"""Signs of life of processes, and alerts: what an operator looks at."""

from sqlalchemy import Column, Index, Integer, SmallInteger, String, Table, Text, text

from storage.types import JSON, UtcDateTime, id_column, metadata

process_heartbeat = Table(
    "process_heartbeat",
    metadata,
    # Drawn anew by each process.
    Column("public_id", String(36), primary_key=True),
    # 'serve', 'worker' or 'scheduler'
    Column("kind", String(12), nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", String(20), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    # In database time, whatever the hosts' clocks say.
    Column("seen_at", UtcDateTime, nullable=False),
    Column("stopped_at", UtcDateTime),
    Index("ix_process_heartbeat_kind", "kind", "seen_at"),
)

alert = Table(
    "alert",
    metadata,
    id_column(),
    # What is wrong with what, such as 'run_missing:MAIN'; open once.
    Column("key", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    # Way ('webhook', 'slack') → the notes that went that way ('opened', 'closed').
    Column("told", JSON, nullable=False),
    Column("attempts", SmallInteger, nullable=False, default=0),
    # When to try telling next; null: everything was told, or given up.
    Column("next_try_at", UtcDateTime),
    Index(
        "uq_alert_open",
        "key",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index("ix_alert_next_try_at", "next_try_at"),
)
