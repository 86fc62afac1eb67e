"""One lane of the lane table, and the values that go in and out of the table.

Pure: no clock, no I/O. Times are milliseconds since the epoch unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

State = Literal["waiting", "ready", "granted", "running", "parked"]

#: Fences are ``epoch * 2^32 + n`` and must be exact as doubles, which is what Lua counts with.
FENCES_PER_EPOCH = 2**32
MAX_EPOCH = 2**20
#: Milliseconds between two passes of the reaper, at most and at least.
TICK_MS = 1000
TICK_FLOOR_MS = 10
#: A grant that nobody begins is made again after a back-off that doubles up to this many milliseconds.
MAX_BACKOFF_MS = 60_000
#: Due lanes that one pass takes, so that it never blocks the server for long.
DUE_PER_TICK = 256


class Limit(NamedTuple):
    """How many lanes of a class hold slots at once, and how many of these slots background work can't take."""

    concurrency: int
    reserved: int


#: Holds for a class until somebody sets its limit.
DEFAULT_LIMIT = Limit(8, 1)


class Granted(NamedTuple):
    session_id: int
    fence: int
    queue: str


class Missed(NamedTuple):
    """A grant that nobody began, for the ``misses``-th time in a row."""

    session_id: int
    queue: str
    misses: int


class Pass(NamedTuple):
    """What one pass of the reaper did. ``expired`` are pairs of session and fence."""

    grants: list[Granted]
    expired: list[tuple[int, int]]
    missed: list[Missed]
    next_in_ms: int


class Rest(NamedTuple):
    """What is left when a turn ends, as SQL sees it; anything submitted past ``seen_ordinal`` counts as new."""

    seen_ordinal: int
    more: bool
    not_before_ms: int
    background: bool


@dataclass(slots=True)
class Lane:
    """One session's lane; one that is idle does not exist."""

    session_id: int
    lane_class: str
    queue: str
    #: All of its pending work is background.
    background: bool
    #: The highest ordinal submitted.
    mark: int
    state: State = "ready"
    fence: int = 0
    owner: str = ""
    #: Its place when it last became ready, in microseconds; kept until it becomes ready again.
    stamp: int = 0
    #: While waiting.
    due_ms: int = 0
    #: While granted or running.
    lease_until_ms: int = 0
    #: Grants in a row that nobody began.
    misses: int = 0
    cancelled: bool = False
    #: Must not park: something came for the turn while it ran.
    wake: bool = False
    #: The earliest time and the colour of what was submitted since the turn began.
    later_ms: int | None = None
    later_background: bool | None = None

    @property
    def holds_slot(self) -> bool:
        return self.state in ("granted", "running")

    def note_later(self, not_before_ms: int, background: bool | None) -> None:
        """Remember work that arrived while the turn runs."""
        self.later_ms = not_before_ms if self.later_ms is None else min(self.later_ms, not_before_ms)
        if background is not None:
            self.later_background = background and self.later_background is not False

    def next_due_ms(self, rest: Rest) -> int | None:
        """When the work that is left may start; ``None`` when nothing is left."""
        times = [rest.not_before_ms] if rest.more else []
        if self.mark > rest.seen_ordinal:
            times.append(self.later_ms or 0)
        return min(times, default=None)

    def next_background(self, rest: Rest, *, suspend: bool) -> bool:
        """Whether all that is left is background work."""
        colours = [rest.background] if rest.more or suspend else []
        if self.mark > rest.seen_ordinal:
            colours.append(self.background if self.later_background is None else self.later_background)
        return all(colours)

    def end_turn(self, background: bool) -> None:
        """Forget what belonged to the turn."""
        self.background = background
        self.owner, self.misses, self.lease_until_ms = "", 0, 0
        self.cancelled = self.wake = False
        self.later_ms = self.later_background = None
