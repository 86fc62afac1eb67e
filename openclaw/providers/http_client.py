"""The HTTP client under a vendor's SDK: one per provider, for the life of the process, shared by its threads."""

from __future__ import annotations

import httpcore2
import httpx2

from openclaw.ports.provider import ModelRequest
from openclaw.providers.connection import Connector

#: More than the runs of one process: a run never waits for another's connection.
MAX_CONNECTIONS = 1024
MAX_IDLE_CONNECTIONS = 256
#: Shorter than the idle limit of the vendors' load balancers.
IDLE_EXPIRY_SECONDS = 30.0


class _InterruptibleTransport(httpx2.HTTPTransport):
    """httpx's transport over connections that a cancelled turn can shut down."""

    def __init__(self) -> None:
        super().__init__()
        # httpx has no public way to hand its transport a pool; the contract suite's cancel tests hold this line.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_EXPIRY_SECONDS,
            network_backend=Connector(),
        )


def open_http_client() -> httpx2.Client:
    """Build a thread-safe client. Redirects are not followed: a credential stays with its host."""
    return httpx2.Client(transport=_InterruptibleTransport(), follow_redirects=False)


def timeouts_of(request: ModelRequest) -> httpx2.Timeout:
    """The request's timeouts as httpx takes them."""
    return httpx2.Timeout(
        connect=request.connect_timeout_seconds,
        read=request.idle_timeout_seconds,
        write=request.idle_timeout_seconds,
        pool=request.connect_timeout_seconds,
    )
