"""Credentials with model vendors, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "auth_profiles",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("place", BigInt, nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("provider", "name", name=op.f("pk_auth_profiles")),
    )


def downgrade() -> None:
    op.drop_table("auth_profiles")
