"""WebSockets that leave no socket behind when they are refused, which websocket-client does."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import websocket


def open_websocket(url: str, timeout: float, **options: Any) -> websocket.WebSocket:
    """Connect; browsers alone send an ``Origin``. ``timeout`` in seconds."""
    address = urlsplit(url)
    tcp = socket.create_connection((address.hostname, address.port), timeout)
    try:
        return websocket.create_connection(url, timeout=timeout, socket=tcp, **{"suppress_origin": True, **options})
    except BaseException:
        tcp.close()
        raise
