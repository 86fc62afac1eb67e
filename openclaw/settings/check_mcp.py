"""What ``[mcp]`` alone cannot say: that a server has a usable name, and a program or an address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openclaw.domain.mcp_names import MAX_SERVER_NAME, SERVER_NAME
from openclaw.settings.file_schema import Problem
from openclaw.settings.sections.mcp import McpSection, McpServerSection

_NAME = re.compile(SERVER_NAME)


def check_mcp(section: McpSection) -> Iterator[Problem]:
    """Everything that is wrong."""
    for name, server in section.servers.items():
        path = ("mcp", "servers", name)
        if not _NAME.fullmatch(name) or len(name) > MAX_SERVER_NAME:
            says = "lower-case letters, digits and single - or _ between them"
            yield Problem(path, f"a server's name is up to {MAX_SERVER_NAME} characters: {says}")
        yield from _way(path, server)


def _way(path: tuple[str, ...], server: McpServerSection) -> Iterator[Problem]:
    if bool(server.command) == bool(server.url):
        says = "has a command and a url; keep one of them" if server.url else "needs a command or a url"
        yield Problem(path, says)
    elif server.command and server.headers:
        yield Problem((*path, "headers"), "is for a server with a url")
    elif server.url and server.env:
        yield Problem((*path, "env"), "is for a server with a command")
