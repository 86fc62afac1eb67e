"""The database's contract: one method is one transaction, and no transaction spans a network call.

Every write of a run first locks its session row and checks ``fence``: StaleFence means that another holder has
claimed the lane since, and nothing was written. Every method raises StoreUnavailable when the database is away.
Times are milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from openclaw.ports.store.control import Aborted, ControlStore, RunView
from openclaw.ports.store.intake import Accepted, AcceptRequest, FreshStart, IntakeStore, RunningTurn
from openclaw.ports.store.outbox import OutboxFile, OutboxHead, OutboxOutcome, OutboxRow, OutboxStore
from openclaw.ports.store.runs import (
    Charge,
    Claim,
    Committed,
    Compaction,
    ContextMark,
    Finished,
    FinishRequest,
    NoWork,
    ReplyChunk,
    RunChanges,
    RunStore,
    StepRecord,
    Wait,
)
from openclaw.ports.store.session_desk import Expected, NewSession, SessionChanges, SessionDesk
from openclaw.ports.store.sessions import (
    EVERY_SHOWN,
    SessionFilter,
    SessionGlimpse,
    SessionQueries,
    SessionView,
    TranscriptEntry,
)
from openclaw.ports.store.sweep import SweepStore
from openclaw.ports.store.tasks import TaskFilter, TaskQueries, TaskStatus, TaskView
from openclaw.ports.store.transcript_search import FoundEntry, SearchScope, TranscriptSearch
from openclaw.ports.store.usage import SessionUsage, UsageQueries, UsageSums

__all__ = [
    "EVERY_SHOWN",
    "Aborted",
    "AcceptRequest",
    "Accepted",
    "Charge",
    "Claim",
    "Committed",
    "Compaction",
    "ContextMark",
    "ControlStore",
    "Expected",
    "FinishRequest",
    "Finished",
    "FoundEntry",
    "FreshStart",
    "IntakeStore",
    "NewSession",
    "NoWork",
    "OutboxFile",
    "OutboxHead",
    "OutboxOutcome",
    "OutboxRow",
    "OutboxStore",
    "ReplyChunk",
    "RunChanges",
    "RunStore",
    "RunView",
    "RunningTurn",
    "SearchScope",
    "SessionChanges",
    "SessionDesk",
    "SessionFilter",
    "SessionGlimpse",
    "SessionQueries",
    "SessionUsage",
    "SessionView",
    "StepRecord",
    "SweepStore",
    "TaskFilter",
    "TaskQueries",
    "TaskStatus",
    "TaskView",
    "TranscriptEntry",
    "TranscriptSearch",
    "UsageQueries",
    "UsageSums",
    "Wait",
]
