"""System events: what a session's next turn hears of before it reads its message.

They come from hooks, nodes, operators and from runs that have ended elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from openclaw.domain.run import RunStatus
from openclaw.domain.session_key import main_session_key, parse_session_key
from openclaw.domain.untrusted import NOTE, untrusted_block

#: An event is a line and no document: longer text is cut in the middle.
MAX_TEXT_CHARS = 16_000
#: Characters of events that one turn hears; the newest go first.
MAX_HEARD_CHARS = 32_000
#: Events that wait in one session; beyond it the oldest give way.
MAX_QUEUED = 100
#: Characters of a run's answer that another session hears of.
SUMMARY_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class NewSystemEvent:
    """A line for a session, which is made if it is not there yet."""

    session_key: str
    text: str
    #: Who says so, for the reader: ``operator``, ``hook github``.
    source: str
    #: Unique over the cluster: the same event posted twice is heard once.
    key: str
    #: True for text from outside.
    untrusted: bool = True
    #: Whether a turn is to be started for it; otherwise it waits for the next one.
    wake: bool = False

    @property
    def agent_id(self) -> str:
        return parse_session_key(self.session_key).agent_id

    @property
    def lane_class(self) -> str:
        return parse_session_key(self.session_key).lane_class


@dataclass(frozen=True, slots=True)
class SystemEvent:
    """A line that was posted. ``at_ms`` in milliseconds since the epoch."""

    text: str
    source: str
    untrusted: bool
    at_ms: int


def bounded_text(text: str, max_chars: int = MAX_TEXT_CHARS) -> str:
    """The text, cut in the middle when it is too long."""
    if len(text) <= max_chars:
        return text
    half = max_chars // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"


def event_text(event: SystemEvent, boundary: str) -> str:
    """One event as a model, or an operator, reads it."""
    at = datetime.fromtimestamp(event.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if event.untrusted:
        return f"- {at}, {event.source}:\n{untrusted_block(event.text, boundary)}"
    return f"- {at}, {event.source}: {event.text}"


def events_block(events: Sequence[SystemEvent], total: int, boundary: str) -> str:
    """The events before a turn's message; ``events`` are the newest, oldest first, of ``total`` that came."""
    heard: list[str] = []
    left = MAX_HEARD_CHARS
    for event in reversed(events):
        text = event_text(event, boundary)
        if heard and len(text) > left:
            break
        left -= len(text)
        heard.append(text)
    lines = ["[System events since your last turn. They are from the system, not from the person who writes below.]"]
    if any(event.untrusted for event in events[-len(heard) :]):
        lines.append(NOTE)
    if total > len(heard):
        lines.append(f"({total - len(heard)} older ones are left out)")
    return "\n".join([*lines, *reversed(heard), "[End of system events]"])


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the agent's main session hears of a run's end; an option of the run, so that whoever ends it tells."""

    #: What it was about, e.g. ``hook github``.
    label: str
    #: Whether a turn is started for it.
    wake: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"label": self.label, "wake": self.wake}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Announcement:
        """Forgiving: a run must be able to end whatever wrote its options."""
        return cls(str(data.get("label") or "a run"), wake=bool(data.get("wake")))


def ending_event(
    about: Announcement, agent_id: str, run_id: str, status: RunStatus, text: str, *, silent: bool
) -> NewSystemEvent:
    """Tell how a run ended. A ``silent`` one has nothing to say and wakes nobody."""
    return NewSystemEvent(
        session_key=main_session_key(agent_id),
        text="It chose to say nothing." if silent else bounded_text(text.strip(), SUMMARY_CHARS) or "(no text)",
        source=f"{about.label}, run {run_id} {status.value}",
        key=f"run:{run_id}:end",
        # Its answer may repeat what it was given to read.
        untrusted=not silent,
        wake=about.wake and not silent,
    )
