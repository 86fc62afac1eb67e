"""Channel accounts: what operators wish of them, and how far their sources were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "channel_accounts",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("unlink", sa.Boolean(), nullable=False),
        sa.Column("starts", BigInt, nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("changed_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("channel", "account_id", name=op.f("pk_channel_accounts")),
    )


def downgrade() -> None:
    op.drop_table("channel_accounts")
