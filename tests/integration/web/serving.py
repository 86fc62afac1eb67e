"""A gateway on a port of its own, over ports kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from tests.integration.web.client import Client
from tests.integration.web.twins import TOKEN, Desk, services
from web import create_app
from web.app import EXTENSION
from web.gateway import Gateway


@dataclass
class Served:
    """A running gateway and its insides."""

    port: int
    desk: Desk
    gateway: Gateway

    def client(self, **connect: Any) -> Client:
        """A client that has said hello."""
        client = Client(self.port)
        answer = client.connect(connect.pop("token", TOKEN), **connect)
        assert answer["ok"], answer
        return client

    def stranger(self, path: str = "/", **options: Any) -> Client:
        """A client that has not."""
        return Client(self.port, path, **options)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def serving(desk: Desk, state_dir: Path, **changes: Any) -> Iterator[Served]:
    app = create_app(services(desk, state_dir, **changes))
    gateway: Gateway = app.extensions[EXTENSION]
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        assert gateway.startup.wait(10), gateway.startup.failure
        yield Served(server.server_port, desk, gateway)
    finally:
        gateway.close()
        server.shutdown()
        thread.join()
        server.server_close()
