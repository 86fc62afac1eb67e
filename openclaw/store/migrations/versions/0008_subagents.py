"""Sub-agents: which session opened which for what, and whether it has heard of the end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_UNSETTLED = sa.text("settled_at_ms IS NULL")
_UNTIDY = sa.text("tidy_at_ms IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "subagents",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("run_id", "child_key", "parent_key", "parent_run_id", "title", "cleanup")
        ),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("settled_at_ms", BigInt),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("tidy_at_ms", BigInt),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_subagents")),
        sa.UniqueConstraint("child_key", name=op.f("uq_subagents_child_key")),
    )
    op.create_index("ix_subagents_parent", "subagents", ["parent_key", "created_at_ms"])
    op.create_index(
        "ix_subagents_unsettled", "subagents", ["parent_key"], postgresql_where=_UNSETTLED, sqlite_where=_UNSETTLED
    )
    op.create_index("ix_subagents_untidy", "subagents", ["tidy_at_ms"], postgresql_where=_UNTIDY, sqlite_where=_UNTIDY)


def downgrade() -> None:
    op.drop_index("ix_subagents_untidy", "subagents")
    op.drop_index("ix_subagents_unsettled", "subagents")
    op.drop_index("ix_subagents_parent", "subagents")
    op.drop_table("subagents")
