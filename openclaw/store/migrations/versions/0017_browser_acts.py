"""What is to be done in browsers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "browser_acts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("arguments", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("home", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("due_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_acts")),
    )
    op.create_index("ix_browser_acts_session", "browser_acts", ["session_key", "created_at_ms"])
    op.create_index("ix_browser_acts_created", "browser_acts", ["created_at_ms"])


def downgrade() -> None:
    op.drop_table("browser_acts")
