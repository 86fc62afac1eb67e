"""A file is fetched no further than its limit, whatever the platform says of its size."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from openclaw.channel_kit.http import ChannelHttp
from openclaw.errors import ChannelRejected, ChannelUnreachable
from openclaw.ports.secrets import Secret


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server for one call."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/file"
        thread.join(10)


@pytest.fixture
def http() -> Iterator[ChannelHttp]:
    made = ChannelHttp("platform", read_timeout_seconds=5, secrets=(Secret("t0ken"),))
    yield made
    made.close()


def test_a_file_comes_with_its_answer(http):
    with answering(lambda peer: peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")) as url:
        answer = http.download(url, what="file", max_bytes=5)
    assert (answer.status_code, answer.content) == (200, b"hello")


def test_a_stream_without_an_end_is_given_up_at_the_limit(http):
    def pour(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                peer.sendall(b"x" * 65536)
        except OSError:
            return

    with answering(pour) as url, pytest.raises(ChannelRejected, match="platform file: it is larger than 1000"):
        http.download(url, what="file", max_bytes=1000)


def test_a_file_that_breaks_off_may_be_fetched_again(http):
    with (
        answering(lambda peer: peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")) as url,
        pytest.raises(ChannelUnreachable),
    ):
        http.download(url, what="file", max_bytes=100)
