"""Heartbeats: when each agent's next one is due, and what came of the last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("due_at_ms", BigInt, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("last", sa.JSON(none_as_null=True)),
        sa.Column("last_at_ms", BigInt, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("told_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_heartbeats")),
    )


def downgrade() -> None:
    op.drop_table("heartbeats")
