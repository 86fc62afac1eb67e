"""Credentials with model vendors, sealed."""

from __future__ import annotations

from sqlalchemy import false
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class AuthProfileRow(Base):
    """One of a vendor's."""

    __tablename__ = "auth_profiles"

    provider: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    #: ``api_key`` or ``oauth``.
    kind: Mapped[str]
    sealed: Mapped[str]
    #: Lower ones are tried first.
    place: Mapped[int]
    #: Whether somebody has said so.
    placed: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at_ms: Mapped[int]
