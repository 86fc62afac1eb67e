"""What sessions have cost, beside what they have used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sessions", sa.Column("cost_microusd", BigInt, server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("sessions", "cost_microusd")
