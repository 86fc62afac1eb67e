"""The auth profile that a session stays with, and stored ones whose place somebody chose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("auth_pin", sa.Text(), nullable=False, server_default=""))
    op.add_column("auth_profiles", sa.Column("placed", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("auth_profiles", "placed")
    op.drop_column("sessions", "auth_pin")
