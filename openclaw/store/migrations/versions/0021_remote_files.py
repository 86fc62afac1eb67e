"""Files that platforms still hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("media_files", sa.Column("remote", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    op.drop_column("media_files", "remote")
