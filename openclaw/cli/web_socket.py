"""A blocking WebSocket client over wsproto: text messages in and out, pings answered.

Small because quick commands wait for its import. One thread may receive while others send.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections import deque
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, RejectConnection, Request, TextMessage
from wsproto.utilities import RemoteProtocolError

from openclaw.errors import Unavailable

#: The gateway's own limit for a frame.
MAX_MESSAGE_BYTES = 26_214_400
_CHUNK = 65_536


class ConnectionLost(Unavailable):
    """The gateway closed the connection."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        why = f" ({code}{': ' + reason if reason else ''})" if code else ""
        super().__init__(f"the gateway closed the connection{why}")
        self.code = code


class WebSocket:
    """One open connection. ``timeout`` is in seconds."""

    def __init__(self, url: str, *, timeout: float) -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "wss"
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout)
            if secure:
                self._socket = _encrypted(self._socket, host)
        except OSError as error:
            raise Unavailable(f"no gateway answers at {url} ({error}); `openclaw up` starts one") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._lock = threading.Lock()
        self._received: deque[str] = deque()
        self._parts: list[str] = []
        self._size = 0
        self._is_open = False
        self._shake_hands(Request(host=parts.netloc.rpartition("@")[2], target=parts.path or "/"), url, timeout)

    def send(self, text: str) -> None:
        """Send a text message. Raises ConnectionLost."""
        self._put(TextMessage(data=text))

    def receive(self, timeout: float | None = None) -> str | None:
        """The next message, or ``None`` when none came in time. Raises ConnectionLost."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._received:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not self._read(left):
                return None
        return self._received.popleft()

    def close(self) -> None:
        """Say good-bye and close; safe to call twice."""
        if self._is_open:
            with contextlib.suppress(ConnectionLost):
                self._put(CloseConnection(code=1000))
            self._is_open = False
        with contextlib.suppress(OSError):
            # Wakes a thread that is receiving.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _shake_hands(self, request: Request, url: str, timeout: float) -> None:
        self._put(request)
        deadline = time.monotonic() + timeout
        while not self._is_open:
            if not self._read(max(0.0, deadline - time.monotonic())):
                self.close()
                raise Unavailable(f"{url} takes the connection but does not answer as a gateway")

    def _read(self, timeout: float | None) -> bool:
        """Take in what arrives within ``timeout``; false when nothing did."""
        pending = getattr(self._socket, "pending", None)  # TLS may hold bytes that select does not see
        if not (pending and pending()) and not select.select([self._socket], [], [], timeout)[0]:
            return False
        try:
            data = self._socket.recv(_CHUNK)
        except (OSError, ValueError) as error:
            raise ConnectionLost from error
        if not data:
            raise ConnectionLost
        with self._lock:
            try:
                self._protocol.receive_data(data)
                events = list(self._protocol.events())
            except RemoteProtocolError as error:
                raise Unavailable(f"the other side is no gateway: {error}") from error
        for event in events:
            self._handle(event)
        return True

    def _handle(self, event: Event) -> None:
        match event:
            case TextMessage():
                self._parts.append(event.data)
                self._size += len(event.data)
                if self._size > MAX_MESSAGE_BYTES:
                    raise Unavailable("the gateway sent a frame that is too large")
                if event.message_finished:
                    self._received.append("".join(self._parts))
                    self._parts, self._size = [], 0
            case Ping():
                self._put(event.response())
            case AcceptConnection():
                self._is_open = True
            case RejectConnection():
                raise Unavailable(f"the gateway refuses the connection (HTTP {event.status_code})")
            case CloseConnection():
                self._is_open = False
                with contextlib.suppress(ConnectionLost):
                    self._put(event.response())
                raise ConnectionLost(event.code, event.reason or "")
            case _:
                pass  # pongs and binary messages carry nothing for us

    def _put(self, event: Event) -> None:
        try:
            with self._lock:
                self._socket.sendall(self._protocol.send(event))
        except OSError as error:
            raise ConnectionLost from error


def _encrypted(plain: socket.socket, host: str) -> socket.socket:
    # TLS costs ten milliseconds to import: only for those who use it.
    import ssl

    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
