"""Who is connected to any gateway of the cluster: a board that forgets by itself.

An entry is JSON and belongs to one connection; only that connection takes it off, so that a client which has moved to
another gateway is not taken off by the one it left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

#: How long an entry stays without being renewed, in seconds (OpenClaw's constant).
TTL_SECONDS = 300.0
#: Entries at most: the oldest go first. Presence is sent to everyone, so its size is paid once per connection.
MAX_ENTRIES = 200
#: The same for nodes, of which a lost one should not be thought there for long.
NODE_TTL_SECONDS = 90.0
MAX_NODES = 5_000


@dataclass(frozen=True, slots=True)
class Board:
    """All entries, the newest last. ``version`` rises with every change, on whatever gateway."""

    version: int
    entries: tuple[dict[str, Any], ...]


class PresenceBoard(Protocol):
    """Every method raises RedisUnavailable when the server is away."""

    def put(self, key: str, owner: str, entry: Mapping[str, Any]) -> None:
        """Add an entry, or replace the one with the same key. ``owner`` is the connection."""
        ...

    def renew(self, entries: Mapping[str, str]) -> list[str]:
        """Renew entries (key → owner); the keys of those that are not on the board any more."""
        ...

    def remove(self, key: str, owner: str) -> bool:
        """Take an entry off, if it still belongs to this owner."""
        ...

    def read(self) -> Board: ...
