"""What subscribers of sessions get besides the run's own events: ``sessions.changed`` and ``session.message``.

Rows come from the database, on the background thread, and only when somebody subscribed. They decorate: a client that
misses one finds it in ``chat.history``.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from openclaw.domain.events import RunRef
from openclaw.ports.clock import Clock
from openclaw.ports.store import SessionQueries
from web.ws.background import Background
from web.ws.hub import Hub
from web.ws.run_end import RunEnd
from web.ws.transcripts import session_row, wire_message

#: Transcript rows looked at when a turn starts or ends; a longer turn shows its newest ones.
ROWS_PER_LOOK = 50
_MAX_REMEMBERED_SESSIONS = 10_000


class SessionFeed:
    """A run watcher. Thread-safe."""

    def __init__(
        self, sessions: SessionQueries, hub: Hub, background: Background, clock: Clock, queue_mode: Callable[[], str]
    ) -> None:
        self._sessions = sessions
        self._hub = hub
        self._background = background
        self._clock = clock
        self._queue_mode = queue_mode
        self._lock = threading.Lock()
        #: The newest transcript row that was sent, per session.
        self._sent: OrderedDict[str, int] = OrderedDict()

    def run_started(self, run: RunRef) -> None:
        self._changed(run.session_key, run.agent_id, phase="start", run_id=run.run_id)
        self._rows(run.session_key, run.agent_id)

    def run_ended(self, end: RunEnd) -> None:
        self._rows(end.session_key, end.agent_id)
        self._changed(end.session_key, end.agent_id, phase="end", run_id=end.run_id)

    def session_changed(self, session_key: str, agent_id: str, reason: str) -> None:
        self._rows(session_key, agent_id)
        self._changed(session_key, agent_id, reason=reason)

    def subscribed(self, session_key: str) -> None:
        """Somebody wants a session's rows: those that are there already are history, not news."""
        entries, _ = self._sessions.history(session_key, limit=1)
        self._note_sent(session_key, entries[-1].seq if entries else 0)

    def _changed(self, session_key: str, agent_id: str, **facts: str) -> None:
        if any(connection.wants_sessions for connection in self._hub.connections):
            self._background.put(partial(self._send_changed, session_key, agent_id, facts))

    def _send_changed(self, session_key: str, agent_id: str, facts: dict[str, str]) -> None:
        view = self._sessions.session(session_key)
        row = session_row(view, self._queue_mode()) if view is not None else None
        if "run_id" in facts:
            facts = {**facts, "runId": facts["run_id"]}
            del facts["run_id"]
        payload = {"sessionKey": session_key, "agentId": agent_id, "ts": self._clock(), **facts}
        self._hub.announce("sessions.changed", {**payload, "session": row, **(row or {})}, session_key=session_key)

    def _rows(self, session_key: str, agent_id: str) -> None:
        if any(connection.wants_messages_of(session_key) for connection in self._hub.connections):
            self._background.put(partial(self._send_rows, session_key, agent_id))

    def _send_rows(self, session_key: str, agent_id: str) -> None:
        entries, _ = self._sessions.history(session_key, limit=ROWS_PER_LOOK)
        with self._lock:
            sent = self._sent.get(session_key, 0)
        if entries and entries[-1].seq < sent:
            sent = 0  # a new conversation began under the same key
        for entry in entries:
            if entry.seq > sent:
                payload = {
                    "sessionKey": session_key,
                    "agentId": agent_id,
                    "message": wire_message(entry),
                    "messageId": entry.id,
                    "messageSeq": entry.seq,
                    **({"runId": entry.run_id} if entry.run_id else {}),
                }
                self._hub.announce("session.message", payload, session_key=session_key)
        if entries:
            self._note_sent(session_key, entries[-1].seq)

    def _note_sent(self, session_key: str, seq: int) -> None:
        with self._lock:
            self._sent[session_key] = seq
            self._sent.move_to_end(session_key)
            while len(self._sent) > _MAX_REMEMBERED_SESSIONS:
                self._sent.popitem(last=False)
