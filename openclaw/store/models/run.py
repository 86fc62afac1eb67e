"""Runs with their attempts, steps and waits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class RunRow(Base):
    """One turn. It is open while ``ended_at_ms`` is null; a session has at most one open run."""

    __tablename__ = "runs"

    run_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    #: The conversation it belongs to, also after the session has begun a new one.
    session_uuid: Mapped[str]
    status: Mapped[str]
    lane_class: Mapped[str]
    #: The fence of its latest attempt.
    fence: Mapped[int]
    route: Mapped[dict[str, Any]]
    options: Mapped[dict[str, Any]]
    queue_mode: Mapped[str]
    sender_key: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=1)
    barren_attempts: Mapped[int] = mapped_column(default=0)
    #: Whether the latest attempt has committed a step.
    progressed: Mapped[bool] = mapped_column(default=False)
    #: What it waits for, kept until a step is committed after the wait.
    wait_id: Mapped[str | None]
    provider: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(default="")
    stop_reason: Mapped[str] = mapped_column(default="")
    reply_text: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    error_kind: Mapped[str] = mapped_column(default="")
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    cache_read_tokens: Mapped[int] = mapped_column(default=0)
    cache_write_tokens: Mapped[int] = mapped_column(default=0)
    cost_microusd: Mapped[int] = mapped_column(default=0)
    abort_reason: Mapped[str] = mapped_column(default="")
    #: The platform's id of the message that shows the answer in the making; the reply takes its place.
    preview_id: Mapped[str] = mapped_column(default="", server_default="")
    config_version: Mapped[int | None]
    #: When its first message was accepted.
    created_at_ms: Mapped[int]
    started_at_ms: Mapped[int]
    #: Start of the time that its total deadline counts: begins anew after a wait.
    active_since_ms: Mapped[int]
    progress_at_ms: Mapped[int]
    ended_at_ms: Mapped[int | None]

    __table_args__ = (
        Index(
            "ix_runs_open",
            "session_id",
            unique=True,
            postgresql_where=text("ended_at_ms IS NULL"),
            sqlite_where=text("ended_at_ms IS NULL"),
        ),
        # What was used by when.
        Index("ix_runs_ended", "ended_at_ms"),
        Index(
            "ix_runs_running",
            "progress_at_ms",
            postgresql_where=text("status = 'running'"),
            sqlite_where=text("status = 'running'"),
        ),
    )


class AttemptRow(Base):
    """One claim of a run by a worker. A worker that died leaves ``lost`` behind when the next one claims."""

    __tablename__ = "attempts"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id"), primary_key=True)
    fence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    host: Mapped[str]
    started_at_ms: Mapped[int]
    ended_at_ms: Mapped[int | None]
    outcome: Mapped[str | None]


class StepRow(Base):
    """One model call or tool call. A finished step stays as it is."""

    __tablename__ = "steps"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    status: Mapped[str]
    fence: Mapped[int]
    call_id: Mapped[str]
    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    started_at_ms: Mapped[int]
    finished_at_ms: Mapped[int | None]


class WaitRow(Base):
    """What a run waits for. Open while ``answered_at_ms`` is null; closed without an answer when it was cancelled.

    An answer that comes before its wait is stored has no run yet.
    """

    __tablename__ = "waits"

    id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str | None]
    session_id: Mapped[int | None]
    kind: Mapped[str]
    call_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    #: 0 for never.
    due_at_ms: Mapped[int]
    answer: Mapped[dict[str, Any] | None]
    created_at_ms: Mapped[int]
    answered_at_ms: Mapped[int | None]

    __table_args__ = (
        Index(
            "ix_waits_due",
            "due_at_ms",
            postgresql_where=text("answered_at_ms IS NULL AND due_at_ms > 0"),
            sqlite_where=text("answered_at_ms IS NULL AND due_at_ms > 0"),
        ),
    )
