"""The lane epoch: rises whenever Redis has lost its lanes."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from openclaw.store.models.columns import Base


class LaneEpochRow(Base):
    """A single row with id 1."""

    __tablename__ = "lane_epoch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int]
