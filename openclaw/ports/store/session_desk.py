"""Making, filing and removing sessions, and what operators add to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from openclaw.errors import InvalidRequest
from openclaw.ports.store.sessions import SessionView, TranscriptEntry


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that exists before its first message."""

    session_key: str
    agent_id: str
    lane_class: str
    #: Celery queue of the lane's doorbells.
    queue: str
    #: A client's: no channel has a part in it.
    channel: str
    #: The kind of conversation: ``direct``, ``group`` or ``channel``.
    kind: str = "direct"
    label: str = ""
    display_name: str = ""
    parent_key: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionChanges:
    """What is to change of a session; ``None`` leaves a thing as it is."""

    label: str | None = None
    archived: bool | None = None
    pinned: bool | None = None
    #: Entries of the session's settings; one that is ``None`` is removed.
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the caller believes the session to be. Empty fields expect nothing."""

    session_uuid: str = ""
    updated_at_ms: int | None = None
    archived: bool = False

    def check(self, session_key: str, session_uuid: str, updated_at_ms: int, archived: bool) -> None:
        """Raises InvalidRequest when the session is another."""
        if self.session_uuid and self.session_uuid != session_uuid:
            raise InvalidRequest(f"session {session_key} has begun another conversation meanwhile")
        if self.updated_at_ms is not None and self.updated_at_ms != updated_at_ms:
            raise InvalidRequest(f"session {session_key} has changed meanwhile")
        if self.archived and not archived:
            raise InvalidRequest(f"session {session_key} is not archived")


class SessionDesk(Protocol):
    """Every method raises InvalidRequest when the session is not what the caller expects, and StoreUnavailable."""

    def create(self, new: NewSession, now_ms: int) -> tuple[SessionView, bool]:
        """The session under that key, and whether it is new. Raises InvalidRequest for a label of another one."""
        ...

    def change(self, session_key: str, changes: SessionChanges, expected: Expected, now_ms: int) -> SessionView:
        """The session as changed. Raises NotFound, or InvalidRequest for a label of another one."""
        ...

    def delete(self, session_key: str, expected: Expected, now_ms: int) -> bool:
        """Take a session out of sight at once; its rows go later. False for an unknown key.

        Raises Unavailable while messages of it wait or run.
        """
        ...

    def say(self, session_key: str, text: str, now_ms: int) -> TranscriptEntry:
        """Append an assistant's entry that no model wrote. Raises NotFound, and Unavailable while a turn runs."""
        ...

    def purge(self, limit: int) -> int:
        """Remove rows of deleted sessions, about ``limit`` messages' worth; how many messages went."""
        ...
