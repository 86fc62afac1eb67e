"""Models and accounts that are left alone for a while."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class ModelRestRow(Base):
    """One account, or one model of it."""

    __tablename__ = "model_rests"

    key: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    failures: Mapped[int]
    until_ms: Mapped[int]
    probe_until_ms: Mapped[int]
    last_failure_ms: Mapped[int]
    error: Mapped[str]
