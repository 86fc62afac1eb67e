"""What a run tells the world while it works: the payloads of its stream.

A run's stream is a list of ``RunEvent``; each gets the cursor ``<fence>-<n>`` when it is emitted, and cursors rise.
The gateway turns them into protocol frames. ``data`` is JSON and small: big payloads go by reference.

| kind | data | merged? |
|---|---|---|
| ``status`` | ``phase``: preparing_context, starting_model | never |
| ``start`` | ``started_at_ms``, ``session_id``, ``resumed`` | never |
| ``model`` | ``provider``, ``model`` (both null when the call is over) | never |
| ``text`` | ``delta``, ``offset`` (characters of this item before it), ``item``, ``replace`` | coalesced |
| ``usage`` | ``output_tokens`` | never |
| ``tool_start`` | ``call_id``, ``name``, ``args`` | never |
| ``tool_end`` | ``call_id``, ``name``, ``text``, ``is_error``, ``started_at_ms`` | never |
| ``compaction`` | ``phase``: start, end; ``reason``: window, overflow, timeout, asked; ``completed`` | never |
| ``steered`` | ``run_ids``: the promised runs that end with this one: their messages were taken into it | never |
| ``end`` | see below | never |

``end`` carries ``status`` (a RunStatus), ``stop_reason``, ``text`` (the whole reply), ``error``, ``error_kind``,
``usage`` (Usage.to_json), ``provider``, ``model``, ``started_at_ms``, ``ended_at_ms`` and ``merged_run_ids``.
A crash can lose it: a ``start`` of another run in the same session means that the one before is over, see SQL.

``text`` with ``replace`` true begins the item anew: what was shown of it before is void.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    STATUS = "status"
    START = "start"
    MODEL = "model"
    TEXT = "text"
    USAGE = "usage"
    TOOL_START = "tool_start"
    TOOL_END = "tool_end"
    COMPACTION = "compaction"
    STEERED = "steered"
    END = "end"


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One event of a run's stream."""

    kind: EventKind
    data: dict[str, Any] = field(default_factory=dict)
    #: Milliseconds since the epoch, set by whoever makes the event.
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class RunRef:
    """The run an event belongs to, as every listener needs it."""

    run_id: str
    #: The numeric id of the session row; the lane is named by it.
    session_id: int
    session_key: str
    agent_id: str
    fence: int


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in a run's stream: rises with the fence, then with the number."""

    fence: int
    number: int

    def __str__(self) -> str:
        return f"{self.fence}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read ``<fence>-<n>``; raises ValueError for anything else."""
        fence, _, number = text.partition("-")
        return cls(int(fence), int(number))


@dataclass(frozen=True, slots=True)
class StreamedEvent:
    """An event with its run and its place."""

    run: RunRef
    cursor: Cursor
    event: RunEvent
