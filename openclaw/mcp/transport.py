"""The way to one server: its program's pipes, or its address."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw.ports.mcp import McpServer

if TYPE_CHECKING:
    from mcp import Client
    from mcp.client._transport import TransportStreams

#: An event stream may say nothing for this long, in seconds.
_SSE_SILENCE_SECONDS = 24 * 3600.0


@asynccontextmanager
async def connected(server: McpServer, log_file: Path, gone: asyncio.Event) -> AsyncIterator[Client]:
    """A client that is connected; ``gone`` is set when the server's side ends."""
    from mcp import Client

    # The SDK logs what it cannot read, whole; what counts of it is in the errors, without secrets.
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    if server.command:
        async with Client(_watched(_program(server, log_file), gone)) as client:
            yield client
        return
    ways = {"http": [_http], "sse": [_sse], "auto": [_http, _sse]}[server.transport]
    async with AsyncExitStack() as stack:
        yield await _first(stack, [way(server) for way in ways], gone)


async def _first(stack: AsyncExitStack, ways: list[AbstractAsyncContextManager[Any]], gone: asyncio.Event) -> Client:
    """The client of the first way that leads there; where none does, it raises what the first one met."""
    from mcp import Client

    failures: list[Exception] = []
    for way in ways:
        try:
            return await stack.enter_async_context(Client(_watched(way, gone)))
        except Exception as error:  # noqa: BLE001 - whatever a way ends with, the next one may lead there
            failures.append(error)
            gone.clear()
    raise failures[0]


@asynccontextmanager
async def _program(server: McpServer, log_file: Path) -> AsyncIterator[TransportStreams]:
    from mcp.client.stdio import StdioServerParameters, stdio_client

    # What the program says on the side may hold anything: it goes to a file of its owner's and nowhere else.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(log_file, flags, 0o600), "w", encoding="utf-8") as said:
        parameters = StdioServerParameters(
            command=server.command,
            args=list(server.args),
            env={name: secret.reveal() for name, secret in server.env},
            cwd=server.cwd,
            encoding_error_handler="replace",
        )
        async with stdio_client(parameters, errlog=said) as streams:
            yield streams


@asynccontextmanager
async def _http(server: McpServer) -> AsyncIterator[TransportStreams]:
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    timeout = httpx2.Timeout(server.start_seconds, read=max(server.call_seconds, server.start_seconds))
    async with (
        httpx2.AsyncClient(headers=_headers(server), timeout=timeout) as http_client,
        streamable_http_client(server.url, http_client=http_client) as streams,
    ):
        yield streams


@asynccontextmanager
async def _sse(server: McpServer) -> AsyncIterator[TransportStreams]:
    from mcp.client.sse import sse_client

    async with sse_client(
        server.url, _headers(server), timeout=server.start_seconds, sse_read_timeout=_SSE_SILENCE_SECONDS
    ) as streams:
        yield streams


def _headers(server: McpServer) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in server.headers}


@asynccontextmanager
async def _watched(
    transport: AbstractAsyncContextManager[TransportStreams], gone: asyncio.Event
) -> AsyncIterator[TransportStreams]:
    """A transport whose end is noticed also while nobody asks anything."""
    import anyio

    async with transport as (incoming, outgoing), anyio.create_task_group() as tasks:
        write, read = anyio.create_memory_object_stream[Any](0)
        tasks.start_soon(_pass_on, incoming, write, gone.set)
        try:
            yield read, outgoing
        finally:
            read.close()
            tasks.cancel_scope.cancel()


async def _pass_on(incoming: Any, write: Any, ended: Callable[[], None]) -> None:
    import anyio

    try:
        async with write:
            async for message in incoming:
                await write.send(message)
    except (anyio.ClosedResourceError, anyio.BrokenResourceError):
        pass
    finally:
        ended()
