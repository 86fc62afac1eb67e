"""What the gateway's control plane keeps: config versions, devices, nodes, system events, results of methods."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "config_versions",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("base_id", BigInt, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_config_versions")),
        sa.UniqueConstraint("base_id", name=op.f("uq_config_versions_base_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_config_versions_hash", "config_versions", ["hash"], unique=False)
    op.create_table(
        "devices",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("client", sa.JSON(), nullable=False),
        sa.Column("remote_ip", sa.Text(), nullable=False),
        sa.Column("browser_origin", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("approved_via", sa.Text(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("approved_at_ms", BigInt, nullable=False),
        sa.Column("last_seen_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_devices")),
    )
    op.create_index("ix_devices_approved", "devices", ["approved_at_ms"], unique=False)
    op.create_table(
        "method_results",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("params_hash", sa.Text(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_method_results")),
    )
    op.create_index("ix_method_results_created", "method_results", ["created_at_ms"], unique=False)
    op.create_table(
        "node_invokes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("timeout_ms", BigInt, nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("wait_id", sa.Text(), nullable=True),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("expires_at_ms", BigInt, nullable=False),
        sa.Column("sent_at_ms", BigInt, nullable=True),
        sa.Column("ended_at_ms", BigInt, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_invokes")),
        sa.UniqueConstraint("node_id", "idempotency_key", name=op.f("uq_node_invokes_node_id_idempotency_key")),
    )
    op.create_index("ix_node_invokes_created", "node_invokes", ["created_at_ms"], unique=False)
    op.create_index(
        "ix_node_invokes_queued",
        "node_invokes",
        ["node_id", "created_at_ms"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
        sqlite_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "node_pending",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("expires_at_ms", BigInt, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_pending")),
        sa.UniqueConstraint("item_id", name=op.f("uq_node_pending_item_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_node_pending_node", "node_pending", ["node_id", "id"], unique=False)
    op.create_table(
        "nodes",
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("client", sa.JSON(), nullable=False),
        sa.Column("caps", sa.JSON(), nullable=False),
        sa.Column("commands", sa.JSON(), nullable=False),
        sa.Column("approved_commands", sa.JSON(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("remote_ip", sa.Text(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("approved_at_ms", BigInt, nullable=False),
        sa.Column("last_connected_at_ms", BigInt, nullable=True),
        sa.Column("last_seen_at_ms", BigInt, nullable=True),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_nodes")),
    )
    op.create_table(
        "pair_requests",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("client", sa.JSON(), nullable=False),
        sa.Column("surface", sa.JSON(), nullable=False),
        sa.Column("remote_ip", sa.Text(), nullable=False),
        sa.Column("browser_origin", sa.Text(), nullable=False),
        sa.Column("is_repair", sa.Boolean(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("expires_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_pair_requests")),
        sa.UniqueConstraint("device_id", name=op.f("uq_pair_requests_device_id")),
    )
    op.create_index("ix_pair_requests_expires", "pair_requests", ["expires_at_ms"], unique=False)
    op.create_table(
        "setup_codes",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("setup_id", sa.Text(), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("expires_at_ms", BigInt, nullable=False),
        sa.Column("used_at_ms", BigInt, nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_setup_codes")),
        sa.UniqueConstraint("setup_id", name=op.f("uq_setup_codes_setup_id")),
    )
    op.create_table(
        "system_events",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("session_id", BigInt, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("untrusted", sa.Boolean(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_events")),
        sa.UniqueConstraint("key", name=op.f("uq_system_events_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_system_events_unheard",
        "system_events",
        ["session_id", "id"],
        unique=False,
        postgresql_where=sa.text("run_id IS NULL"),
        sqlite_where=sa.text("run_id IS NULL"),
    )
    op.create_table(
        "device_tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("rotated_at_ms", BigInt, nullable=True),
        sa.Column("revoked_at_ms", BigInt, nullable=True),
        sa.Column("last_used_at_ms", BigInt, nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.device_id"], name=op.f("fk_device_tokens_device_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_device_tokens")),
    )
    op.create_index("ix_device_tokens_device", "device_tokens", ["device_id", "role"], unique=False)
    op.add_column("sessions", sa.Column("label", sa.Text(), server_default="", nullable=False))
    op.add_column("sessions", sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sessions", sa.Column("pinned", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sessions", sa.Column("parent_key", sa.Text(), server_default="", nullable=False))
    op.add_column("sessions", sa.Column("system_events", BigInt, server_default="0", nullable=False))


def downgrade() -> None:
    for name in ("system_events", "parent_key", "pinned", "archived", "label"):
        op.drop_column("sessions", name)
    for name in (
        "device_tokens",
        "devices",
        "pair_requests",
        "setup_codes",
        "node_pending",
        "node_invokes",
        "nodes",
        "system_events",
        "method_results",
        "config_versions",
    ):
        op.drop_table(name)
