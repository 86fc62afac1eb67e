"""Requests for approval, and the programs that need none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("wait_id", "run_id", "session_key", "agent_id", "command", "cwd", "host")
        ),
        sa.Column("env_names", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("programs", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("can_always", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text()),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("expires_at_ms", BigInt, nullable=False),
        sa.Column("decided_at_ms", BigInt),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_created", "approvals", ["created_at_ms"])
    op.create_index(
        "ix_approvals_pending", "approvals", ["expires_at_ms"], postgresql_where=_PENDING, sqlite_where=_PENDING
    )
    op.create_index("ix_approvals_wait", "approvals", ["wait_id"])
    op.create_table(
        "exec_patterns",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("last_used_at_ms", BigInt, nullable=False),
        sa.Column("last_command", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exec_patterns")),
        sa.UniqueConstraint("agent_id", "pattern", name=op.f("uq_exec_patterns_agent_id_pattern")),
    )


def downgrade() -> None:
    op.drop_table("exec_patterns")
    op.drop_index("ix_approvals_wait", "approvals")
    op.drop_index("ix_approvals_pending", "approvals")
    op.drop_index("ix_approvals_created", "approvals")
    op.drop_table("approvals")
