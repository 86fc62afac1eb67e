"""System events and the turns they ask for.

Posting is one transaction; the turn of an event that wakes is asked for afterwards, by whoever posted it or, should he
die before, by the sweep.
"""

from __future__ import annotations

import logging
import uuid
from typing import Protocol

from openclaw.domain.envelope import Sender
from openclaw.domain.queue_mode import QueueMode
from openclaw.domain.system_events import NewSystemEvent, SystemEvent
from openclaw.errors import Busy, StoreUnavailable, UnknownAgent
from openclaw.intake.machine_message import MachineMessage
from openclaw.ports.clock import Clock
from openclaw.ports.store import Accepted
from openclaw.ports.system_events import OwedWake, SystemEventStore

log = logging.getLogger(__name__)

#: What a turn that nobody wrote a message for is begun with.
WAKE_TEXT = (
    "[Wake-up] You were woken for the system events above, if there are any. Do what they call for. If nothing is left "
    "to do or to say, answer with exactly NO_REPLY."
)
#: Not the owner: what woke the session may have come from outside.
WAKER = Sender("system", "System")
#: Wakes that one sweep asks for.
SWEEP_WAKES = 200


class MachineIntake(Protocol):
    def submit_machine_message(self, message: MachineMessage) -> Accepted:
        """Make it durable. Raises InvalidRequest, UnknownAgent, Busy or StoreUnavailable."""
        ...


class EventDesk:
    """Thread-safe."""

    def __init__(self, store: SystemEventStore, intake: MachineIntake, clock: Clock) -> None:
        self._store = store
        self._intake = intake
        self._clock = clock

    def post(
        self,
        session_key: str,
        text: str,
        *,
        source: str,
        key: str | None = None,
        untrusted: bool = True,
        wake: bool = False,
    ) -> bool:
        """Queue an event for a session, by its full key; false when its ``key`` was posted before.

        With ``wake`` a turn is started for it. Raises StoreUnavailable, with nothing stored.
        """
        event = NewSystemEvent(
            session_key=session_key,
            text=text,
            source=source,
            key=key or f"event:{uuid.uuid4()}",
            untrusted=untrusted,
            wake=wake,
        )
        posted = self._store.post(event, self._clock())
        if wake and posted:
            self.ask_wakes(session_key)
        return posted

    def queued(self, session_key: str, limit: int) -> list[SystemEvent]:
        """The newest events that no turn has heard, oldest first."""
        return self._store.queued(session_key, limit)

    def ask_wakes(self, session_key: str | None = None) -> int:
        """Ask for the turns that are owed, to this session or to all; how many. The database away is no error."""
        try:
            owed = self._store.owed_wakes(SWEEP_WAKES, session_key)
            return sum(self._ask(wake) for wake in owed)
        except StoreUnavailable as error:
            log.warning("turns for system events are asked for later: %s", error)
            return 0

    def _ask(self, wake: OwedWake) -> bool:
        message = MachineMessage(
            session_key=wake.session_key,
            text=WAKE_TEXT,
            source_key=f"wake:{wake.session_id}:{wake.event_id}",
            sender=WAKER,
            mode=QueueMode.COLLECT,
        )
        try:
            self._intake.submit_machine_message(message)
        except Busy as error:
            log.warning("session %d is woken later: %s", wake.session_id, error)
            return False
        except UnknownAgent as error:
            # Its events stay, should the agent come back; but nobody can run the turn.
            log.warning("session %d is not woken: %s", wake.session_id, error)
        self._store.wake_asked(wake)
        return True
