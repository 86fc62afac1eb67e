"""Connections that another thread can end: over TLS, while connecting, during a handshake, under gevent."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpcore2
import pytest

from openclaw.net.connection import Connection, Connector, InFlight
from openclaw.ports.cancel import CancelToken
from tests.waiting import DEADLINE_SECONDS, wait_until

FOREVER = {"connect": 3600.0, "read": 3600.0, "write": 3600.0, "pool": 3600.0}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of its own for localhost, with its key."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve one connection on a thread; the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        thread = threading.Thread(target=lambda: _serve_one(listener, serve), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(DEADLINE_SECONDS)


def _serve_one(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    try:
        connection, _ = listener.accept()
    except OSError:
        return
    with connection:
        serve(connection)


def read_until_closed(connection: socket.socket, heard: threading.Event) -> None:
    heard.set()
    while connection.recv(4096):
        pass


class Getting:
    """A request on its own thread."""

    def __init__(self, pool: httpcore2.ConnectionPool, url: str) -> None:
        self.cancel = CancelToken()
        self.body = b""
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._get, args=(pool, url), daemon=True)
        self._thread.start()

    def _get(self, pool: httpcore2.ConnectionPool, url: str) -> None:
        try:
            with InFlight(self.cancel) as call, call.sending():
                self.body = pool.request("GET", url, extensions={"timeout": FOREVER}).content
        except BaseException as error:  # noqa: BLE001 - end() gives it to the test
            self.error = error

    def end(self) -> BaseException | None:
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive(), "the request did not end"
        return self.error


@contextmanager
def pool_trusting(folder: Path) -> Iterator[httpcore2.ConnectionPool]:
    context = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    with httpcore2.ConnectionPool(ssl_context=context, network_backend=Connector()) as pool:
        yield pool


def server_context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_an_answer_comes_over_tls(certificate: Path) -> None:
    def serve(plain: socket.socket) -> None:
        with server_context(certificate).wrap_socket(plain, server_side=True) as secured:
            secured.recv(4096)
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            secured.recv(4096)

    with listening(serve) as port, pool_trusting(certificate) as pool:
        getting = Getting(pool, f"https://localhost:{port}/")
        assert getting.end() is None
        assert getting.body == b"hello"


def test_a_certificate_that_is_not_trusted_is_refused(certificate: Path) -> None:
    def serve(plain: socket.socket) -> None:
        with suppress(OSError):
            server_context(certificate).wrap_socket(plain, server_side=True).close()

    with listening(serve) as port, httpcore2.ConnectionPool(network_backend=Connector()) as pool:
        error = Getting(pool, f"https://localhost:{port}/").end()
    assert isinstance(error, httpcore2.ConnectError)
    assert "certificate" in str(error).lower()


def test_a_cancel_ends_a_read_over_tls(certificate: Path) -> None:
    heard = threading.Event()

    def serve(plain: socket.socket) -> None:
        with server_context(certificate).wrap_socket(plain, server_side=True) as secured:
            secured.recv(4096)
            with suppress(OSError):
                read_until_closed(secured, heard)

    with listening(serve) as port, pool_trusting(certificate) as pool:
        getting = Getting(pool, f"https://localhost:{port}/")
        assert heard.wait(DEADLINE_SECONDS)
        getting.cancel.cancel("stop")
        assert isinstance(getting.end(), httpcore2.NetworkError | httpcore2.RemoteProtocolError)


def test_a_cancel_ends_a_handshake(certificate: Path) -> None:
    heard = threading.Event()

    def serve(plain: socket.socket) -> None:
        plain.recv(1)
        read_until_closed(plain, heard)

    with listening(serve) as port, pool_trusting(certificate) as pool:
        getting = Getting(pool, f"https://localhost:{port}/")
        assert heard.wait(DEADLINE_SECONDS)
        getting.cancel.cancel("stop")
        assert isinstance(getting.end(), httpcore2.ConnectError)


def test_a_connection_ended_before_its_handshake_sends_nothing_in_the_clear(certificate: Path) -> None:
    received: list[bytes] = []
    with (
        listening(lambda plain: received.append(plain.recv(4096))) as port,
        InFlight(CancelToken()) as call,
        call.sending(),
    ):
        connection = Connector().connect_tcp("127.0.0.1", port, 10.0)
        connection.shut_down(call)
        with pytest.raises(httpcore2.ConnectError):
            connection.start_tls(ssl.create_default_context(cafile=str(certificate / "cert.pem")), "localhost", 10.0)
        wait_until(lambda: received, what="the server to see the end")
    assert received == [b""]


@contextmanager
def accepting_nobody() -> Iterator[tuple[str, int]]:
    """The address of a listener whose queue is full: an attempt to connect to it stays one."""
    with ExitStack() as sockets:
        full = sockets.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            filler = sockets.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        yield full.getsockname()


def test_a_cancel_ends_an_attempt_to_connect() -> None:
    with accepting_nobody() as (host, port), httpcore2.ConnectionPool(network_backend=Connector()) as pool:
        getting = Getting(pool, f"http://{host}:{port}/")
        wait_until(lambda: pool.connections, what="the attempt")
        getting.cancel.cancel("stop")
        assert isinstance(getting.end(), httpcore2.NetworkError)


def test_a_cancel_between_the_socket_and_its_attempt_to_connect_ends_the_attempt() -> None:
    cancel = CancelToken()
    with accepting_nobody() as address, socket.socket() as sock, InFlight(cancel) as call:
        connection = Connection(sock)
        connection.join(call)
        cancel.cancel("stop")
        with pytest.raises(ConnectionAbortedError):
            connection.connect(address, 3600.0)


def test_a_connection_passed_on_is_not_ended_by_its_former_call() -> None:
    def serve(connection: socket.socket) -> None:
        for _ in range(2):
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        connection.recv(4096)

    with listening(serve) as port, httpcore2.ConnectionPool(network_backend=Connector()) as pool:
        url, former = f"http://127.0.0.1:{port}/", CancelToken()
        with InFlight(former) as call:
            with call.sending():
                assert pool.request("GET", url).content == b"ok"
            getting = Getting(pool, url)
            assert getting.end() is None
            former.cancel("stop")
        (connection,) = pool.connections
        assert connection.is_idle()
        assert not connection.has_expired()


UNDER_GEVENT = """
from gevent import monkey
monkey.patch_all()
import threading
from gevent.threadpool import ThreadPool
from openclaw.errors import RunAborted
from openclaw.ports.cancel import CancelToken
from tests.contract.providers.calls import Asking, ask, text_of
from tests.contract.providers.families import WIRE_FAMILIES, open_provider
from tests.waiting import wait_until
import sys

family = WIRE_FAMILIES[sys.argv[1]]
provider = open_provider(family.api, sys.argv[2])
doomed = [Asking(provider, ask("[[slow:600]] [[tokens:20000]] hello")) for _ in range(20)]
others = [Asking(provider, ask("hello")) for _ in range(50)]
assert [asking.end() for asking in others] == [None] * 50
wait_until(lambda: all(text_of(asking.events) for asking in doomed))
for asking in doomed[:10]:
    asking.cancel.cancel("stop")
native = ThreadPool(1)
for asking in doomed[10:]:
    native.apply(asking.cancel.cancel, ("stop",))
assert all(isinstance(asking.end(), RunAborted) for asking in doomed), [asking.error for asking in doomed]
provider.close()
print("done")
"""


@pytest.mark.parametrize("name", ["anthropic", "openai"])
def test_streams_and_cancels_work_under_gevent(name: str) -> None:
    from tests.contract.providers.families import WIRE_FAMILIES

    root = Path(__file__).resolve().parents[3]
    with WIRE_FAMILIES[name].server_class() as server:
        done = subprocess.run(
            [sys.executable, "-c", UNDER_GEVENT, name, server.base_url],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.stdout.strip() == "done", done.stderr
