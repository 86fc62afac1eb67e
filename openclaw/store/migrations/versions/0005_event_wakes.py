"""System events that a turn is owed for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("system_events", sa.Column("wake", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_system_events_wake",
        "system_events",
        ["session_id"],
        unique=False,
        postgresql_where=sa.text("wake"),
        sqlite_where=sa.text("wake = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_system_events_wake", "system_events")
    op.drop_column("system_events", "wake")
