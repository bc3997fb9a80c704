"""mailboxes that are polled, mail known by what it is

Revision: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mailbox",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("next_at", storage.types.UtcDateTime(), nullable=False),
        sa.Column("lease_until", storage.types.UtcDateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(60), nullable=True),
        sa.Column("uid_validity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("polled_at", storage.types.UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", storage.types.UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "mail_seen",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("event_id", storage.types.BigId, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["inbound_event.id"], name=op.f("fk_mail_seen_event_id_inbound_event")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mail_seen")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("mail_seen")
    op.drop_table("mailbox")
