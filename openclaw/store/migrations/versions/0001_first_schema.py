"""The first schema: sessions, inbound, runs, transcript, waits, outbox and the lane epoch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BigInt = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "lane_epoch",
        sa.Column("id", BigInt, autoincrement=False, nullable=False),
        sa.Column("epoch", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_epoch")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("reply_index", BigInt, nullable=False),
        sa.Column("chunk_index", BigInt, nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("route", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("due_at_ms", BigInt, nullable=False),
        sa.Column("claim_token", sa.Text(), nullable=False),
        sa.Column("claim_until_ms", BigInt, nullable=False),
        sa.Column("provider_message_id", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("ended_at_ms", BigInt, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due_at_ms"],
        unique=False,
        postgresql_where=sa.text("ended_at_ms IS NULL"),
        sqlite_where=sa.text("ended_at_ms IS NULL"),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["conversation", "id"],
        unique=False,
        postgresql_where=sa.text("ended_at_ms IS NULL"),
        sqlite_where=sa.text("ended_at_ms IS NULL"),
    )
    op.create_index(
        "ix_outbox_sending",
        "outbox",
        ["claim_until_ms"],
        unique=False,
        postgresql_where=sa.text("state = 'sending'"),
        sqlite_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "ix_outbox_unknown",
        "outbox",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'unknown'"),
        sqlite_where=sa.text("state = 'unknown'"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("session_uuid", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("lane_class", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("fence", BigInt, nullable=False),
        sa.Column("last_ordinal", BigInt, nullable=False),
        sa.Column("last_seq", BigInt, nullable=False),
        sa.Column("base_seq", BigInt, nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("input_tokens", BigInt, nullable=False),
        sa.Column("output_tokens", BigInt, nullable=False),
        sa.Column("cache_read_tokens", BigInt, nullable=False),
        sa.Column("cache_write_tokens", BigInt, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("active_run_id", sa.Text(), nullable=False),
        sa.Column("last_run_id", sa.Text(), nullable=False),
        sa.Column("untold_drops", BigInt, nullable=False),
        sa.Column("drop_cap", BigInt, nullable=False),
        sa.Column("notice_at_ms", BigInt, nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("updated_at_ms", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("session_key", name=op.f("uq_sessions_session_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sessions_agent_updated", "sessions", ["agent_id", "updated_at_ms", "id"], unique=False)
    op.create_index("ix_sessions_updated", "sessions", ["updated_at_ms", "id"], unique=False)
    op.create_table(
        "waits",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("session_id", BigInt, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("due_at_ms", BigInt, nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("answered_at_ms", BigInt, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waits")),
    )
    op.create_index(
        "ix_waits_due",
        "waits",
        ["due_at_ms"],
        unique=False,
        postgresql_where=sa.text("answered_at_ms IS NULL AND due_at_ms > 0"),
        sqlite_where=sa.text("answered_at_ms IS NULL AND due_at_ms > 0"),
    )
    op.create_table(
        "inbound",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("session_id", BigInt, nullable=False),
        sa.Column("ordinal", BigInt, nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("turn_run_id", sa.Text(), nullable=True),
        sa.Column("steered_run_id", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("merge_key", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("background", sa.Boolean(), nullable=False),
        sa.Column("lane_class", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("peer_kind", sa.Text(), nullable=False),
        sa.Column("peer_id", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.Text(), nullable=True),
        sa.Column("sender_id", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("media", sa.JSON(), nullable=False),
        sa.Column("route", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("not_before_ms", BigInt, nullable=False),
        sa.Column("accepted_at_ms", BigInt, nullable=False),
        sa.Column("ended_at_ms", BigInt, nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("(disposition IS NULL) = open", name=op.f("ck_inbound_one_disposition")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_inbound_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("run_id", name=op.f("uq_inbound_run_id")),
        sa.UniqueConstraint("session_id", "ordinal", name=op.f("uq_inbound_session_id_ordinal")),
        sa.UniqueConstraint("source_key", name=op.f("uq_inbound_source_key")),
    )
    op.create_index(
        "ix_inbound_open",
        "inbound",
        ["session_id", "ordinal"],
        unique=False,
        postgresql_where=sa.text("open"),
        sqlite_where=sa.text("open = 1"),
    )
    op.create_index(
        "ix_inbound_open_class",
        "inbound",
        ["lane_class"],
        unique=False,
        postgresql_where=sa.text("open"),
        sqlite_where=sa.text("open = 1"),
    )
    op.create_index(
        "ix_inbound_untold",
        "inbound",
        ["session_id", "ordinal"],
        unique=False,
        postgresql_where=sa.text("reason = 'cap:summarize' AND turn_run_id IS NULL"),
        sqlite_where=sa.text("reason = 'cap:summarize' AND turn_run_id IS NULL"),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("session_id", BigInt, nullable=False),
        sa.Column("session_uuid", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("lane_class", sa.Text(), nullable=False),
        sa.Column("fence", BigInt, nullable=False),
        sa.Column("route", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("queue_mode", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("barren_attempts", BigInt, nullable=False),
        sa.Column("progressed", sa.Boolean(), nullable=False),
        sa.Column("wait_id", sa.Text(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("stop_reason", sa.Text(), nullable=False),
        sa.Column("reply_text", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("error_kind", sa.Text(), nullable=False),
        sa.Column("input_tokens", BigInt, nullable=False),
        sa.Column("output_tokens", BigInt, nullable=False),
        sa.Column("cache_read_tokens", BigInt, nullable=False),
        sa.Column("cache_write_tokens", BigInt, nullable=False),
        sa.Column("cost_microusd", BigInt, nullable=False),
        sa.Column("abort_reason", sa.Text(), nullable=False),
        sa.Column("config_version", BigInt, nullable=True),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.Column("started_at_ms", BigInt, nullable=False),
        sa.Column("active_since_ms", BigInt, nullable=False),
        sa.Column("progress_at_ms", BigInt, nullable=False),
        sa.Column("ended_at_ms", BigInt, nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_runs_session_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    op.create_index(
        "ix_runs_open",
        "runs",
        ["session_id"],
        unique=True,
        postgresql_where=sa.text("ended_at_ms IS NULL"),
        sqlite_where=sa.text("ended_at_ms IS NULL"),
    )
    op.create_index(
        "ix_runs_running",
        "runs",
        ["progress_at_ms"],
        unique=False,
        postgresql_where=sa.text("status = 'running'"),
        sqlite_where=sa.text("status = 'running'"),
    )
    op.create_table(
        "transcript",
        sa.Column("id", BigInt, autoincrement=True, nullable=False),
        sa.Column("session_id", BigInt, nullable=False),
        sa.Column("seq", BigInt, nullable=False),
        sa.Column("session_uuid", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("blocks", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at_ms", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_transcript_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcript")),
        sa.UniqueConstraint("session_id", "seq", name=op.f("uq_transcript_session_id_seq")),
    )
    op.create_index("ix_transcript_conversation", "transcript", ["session_id", "session_uuid", "seq"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("fence", BigInt, autoincrement=False, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("started_at_ms", BigInt, nullable=False),
        sa.Column("ended_at_ms", BigInt, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_attempts_run_id")),
        sa.PrimaryKeyConstraint("run_id", "fence", name=op.f("pk_attempts")),
    )
    op.create_table(
        "steps",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("index", BigInt, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("fence", BigInt, nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("started_at_ms", BigInt, nullable=False),
        sa.Column("finished_at_ms", BigInt, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_steps_run_id")),
        sa.PrimaryKeyConstraint("run_id", "index", name=op.f("pk_steps")),
    )
    op.execute("INSERT INTO lane_epoch (id, epoch) VALUES (1, 0)")


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("waits")
    op.drop_table("transcript")
    op.drop_table("steps")
    op.drop_table("attempts")
    op.drop_table("runs")
    op.drop_table("inbound")
    op.drop_table("sessions")
    op.drop_table("lane_epoch")
