"""The schema. The typed models describe it for Alembic and readers; hot paths use the plain tables below."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table

from openclaw.store.models.columns import Base
from openclaw.store.models.inbound import InboundRow
from openclaw.store.models.lane_epoch import LaneEpochRow
from openclaw.store.models.outbox import OutboxRecord
from openclaw.store.models.run import AttemptRow, RunRow, StepRow, WaitRow
from openclaw.store.models.session import SessionRow
from openclaw.store.models.transcript import TranscriptRow


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


sessions = _table(SessionRow)
inbound = _table(InboundRow)
runs = _table(RunRow)
attempts = _table(AttemptRow)
steps = _table(StepRow)
waits = _table(WaitRow)
transcript = _table(TranscriptRow)
outbox = _table(OutboxRecord)
lane_epoch = _table(LaneEpochRow)

metadata = Base.metadata

__all__ = [
    "attempts",
    "inbound",
    "lane_epoch",
    "metadata",
    "outbox",
    "runs",
    "sessions",
    "steps",
    "transcript",
    "waits",
]
