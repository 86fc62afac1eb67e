"""One WebSocket of Socket Mode: the connection of Slack's SDK, read by a thread of its own.

The SDK's own client around it is not used: it acknowledges nothing by itself, but connects again in threads that nobody
can end and that hide why they fail. Of the connection two habits are corrected here, by a socket in front of the real
one: it reads on and on when the other end is gone, and takes part of a frame as sent for the whole.
"""

from __future__ import annotations

import socket as sockets
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlsplit

from slack_sdk.errors import SlackClientNotConnectedError
from slack_sdk.socket_mode.builtin.connection import Connection, ConnectionState

from openclaw.channels.slack.client import QUIET
from openclaw.errors import ChannelUnreachable

#: As much as a TLS record holds; the SDK goes one call deeper for every piece of a message.
_RECEIVE_BYTES = 16_384
_TLS_PORT = 443


class SlackSocket:
    """Connected from the start, read from ``start`` on.

    ``deliver`` is called by its thread with each text, and ``ended`` once at the end.

    ``ping_seconds`` is how often ``ping`` is called; four times that without an answer is the end. Raises
    ChannelUnreachable when it cannot be opened.
    """

    def __init__(
        self,
        url: str,
        *,
        deliver: Callable[[SlackSocket, str], None],
        ended: Callable[[SlackSocket], None],
        proxy: str | None,
        ping_seconds: float,
    ) -> None:
        if urlsplit(url).scheme == "wss" and urlsplit(url).port not in (None, _TLS_PORT):
            raise ChannelUnreachable("slack: the socket's address has a port at which the SDK would not encrypt")
        self._deliver = deliver
        self._ended = ended
        self._state = ConnectionState()  # type: ignore[no-untyped-call]
        self._failures: list[str] = []
        self._last_pong: float | None = None
        self._connection = Connection(
            url,
            QUIET,
            proxy=proxy,
            ping_interval=ping_seconds,
            receive_buffer_size=_RECEIVE_BYTES,
            on_message_listener=self._take,
            on_error_listener=lambda error: self._failures.append(type(error).__name__),
        )
        self._connection.connect()
        if self._connection.sock is None:
            self._connection.close()
            raise ChannelUnreachable(f"slack: the socket cannot be opened ({', '.join(self._failures) or 'refused'})")
        self._socket = _WholeSocket(cast("sockets.socket", self._connection.sock))
        self._connection.sock = cast("Any", self._socket)
        self._thread = threading.Thread(target=self._read, name="slack-socket", daemon=True)

    @property
    def open(self) -> bool:
        return self._connection.is_active() and not self._state.terminated

    def start(self) -> None:
        self._thread.start()

    def send(self, text: str) -> None:
        """Raises ChannelUnreachable when the connection is gone."""
        try:
            self._connection.send(text)
        except SlackClientNotConnectedError:
            raise ChannelUnreachable("slack: the socket is closed") from None

    def ping(self) -> bool:
        """Ask whether the other end is there, and say whether it has answered since the last time."""
        self._connection.check_state()
        if not self._connection.is_active():
            self.stop()
        before, self._last_pong = self._last_pong, self._connection.last_ping_pong_time
        return self.open and self._last_pong != before

    def stop(self) -> None:
        """Let its thread end; does not wait for it."""
        self._state.terminated = True
        self._socket.stop()

    def close(self) -> None:
        """End it, with its thread."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join()
        self._connection.close()

    def _take(self, text: str) -> None:
        self._deliver(self, text)

    def _read(self) -> None:
        try:
            self._connection.run_until_completion(self._state)
        finally:
            self._ended(self)


class _WholeSocket:
    """Sends all or fails, and fails when the other end is gone."""

    def __init__(self, inner: sockets.socket) -> None:
        self._inner = inner

    def send(self, data: bytes) -> int:
        self._inner.sendall(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        received = self._inner.recv(size)
        if not received:
            raise ConnectionResetError("the other end is gone")
        return received

    def stop(self) -> None:
        """Wake whoever reads."""
        with suppress(OSError):
            self._inner.shutdown(sockets.SHUT_RDWR)

    def close(self) -> None:
        self._inner.close()
