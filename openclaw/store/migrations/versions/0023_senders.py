"""Senders on channels: requests to be let in, and what was decided over them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sender_requests",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("place", BigInt, nullable=False),
        sa.Column("sender_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("route", sa.JSON(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("last_seen_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_sender_requests")),
        sa.UniqueConstraint("code", name=op.f("uq_sender_requests_code")),
        sa.UniqueConstraint("channel", "account", "place", name=op.f("uq_sender_requests_channel_account_place")),
        sa.UniqueConstraint("channel", "account", "sender_id", name="uq_sender_requests_sender"),
    )
    op.create_table(
        "known_senders",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("sender_id", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "sender_id", name=op.f("pk_known_senders")),
        sa.CheckConstraint("standing IN ('approved', 'refused')", name=op.f("ck_known_senders_standing")),
    )
    op.create_index("ix_known_senders_decided", "known_senders", ["decided_at_ms"])


def downgrade() -> None:
    op.drop_table("known_senders")
    op.drop_table("sender_requests")
