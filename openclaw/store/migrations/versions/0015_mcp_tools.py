"""The tools of MCP servers as workers have last seen them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


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
