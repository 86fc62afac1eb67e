"""The MCP servers of one process, for threads that know nothing of the loop."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openclaw.errors import ToolError
from openclaw.mcp.link import Link
from openclaw.net.loop_thread import run_on_loop
from openclaw.ports.cancel import CancelToken
from openclaw.ports.mcp import McpAnswer, McpDown, McpServer, McpTool

#: How long a process that ends waits for its servers, in seconds.
CLOSE_SECONDS = 8.0


@dataclass(slots=True)
class _Started:
    """What belongs to one process: a forked child has not the pipes."""

    pid: int
    links: dict[McpServer, Link] = field(default_factory=dict)


class McpPool:
    """Implements ``McpServers``. Starts nothing before it is asked, and starts anew in a forked child."""

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._started: _Started | None = None
        self._lock = threading.Lock()
        # A child that was forked while another thread held the lock would wait for it forever.
        os.register_at_fork(after_in_child=self._forget)

    def tools(self, servers: Iterable[McpServer]) -> Mapping[McpServer, tuple[McpTool, ...] | McpDown]:
        wanted = tuple(servers)
        if not wanted:
            return {}
        self._begin()
        return run_on_loop(self._tools(wanted)).result()

    def call(self, server: McpServer, tool: str, arguments: Mapping[str, Any], cancel: CancelToken) -> McpAnswer:
        cancel.raise_if_cancelled()
        self._begin()
        future = run_on_loop(self._call(server, tool, arguments))

        def end() -> None:
            future.cancel()

        take_back = cancel.on_cancel(end)
        try:
            return future.result()
        except CancelledError:
            cancel.raise_if_cancelled()
            raise ToolError(f"{server.name}: the call was ended.") from None
        finally:
            take_back()

    def retain(self, servers: Collection[McpServer]) -> None:
        """Close the connections to all others, when their calls are over."""
        started = self._started
        if started is not None and started.pid == os.getpid():
            run_on_loop(self._retain(started, frozenset(servers), at_once=False))

    def close(self) -> None:
        """End every server; a later use starts anew."""
        with self._lock:
            started, self._started = self._started, None
        if started is None or started.pid != os.getpid():
            return
        atexit.unregister(self.close)
        run_on_loop(self._retain(started, frozenset(), at_once=True)).result(CLOSE_SECONDS)

    def _begin(self) -> None:
        with self._lock:
            if self._started is None:
                self._started = _Started(os.getpid())
                atexit.register(self.close)

    def _forget(self) -> None:
        self._started = None
        self._lock = threading.Lock()

    # --- on the loop ------------------------------------------------------------------------------------------

    async def _tools(self, servers: tuple[McpServer, ...]) -> dict[McpServer, tuple[McpTool, ...] | McpDown]:
        found = await asyncio.gather(*(self._link(each).tools() for each in servers), return_exceptions=True)
        listed: dict[McpServer, tuple[McpTool, ...] | McpDown] = {}
        for server, answer in zip(servers, found, strict=True):
            if isinstance(answer, BaseException) and not isinstance(answer, McpDown):
                raise answer
            listed[server] = answer
        return listed

    async def _call(self, server: McpServer, tool: str, arguments: Mapping[str, Any]) -> McpAnswer:
        return await self._link(server).call(tool, arguments)

    async def _retain(self, started: _Started, servers: frozenset[McpServer], *, at_once: bool) -> None:
        closing = [started.links.pop(each) for each in tuple(started.links) if each not in servers]
        await asyncio.gather(*(link.close(at_once=at_once) for link in closing))

    def _link(self, server: McpServer) -> Link:
        started = self._started
        if started is None:
            raise McpDown("This process ends.")
        if server not in started.links:
            started.links[server] = Link(server, self._log_dir / f"mcp-{server.name}.log")
        return started.links[server]
