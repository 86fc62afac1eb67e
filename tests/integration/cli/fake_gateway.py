"""A gateway of a few lines on a real socket: challenge, connect, scripted answers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage

TOKEN = "right-token"

#: Gets the connection and the request's params; sends what it likes.
Answer = Callable[["Connection", str, dict[str, Any]], None]


class Connection:
    """One client, seen from the gateway."""

    def __init__(self, sock: socket.socket, gateway: FakeGateway) -> None:
        self._sock = sock
        self._gateway = gateway
        self._protocol = WSConnection(ConnectionType.SERVER)
        self._lock = threading.Lock()
        self._text = ""
        self._is_closing = False

    def send(self, frame: dict[str, Any]) -> None:
        self._put(TextMessage(data=json.dumps(frame)))

    def event(self, name: str, payload: dict[str, Any]) -> None:
        self.send({"type": "event", "event": name, "payload": payload})

    def answer(self, request_id: str, payload: Any) -> None:
        self.send({"type": "res", "id": request_id, "ok": True, "payload": payload})

    def refuse(self, request_id: str, code: str, message: str, **more: Any) -> None:
        self.send({"type": "res", "id": request_id, "ok": False, "error": {"code": code, "message": message, **more}})

    def close(self, code: int = 1012, reason: str = "service restart") -> None:
        self._is_closing = True
        self._put(CloseConnection(code=code, reason=reason))

    def serve(self) -> None:
        with self._sock:
            while data := self._receive():
                self._protocol.receive_data(data)
                for event in self._protocol.events():
                    if not self._handle(event):
                        return

    def _receive(self) -> bytes:
        try:
            return self._sock.recv(65536)
        except OSError:
            return b""

    def _handle(self, event: object) -> bool:
        match event:
            case Request():
                self._put(AcceptConnection())
                self._put(Ping(payload=b"are you there"))
                self.event("connect.challenge", {"nonce": "n", "ts": 1})
            case TextMessage():
                self._text += event.data
                if event.message_finished:
                    frame, self._text = json.loads(self._text), ""
                    self._gateway.take(self, frame)
            case CloseConnection():
                if not self._is_closing:
                    self._put(event.response())
                return False
        return True

    def _put(self, event: Any) -> None:
        with self._lock:
            try:
                self._sock.sendall(self._protocol.send(event))
            except OSError:
                return


class FakeGateway:
    """Listens on 127.0.0.1; ``answers`` maps methods to payloads or to functions."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self.refusals: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def params_of(self, method: str) -> dict[str, Any]:
        """Of the last call of a method."""
        return next(r["params"] for r in reversed(self.requests) if r["method"] == method)

    def take(self, connection: Connection, frame: dict[str, Any]) -> None:
        self.requests.append(frame)
        method, request_id, params = frame["method"], frame["id"], frame.get("params") or {}
        if method == "connect":
            self._connect(connection, request_id, params)
        elif callable(answer := self.answers.get(method)):
            answer(connection, request_id, params)
        elif answer is not None:
            connection.answer(request_id, answer)
        else:
            connection.refuse(request_id, "INVALID_REQUEST", f"unknown method: {method}")

    def _connect(self, connection: Connection, request_id: str, params: dict[str, Any]) -> None:
        if self.refusals:
            connection.refuse(request_id, **self.refusals.pop(0))
            connection.close(1013, "starting")
        elif params.get("auth", {}).get("token") != TOKEN:
            connection.refuse(request_id, "INVALID_REQUEST", "unauthorized: token mismatch")
            connection.close(1008, "unauthorized")
        else:
            hello = {"type": "hello-ok", "protocol": 4, "server": {"version": "9.9", "connId": "c"}}
            connection.answer(request_id, hello)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=Connection(sock, self).serve, daemon=True).start()


def chat_event(run_id: str, state: str, text: str, **more: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": [{"type": "text", "text": text}], "timestamp": 1}
    return {
        "runId": run_id,
        "sessionKey": "agent:main:main",
        "agentId": "main",
        "state": state,
        "message": message,
        **more,
    }
