"""An HTTP transport whose blocking calls another thread can end."""

from __future__ import annotations

import httpcore2
import httpx2

from openclaw.net.connection import Connector

#: Shorter than the idle limit of usual load balancers.
IDLE_EXPIRY_SECONDS = 30.0


class InterruptibleTransport(httpx2.HTTPTransport):
    """httpx's transport over connections that ``InFlight`` can shut down."""

    def __init__(self, *, max_connections: int, max_idle_connections: int, proxy: str | None = None) -> None:
        super().__init__()
        # httpx has no public way to hand its transport a pool; the contract suite's cancel tests hold this line.
        if proxy is None:
            self._pool = httpcore2.ConnectionPool(
                ssl_context=httpx2.create_ssl_context(),
                max_connections=max_connections,
                max_keepalive_connections=max_idle_connections,
                keepalive_expiry=IDLE_EXPIRY_SECONDS,
                network_backend=Connector(),
            )
        else:
            given = httpx2.Proxy(proxy)
            self._pool = httpcore2.HTTPProxy(
                proxy_url=str(given.url),
                proxy_auth=given.raw_auth,
                ssl_context=httpx2.create_ssl_context(),
                max_connections=max_connections,
                max_keepalive_connections=max_idle_connections,
                keepalive_expiry=IDLE_EXPIRY_SECONDS,
                network_backend=Connector(),
            )
