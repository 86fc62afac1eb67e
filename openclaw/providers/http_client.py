"""The HTTP client under a vendor's SDK: one per provider, for the life of the process, shared by its threads."""

from __future__ import annotations

import httpx2

from openclaw.net.interruptible import InterruptibleTransport
from openclaw.ports.provider import ModelRequest

#: More than the runs of one process: a run never waits for another's connection.
MAX_CONNECTIONS = 1024
MAX_IDLE_CONNECTIONS = 256


def open_http_client() -> httpx2.Client:
    """Build a thread-safe client. Redirects are not followed: a credential stays with its host."""
    transport = InterruptibleTransport(max_connections=MAX_CONNECTIONS, max_idle_connections=MAX_IDLE_CONNECTIONS)
    return httpx2.Client(transport=transport, follow_redirects=False)


def timeouts_of(request: ModelRequest) -> httpx2.Timeout:
    """The request's timeouts as httpx takes them."""
    return httpx2.Timeout(
        connect=request.connect_timeout_seconds,
        read=request.idle_timeout_seconds,
        write=request.idle_timeout_seconds,
        pool=request.connect_timeout_seconds,
    )
