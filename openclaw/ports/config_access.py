"""The configuration as agents may reach it: read without credentials, and changed when a person agrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from openclaw.ports.tool import Suspension, ToolContext


class ConfigAccess(Protocol):
    """Thread-safe. Methods raise InvalidRequest, ConfigError, StoreUnavailable."""

    def read(self) -> dict[str, Any]:
        """The newest text as a tree without credentials, with the hash that an edit is based on."""
        ...

    def lookup(self, path: str) -> dict[str, Any]:
        """What a key means, and what it may be."""
        ...

    def shown(self, patch: Mapping[str, Any]) -> str:
        """A patch as a person may see it: credentials hidden."""
        ...

    def patch(self, patch: Mapping[str, Any], base_hash: str, author: str, note: str) -> dict[str, Any]:
        """Merge a patch into the newest text; what changed, and what takes a restart."""
        ...

    def restart(self, reason: str) -> None:
        """Let the gateways drain and start anew."""
        ...


class ActionGate(Protocol):
    """Asks a person about something that is no command."""

    def check(self, what: str, context: ToolContext) -> Suspension | None:
        """Ask first; ``None`` once it was agreed to. Raises ToolError for a denial."""
        ...
