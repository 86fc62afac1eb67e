"""A lane table under test, with the clock that moves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import redis

from openclaw.ports.lanes import Grant, Lanes, LaneState, LaneView, LaneWork

LEASE_MS = 15_000
GRANT_MS = 5_000
AGEING_MS = 30_000
START_MS = 1_900_000_000_000


@dataclass
class World:
    """The lanes under test, their clock, and what their cancel signals said."""

    lanes: Lanes
    clock: Clock
    #: Forgets everything, as a restarted Redis without its file does.
    empty: Callable[[], object]
    #: Every (session, fence) asked to stop so far.
    signals: Callable[[], list[tuple[int, int]]]

    def submit(self, session_id: int, ordinal: int = 1, **options: object) -> list[Grant]:
        return self.lanes.submit([LaneWork(session_id, ordinal, **options)])  # type: ignore[arg-type]

    def start(self, session_id: int, ordinal: int = 1, **options: object) -> int:
        """Submit to an idle lane and begin its turn; the fence."""
        [grant] = self.submit(session_id, ordinal, **options)
        assert self.lanes.begin(session_id, grant.fence, "w1")
        return grant.fence

    def view(self, session_id: int) -> LaneView:
        [view] = self.lanes.view([session_id])
        return view

    def state(self, session_id: int) -> LaneState:
        return self.view(session_id).state


@dataclass
class Clock:
    now_ms: int = START_MS

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, ms: int) -> None:
        self.now_ms += ms


@dataclass
class Mailbox:
    """Reads the control channel."""

    pubsub: redis.client.PubSub
    seen: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self) -> list[tuple[int, int]]:
        while (message := self.pubsub.get_message(ignore_subscribe_messages=True, timeout=0.05)) is not None:
            session, fence = message["data"].decode().split(":")
            self.seen.append((int(session), int(fence)))
        return self.seen
