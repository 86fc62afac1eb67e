"""Versions of the configuration: the text of every config that was in force, oldest first."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base, RowId


class ConfigVersionRow(Base):
    """One version. ``base_id`` is the one it replaced, 0 for the first: two writers on one base cannot both win."""

    __tablename__ = "config_versions"

    id: Mapped[RowId]
    base_id: Mapped[int] = mapped_column(unique=True)
    #: SHA-256 of the text, in hex.
    hash: Mapped[str]
    #: TOML as it was written, variables not expanded. It may hold credentials that the operator put there.
    text: Mapped[str]
    #: ``file``, or the method that wrote it.
    source: Mapped[str]
    author: Mapped[str]
    note: Mapped[str]
    created_at_ms: Mapped[int]

    __table_args__ = (
        Index("ix_config_versions_hash", "hash"),
        {"sqlite_autoincrement": True},
    )
