"""Files of the web that agents send."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from openclaw.domain.envelope import ReplyRoute
from openclaw.domain.message_guard import MessageRules
from openclaw.errors import ToolError
from openclaw.net.guarded import Fetcher
from tests.unit.tools.test_message_tool import Office, kept, send

pytestmark = pytest.mark.spec("E9", "C10")


@contextmanager
def answering(content: bytes) -> Iterator[int]:
    """A web server for one call; its port."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield server.server_port
        thread.join(10)


def test_a_file_may_be_fetched_as_pages_are():
    office = Office()
    with answering(b"a,b") as port:
        fetcher = Fetcher(frozenset({f"127.0.0.1:{port}"}))
        send(office, fetcher=fetcher, message="", url=f"http://127.0.0.1:{port}/tables/last%20week.csv?x=1")
    assert office.sent == [
        (ReplyRoute("telegram", "default", "42", "7"), kept(b"a,b", "last week.csv"), "tool:run:4:file")
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"url": "http://127.0.0.1/x"}, "127.0.0.1"),
        ({"url": "http://a.example/x", "file": "y"}, "either a file or a url"),
        ({"url": "http://a.example/x", "to": "C1", "channel": "slack"}, "slack takes no files"),
    ],
)
def test_what_is_not_fetched(arguments, says):
    with pytest.raises(ToolError, match=says):
        send(Office(MessageRules(targets=("slack:*",))), message="", **arguments)
