"""Conversations that are compacted, and what they weigh."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = ("compacted_seq", "kept_seq", "compactions", "context_tokens", "context_seq")


def upgrade() -> None:
    for name in _COLUMNS:
        number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
        op.add_column("sessions", sa.Column(name, number, nullable=False, server_default="0"))


def downgrade() -> None:
    for name in reversed(_COLUMNS):
        op.drop_column("sessions", name)
