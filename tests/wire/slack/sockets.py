"""The other end of a Socket Mode connection: frames by wsproto, which is not what Slack's SDK reads them with."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def handshake(key: str) -> bytes:
    """The answer that makes a connection a WebSocket."""
    accept = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    return head + accept + b"\r\n\r\n"


class LiveSocket:
    """One connected client. ``answered`` is called with each JSON object that it sends."""

    def __init__(self, connection: socket.socket, answered: Callable[[dict[str, Any]], None]) -> None:
        self._connection = connection
        self._answered = answered
        self._frames = Connection(ConnectionType.SERVER)
        self._lock = threading.Lock()
        self.pings = 0
        #: Whether pings are answered.
        self.answers_pings = True
        self.closed = threading.Event()

    def push(self, message: dict[str, Any] | str) -> None:
        """Send a message; a text goes as it is."""
        text = message if isinstance(message, str) else json.dumps(message)
        self._send(self._frames.send(TextMessage(data=text)))

    def close(self, code: int = 1000) -> None:
        """End it as the protocol wants it."""
        self._send(self._frames.send(CloseConnection(code=code)))

    def cut(self) -> None:
        """End it as a broken network does."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        """Read until the client is gone."""
        try:
            while data := self._connection.recv(65_536):
                self._frames.receive_data(data)
                for event in self._frames.events():
                    self._take(event)
        except OSError:
            pass
        finally:
            self.closed.set()

    def _take(self, event: object) -> None:
        match event:
            case Ping():
                self.pings += 1
                if self.answers_pings:
                    self._send(self._frames.send(event.response()))
            case TextMessage():
                self._answered(json.loads(event.data))
            case BytesMessage() | CloseConnection():
                self.cut()

    def _send(self, data: bytes) -> None:
        with self._lock, suppress(OSError):
            self._connection.sendall(data)
