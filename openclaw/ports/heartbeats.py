"""When each agent's next heartbeat is due, and what came of the last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class HeartbeatStore(Protocol):
    """Raises StoreUnavailable."""

    def claim(self, agent_id: str, every_ms: int, now_ms: int) -> int | None:
        """Take the heartbeat that is due, and make the next one due: by one caller only. Its own time, else ``None``.

        An agent that is new has its first one a whole period from now; one that was missed comes once.
        """
        ...

    def put_off(self, agent_id: str, due_at_ms: int) -> None:
        """Let the next one come at another time."""
        ...

    def told_before(self, agent_id: str, since_ms: int) -> str:
        """The digest of what was told last, if that was since then; else empty."""
        ...

    def note(self, agent_id: str, event: Mapping[str, Any], told: str, now_ms: int) -> None:
        """Keep what came of one; ``told`` is the digest of what was told, empty for nothing."""
        ...

    def last(self) -> Mapping[str, Any] | None:
        """What came of the newest one of all."""
        ...

    def enabled(self) -> bool: ...

    def enable(self, *, enabled: bool, now_ms: int) -> None:
        """Let heartbeats come, or none of any agent."""
        ...
