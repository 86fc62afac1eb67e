"""``[mcp]``: servers of the Model Context Protocol, whose tools agents get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openclaw.ports.secrets import Secret
from openclaw.settings.option import option


@dataclass(frozen=True, slots=True)
class McpServerSection:
    """``[mcp.servers.<name>]``"""

    enabled: bool = option(True, "Whether agents have its tools.")
    command: str = option("", "The program that is the server; it speaks on its standard input and output.")
    args: tuple[str, ...] = option((), "The program's arguments.")
    env: Mapping[str, Secret] = option(
        meaning="Variables for the program; of ours it gets `PATH`, `HOME` and the like, and nothing else.",
        factory=dict,
    )
    cwd: str | None = option(None, "The program's folder.", form="path", default_says="the home")
    url: str | None = option(None, "The address of a server that runs elsewhere; it may be private.", form="url")
    headers: Mapping[str, Secret] = option(meaning="Headers of every request to the address.", factory=dict)
    transport: str = option(
        "auto",
        "How the address is spoken to: Streamable HTTP, the older event stream, or the first of them that works.",
        one_of=("auto", "http", "sse"),
    )
    start_seconds: float = option(
        20.0, "How long it may take to be ready; a turn waits for it once.", minimum=0.1, maximum=600
    )
    timeout_seconds: float = option(60.0, "How long a call may take.", minimum=0.1, maximum=3600)


@dataclass(frozen=True, slots=True)
class McpSection:
    """``[mcp]``"""

    servers: Mapping[str, McpServerSection] = option(meaning="Servers by name.", factory=dict)
