"""How a turn speaks to its stream: events one by one, text coalesced."""

from __future__ import annotations

from typing import Protocol

from openclaw.domain.events import RunEvent


class RunEmitter(Protocol):
    """One turn's writing end. Raises StaleFence when the lane is lost."""

    def text(self, delta: str, item: str) -> None:
        """Add to an item's text: the first piece leaves at once, later ones are merged for a few milliseconds."""
        ...

    def restart(self, item: str) -> None:
        """Declare void what was shown of an item before; its next text replaces it."""
        ...

    def emit(self, *events: RunEvent) -> None:
        """Send waiting text and then these, in one call."""
        ...

    def flush_due(self) -> object:
        """Send waiting text that has waited long enough."""
        ...
