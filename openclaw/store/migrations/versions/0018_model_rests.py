"""Models and accounts that are left alone for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "model_rests",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failures", BigInt, nullable=False),
        sa.Column("until_ms", BigInt, nullable=False),
        sa.Column("probe_until_ms", BigInt, nullable=False),
        sa.Column("last_failure_ms", BigInt, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_model_rests")),
    )


def downgrade() -> None:
    op.drop_table("model_rests")
