"""corrected readings, proposed contacts, reasons for non-payment

Revision: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reply_label",
        sa.Column("id", storage.types.BigId, autoincrement=True, nullable=False),
        sa.Column("reply_id", storage.types.BigId, nullable=False),
        sa.Column("expected", storage.types.JSON, nullable=False),
        sa.Column("context", storage.types.JSON, nullable=False),
        sa.Column("by_id", storage.types.BigId, nullable=False),
        sa.Column("at", storage.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name=op.f("fk_reply_label_by_id_app_user")),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_reply_label_reply_id_reply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_label")),
        sa.UniqueConstraint("reply_id", name=op.f("uq_reply_label_reply_id")),
    )
    op.create_table(
        "contact_proposal",
        sa.Column("id", storage.types.BigId, autoincrement=True, nullable=False),
        sa.Column("reply_id", storage.types.BigId, nullable=False),
        sa.Column("customer_id", storage.types.BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("decided_by", storage.types.BigId, nullable=True),
        sa.Column("decided_at", storage.types.UtcDateTime(), nullable=True),
        sa.Column("created_at", storage.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_contact_proposal_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["app_user.id"], name=op.f("fk_contact_proposal_decided_by_app_user")),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_contact_proposal_reply_id_reply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_proposal")),
        sa.UniqueConstraint("reply_id", name=op.f("uq_contact_proposal_reply_id")),
    )
    op.create_index("ix_contact_proposal_customer_id", "contact_proposal", ["customer_id"])
    op.create_table(
        "item_reason",
        sa.Column("id", storage.types.BigId, autoincrement=True, nullable=False),
        sa.Column("document_id", storage.types.BigId, nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("created_at", storage.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_item_reason_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_reason")),
        sa.UniqueConstraint("document_id", "cause", name=op.f("uq_item_reason_document_id_cause")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("item_reason")
    op.drop_table("contact_proposal")
    op.drop_table("reply_label")
