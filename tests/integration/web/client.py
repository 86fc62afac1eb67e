"""A client of the gateway that checks every frame it gets against the protocol's schema."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from functools import cache
from pathlib import Path
from typing import Any, Self

import jsonschema
import websocket

from tests.websockets import open_websocket

WIRE = Path(__file__).parents[2] / "wire" / "openclaw"
ALL_SCOPES = ["operator.read", "operator.write", "operator.admin", "operator.approvals", "operator.pairing"]
BACKEND = {"id": "gateway-client", "version": "1", "platform": "linux", "mode": "backend"}
WAIT_SECONDS = 15.0

_CHAT = {
    "delta": "ChatDeltaEvent",
    "final": "ChatFinalEvent",
    "aborted": "ChatAbortedEvent",
    "error": "ChatErrorEvent",
    "status": "ChatStatusEvent",
}
_EVENTS = {"tick": "TickEvent", "shutdown": "ShutdownEvent"}
_RESULTS = {
    "connect": "HelloOk",
    "models.list": "ModelsListResult",
    "models.probe": "ModelsProbeResult",
    "agents.list": "AgentsListResult",
    "channels.status": "ChannelsStatusResult",
    "logs.tail": "LogsTailResult",
    "config.schema": "ConfigSchemaResponse",
    "config.schema.lookup": "ConfigSchemaLookupResult",
    "agent.identity.get": "AgentIdentityResult",
    "agents.create": "AgentsCreateResult",
    "agents.update": "AgentsUpdateResult",
    "agents.delete": "AgentsDeleteResult",
    "agents.files.list": "AgentsFilesListResult",
    "agents.files.get": "AgentsFilesGetResult",
    "agents.files.set": "AgentsFilesSetResult",
    "device.pair.setupCode": "DevicePairSetupCodeResult",
    "device.pair.setupStatus": "DevicePairSetupStatusResult",
    "device.token.rotate": "DeviceTokenRotateResult",
    "node.event": "NodeEventResult",
    "node.pending.drain": "NodePendingDrainResult",
    "node.pending.enqueue": "NodePendingEnqueueResult",
    "sessions.create": "SessionsCreateResult",
    "sessions.delete": "SessionsDeleteResult",
    "sessions.search": "SessionsSearchResult",
    "skills.bins": "SkillsBinsResult",
    "tasks.list": "TasksListResult",
    "tasks.get": "TasksGetResult",
    "tasks.cancel": "TasksCancelResult",
    "tools.invoke": "ToolsInvokeResult",
}  # those of commands.list, tools.catalog and tools.effective allow no description, which recordings have: not usable


@cache
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((WIRE / "schema.json").read_text())
    return loaded


@cache
def _validator(definition: str) -> jsonschema.Draft7Validator:
    whole = schema()
    return jsonschema.Draft7Validator({**whole["definitions"][definition], "definitions": whole["definitions"]})


def fits(definition: str, value: Any) -> None:
    """Assert that a value fits a definition of the protocol's schema."""
    errors = [
        f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in _validator(definition).iter_errors(value)
    ]
    assert not errors, f"{definition}: {errors}"


class Closed(Exception):
    """The gateway closed the connection."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Client:
    """One WebSocket. ``events`` keeps what came besides the answers."""

    def __init__(self, port: int, path: str = "/", **options: Any) -> None:
        self.ws = open_websocket(f"ws://127.0.0.1:{port}{path}", WAIT_SECONDS, **options)
        self.events: list[dict[str, Any]] = []
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.methods: dict[str, str] = {}
        self.seq = 0
        self._ids = itertools.count(1)
        try:
            self.challenge = self.frame()["payload"]
        except BaseException:
            self.ws.shutdown()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ws.shutdown()

    # --- handshake --------------------------------------------------------------------------------------------

    def connect(self, token: str | None, **changes: Any) -> dict[str, Any]:
        """Send ``connect`` and return the answer."""
        params = {
            "minProtocol": 4,
            "maxProtocol": 4,
            "client": BACKEND,
            "caps": [],
            "role": "operator",
            "scopes": ALL_SCOPES,
            "auth": {"token": token} if token is not None else {},
            **changes,
        }
        return self.call("connect", params)

    # --- requests ---------------------------------------------------------------------------------------------

    def send(self, method: str, params: Any = None) -> str:
        request_id = f"{next(self._ids)}:test"
        self.methods[request_id] = method
        frame = {"type": "req", "id": request_id, "method": method}
        self.ws.send(json.dumps(frame | ({} if params is None else {"params": params})))
        return request_id

    def call(self, method: str, params: Any = None) -> dict[str, Any]:
        return self.answer(self.send(method, params))

    def result(self, method: str, params: Any = None) -> Any:
        answered = self.call(method, params)
        assert answered["ok"], answered
        return answered["payload"]

    def answer(self, request_id: str) -> dict[str, Any]:
        """The next answer to a request."""
        while not self.answers.get(request_id):
            self.frame()
        return self.answers[request_id].pop(0)

    # --- frames -----------------------------------------------------------------------------------------------

    def frame(self) -> dict[str, Any]:
        """Read one frame, check it and sort it in. Raises Closed."""
        data = self._text_frame()
        frame: dict[str, Any] = json.loads(data)
        if frame["type"] == "event":
            self._check_event(frame)
            self.events.append(frame)
        else:
            fits("ResponseFrame", frame)
            definition = _RESULTS.get(self.methods.get(frame["id"], ""))
            if frame["ok"] and definition:
                fits(definition, frame["payload"])
            self.answers.setdefault(frame["id"], []).append(frame)
        return frame

    def _text_frame(self) -> bytes:
        while True:
            raw = self.ws.recv_frame()
            data: bytes = raw.data
            if raw.opcode == websocket.ABNF.OPCODE_CLOSE:
                with contextlib.suppress(OSError):  # the gateway waits for our close for a moment only
                    self.ws.send_close(status=1000)
                code = int.from_bytes(data[:2], "big") if len(data) >= 2 else 1005
                raise Closed(code, data[2:].decode())
            if raw.opcode == websocket.ABNF.OPCODE_PING:
                self.ws.pong(data)
            elif raw.opcode == websocket.ABNF.OPCODE_TEXT:
                return data

    def _check_event(self, frame: dict[str, Any]) -> None:
        fits("EventFrame", frame)
        if "seq" in frame:
            assert frame["seq"] == self.seq + 1, "the connection's counter must have no holes"
            self.seq = frame["seq"]
        if frame["event"] == "chat":
            fits(_CHAT[frame["payload"]["state"]], frame["payload"])
        elif frame["event"] in _EVENTS:
            fits(_EVENTS[frame["event"]], frame["payload"])

    def until(self, event: str, **wanted: Any) -> dict[str, Any]:
        """The payload of the first event, seen already or yet to come, with these values."""
        deadline = time.monotonic() + WAIT_SECONDS
        seen = 0
        while True:
            for frame in self.events[seen:]:
                if frame["event"] == event and wanted.items() <= frame["payload"].items():
                    payload: dict[str, Any] = frame["payload"]
                    return payload
            seen = len(self.events)
            assert time.monotonic() < deadline, f"no {event} {wanted}"
            self.frame()

    def closed(self) -> Closed:
        """Read on until the gateway closes, and say how."""
        try:
            while True:
                self.frame()
        except Closed as closed:
            return closed

    def chats(self, run_id: str) -> list[dict[str, Any]]:
        return [f["payload"] for f in self.events if f["event"] == "chat" and f["payload"]["runId"] == run_id]

    def agents(self, run_id: str) -> list[dict[str, Any]]:
        return [f["payload"] for f in self.events if f["event"] == "agent" and f["payload"]["runId"] == run_id]
