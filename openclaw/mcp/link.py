"""One server's connection over time: started when needed, started anew when it ended, less and less often.

Lives on the loop: nothing here is called from another thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw.errors import ToolError
from openclaw.mcp.results import MAX_TOOLS, answer_of, tool_of
from openclaw.mcp.transport import connected
from openclaw.ports.mcp import McpAnswer, McpDown, McpOutcomeUnknown, McpServer, McpTool

if TYPE_CHECKING:
    from mcp import Client

#: The first wait before a server that ended is started anew, and the longest, in seconds.
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
#: One that lived this long, in seconds, is started anew at once.
STEADY_SECONDS = 60.0
#: What is left of a start that failed is put away within this, in seconds.
CLEAN_UP_SECONDS = 10.0
_REASON_CHARS = 300

log = logging.getLogger(__name__)


class Link:
    """Keeps the client of one server."""

    def __init__(self, server: McpServer, log_file: Path) -> None:
        self.server = server
        self._log_file = log_file
        self._task: asyncio.Task[None] | None = None
        self._up: asyncio.Future[tuple[McpTool, ...]] | None = None
        self._gone = asyncio.Event()
        self._client: Client | None = None
        self._failures = 0
        self._not_before = 0.0
        self._reason = ""
        self._closing = False
        self._calls = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def tools(self) -> tuple[McpTool, ...]:
        """What it offers; connects first where it must. Raises McpDown."""
        if self._gone.is_set() and self._task is not None:
            # It ended a moment ago: what it leaves is put away first.
            await asyncio.wait({self._task})
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done():
            if loop.time() < self._not_before:
                raise McpDown(f"The MCP server {self.server.name} is down: {self._reason}")
            self._gone.clear()
            self._up = loop.create_future()
            self._task = loop.create_task(self._live(self._up))
        assert self._up is not None
        bound = self.server.start_seconds + CLEAN_UP_SECONDS
        try:
            return await asyncio.wait_for(asyncio.shield(self._up), bound)
        except TimeoutError:
            raise McpDown(f"The MCP server {self.server.name} has been starting for {bound:g} seconds.") from None

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> McpAnswer:
        """Make a call, once."""
        from mcp import MCPError
        from mcp.types import CONNECTION_CLOSED, REQUEST_TIMEOUT

        await self.tools()
        client, server = self._client, self.server
        if client is None:
            raise McpDown(f"The MCP server {server.name} ended.")
        self._calls += 1
        self._idle.clear()
        try:
            result = await client.call_tool(tool, dict(arguments), read_timeout_seconds=server.call_seconds)
        except MCPError as error:
            if error.code == REQUEST_TIMEOUT:
                raise McpOutcomeUnknown(
                    f"{server.name} took longer than {server.call_seconds:g} seconds. {_UNKNOWN}"
                ) from None
            if error.code == CONNECTION_CLOSED or self._gone.is_set():
                self._gone.set()
                raise McpOutcomeUnknown(f"The MCP server {server.name} ended during the call. {_UNKNOWN}") from None
            if server.url and "session" in str(error).lower():
                # It forgot us: the next call begins anew.
                self._gone.set()
            raise ToolError(f"{server.name}: {self._said(error)}") from None
        except (RuntimeError, ValueError) as error:
            # The SDK holds the answer against what the tool says of itself.
            raise ToolError(f"{server.name} was called, but its answer fits no tool: {self._said(error)}") from None
        except Exception as error:  # noqa: BLE001 - the ways that connections break have many names
            self._gone.set()
            raise McpOutcomeUnknown(f"{server.name}: {self._said(error)}. {_UNKNOWN}") from None
        finally:
            self._calls -= 1
            if not self._calls:
                self._idle.set()
        return answer_of(result)

    async def close(self, *, at_once: bool) -> None:
        """End the connection, at once or when its calls are over; a program is asked to end, then ended."""
        self._closing = True
        if not at_once:
            await self._idle.wait()
        if self._task is None:
            return
        self._gone.set()
        if self._client is None:
            self._task.cancel()
        await asyncio.wait({self._task})

    async def _live(self, up: asyncio.Future[tuple[McpTool, ...]]) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        began, reason = loop.time(), "it ended"
        # Bounds connecting only: a cancel scope may not be left before what was opened in it.
        alarm = loop.call_later(self.server.start_seconds, task.cancel)
        try:
            async with connected(self.server, self._log_file, self._gone) as client:
                tools = await _listed(client)
                alarm.cancel()
                self._client = client
                up.set_result(tools)
                await self._gone.wait()
        except asyncio.CancelledError:
            reason = f"it was not ready within {self.server.start_seconds:g} seconds"
        except BaseException as error:
            reason = self._said(error)
            if not isinstance(error, Exception):
                raise
        finally:
            alarm.cancel()
            self._client = None
            self._ended(up, reason, loop.time() - began)

    def _ended(self, up: asyncio.Future[tuple[McpTool, ...]], reason: str, lived_seconds: float) -> None:
        steady = up.done() and lived_seconds >= STEADY_SECONDS
        self._failures = 0 if steady else self._failures + 1
        wait = 0.0 if steady else min(FIRST_WAIT_SECONDS * 2 ** (self._failures - 1), LONGEST_WAIT_SECONDS)
        self._not_before = asyncio.get_running_loop().time() + wait
        self._reason = reason
        if not self._closing:
            log.warning("the MCP server %s is down for at least %g s: %s", self.server.name, wait, reason)
        if not up.done():
            up.set_exception(McpDown(f"The MCP server {self.server.name} is down: {reason}"))
            # Whoever asked may be gone by now.
            up.exception()

    def _said(self, error: BaseException) -> str:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        text = str(error)
        if self.server.url:
            # An address may hold a key.
            text = text.replace(self.server.url, "its address")
        return self.server.hide(f"{type(error).__name__}: {text}"[:_REASON_CHARS])


_UNKNOWN = "It is not known whether the call took effect; look before it is made again."


async def _listed(client: Client) -> tuple[McpTool, ...]:
    found: list[McpTool] = []
    cursor: str | None = None
    while True:
        page = await client.list_tools(cursor=cursor)
        found += map(tool_of, page.tools)
        cursor = page.next_cursor
        if not cursor or len(found) >= MAX_TOOLS:
            return tuple(found[:MAX_TOOLS])
