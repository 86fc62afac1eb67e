"""Promised runs as a list of tasks: what waits, runs and has ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from openclaw.ports.store.control import RunView


class TaskStatus(StrEnum):
    """How a task stands, in the wire's words."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a list shows; what is not set does not narrow it."""

    statuses: Collection[TaskStatus] = ()
    agent_id: str | None = None
    session_key: str | None = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """One promised run."""

    #: Rises with every message of the cluster.
    number: int
    run: RunView
    status: TaskStatus
    #: The beginning of the message that asked for it.
    title: str
    created_at_ms: int


class TaskQueries(Protocol):
    def list_tasks(self, wanted: TaskFilter, *, before: int | None, limit: int) -> tuple[list[TaskView], int | None]:
        """The newest tasks, and where the next page begins; ``None`` when there is nothing older.

        Looks at a bounded number of messages, so a page may hold less than there is to come.
        """
        ...

    def task(self, run_id: str) -> TaskView | None: ...
