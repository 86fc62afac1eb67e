"""Runs under a fence: claim, commit, finish, suspend."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, tuple_, update

from openclaw.domain.crash_points import CrashPoint, reach
from openclaw.domain.run import RunStatus
from openclaw.ports.lanes import Outlook
from openclaw.ports.store import (
    Claim,
    Committed,
    Finished,
    FinishRequest,
    NoWork,
    ReplyChunk,
    RunChanges,
    StepRecord,
    Wait,
)
from openclaw.store.database import Database
from openclaw.store.models import runs
from openclaw.store.repositories.claim import claim as claim_turn
from openclaw.store.repositories.commit import RUNNING_RUN
from openclaw.store.repositories.commit import commit as commit_changes
from openclaw.store.repositories.commit import say as say_part
from openclaw.store.repositories.finish import finish as finish_turn
from openclaw.store.repositories.resume import read_wait
from openclaw.store.repositories.suspend import suspend as suspend_turn

_TOUCH = (
    update(runs)
    .where(
        tuple_(runs.c.run_id, runs.c.fence).in_(bindparam("p_runs", expanding=True)),
        runs.c.status == RunStatus.RUNNING.value,
        runs.c.progress_at_ms < bindparam("p_now"),
    )
    .values(progress_at_ms=bindparam("p_now"))
)

_NOTE_PREVIEW = update(runs).where(*RUNNING_RUN).values(preview_id=bindparam("p_message"))


class SqlRunStore:
    """Implements ``RunStore``.

    A write that ends in StoreUnavailable may have been committed all the same. Finish may simply be called again;
    after any other, claim the run anew and go on from what is stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, session_id: int, fence: int, host: str, now_ms: int, *, config_version: int = 0) -> Claim | NoWork:
        """Raise the session's fence and take up its open run, or make one of its unfinished messages.

        A run that is made remembers ``config_version``; one that is taken up keeps its own.
        Raises StaleFence when the session has a higher fence, LanesRolledBack when it has this very one already.
        """
        with self._database.write() as connection:
            return claim_turn(connection, session_id, fence, host, now_ms, config_version or None)

    def commit(self, claim: Claim, changes: RunChanges, now_ms: int) -> Committed:
        """Write steps and messages, and take in the steers that arrived meanwhile. Raises StaleFence."""
        with self._database.write() as connection:
            return commit_changes(connection, claim, changes, now_ms)

    def say(self, claim: Claim, step: StepRecord, chunks: Sequence[ReplyChunk], now_ms: int) -> None:
        """Send part of what a step says before it is finished, with the step. Raises StaleFence."""
        with self._database.write() as connection:
            say_part(connection, claim, step, chunks, now_ms)

    def note_preview(self, claim: Claim, message_id: str) -> bool:
        """Store the message that the first reply of the turn takes the place of; false when the turn is over."""
        parameters = {"p_run": claim.run_id, "p_fence": claim.fence, "p_message": message_id}
        with self._database.write() as connection:
            return bool(connection.execute(_NOTE_PREVIEW, parameters).rowcount == 1)

    def finish(self, claim: Claim, request: FinishRequest) -> Finished | Committed:
        """End the turn, or go on with the steers that are waiting. Raises StaleFence."""
        with self._database.write() as connection:
            ended = finish_turn(connection, claim, request)
            reach(CrashPoint.FINISH_BEFORE_COMMIT)
        return ended

    def suspend(self, claim: Claim, changes: RunChanges, wait: Wait, now_ms: int) -> Outlook | None:
        """Park the run; ``None`` and still running when there is something to go on with. Raises StaleFence."""
        with self._database.write() as connection:
            return suspend_turn(connection, claim, changes, wait, now_ms)

    def wait(self, wait_id: str) -> Wait | None:
        """A wait as it stands, e.g. with the answer that came before the run could be parked."""
        with self._database.read() as connection:
            return read_wait(connection, wait_id)

    def touch(self, runs: Sequence[tuple[str, int]], now_ms: int) -> None:
        """Note progress of (run id, fence) pairs, for the no-progress deadline."""
        if not runs:
            return
        with self._database.write() as connection:
            connection.execute(_TOUCH, {"p_runs": sorted(runs), "p_now": now_ms})
