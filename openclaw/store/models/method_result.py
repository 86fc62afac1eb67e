"""What a method with side effects answered, for callers that repeat their idempotency key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class MethodResultRow(Base):
    """One call: claimed before its effect, completed after it. ``answer`` is null while it runs or when it was cut."""

    __tablename__ = "method_results"

    #: ``<method>:<idempotency key>``.
    key: Mapped[str] = mapped_column(primary_key=True)
    #: Digest of the parameters: the same key for another call is an error.
    params_hash: Mapped[str]
    answer: Mapped[dict[str, Any] | None]
    created_at_ms: Mapped[int]

    __table_args__ = (Index("ix_method_results_created", "created_at_ms"),)
