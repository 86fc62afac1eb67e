"""What is to be done in browsers; kept for an hour."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class BrowserActRow(Base):
    """One action, which at most one worker begins."""

    __tablename__ = "browser_acts"

    #: Also of the wait.
    id: Mapped[str] = mapped_column(primary_key=True)
    session_key: Mapped[str]
    action: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    #: The worker that took it, and so has the session's page; empty until then.
    home: Mapped[str] = mapped_column(default="", server_default="")
    created_at_ms: Mapped[int]
    due_at_ms: Mapped[int]

    __table_args__ = (
        Index("ix_browser_acts_session", "session_key", "created_at_ms"),
        Index("ix_browser_acts_created", "created_at_ms"),
    )
