"""Stopping what a session does, and what others do for it."""

from __future__ import annotations

from openclaw.domain.run import Disposition
from openclaw.domain.session_key import parse_session_key
from openclaw.errors import RedisUnavailable
from openclaw.intake.lane_keeper import LaneKeeper
from openclaw.ports.clock import Clock
from openclaw.ports.store import Aborted, ControlStore
from openclaw.ports.stream import Notice, RunStream
from openclaw.ports.subagents import SubagentStore


class Stopper:
    """Marks turns, ends queued messages, and lets whoever watches know. Thread-safe."""

    def __init__(
        self, control: ControlStore, subagents: SubagentStore, keeper: LaneKeeper, stream: RunStream, clock: Clock
    ) -> None:
        self._control = control
        self._subagents = subagents
        self._keeper = keeper
        self._stream = stream
        self._clock = clock

    def stop(self, session_key: str, run_id: str | None, reason: str) -> Aborted:
        """Abort one promised run of a session, by its full key, or all that it does and has queued; with it what
        sub-agents do for it, to the last generation.
        """
        aborted = self._control.abort(session_key, run_id, reason, self._clock())
        self._keeper.cancel([turn.session_id for turn in aborted.running])
        if aborted.wake is not None:
            self._keeper.submit([aborted.wake])
        for queued in aborted.queued_run_ids:
            self.tell_ended(session_key, queued, Disposition.ABORTED)
        self.stop_children(session_key, run_id)
        return aborted

    def stop_children(self, session_key: str, run_id: str | None) -> None:
        """Stop what a session, or one run of it, has sub-agents working on: nobody will hear of it."""
        for child in self._subagents.stop(session_key, run_id, self._clock()):
            self.stop(child, None, "parent-stopped")

    def tell_ended(self, session_key: str, run_id: str, how: Disposition) -> None:
        """A promised run ended without a turn. A hint for whoever watches; SQL has the truth."""
        facts: dict[str, object] = {
            "run_id": run_id,
            "session_key": session_key,
            "agent_id": parse_session_key(session_key).agent_id,
            "disposition": how.value,
        }
        try:
            self._stream.notify(Notice("run.ended", facts))
        except RedisUnavailable:
            return
