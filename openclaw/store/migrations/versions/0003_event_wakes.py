"""System events that a turn is owed for; lists without the sessions that were put away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
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
    op.create_index(
        "ix_sessions_updated_shown",
        "sessions",
        ["updated_at_ms", "id"],
        unique=False,
        postgresql_where=sa.text("NOT archived"),
        sqlite_where=sa.text("archived = 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_sessions_updated_shown", "sessions")
    op.drop_index("ix_system_events_wake", "system_events")
    op.drop_column("system_events", "wake")
