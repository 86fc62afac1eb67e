"""Files that came with messages: kept in the database, so that whichever worker goes on with a turn has them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class MediaFileRow(Base):
    """One file. ``text`` is what it says or shows, once somebody has looked."""

    __tablename__ = "media_files"

    id: Mapped[str] = mapped_column(primary_key=True)
    mime: Mapped[str]
    name: Mapped[str]
    size_bytes: Mapped[int]
    data: Mapped[bytes]
    #: ``remote``, ``new``, ``understood`` or ``failed``.
    state: Mapped[str] = mapped_column(default="new")
    text: Mapped[str] = mapped_column(default="")
    #: Where a file that is not here yet is to be fetched: channel, account, and what it is called there.
    remote: Mapped[dict[str, Any] | None]
    created_at_ms: Mapped[int]

    __table_args__ = (Index("ix_media_files_created", "created_at_ms"),)
