"""Channel accounts: what operators wish of them, and how far their sources were read."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class ChannelAccountRow(Base):
    """One account of which there is something to keep."""

    __tablename__ = "channel_accounts"

    channel: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    stopped: Mapped[bool] = mapped_column(default=False)
    unlink: Mapped[bool] = mapped_column(default=False)
    starts: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[str] = mapped_column(default="")
    changed_at_ms: Mapped[int]
