"""What was said in a group and not to the assistant, for its next turn to read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_WHERE = sa.text("reason = 'not mentioned' AND turn_run_id IS NULL")


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("sessions", sa.Column("overheard", number, nullable=False, server_default="0"))
    op.create_index(
        "ix_inbound_overheard", "inbound", ["session_id", "ordinal"], postgresql_where=_WHERE, sqlite_where=_WHERE
    )


def downgrade() -> None:
    op.drop_index("ix_inbound_overheard", table_name="inbound")
    op.drop_column("sessions", "overheard")
