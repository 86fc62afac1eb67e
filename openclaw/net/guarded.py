"""The one way to fetch from an address that somebody else chose.

A name is looked up once, every address that it has is checked, and the connection goes to the very address that was
checked, with the name for TLS and Host. Redirects are followed here, each checked anew. Size and time have bounds, also
of what is unpacked.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore2
import httpx2

from openclaw.domain.public_address import is_refused_name, may_connect
from openclaw.errors import ToolError

MAX_REDIRECTS = 5
#: Ports beside the usual ones lead to services that are no web servers.
PORTS = frozenset({80, 443, 8080, 8443})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 65_536

#: From a name and a port to the addresses that it has. Raises OSError.
Resolve = Callable[[str, int], Sequence[str]]


class FetchRefused(ToolError):
    """The address may not be fetched from, or what came is too much."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, as far as it was taken."""

    url: str
    status: int
    content_type: str
    body: bytes
    #: There was more than was taken.
    cut: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one fetch may take."""

    seconds: float = 30.0
    most_bytes: int = 5 * 1024 * 1024


def look_up(host: str, port: int) -> Sequence[str]:
    """Every address that a name has."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore2.NetworkBackend):
    """Connects to addresses that may be connected to, and to no other."""

    def __init__(self, allowed: Collection[str], resolve: Resolve, ports: Collection[int]) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._ports = ports
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Raises FetchRefused, or httpcore's ConnectError."""
        name = host.rstrip(".").lower()
        if not {name, f"{name}:{port}"} & set(self._allowed):
            if is_refused_name(host):
                raise FetchRefused(f"{host} is not a public address.")
            if port not in self._ports:
                raise FetchRefused(f"Port {port} is not one of a web server.")
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} is not known") from error
        if not addresses or not all(may_connect(host, port, each, self._allowed) for each in addresses):
            raise FetchRefused(f"{host} is not a public address.")
        failure: Exception = httpcore2.ConnectError(f"{host} cannot be reached")
        for address in addresses:
            try:
                return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        raise FetchRefused(f"{path}: only the network is fetched from.")


class _GuardedTransport(httpx2.HTTPTransport):
    """httpx's transport over guarded connections, which belong to one fetch."""

    def __init__(self, backend: GuardedBackend, context: Any) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context or httpx2.create_ssl_context(), max_connections=2, network_backend=backend
        )


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches by these rules. Thread-safe. ``resolve``, ``ports`` and ``context`` are for tests."""

    #: Private places that an operator allows: ``host`` or ``host:port``.
    allowed: frozenset[str] = frozenset()
    resolve: Resolve = look_up
    ports: frozenset[int] = PORTS
    context: Any = None

    def fetch(
        self,
        url: str,
        bounds: Bounds,
        headers: dict[str, str],
        body: bytes | None = None,
        *,
        redirects: int = MAX_REDIRECTS,
    ) -> Fetched:
        """Get an address, or post ``body`` to it. ``redirects`` are followed: none where headers hold a key.

        Raises FetchRefused for what may not be fetched, ToolError for what cannot.
        """
        method = "GET" if body is None else "POST"
        deadline = time.monotonic() + bounds.seconds
        transport = _GuardedTransport(GuardedBackend(self.allowed, self.resolve, self.ports), self.context)
        with httpx2.Client(transport=transport, follow_redirects=False, trust_env=False) as client:
            for _ in range(redirects + 1):
                _check_url(url)
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ToolError(f"{url}: took longer than {bounds.seconds:g} seconds.")
                try:
                    with client.stream(method, url, headers=headers, content=body, timeout=min(left, 10.0)) as answer:
                        to = answer.headers.get("location", "")
                        if answer.status_code in _REDIRECTS and to:
                            following = urljoin(url, to)
                            if url.startswith("https:") and following.startswith("http:"):
                                raise FetchRefused(f"{url} leads from https to http.")
                            url = following
                            continue
                        return _taken(url, answer, bounds, deadline)
                except httpx2.HTTPError as error:
                    raise ToolError(f"{url}: cannot be fetched ({type(error).__name__}: {error}).") from None
        raise FetchRefused(f"More than {redirects} redirects." if redirects else "The answer leads elsewhere.")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise FetchRefused(f"{url[:200]!r} is no address.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise FetchRefused(f"{url[:200]!r}: only http and https addresses are fetched.")
    if parts.username is not None or parts.password is not None:
        raise FetchRefused("An address with a user name or a password is not fetched.")


def _taken(url: str, answer: httpx2.Response, bounds: Bounds, deadline: float) -> Fetched:
    body = bytearray()
    cut = False
    # Unpacked as it comes: what a small answer unpacks to has the same bound.
    for piece in answer.iter_bytes(_PIECE):
        room = bounds.most_bytes - len(body)
        body += piece[:room]
        if len(piece) > room:
            cut = True
            break
        if time.monotonic() > deadline:
            raise ToolError(f"{url}: took longer than {bounds.seconds:g} seconds.")
    return Fetched(url, answer.status_code, answer.headers.get("content-type", ""), bytes(body), cut)
