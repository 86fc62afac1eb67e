"""One WebSocket's bytes: simple-websocket's handshake with our own reading and writing.

What simple-websocket 1.1 leaves open is closed here: every write is complete (a short send is continued) and atomic
(framing and writing under one lock), permessage-deflate is never negotiated, a message is refused as soon as it grows
past its cap, and nothing is buffered between the reader and whoever handles a message. Knows no protocol above
WebSocket frames. One thread reads, one writes; ``abort`` may come from any.
"""

from __future__ import annotations

import _thread
import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simple_websocket import Server
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.events import Request as UpgradeRequest
from wsproto.utilities import ProtocolError

#: Bytes asked for at once. Under gevent nothing is allocated while a socket is idle.
RECEIVE_BYTES = 65_536
#: Bytes that the system may hold back unsent. What a peer does not take waits in our queue, where deltas give way.
UNSENT_BYTES = 65_536
#: A big message is written in pieces of this size, so that progress can be seen.
WRITE_BYTES = 262_144
_TEXT_FINAL = 0x81
_SHORT_LENGTH, _LENGTH_16, _LENGTH_64 = 125, 126, 127
#: A close frame's payload is at most 125 bytes, two of which are the code.
MAX_REASON_BYTES = 123


@dataclass(frozen=True, slots=True)
class PingReceived:
    payload: bytes


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """The peer's close frame, or a frame that breaks the protocol."""

    code: int
    reason: str


class TooBig:
    """A message grew past its cap; the rest of it was not kept."""


Incoming = str | bytes | PingReceived | PeerClosed | TooBig


class _NoThread:
    """Stands in for the reader thread that simple-websocket would start by itself."""

    name = ""

    def __init__(self, target: Any = None) -> None:
        """Take the target and leave it."""

    def start(self) -> None:
        """Nothing: the owner of the socket reads."""


class GatewaySocket(Server):  # type: ignore[misc]
    """A server-side WebSocket whose owner drives reading and writing."""

    ws: Any
    thread: Any

    def __init__(self, environ: dict[str, Any], *, max_message_bytes: int) -> None:
        self.max_message_bytes = max_message_bytes
        #: Monotonic seconds: when a byte last came, and when one last left during the current write (0: idle).
        self.heard_at = time.monotonic()
        self.writing_since = 0.0
        self._write_lock = _thread.allocate_lock()
        super().__init__(environ, thread_class=_NoThread, event_class=object)
        _limit_unsent(self.sock)
        # The established half is all that is needed from now on; the HTTP parser's buffers can go.
        self._frames: Any = self.ws.connection
        self.ws = self.thread = None

    # --- handshake, called by simple-websocket ----------------------------------------------------------------

    def _handle_events(self) -> bool:
        for event in self.ws.events():
            if isinstance(event, UpgradeRequest):
                self.sock.sendall(self.ws.send(AcceptConnection()))
                return True
        return False

    # --- reading ----------------------------------------------------------------------------------------------

    def incoming(self) -> Iterator[Incoming]:
        """Yield what the peer sends until it is gone."""
        parts: list[Any] = []
        size = 0
        for event in self._events():
            if isinstance(event, (TextMessage, BytesMessage)):
                size += _byte_length(event.data)
                if size > self.max_message_bytes:
                    parts.clear()
                    yield TooBig()
                    continue
                parts.append(event.data)
                if event.message_finished:
                    message = parts[0] if len(parts) == 1 else type(parts[0])().join(parts)
                    parts, size = [], 0
                    yield message if isinstance(message, str) else bytes(message)
            elif isinstance(event, Ping):
                yield PingReceived(bytes(event.payload))
            elif isinstance(event, CloseConnection):
                yield PeerClosed(int(event.code), event.reason or "")

    def _events(self) -> Iterator[Any]:
        while True:
            try:
                data = self.sock.recv(RECEIVE_BYTES)
                if not data:
                    return
                self.heard_at = time.monotonic()
                self._frames.receive_data(data)
                events = list(self._frames.events())
            except (OSError, ProtocolError):
                return
            yield from (event for event in events if not isinstance(event, Pong))

    # --- writing ----------------------------------------------------------------------------------------------

    def write_text(self, payload: bytes) -> None:
        """Write one text message. Raises OSError when the peer is gone."""
        header = _text_header(len(payload))
        if len(payload) < WRITE_BYTES:
            self._write(header + payload)
        else:  # no copy of a big one
            self._write(header, payload)

    def write_ping(self) -> None:
        self._write_control(Ping())

    def write_pong(self, payload: bytes) -> None:
        self._write_control(Pong(payload=payload))

    def write_close(self, code: int, reason: str) -> None:
        text = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        self._write_control(CloseConnection(code=code, reason=text))

    def _write_control(self, event: Any) -> None:
        with contextlib.suppress(ProtocolError):  # the connection has been closed meanwhile
            self._write(self._frames.send(event))

    def _write(self, *pieces: bytes) -> None:
        with self._write_lock:
            try:
                for piece in pieces:
                    for start in range(0, len(piece), WRITE_BYTES):
                        self.writing_since = time.monotonic()
                        self.sock.sendall(memoryview(piece)[start : start + WRITE_BYTES])
            finally:
                self.writing_since = 0.0

    # --- ending -----------------------------------------------------------------------------------------------

    def abort(self) -> None:
        """Cut the connection; whoever reads or writes it returns. From any thread."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Close the descriptor, once nobody uses it any more."""
        self.connected = False
        with contextlib.suppress(OSError):
            self.sock.close()


def _limit_unsent(sock: socket.socket) -> None:
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if option is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, option, UNSENT_BYTES)


def _byte_length(data: str | bytes | bytearray) -> int:
    return len(data) if not isinstance(data, str) or data.isascii() else len(data.encode())


def _text_header(length: int) -> bytes:
    if length <= _SHORT_LENGTH:
        return bytes((_TEXT_FINAL, length))
    if length < 1 << 16:
        return struct.pack("!BBH", _TEXT_FINAL, _LENGTH_16, length)
    return struct.pack("!BBQ", _TEXT_FINAL, _LENGTH_64, length)
