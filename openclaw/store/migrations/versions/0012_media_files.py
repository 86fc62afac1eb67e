"""Files that came with messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "media_files",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "mime", "name")),
        sa.Column("size_bytes", BigInt, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("state", "text")),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_files")),
    )
    op.create_index("ix_media_files_created", "media_files", ["created_at_ms"])


def downgrade() -> None:
    op.drop_index("ix_media_files_created", "media_files")
    op.drop_table("media_files")
