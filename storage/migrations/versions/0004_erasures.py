"""erasures of personal data

Revision: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "erasure",
        sa.Column("id", storage.types.BigId, autoincrement=True, nullable=False),
        sa.Column("customer_id", storage.types.BigId, nullable=False),
        sa.Column("digests", storage.types.JSON, nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("by_id", storage.types.BigId, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", storage.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name=op.f("fk_erasure_by_id_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_erasure_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index("ix_erasure_customer_id", "erasure", ["customer_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("erasure")
