"""Tools of MCP servers, as the configuration wants them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from openclaw.composition.live_settings import LiveSettings
from openclaw.domain.mcp_names import covers_server, may_name_some
from openclaw.domain.tool_policy import PolicyLayer
from openclaw.errors import StoreUnavailable
from openclaw.mcp.pool import McpPool
from openclaw.ports.clock import system_clock
from openclaw.ports.mcp import McpAnswer, McpDown, McpServer, McpTool, SeenTools
from openclaw.ports.tool import Tool
from openclaw.settings.schema import Settings
from openclaw.tools.mcp_tool import remote_tools

MISSING = "the extra `mcp` is not installed: pip install 'openclaw-celery[mcp]'"

log = logging.getLogger(__name__)


def is_installed() -> bool:
    """Whether the SDK is there."""
    return find_spec("mcp") is not None


def mcp_servers(settings: Settings) -> tuple[McpServer, ...]:
    """The servers that are switched on."""
    return tuple(
        McpServer(
            name=name,
            command=section.command,
            args=section.args,
            env=tuple(sorted(section.env.items(), key=lambda pair: pair[0])),
            cwd=Path(section.cwd).expanduser() if section.cwd else settings.home,
            url=section.url or "",
            headers=tuple(sorted(section.headers.items(), key=lambda pair: pair[0])),
            transport=section.transport,
            start_seconds=section.start_seconds,
            call_seconds=section.timeout_seconds,
        )
        for name, section in settings.mcp.servers.items()
        if section.enabled
    )


class McpShelf:
    """What one configuration has of its servers. Thread-safe."""

    def __init__(self, pool: McpPool, settings: Settings, seen: SeenTools) -> None:
        self._pool = pool
        self._seen = seen
        self._noted: dict[str, tuple[McpTool, ...]] = {}
        self.servers = mcp_servers(settings)
        if self.servers and not is_installed():
            log.warning("MCP servers are configured, and %s", MISSING)
            self.servers = ()

    def tools(self, layers: Sequence[PolicyLayer]) -> Mapping[str, Tool]:
        """The tools that there are; a server of which nothing can pass the layers is not asked for its own.

        A server that is down has none, and no turn fails by it.
        """
        found: dict[str, Tool] = {}
        wanted = [each for each in self.servers if not any(_stops(layer, each.name) for layer in layers)]
        for server, listed in self._pool.tools(wanted).items():
            if isinstance(listed, McpDown):
                log.info("a turn goes without the tools of %s: %s", server.name, listed)
                continue
            found.update(remote_tools(server, listed, self._pool.call))
            self._note(server.name, listed)
        return found

    def _note(self, server: str, listed: tuple[McpTool, ...]) -> None:
        """Let those who have no server to ask see them; once, until the server has others."""
        if self._noted.get(server) == listed:
            return
        try:
            self._seen.note(server, listed, system_clock())
        except StoreUnavailable as error:
            log.warning("the tools of %s are not shown to clients yet: %s", server, error)
            return
        self._noted[server] = listed


def _called_elsewhere(server: McpServer, *_: Any) -> McpAnswer:
    """Stands for the connections that whoever only looks at tools does not have."""
    raise McpDown(f"{server.name}: tools are called by workers only")


def seen_tools(live: LiveSettings, seen: SeenTools) -> Mapping[str, Tool]:
    """The tools of the servers that are switched on, as a worker has last seen them: to be looked at."""
    servers = mcp_servers(live.settings)
    if not servers:
        return {}
    known = seen.all()
    found: dict[str, Tool] = {}
    for server in servers:
        found.update(remote_tools(server, known.get(server.name, ()), _called_elsewhere))
    return found


def _stops(layer: PolicyLayer, server: str) -> bool:
    """Whether nothing of a server passes a layer."""
    if any(covers_server(pattern.strip().lower(), server) for pattern in layer.deny):
        return True
    return layer.allow is not None and not any(may_name_some(p.strip().lower(), server) for p in layer.allow)
