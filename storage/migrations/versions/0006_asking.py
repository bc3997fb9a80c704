"""lists polled and messages asked about; messages found by address and by doubt

Revision: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "provider_poll",
        sa.Column("list", sa.String(60), nullable=False),
        sa.Column("next_at", storage.types.UtcDateTime(), nullable=False),
        sa.Column("read_to", storage.types.UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("polled_at", storage.types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("list", name=op.f("pk_provider_poll")),
    )
    op.create_table(
        "message_inquiry",
        sa.Column("message_id", storage.types.BigId, autoincrement=False, nullable=False),
        sa.Column("next_at", storage.types.UtcDateTime(), nullable=False),
        sa.Column("asked", sa.SmallInteger(), nullable=False),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("asked_at", storage.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_inquiry_message_id_message")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_inquiry")),
    )
    # Built beside the work: on PostgreSQL nobody who writes a message waits for them.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_message_address", "message", ["address", "id"], if_not_exists=True, postgresql_concurrently=True
        )
        op.create_index(
            "ix_message_unknown",
            "message",
            ["id"],
            if_not_exists=True,
            postgresql_concurrently=True,
            sqlite_where=sa.text("status = 'unknown'"),
            postgresql_where=sa.text("status = 'unknown'"),
        )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_message_unknown", "message")
    op.drop_index("ix_message_address", "message")
    op.drop_table("message_inquiry")
    op.drop_table("provider_poll")
