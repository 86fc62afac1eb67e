"""A socket that gives lines and takes lines: one thread reads, any thread writes.

The socket never blocks: a TLS connection must not be used by two threads at once, so every call of it is made under
one lock, and waiting happens outside of it.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpcore2

from openclaw.channels.irc.config import IrcConfig
from openclaw.channels.irc.limits import MAX_BUFFER_BYTES
from openclaw.channels.irc.line import Line, parse_line
from openclaw.errors import ChannelRejected, ChannelUnreachable, RunAborted
from openclaw.net.connection import Connector, InFlight
from openclaw.ports.cancel import CancelToken
from openclaw.ports.channel_connection import Tenure

#: The longest that one line waits for a server that reads nothing. Seconds.
WRITE_SECONDS = 20.0
_READ_BYTES = 16_384


class LineSocket:
    """One connection. ``wake`` ends a read from any thread."""

    def __init__(self, sock: Any) -> None:
        self._socket = sock
        self._socket.setblocking(False)
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._buffer = b""
        self._awake, self._waker = socket.socketpair()
        self._awake.setblocking(False)
        self._waker.setblocking(False)

    def read_lines(self, seconds: float) -> Iterator[Line]:
        """What arrives within this time; nothing when it passes or somebody wakes us. Raises ChannelUnreachable."""
        *complete, self._buffer = (self._buffer + self._read(seconds)).split(b"\n")
        if len(self._buffer) > MAX_BUFFER_BYTES:
            raise ChannelUnreachable("irc: the server sends lines without an end")
        for raw in complete:
            line = parse_line(raw.rstrip(b"\r"))
            if line is not None:
                yield line

    def write(self, data: bytes, seconds: float = WRITE_SECONDS) -> None:
        """Send whole lines. Raises OSError when the connection is gone or takes nothing for so long."""
        deadline = time.monotonic() + seconds
        left = memoryview(data)
        with self._write_lock:
            while left:
                events = select.POLLOUT
                try:
                    with self._lock:
                        left = left[self._socket.send(left) :]
                    continue
                except (BlockingIOError, ssl.SSLWantWriteError):
                    pass
                except ssl.SSLWantReadError:
                    events = select.POLLIN
                if not self._poll(events, deadline - time.monotonic()):
                    raise TimeoutError("the server takes nothing")

    def wake(self) -> None:
        """End the read that waits, or the next one."""
        with suppress(OSError):  # woken already, or closed
            self._waker.send(b"!")

    def close(self) -> None:
        with self._write_lock, self._lock:
            for each in (self._socket, self._awake, self._waker):
                each.close()

    def _read(self, seconds: float) -> bytes:
        try:
            with self._lock:
                return self._received()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError as error:
            raise ChannelUnreachable(f"irc: the connection broke: {error}") from error
        self._poll(select.POLLIN, seconds, self._awake)
        with suppress(BlockingIOError):  # nobody woke us
            self._awake.recv(_READ_BYTES)
        try:
            with self._lock:
                return self._received()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return b""
        except OSError as error:
            raise ChannelUnreachable(f"irc: the connection broke: {error}") from error

    def _received(self) -> bytes:
        data: bytes = self._socket.recv(_READ_BYTES)
        if not data:
            raise ConnectionResetError("the server closed it")
        return data

    def _poll(self, events: int, seconds: float, *also_readable: socket.socket) -> bool:
        poll = select.poll()
        if self._socket.fileno() < 0:
            raise ConnectionAbortedError("the connection is closed")
        poll.register(self._socket, events)
        for each in also_readable:
            poll.register(each, select.POLLIN)
        return bool(poll.poll(max(0.0, seconds) * 1000))


def open_socket(config: IrcConfig, tenure: Tenure) -> LineSocket | None:
    """Connect, with TLS unless it is off; ``None`` when the tenure ends meanwhile.

    Raises ChannelUnreachable, also for a certificate that cannot be verified, and ChannelRejected for files of
    certificates that cannot be read.
    """
    context = _tls(config) if config.tls else None
    token = CancelToken()
    tenure.on_over(lambda: token.cancel("stopped"))
    try:
        with InFlight(token) as call, call.sending():
            stream = Connector().connect_tcp(config.host, config.port, config.connect_timeout_seconds)
            if context is not None:
                stream = stream.start_tls(context, config.host, config.connect_timeout_seconds)
    except (httpcore2.NetworkError, httpcore2.TimeoutException, RunAborted) as error:
        if tenure.over:
            return None
        raise ChannelUnreachable(f"irc: {config.host}:{config.port} cannot be reached: {error}") from error
    return LineSocket(stream.get_extra_info("socket"))


def _tls(config: IrcConfig) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if config.ca_file:
            context.load_verify_locations(config.ca_file)
        if config.certificate_file:
            context.load_cert_chain(config.certificate_file, config.key_file or None)
    except OSError as error:
        raise ChannelRejected(f"irc: a file of certificates cannot be used: {error}") from None
    return context
