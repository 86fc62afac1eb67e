"""Under which names the tools of MCP servers appear beside ours, and how a policy names them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

#: What models take for a tool's name.
MAX_NAME = 64
#: Between a server and its tool; in no name of ours.
SEPARATOR = "__"
#: How rules name the tools of one server, and those of all, alone or with everything that does not come along.
SERVER_PREFIX, ALL_SERVERS = "mcp:", ("group:mcp", "group:plugins")
#: A server's name holds no separator, so that no two servers can have the same tool.
SERVER_NAME = r"[a-z0-9]+(?:[_-][a-z0-9]+)*"
MAX_SERVER_NAME = 32

_OTHER = re.compile(r"[^A-Za-z0-9_-]")


def exposed_names(server: str, tools: Iterable[str]) -> dict[str, str]:
    """From the names that models see to the server's own; the same list gives the same names."""
    found: dict[str, str] = {}
    for tool in sorted(set(tools)):
        base = f"{server}{SEPARATOR}{_OTHER.sub('_', tool)}"[:MAX_NAME]
        name, count = base, 1
        while name in found:
            count += 1
            suffix = f"_{count}"
            name = base[: MAX_NAME - len(suffix)] + suffix
        found[name] = tool
    return found


def is_mcp_tool(tool: str) -> bool:
    """Whether a tool is one of an MCP server's."""
    return SEPARATOR in tool


def policy_glob(pattern: str) -> str:
    """A policy's pattern as one of names: ``mcp:<server>`` is that server's tools."""
    server = pattern.removeprefix(SERVER_PREFIX)
    return pattern if server == pattern else f"{server}{SEPARATOR}*"


def covers_server(pattern: str, server: str) -> bool:
    """Whether a pattern is certain to name every tool of a server."""
    return pattern in ALL_SERVERS or fnmatchcase(f"{server}{SEPARATOR}*", policy_glob(pattern))


def may_name_some(pattern: str, server: str) -> bool:
    """Whether a pattern may name a tool of a server; false only where it cannot."""
    glob = policy_glob(pattern)
    return pattern in ALL_SERVERS or any(sign in glob for sign in "*?[") or glob.startswith(f"{server}{SEPARATOR}")
