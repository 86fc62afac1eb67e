"""A local Slack: the Web API, uploads and downloads, and the WebSockets of Socket Mode; it fails when told to.

It follows https://docs.slack.dev/reference/methods, .../apis/events-api/using-socket-mode and
.../messaging/working-with-files, and refuses what Slack refuses. One port does it all.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from tests.wire.local_http import LocalHttp
from tests.wire.slack.methods import TABLE, Refused, Workspace
from tests.wire.slack.sockets import LiveSocket, handshake

BOT_TOKEN, APP_TOKEN = "xoxb-1-very-secret", "xapp-1-very-secret"
#: The socket's address has a secret in it too.
TICKET = "a-very-secret-ticket"

FaultKind = Literal["rate-limit", "refuse", "status", "close-after-request", "hang", "garbage"]


@dataclass(frozen=True)
class Fault:
    """What the next call of a method meets. ``close-after-request`` and ``hang`` do what was asked and never answer."""

    kind: FaultKind
    method: str = "chat.postMessage"
    error: str = ""
    status: int = 200
    retry_after: int = 1
    body: bytes = b"<html>not Slack</html>"
    extra: dict[str, Any] = field(default_factory=dict)


class SlackServer(LocalHttp):
    """Listens on 127.0.0.1; a context manager."""

    def __init__(self) -> None:
        self.workspace = Workspace()
        self._changed = threading.Condition()
        self._calls: list[tuple[str, dict[str, Any]]] = []
        self._faults: deque[Fault] = deque()
        self._released = threading.Event()
        self.sockets: list[LiveSocket] = []
        self.acknowledged: list[str] = []
        #: Paths of files: their content type and content, or where they are sent on to.
        self.files: dict[str, tuple[str, bytes] | str] = {}
        #: What each request for a file came with.
        self.file_tokens: list[tuple[str, str]] = []
        self.listen(_handler(self))

    @property
    def url(self) -> str:
        return f"{self.base}/api"

    def calls(self, method: str) -> list[dict[str, Any]]:
        with self._changed:
            return [payload for name, payload in self._calls if name == method]

    def fail(self, fault: Fault) -> None:
        """Let the next call of its method fail."""
        self._faults.append(fault)

    def wait_for_socket(self, number: int = 1) -> LiveSocket:
        """The latest socket, once so many were opened."""
        self._wait(lambda: len(self.sockets) >= number, f"{number} sockets")
        return self.sockets[-1]

    def wait_for_acknowledgement(self, envelope_id: str) -> None:
        self._wait(lambda: envelope_id in self.acknowledged, f"the acknowledgement of {envelope_id}")

    def release(self) -> None:
        self._released.set()
        for each in self.sockets:
            each.cut()

    # --- for the handler --------------------------------------------------------------------------------------

    def take_fault(self, method: str) -> Fault | None:
        for fault in list(self._faults):
            if fault.method == method:
                self._faults.remove(fault)
                return fault
        return None

    def note_call(self, method: str, payload: dict[str, Any]) -> None:
        with self._changed:
            self._calls.append((method, payload))
            self._changed.notify_all()

    def hang(self) -> None:
        self._released.wait(60)

    def answer(self, method: str, payload: dict[str, Any], token: str) -> dict[str, Any]:
        """What Slack says when it does what was asked. Raises Refused."""
        if not token:
            raise Refused("not_authed")
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                raise Refused("not_allowed_token_type" if token == BOT_TOKEN else "invalid_auth")
            return {"url": f"{self.base.replace('http', 'ws', 1)}/link/?ticket={TICKET}&app_id=A1"}
        if token != BOT_TOKEN:
            raise Refused("not_allowed_token_type" if token == APP_TOKEN else "invalid_auth")
        if method not in TABLE:
            raise Refused("unknown_method")
        return TABLE[method](self.workspace, payload, self.base)

    def welcome(self, live: LiveSocket) -> None:
        with self._changed:
            self.sockets.append(live)
            self._changed.notify_all()
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}}
        live.push(hello | {"debug_info": {"host": "applink-1", "approximate_connection_time": 18060}})

    def answered(self, message: dict[str, Any]) -> None:
        with self._changed:
            self.acknowledged.append(message["envelope_id"])
            self._changed.notify_all()

    def _wait(self, condition: Any, what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, 20), f"{what} did not come"


def _payload(kind: str, body: bytes) -> dict[str, Any]:
    if kind.startswith("application/json"):
        return json.loads(body or b"{}")
    return dict(parse_qsl(body.decode()))


def _handler(server: SlackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def log_message(self, *_: Any) -> None:
            """Stay silent: addresses hold secrets."""

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/link/" and self.headers.get("upgrade") == "websocket":
                self._socket(dict(parse_qsl(address.query)))
                return
            server.file_tokens.append((address.path, self._token()))
            found = server.files.get(address.path)
            if isinstance(found, str):
                self._send(302, b"", {"location": found})
            elif found is None:
                self._send(404, b"not found", {})
            else:
                self._send(200, found[1], {"content-type": found[0]})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            address = urlsplit(self.path).path
            if address.startswith("/upload/"):
                taken = server.workspace.upload(address.removeprefix("/upload/"), body)
                self._send(200 if taken else 400, b"OK", {})
                return
            found = re.fullmatch(r"/api/([a-zA-Z.]+)", address)
            if found is None:
                self._send(404, b"", {})
                return
            kind = self.headers.get("content-type", "")
            self._call(found[1], _payload(kind, body), kind)

        def _call(self, method: str, payload: dict[str, Any], kind: str) -> None:
            server.note_call(method, payload)
            fault = server.take_fault(method)
            match fault.kind if fault else None:
                case "rate-limit":
                    self._reply({"ok": False, "error": "ratelimited"}, 429, {"retry-after": str(fault.retry_after)})
                    return
                case "refuse":
                    self._reply({"ok": False, "error": fault.error} | fault.extra, fault.status)
                    return
                case "status":
                    self._send(fault.status, fault.body, {})
                    return
            try:
                if method.startswith("files.") and kind.startswith("application/json"):
                    raise Refused("invalid_arguments")
                result = server.answer(method, payload, self._token())
            except Refused as refused:
                self._reply({"ok": False, "error": refused.error})
                return
            match fault.kind if fault else None:
                case "close-after-request":
                    self.close_connection = True
                case "hang":
                    server.hang()
                    self.close_connection = True
                case "garbage":
                    self._send(200, fault.body, {})
                case _:
                    self._reply({"ok": True} | result)

        def _socket(self, query: dict[str, str]) -> None:
            self.close_connection = True
            if query.get("ticket") != TICKET:
                self._send(403, b"", {})
                return
            self.wfile.write(handshake(self.headers["sec-websocket-key"]))
            live = LiveSocket(self.connection, server.answered)
            server.welcome(live)
            live.serve()

        def _token(self) -> str:
            return self.headers.get("authorization", "").removeprefix("Bearer ")

        def _reply(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
            self._send(status, json.dumps(body).encode(), {"content-type": "application/json"} | (headers or {}))

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in (headers | {"content-length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler
