"""Buttons below messages of the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("buttons", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    op.drop_column("outbox", "buttons")
