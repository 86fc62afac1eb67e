"""Nodes: what a machine lends to agents, and what may be asked of it. No I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: How long a node has for a command when nobody says, and at most, in milliseconds.
DEFAULT_TIMEOUT_MS = 30_000
MAX_TIMEOUT_MS = 15 * 60_000
#: Bytes of JSON that a command may be given and may answer.
MAX_PARAMS_BYTES = 1024 * 1024
MAX_RESULT_BYTES = 8 * 1024 * 1024
#: Commands that one node may offer, and the characters of a name.
MAX_COMMANDS, MAX_COMMAND_CHARS = 128, 128


class InvokeState(StrEnum):
    """``queued → sent → done | failed | expired``; a node's answer after that changes nothing."""

    QUEUED = "queued"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"

    @property
    def is_over(self) -> bool:
        return self in (InvokeState.DONE, InvokeState.FAILED, InvokeState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Node:
    """A paired node. Its id is its device's. Times in milliseconds since the epoch, 0 for never."""

    node_id: str
    display_name: str
    #: What it says of itself, as in ``connect``.
    client: dict[str, Any]
    caps: tuple[str, ...]
    #: What it offers now.
    commands: tuple[str, ...]
    #: What an operator has approved.
    approved_commands: tuple[str, ...]
    permissions: dict[str, Any] = field(default_factory=dict)
    remote_ip: str = ""
    created_at_ms: int = 0
    approved_at_ms: int = 0
    last_connected_at_ms: int = 0
    last_seen_at_ms: int = 0

    @property
    def usable(self) -> tuple[str, ...]:
        """What may be asked of it."""
        return tuple(command for command in self.commands if command in self.approved_commands)

    @property
    def unapproved(self) -> tuple[str, ...]:
        """What it offers and nobody has approved."""
        return tuple(command for command in self.commands if command not in self.approved_commands)

    @property
    def request_id(self) -> str:
        """Names exactly these wishes: with others it is another request."""
        wishes = "\n".join((self.node_id, *self.unapproved))
        return hashlib.sha256(wishes.encode()).hexdigest()[:32]


def offered_commands(names: Collection[str]) -> tuple[str, ...]:
    """The commands a node may offer, of those it names."""
    return tuple(sorted(name for name in set(names) if 0 < len(name) <= MAX_COMMAND_CHARS))[:MAX_COMMANDS]
