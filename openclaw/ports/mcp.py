"""Servers of the Model Context Protocol, as the rest of the program sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from openclaw.errors import ToolError
from openclaw.ports.cancel import CancelToken
from openclaw.ports.secrets import Secret


class McpDown(ToolError):
    """The server cannot be asked; the call was not made."""


class McpOutcomeUnknown(ToolError):
    """The server went away, or took too long, while the call was made."""


@dataclass(frozen=True, slots=True)
class McpServer:
    """How a server is reached: a program of its own, or an address. Two that are equal share a connection."""

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    #: What the program gets beside the few variables that every program has.
    env: tuple[tuple[str, Secret], ...] = ()
    cwd: Path | None = None
    url: str = ""
    headers: tuple[tuple[str, Secret], ...] = ()
    #: ``auto``, ``http`` or ``sse``; of an address.
    transport: str = "auto"
    start_seconds: float = 20.0
    call_seconds: float = 60.0

    def hide(self, text: str) -> str:
        """A text without the server's secrets."""
        for _, secret in (*self.env, *self.headers):
            # What is this short is no secret, and would be found everywhere.
            if len(value := secret.reveal()) > 3:  # noqa: PLR2004
                text = text.replace(value, "***")
        return text


@dataclass(frozen=True, slots=True)
class McpTool:
    """A tool as its server describes it: text from outside."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: The server says that it changes nothing.
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class McpAnswer:
    """What a call brought, as text; what is no text is named."""

    text: str
    is_error: bool = False


class McpServers(Protocol):
    """Connections to servers, made when they are first needed. Thread-safe."""

    def tools(self, servers: Iterable[McpServer]) -> Mapping[McpServer, tuple[McpTool, ...] | McpDown]:
        """The tools of each, all asked at once; why not, for those that are down."""
        ...

    def call(self, server: McpServer, tool: str, arguments: Mapping[str, Any], cancel: CancelToken) -> McpAnswer:
        """Call a tool. Raises McpDown, McpOutcomeUnknown, ToolError for what the server refuses, RunAborted."""
        ...


#: ``McpServers.call`` alone.
McpCall = Callable[[McpServer, str, dict[str, Any], CancelToken], McpAnswer]


class SeenTools(Protocol):
    """The tools of servers as workers have last seen them. Raises StoreUnavailable."""

    def note(self, server: str, tools: tuple[McpTool, ...], now_ms: int) -> None:
        """Keep what a server has, in place of what it had."""
        ...

    def all(self) -> dict[str, tuple[McpTool, ...]]:
        """What every server has that a worker has ever asked."""
        ...
