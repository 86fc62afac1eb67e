"""The lane engine's contract: who may run a session's next turn, and who may still write.

A lane is named by the numeric id of its session row. Every call that can grant a turn returns the grants;
the caller rings a doorbell for each, after which a worker calls ``begin``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class LaneState(StrEnum):
    """Where a lane stands; DESIGN.md section 4."""

    IDLE = "idle"
    #: Has work that may not start before a time (a gathering collect); holds no slot.
    WAITING = "waiting"
    READY = "ready"
    GRANTED = "granted"
    RUNNING = "running"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class LaneWork:
    """Work a session has, up to an ordinal."""

    session_id: int
    ordinal: int
    lane_class: str = "main"
    #: Celery queue of the doorbell.
    queue: str = "agent.main"
    background: bool = False
    #: Milliseconds since the epoch (0: at once) before which an idle lane need not start.
    not_before_ms: int = 0
    #: True when the message must wake a parked turn (a steer, an interrupt).
    wake: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to begin one turn."""

    session_id: int
    fence: int
    queue: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A lane that this process says it is running."""

    session_id: int
    fence: int


class HoldState(StrEnum):
    """What a renewal found."""

    HELD = "held"
    LOST = "lost"
    #: Held, and someone asked to abort the turn.
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What SQL says is left when a turn ends.

    ``seen_ordinal`` is the session's last ordinal when the finishing transaction held its row: anything submitted
    past it counts as new work. ``more`` says whether unfinished messages were left, ``not_before_ms`` when due.
    """

    seen_ordinal: int
    more: bool = False
    not_before_ms: int = 0
    background: bool = False


@dataclass(frozen=True, slots=True)
class LaneAlert:
    """A grant nobody began: the queue has no worker, or they are all stuck."""

    session_id: int
    queue: str
    misses: int


@dataclass(frozen=True, slots=True)
class TickReport:
    """What one pass of the reaper did."""

    grants: tuple[Grant, ...] = ()
    expired: tuple[Hold, ...] = ()
    alerts: tuple[LaneAlert, ...] = ()
    #: Milliseconds until something falls due, capped at the reaper's interval.
    next_in_ms: int = 1000


@dataclass(frozen=True, slots=True)
class ClassLimit:
    """How many turns of one class run at once in the whole cluster."""

    concurrency: int
    #: Slots that background work can't take.
    reserved_interactive: int = 0


@dataclass(frozen=True, slots=True)
class LaneView:
    """One lane as an operator sees it. Times in milliseconds since the epoch."""

    session_id: int
    state: LaneState
    fence: int
    owner: str
    lease_until_ms: int
    submitted_ordinal: int
    misses: int


class Lanes(Protocol):
    """All transitions are atomic. Every method raises RedisUnavailable when the server is away."""

    def submit(self, work: Sequence[LaneWork]) -> list[Grant]: ...

    def begin(self, session_id: int, fence: int, owner: str) -> bool:
        """Take up a grant; true for the current fence only, once."""
        ...

    def renew(self, holds: Sequence[Hold]) -> list[HoldState]: ...

    def done(self, session_id: int, fence: int, outlook: Outlook) -> list[Grant]:
        """End a turn; no effect under an old fence."""
        ...

    def suspend(self, session_id: int, fence: int, outlook: Outlook) -> list[Grant]:
        """Park a turn and free its slot; a wake that came before it is not lost."""
        ...

    def resume(self, session_id: int, ordinal: int, lane_class: str, queue: str) -> list[Grant]:
        """Wake a parked turn. Works on a lane Redis has forgotten."""
        ...

    def cancel(self, session_id: int) -> None:
        """Ask the running turn to stop; its holder learns at once by signal, at the latest by its next renewal."""
        ...

    def tick(self) -> TickReport: ...

    def set_limits(self, limits: dict[str, ClassLimit]) -> list[Grant]: ...

    def view(self, session_ids: Sequence[int]) -> list[LaneView]: ...

    def known(self, session_ids: Sequence[int]) -> list[bool]:
        """Whether each lane is in any state but idle: the sweep submits the ones that are not."""
        ...

    def rebuild(self, epoch: int, *, hold: bool = True) -> None:
        """Start a new table under a higher epoch; with ``hold`` it grants nothing for one lease."""
        ...

    def epoch(self) -> int | None:
        """The table's epoch, ``None`` when Redis has been emptied."""
        ...


@dataclass(frozen=True, slots=True)
class TurnLabel:
    """What an operator sees of a doorbell: the session and the run it will most likely start."""

    session_key: str
    run_id: str


class Doorbell(Protocol):
    """Tells the workers that a turn may begin. Losing or doubling a ring does no harm."""

    def ring(self, grants: Sequence[Grant], labels: Mapping[int, TurnLabel]) -> None:
        """Ring for grants; ``labels`` are by session id, and may lack some."""
        ...

    def ring_replies(self, conversations: Sequence[str]) -> None:
        """Say that the outbox has rows due for these conversations."""
        ...
