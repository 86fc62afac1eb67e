"""Sessions that operators name, nest and delete; runs by the time they ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LABELLED = sa.text("label <> ''")
_CHILD = sa.text("parent_key <> ''")
_DELETED = sa.text("deleted_at_ms IS NOT NULL")
_UNENDED = sa.text("ended_at_ms IS NULL")
_REPLY = sa.text("run_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("sessions", sa.Column("deleted_at_ms", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
    op.create_index(
        "ix_sessions_label",
        "sessions",
        ["agent_id", "label"],
        unique=True,
        postgresql_where=_LABELLED,
        sqlite_where=_LABELLED,
    )
    op.create_index("ix_sessions_parent", "sessions", ["parent_key"], postgresql_where=_CHILD, sqlite_where=_CHILD)
    op.create_index("ix_sessions_deleted", "sessions", ["id"], postgresql_where=_DELETED, sqlite_where=_DELETED)
    op.create_index(
        "ix_node_invokes_open", "node_invokes", ["expires_at_ms"], postgresql_where=_UNENDED, sqlite_where=_UNENDED
    )
    op.create_index("ix_runs_ended", "runs", ["ended_at_ms"])
    op.create_index("ix_outbox_run", "outbox", ["run_id"], postgresql_where=_REPLY, sqlite_where=_REPLY)


def downgrade() -> None:
    op.drop_index("ix_outbox_run", "outbox")
    op.drop_index("ix_runs_ended", "runs")
    op.drop_index("ix_node_invokes_open", "node_invokes")
    op.drop_index("ix_sessions_deleted", "sessions")
    op.drop_index("ix_sessions_parent", "sessions")
    op.drop_index("ix_sessions_label", "sessions")
    op.drop_column("sessions", "deleted_at_ms")
