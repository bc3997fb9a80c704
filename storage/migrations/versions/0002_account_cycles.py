"""an account's touch names its items

Revision: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("touch", schema=None) as batch:
        batch.add_column(sa.Column("document_ids", storage.types.JSON, nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("touch", schema=None) as batch:
        batch.drop_column("document_ids")
