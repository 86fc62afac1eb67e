"""A proxy on this machine that leads to where ``GuardedBackend`` lets connections go, and nowhere else.

For programs that make their connections themselves: whatever a page asks for, by a redirect, a script or a socket, is
looked up and checked here, and the connection goes to the very address that was checked. One connection carries one
request.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import secrets
import socket
import socketserver
import threading
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

import httpcore2

from openclaw.net.guarded import PORTS, FetchRefused, GuardedBackend, Resolve, look_up

#: A header of answers that are the proxy's own refusals.
REFUSED = "x-openclaw-refused"
#: The most of a request's head, in bytes.
_HEAD_BYTES = 65_536
_CONNECT_SECONDS = 15.0
#: A connection over which nothing goes for this long is ended, in seconds.
_IDLE_SECONDS = 300.0
_PIECE = 65_536
#: Headers that are for the proxy, or that would keep the connection for another request.
_OURS = (b"proxy-", b"connection:", b"keep-alive:")


class GuardedProxy:
    """Listens on a free port of the loopback address once started; only who has the password may use it."""

    def __init__(self, allowed: Collection[str], *, resolve: Resolve = look_up, ports: Collection[int] = PORTS) -> None:
        self.user, self.password = "openclaw", secrets.token_urlsafe(24)
        self._backend = GuardedBackend(allowed, resolve, ports)
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        word = base64.b64encode(f"{self.user}:{self.password}".encode())
        self._server = _Server(self._backend, b"Basic " + word)
        threading.Thread(target=self._server.serve_forever, name="guarded-proxy", daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, backend: GuardedBackend, password: bytes) -> None:
        self.backend = backend
        self.password = password
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no news."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(_IDLE_SECONDS)
        head, rest = _head_of(self.request)
        if not head:
            return None
        first, _, headers = head.partition(b"\r\n")
        try:
            method, target, version = first.split(b" ")
        except ValueError:
            return self._answer(400, "Bad Request")
        if not hmac.compare_digest(_password_in(headers), self.server.password):
            return self._answer(407, "Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="openclaw"\r\n')
        try:
            upstream, forwarded = self._open(method, target, version, headers)
        except FetchRefused:
            return self._answer(403, "Forbidden", f"{REFUSED}: 1\r\n")
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout, OSError, ValueError):
            return self._answer(502, "Bad Gateway")
        with upstream:
            upstream.settimeout(_IDLE_SECONDS)
            if method == b"CONNECT":
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            upstream.sendall(forwarded + rest)
            _relay(self.request, upstream)
        return None

    def _open(self, method: bytes, target: bytes, version: bytes, headers: bytes) -> tuple[socket.socket, bytes]:
        """The connection, and what is sent over it first. Raises FetchRefused, ValueError and httpcore's errors."""
        if method == b"CONNECT":
            parts = urlsplit(f"//{target.decode('ascii')}")
        else:
            parts = urlsplit(target.decode("ascii"))
            if parts.scheme != "http":
                raise ValueError(parts.scheme)
        host, port = parts.hostname or "", parts.port or 80
        stream = self.server.backend.connect_tcp(host, port, _CONNECT_SECONDS)
        upstream = stream.get_extra_info("socket")
        assert isinstance(upstream, socket.socket)
        if method == b"CONNECT":
            return upstream, b""
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kept = [line for line in headers.split(b"\r\n") if line and not line.lower().startswith(_OURS)]
        upgrade = any(line.lower().startswith(b"upgrade:") for line in kept)
        kept.append(b"Connection: Upgrade" if upgrade else b"Connection: close")
        return upstream, b"\r\n".join([b" ".join([method, path.encode("ascii"), version]), *kept, b"", b""])

    def _answer(self, status: int, reason: str, more: str = "") -> None:
        # With something to show: browsers take an error without a body for a failure of the connection.
        head = f"HTTP/1.1 {status} {reason}\r\n{more}Content-Type: text/plain\r\nContent-Length: {len(reason)}\r\n"
        self.request.sendall(f"{head}Connection: close\r\n\r\n{reason}".encode("ascii"))


def _head_of(connection: socket.socket) -> tuple[bytes, bytes]:
    """A request's head, and what came behind it; empty where none came."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(_PIECE)
        if not piece or len(data) > _HEAD_BYTES:
            return b"", b""
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _password_in(headers: bytes) -> bytes:
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"proxy-authorization":
            return value.strip()
    return b""


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Pass on what either side says until both have ended."""
    back = threading.Thread(target=_pass_on, args=(other, one), daemon=True)
    back.start()
    _pass_on(one, other)
    back.join(_IDLE_SECONDS)


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(_PIECE):
            sink.sendall(piece)
    except OSError:
        pass
    finally:
        for each, how in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
            with contextlib.suppress(OSError):
                each.shutdown(how)
