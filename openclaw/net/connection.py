"""TCP connections whose blocking calls another thread can end.

An HTTP client blocks in ``recv`` while a model thinks or a platform has no news. Closing the response from another
thread does not wake that ``recv``; shutting the socket down does. So every connection of our clients is a
``Connection``, which belongs to the ``InFlight`` call that wrote to it last, and ``InFlight`` shuts it down when its
token is cancelled.

Invariant: a cancelled call never touches a connection that has passed to another call; ownership changes under the
connection's lock. The shutdown goes to the file description itself, so it is safe from a native thread under gevent.
Not interruptible: the look-up of a host name.
"""

from __future__ import annotations

import _socket  # the class below any monkey patching: see the module docstring
import errno
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

import httpcore2

from openclaw.ports.cancel import CancelToken

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

#: While connecting; a cancel that has a socket to shut down does not wait for it.
_LOOK_UP_MILLISECONDS = 100

_sending: ContextVar[InFlight | None] = ContextVar("openclaw_http_call", default=None)


class InFlight:
    """One HTTP call after the other, ended from any thread by a cancel token."""

    __slots__ = ("_cancel", "_connections", "_lock", "_withdraw", "patience_seconds")

    def __init__(self, cancel: CancelToken) -> None:
        self._cancel = cancel
        self._connections: list[Connection] = []
        self._lock = threading.Lock()
        self._withdraw: Callable[[], None] | None = None
        #: When set, no read waits longer: for what may still follow the last useful event.
        self.patience_seconds: float | None = None

    @property
    def cancelled(self) -> bool:
        return self._cancel.cancelled

    def __enter__(self) -> Self:
        self._cancel.raise_if_cancelled()
        self._withdraw = self._cancel.on_cancel(self._abort)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._withdraw is not None:
            self._withdraw()
        for connection in self._connections:
            connection.leave(self)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Own the connections that this thread of control writes to until the block ends."""
        token = _sending.set(self)
        try:
            yield
        finally:
            _sending.reset(token)

    def adopt(self, connection: Connection) -> None:
        """Take a connection; raises OSError when the call is cancelled already."""
        with self._lock:
            if connection not in self._connections:
                self._connections.append(connection)
        if self.cancelled:
            raise ConnectionAbortedError("the call was cancelled")

    def _abort(self) -> None:
        with self._lock:
            connections = tuple(self._connections)
        for connection in connections:
            connection.shut_down(self)


class Connection(httpcore2.NetworkStream):
    """A TCP or TLS connection. Errors come out as httpcore's."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket: Any = sock  # and later its TLS form
        self._timeout: float | None = -1.0
        self._owner: InFlight | None = None
        self._lock = threading.Lock()
        self._handshake_fd = -1

    def join(self, call: InFlight) -> None:
        """Belong to ``call`` from now on; raises OSError when it is cancelled."""
        with self._lock:
            self._owner = call
        call.adopt(self)

    def leave(self, call: InFlight) -> None:
        with self._lock:
            if self._owner is call:
                self._owner = None

    def shut_down(self, call: InFlight) -> None:
        """Wake whoever is blocked on this connection, if it still belongs to ``call``."""
        with self._lock:
            fd = self._handshake_fd if self._handshake_fd >= 0 else self._socket.fileno()
            if self._owner is not call or fd < 0:
                return
            with suppress(OSError):  # the peer may have closed it first
                handle = _socket.socket(fileno=os.dup(fd))
                try:
                    handle.shutdown(socket.SHUT_RDWR)
                finally:
                    handle.close()

    def connect(self, address: Any, timeout: float | None) -> None:
        """Connect; looks up now and then, for a cancel that came before there was anything to shut down.

        A socket that is shut down before it connects reports itself ready and then neither sends nor fails, so the
        cancel is asked for once more at the end.
        """
        self._set_timeout(0.0)
        error = self._socket.connect_ex(address)
        if error == errno.EINPROGRESS:
            self._await_connection(timeout)
            error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if self._owner is not None and self._owner.cancelled:
            raise ConnectionAbortedError("the call was cancelled")
        if error:
            raise OSError(error, os.strerror(error))

    def _await_connection(self, timeout: float | None) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        poll = select.poll()
        poll.register(self._socket, select.POLLOUT)
        while not poll.poll(_LOOK_UP_MILLISECONDS):
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError("the connection was not accepted in time")
            if self._owner is not None and self._owner.cancelled:
                raise ConnectionAbortedError("the call was cancelled")

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if (owner := self._owner) is not None:
            if owner.cancelled:
                # httpcore goes on to read when the write has failed.
                raise httpcore2.ReadError("the call was cancelled")
            if owner.patience_seconds is not None:
                timeout = owner.patience_seconds
        try:
            self._set_timeout(timeout)
            data: bytes = self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        try:
            call = _sending.get()
            if call is not None and call is not self._owner:
                self.join(call)
            self._set_timeout(timeout)
            self._socket.sendall(buffer)
        except TimeoutError as error:
            raise httpcore2.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.WriteError(str(error)) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        # wrap_socket takes the descriptor out of the plain socket and gives the TLS one back after the handshake:
        # in between only this copy can end it.
        with self._lock:
            self._handshake_fd = os.dup(self._socket.fileno())
        try:
            self._set_timeout(timeout)
            self._socket = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
            if self._socket.version() is None:
                # A socket that was shut down meanwhile is wrapped without a handshake, and would send in the clear.
                raise OSError("the connection was closed before the handshake")
        except TimeoutError as error:
            self.close()
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            self.close()
            raise httpcore2.ConnectError(str(error)) from error
        finally:
            with self._lock:
                os.close(self._handshake_fd)
                self._handshake_fd = -1
        return self

    def close(self) -> None:
        with self._lock:
            self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "socket":
            return self._socket
        if info == "is_readable":
            return _is_readable(self._socket)
        if info == "client_addr":
            return self._socket.getsockname()
        if info == "server_addr":
            return self._socket.getpeername()
        return None

    def set_options(self, options: Iterable[SocketOption]) -> None:
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in options:
            self._socket.setsockopt(*option)

    def _set_timeout(self, timeout: float | None) -> None:
        if timeout != self._timeout:
            self._socket.settimeout(timeout)
            self._timeout = timeout


def _is_readable(sock: socket.socket) -> bool:
    """Whether the peer has closed an idle connection, or sent what nobody asked for."""
    if sock.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


class Connector(httpcore2.NetworkBackend):
    """Opens interruptible connections."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            candidates = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        failure: OSError = OSError("the host name has no address")
        for family, kind, protocol, _, address in candidates:
            connection = Connection(socket.socket(family, kind, protocol))
            try:
                if (call := _sending.get()) is not None:
                    connection.join(call)
                connection.connect(address, timeout)
                connection.set_options(socket_options or ())
            except ConnectionAbortedError as error:
                connection.close()
                raise httpcore2.ConnectError(str(error)) from error
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        kind_of_failure = httpcore2.ConnectTimeout if isinstance(failure, TimeoutError) else httpcore2.ConnectError
        raise kind_of_failure(str(failure)) from failure
