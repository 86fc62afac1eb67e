"""Budgets: what was spent of each purse, and what calls in flight hold of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "budget_spend",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        *(sa.Column(name, BigInt, nullable=False) for name in ("microusd", "tokens", "updated_at_ms")),
        sa.PrimaryKeyConstraint("account", "window", name=op.f("pk_budget_spend")),
    )
    op.create_table(
        "budget_holds",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "account", "window")),
        *(
            sa.Column(name, BigInt, nullable=False)
            for name in ("microusd", "tokens", "least_microusd", "least_tokens", "expires_at_ms")
        ),
        sa.PrimaryKeyConstraint("id", "account", "window", name=op.f("pk_budget_holds")),
    )
    op.create_index("ix_budget_holds_purse", "budget_holds", ["account", "window"])


def downgrade() -> None:
    op.drop_index("ix_budget_holds_purse", "budget_holds")
    op.drop_table("budget_holds")
    op.drop_table("budget_spend")
