"""Files of the outbox, and speech that is yet to be made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("file", sa.JSON(none_as_null=True)))
    op.add_column("outbox", sa.Column("speech", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    op.drop_column("outbox", "speech")
    op.drop_column("outbox", "file")
