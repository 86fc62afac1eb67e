"""A local ``signal-cli daemon --http``: JSON-RPC calls, a stream of events and the check, as signal-cli answers them.

After signal-cli-jsonrpc(5) and its ``HttpServerHandler``, ``SignalJsonRpcCommandHandler`` and commands; it fails when
told to, and refuses what signal-cli refuses.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from tests.wire.local_http import LocalHttp
from tests.wire.signal.envelopes import ME, TIME

_STYLE = re.compile(r"(\d+):(\d+):(NONE|BOLD|ITALIC|SPOILER|STRIKETHROUGH|MONOSPACE)")
_DATA_URI = re.compile(r"data:(?P<type>[^;,]+/[^;,]+);filename=(?P<name>[^;,]+);base64,(?P<data>.+)")


@dataclass(frozen=True)
class Fault:
    """What the next call of a method meets. ``swallow`` does what was asked and never answers."""

    kind: Literal["error", "swallow", "status", "garbage"] = "error"
    method: str = "send"
    code: int = -1
    message: str = "Failed to send message"
    results: tuple[dict[str, Any], ...] = ()
    status: int = 500


class _UserError(Exception):
    """What signal-cli answers with its code -1."""


class SignalServer(LocalHttp):
    """Listens on 127.0.0.1; a context manager. It has the one number ``ME``."""

    def __init__(self, *, many_accounts: bool = True) -> None:
        self.many_accounts = many_accounts
        #: What was sent, and every call with its parameters.
        self.sent: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.attachments: dict[str, bytes] = {}
        self.listeners: list[_Handler] = []
        self._changed = threading.Condition()
        self._faults: deque[Fault] = deque()
        self.listen(_handler(self))

    def fail(self, fault: Fault) -> None:
        """Let the next call of its method fail."""
        self._faults.append(fault)

    def params_of(self, method: str) -> list[dict[str, Any]]:
        with self._changed:
            return [params for name, params in self.calls if name == method]

    def wait_for_listener(self, number: int = 1) -> _Handler:
        """The latest stream of events, once so many were opened."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.listeners) >= number, 20), len(self.listeners)
            return self.listeners[-1]

    def tell(self, *events: dict[str, Any]) -> None:
        """Write events to the latest stream."""
        self.wait_for_listener().write("".join(_event(each) for each in events).encode())

    def release(self) -> None:
        for each in self.listeners:
            each.released.set()

    # --- for the handler --------------------------------------------------------------------------------------

    def opened(self, stream: _Handler) -> None:
        with self._changed:
            self.listeners.append(stream)
            self._changed.notify_all()

    def take_fault(self, method: str) -> Fault | None:
        for fault in list(self._faults):
            if fault.method == method:
                self._faults.remove(fault)
                return fault
        return None

    def answer(self, method: str, params: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
        """What a call is answered with, without what frames it."""
        with self._changed:
            self.calls.append((method, params))
        if fault is not None and fault.kind == "error":
            data = {"response": {"timestamp": TIME, "results": list(fault.results)}} if fault.results else None
            return {"error": {"code": fault.code, "message": fault.message, "data": data}}
        if not self.many_accounts and method == "listAccounts":
            return {"error": {"code": -32601, "message": "Method not implemented", "data": None}}
        if self.many_accounts and method not in ("version", "listAccounts") and params.get("account") != ME:
            return {"error": {"code": -32602, "message": "Specified account does not exist", "data": None}}
        try:
            return {"result": getattr(self, f"_{method}")(params)}
        except AttributeError:
            return {"error": {"code": -32601, "message": "Method not implemented", "data": None}}
        except _UserError as error:
            return {"error": {"code": -1, "message": str(error), "data": None}}

    def _version(self, _params: dict[str, Any]) -> dict[str, Any]:
        return {"version": "0.14.6"}

    def _listAccounts(self, _params: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802 (signal-cli's name)
        return [{"number": ME}]

    def _send(self, params: dict[str, Any]) -> dict[str, Any]:
        text = params.get("message", "")
        if not text and not params.get("attachment"):
            raise _UserError(
                "Sending empty message is not allowed, either a message, attachment or sticker must be given."
            )
        if "quoteTimestamp" in params and "quoteAuthor" not in params:
            raise _UserError("Quote author parameter is missing")
        for style in params.get("textStyle", ()):
            found = _STYLE.fullmatch(style)
            if found is None:
                raise _UserError(f"Invalid textStyle syntax ({style}) expected 'start:length:STYLE'")
            assert int(found[2]) > 0
            assert int(found[1]) + int(found[2]) <= len(text.encode("utf-16-le")) // 2
        self.sent.append(params | {"files": [_file(each) for each in params.get("attachment", ())]})
        return self._result(params)

    def _sendReaction(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 (signal-cli's name)
        assert params["emoji"]
        assert params["targetAuthor"]
        assert isinstance(params["targetTimestamp"], int)
        return self._result(params)

    def _remoteDelete(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 (signal-cli's name)
        assert isinstance(params["targetTimestamp"], int)
        return self._result(params)

    def _sendTyping(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 (signal-cli's name)
        return self._result(params)

    def _sendReceipt(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 (signal-cli's name)
        assert isinstance(params["recipient"], str)
        return self._result({"recipient": [params["recipient"]]})

    def _getAttachment(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 (signal-cli's name)
        if not (isinstance(params.get("recipient"), str) or isinstance(params.get("groupId"), str)):
            raise _UserError("one of the arguments --recipient -g/--group-id/--group is required")
        if params["id"] not in self.attachments:
            raise _UserError(f"Could not find attachment with ID: {params['id']}")
        return {"data": base64.b64encode(self.attachments[params["id"]]).decode()}

    def _result(self, params: dict[str, Any]) -> dict[str, Any]:
        if not any(params.get(key) for key in ("recipient", "groupId", "username")):
            raise _UserError("No recipients given")
        return {"timestamp": TIME + 1000 + len(self.calls), "results": [{"type": "SUCCESS"}]}


def _file(uri: str) -> tuple[str, str, bytes]:
    found = _DATA_URI.fullmatch(uri)
    assert found is not None, uri[:100]
    return found["type"], unquote(found["name"]), base64.b64decode(found["data"])


def _event(payload: dict[str, Any]) -> str:
    # Jackson writes characters as they are.
    return f"event:receive\ndata:{json.dumps(payload, ensure_ascii=False)}\n\n"


class _Handler(BaseHTTPRequestHandler):
    server_of: SignalServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/api/v1/check":
            self._respond(200)
        elif url.path != "/api/v1/events":
            self._respond(404)
        elif parse_qs(url.query).get("account") not in (None, [ME]):
            self._respond(400)
        else:
            self._stream()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if urlsplit(self.path).path != "/api/v1/rpc":
            self._respond(404)
            return
        if not self.headers.get("content-type", "").startswith("application/json"):
            self._respond(415)
            return
        request = json.loads(body)
        assert request["jsonrpc"] == "2.0"
        fault = self.server_of.take_fault(request["method"])
        if fault is not None and fault.kind == "status":
            self._respond(fault.status)
            return
        answer = self.server_of.answer(request["method"], request.get("params", {}), fault)
        if fault is not None and fault.kind == "swallow":
            self.close_connection = True
            return
        content = json.dumps({"jsonrpc": "2.0", "id": request["id"]} | answer).encode()
        self._respond(200, b"<html>" if fault is not None and fault.kind == "garbage" else content)

    def write(self, content: bytes) -> None:
        """One chunk of the stream."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))

    def keep_alive(self) -> None:
        self.write(b":\n")

    def _stream(self) -> None:
        self.released = threading.Event()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.server_of.opened(self)
        self.released.wait(60)
        self.close_connection = True

    def _respond(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        return


def _handler(server: SignalServer) -> type[_Handler]:
    return type("Handler", (_Handler,), {"server_of": server})
