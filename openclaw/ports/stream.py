"""The run stream's contract: emit under a fence, replay from a cursor, listen live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from openclaw.domain.events import Cursor, RunEvent, RunRef, StreamedEvent

#: The topic of the notice a listener makes itself when its subscription is live again: what was said meanwhile is gone.
RESUBSCRIBED_TOPIC = "stream.resubscribed"


#: The topic of an event that every gateway sends to its own clients: ``event`` and ``payload``.
GATEWAY_EVENT_TOPIC = "gateway.event"
#: The topic of a device that must go: ``device_id``, ``role`` (null for any) and ``spare``, a connection that may stay.
DEVICE_CUT_TOPIC = "device.cut"
#: The topic that says that the presence board has changed.
PRESENCE_TOPIC = "presence.changed"
#: Every gateway that can is to start anew: ``reason``.
GATEWAY_RESTART_TOPIC = "gateway.restart"


@dataclass(frozen=True, slots=True)
class Replay:
    """A piece of a run's stream. ``gap`` is true when events after the cursor have been trimmed or have expired."""

    events: tuple[StreamedEvent, ...]
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A small broadcast that is not part of a run: session list changes, aborts, reply doorbells."""

    topic: str
    data: dict[str, object]


class RunStream(Protocol):
    """The writing side and the reading side."""

    def emit(self, run: RunRef, events: Sequence[RunEvent]) -> None:
        """Number, store and publish events, in order. Raises StaleFence when another holder has claimed."""
        ...

    def replay(self, run_id: str, after: Cursor | None = None, limit: int = 2000) -> Replay: ...

    def notify(self, notice: Notice) -> None:
        """Publish a broadcast to every listener of the cluster."""
        ...

    def listen(self, stopped: Callable[[], bool]) -> Iterator[StreamedEvent | Notice | None]:
        """Yield everything published from now on; ``None`` about once a second.

        The first item is ``None`` and comes when the subscription is live: replay after it and nothing is missed.
        After a reconnect comes a notice ``RESUBSCRIBED_TOPIC``, then ``None``.
        """
        ...
