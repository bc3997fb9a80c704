"""rate limits and health of providers

Revision: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "provider_state",
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("breaker", sa.String(10), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", storage.types.UtcDateTime(), nullable=True),
        sa.Column("probe_until", storage.types.UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("changed_at", storage.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_state")),
    )
    op.create_table(
        "pace",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("full_at", storage.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pace")),
    )
    op.create_table(
        "provider_day",
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("handed_over", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "day", name=op.f("pk_provider_day")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("provider_day")
    op.drop_table("pace")
    op.drop_table("provider_state")
