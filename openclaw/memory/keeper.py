"""The work on memory that nobody waits for: looking for changed files, indexing them, writing notes.

A look is cheap: where the files are as they were when the index was last seen to be complete, the database is not even
asked. What is owed is asked for again, ever less often, until it is done: so a job that was lost or a vendor that
fails costs time and nothing else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.heartbeat import is_heartbeat
from openclaw.domain.memory_notes import note_name, note_text, worth_noting
from openclaw.domain.memory_scope import remembers
from openclaw.errors import ConfigError, ProviderError, RedisUnavailable
from openclaw.memory.files import write_note
from openclaw.memory.index import MemoryIndexer
from openclaw.memory.plan import CurrentPlan
from openclaw.ports.clock import Clock
from openclaw.ports.memory import MemoryBell, OwedNote, SessionNoteStore

log = logging.getLogger(__name__)

#: Between two looks at the files, in milliseconds.
LOOK_MS = 10_000
#: The longest pause between two times that the same work is asked for, in milliseconds.
LONGEST_PAUSE_MS = 600_000
#: Notes that one look asks for.
NOTES_AT_ONCE = 50
#: Messages of a conversation that are looked through for its note.
_MESSAGES = 60


class IndexLease(Protocol):
    """Who indexes an agent's files now."""

    def acquire(self) -> bool: ...

    def renew(self) -> bool: ...

    def release(self) -> bool: ...


@dataclass(slots=True)
class _Asked:
    """What was asked for, for which state of the files, and when it is asked for again."""

    state: object
    pause_ms: int
    again_at_ms: int


class MemoryKeeper:
    """Thread-safe; one per worker process."""

    def __init__(
        self,
        indexer: MemoryIndexer,
        notes: SessionNoteStore,
        bell: MemoryBell,
        plan: CurrentPlan,
        lease_for: Callable[[str], IndexLease],
        clock: Clock,
    ) -> None:
        self._indexer = indexer
        self._notes = notes
        self._bell = bell
        self._plan = plan
        self._lease_for = lease_for
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at_ms = 0
        #: By agent: the state in which the index was complete.
        self._complete: dict[str, object] = {}
        self._asked: dict[str, _Asked] = {}

    def look(self) -> None:
        """Ask for what is owed: notes at once, the index at most every ``LOOK_MS``. Redis being away is no error.

        Raises StoreUnavailable.
        """
        try:
            self._ask_notes()
            with self._lock:
                now = self._clock()
                due = now - self._looked_at_ms >= LOOK_MS
                self._looked_at_ms = now if due else self._looked_at_ms
            if due and (owing := [id_ for id_ in self._plan().workspaces if self._owes_index(id_)]):
                self._bell.ring_index(owing)
        except RedisUnavailable as error:
            log.warning("work on memory is asked for later: %s", error)

    def index(self, agent_id: str) -> str:
        """Bring an agent's index up to date, unless somebody does already; what came of it.

        Raises StoreUnavailable and RedisUnavailable; the next look asks for it again.
        """
        lease = self._lease_for(agent_id)
        if not lease.acquire():
            return "busy"
        try:
            changed = self._indexer.take_in(agent_id, lease.renew)
            made = self._indexer.embed(agent_id, lease.renew)
        except (ProviderError, ConfigError) as error:
            log.warning("agent %s: memory has words and no vectors for now: %s", agent_id, error)
            return "words"
        finally:
            lease.release()
        if changed or made:
            log.info("agent %s: memory took in %d files and made %d vectors", agent_id, changed, made)
        return "done"

    def write_note(self, note_id: int) -> str:
        """Write the note of a conversation that has ended; what came of it. A second time it does nothing.

        Raises StoreUnavailable.
        """
        note = self._notes.owed_note(note_id)
        if note is None:
            return "settled"
        workspace = self._plan().workspaces.get(note.agent_id)
        said = worth_noting(self._notes.last_said(note, _MESSAGES))
        if workspace is None or not said or not self._is_wanted(note):
            self._notes.settle([note_id])
            return "none"
        name = note_name(note.conversation, said)
        try:
            written = write_note(workspace, name, note_text(note.conversation, said))
        except OSError as error:
            # Still owed: the next look asks again.
            log.error("the note %s cannot be written: %s", name, error.strerror)  # noqa: TRY400 - no bug of ours
            return "failed"
        self._notes.settle([note_id])
        return "written" if written else "there"

    def _ask_notes(self) -> None:
        owed = self._notes.owed(NOTES_AT_ONCE)
        unwanted = [note.id for note in owed if not self._is_wanted(note)]
        if unwanted:
            self._notes.settle(unwanted)
        wanted = [note.id for note in owed if note.id not in unwanted and self._may_ask(f"note {note.id}", note)]
        if wanted:
            self._bell.ring_notes(wanted)
        self._forget({f"note {note.id}" for note in owed} | set(self._plan().workspaces))

    def _is_wanted(self, note: OwedNote) -> bool:
        plan = self._plan()
        key = note.conversation.session_key
        private = remembers(key, plan.private_sessions) and not is_heartbeat(key)
        return plan.enabled and plan.session_notes and private and note.agent_id in plan.workspaces

    def _owes_index(self, agent_id: str) -> bool:
        listing = self._indexer.listing(agent_id)
        if listing is None:
            return False
        state = (listing, self._plan().space)
        if self._complete.get(agent_id) == state:
            return False
        if not self._indexer.differs(agent_id, listing) and not self._indexer.lacks_vectors(agent_id):
            self._complete[agent_id] = state
            self._asked.pop(agent_id, None)
            return False
        return self._may_ask(agent_id, state)

    def _may_ask(self, what: str, state: object) -> bool:
        now = self._clock()
        asked = self._asked.get(what)
        if asked is None or asked.state != state:
            self._asked[what] = _Asked(state, LOOK_MS, now + LOOK_MS)
            return True
        if now < asked.again_at_ms:
            return False
        asked.pause_ms = min(2 * asked.pause_ms, LONGEST_PAUSE_MS)
        asked.again_at_ms = now + asked.pause_ms
        return True

    def _forget(self, current: set[str]) -> None:
        for what in [what for what in self._asked if what not in current]:
            del self._asked[what]
