"""Messages that show an answer in the making and the replies that take their place; replies that never left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("preview_id", sa.Text(), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("edits", sa.Text(), nullable=False, server_default=""))
    where = sa.text("state = 'failed'")
    op.create_index("ix_outbox_failed", "outbox", ["id"], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_index("ix_outbox_failed", "outbox")
    op.drop_column("outbox", "edits")
    op.drop_column("runs", "preview_id")
