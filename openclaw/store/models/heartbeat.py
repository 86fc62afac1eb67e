"""Heartbeats: when each agent's next one is due, and what came of the last."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class HeartbeatRow(Base):
    """One agent's; the row without an agent says whether there are heartbeats at all."""

    __tablename__ = "heartbeats"

    agent_id: Mapped[str] = mapped_column(primary_key=True)
    due_at_ms: Mapped[int]
    enabled: Mapped[bool] = mapped_column(default=True)
    last: Mapped[dict[str, Any] | None]
    last_at_ms: Mapped[int] = mapped_column(default=0)
    #: A digest of what was told last.
    told: Mapped[str] = mapped_column(default="")
    told_at_ms: Mapped[int] = mapped_column(default=0)
