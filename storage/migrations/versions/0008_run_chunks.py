"""a run's ranges of customers, planned by any process; messages of a day

Revision: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "run_chunk",
        sa.Column("run_id", storage.types.BigId, nullable=False),
        sa.Column("after_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("to_id", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", storage.types.UtcDateTime(), nullable=True),
        sa.Column("counts", storage.types.JSON, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_chunk_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "after_id", name=op.f("pk_run_chunk")),
    )
    op.create_index("ix_message_planned_on", "message", ["planned_on"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_message_planned_on", "message")
    op.drop_table("run_chunk")
