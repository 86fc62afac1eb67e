"""The tools of MCP servers as workers have last seen them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openclaw.store.models.columns import BigInt

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mcp_tools",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("listed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("seen_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("server", name=op.f("pk_mcp_tools")),
    )


def downgrade() -> None:
    op.drop_table("mcp_tools")
