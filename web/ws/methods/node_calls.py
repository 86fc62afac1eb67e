"""``node.invoke`` and what a node says to it: ``node.invoke.result``, ``node.invoke.progress``."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import json
import uuid
from functools import partial
from typing import Any

from openclaw.domain.nodes import DEFAULT_TIMEOUT_MS, MAX_PARAMS_BYTES, MAX_RESULT_BYTES, MAX_TIMEOUT_MS
from openclaw.errors import InvalidRequest, Unavailable
from openclaw.ports.nodes import NODE_PROGRESS_TOPIC, NewInvoke, NodeInvoke
from web.validation import Anything, Flag, Params, Text, Whole
from web.ws.dispatch import LATER, Call, Method
from web.ws.frames import encode_event_head
from web.ws.methods.message import session_key_of
from web.ws.methods.nodes import known_node
from web.ws.sending import OutgoingEvent

#: A client with this capability hears what a command says while it runs.
PROGRESS_CAPABILITY = "node-invoke-progress"
MAX_CHUNK_CHARS = 16_384


class InvokeParams(Params):
    nodeId = Text(required=True, min_length=1)
    command = Text(required=True, min_length=1)
    params = Anything()
    timeoutMs = Whole()
    idempotencyKey = Text(required=True, min_length=1)
    sessionKey = Text(min_length=1)
    turnSourceChannel = Text()
    turnSourceTo = Text()
    turnSourceAccountId = Text()
    turnSourceThreadId = Anything()


class ResultParams(Params):
    id = Text(required=True, min_length=1)
    nodeId = Text(required=True, min_length=1)
    ok = Flag(required=True)
    payload = Anything()
    payloadJSON = Text()
    error = Anything()


class ProgressParams(Params):
    invokeId = Text(required=True, min_length=1)
    nodeId = Text(required=True, min_length=1)
    seq = Whole(required=True)
    chunk = Text(required=True, max_length=MAX_CHUNK_CHARS)


def invoke(call: Call) -> Any:
    params, gateway = call.params, call.gateway
    node = known_node(call, params["nodeId"])
    command, given = params["command"], params.get("params")
    if command not in node.usable:
        why = "has not been approved" if command in node.unapproved else "is not offered by this node"
        details = {"code": "COMMAND_NOT_ALLOWED", "nodeId": node.node_id, "command": command}
        raise InvalidRequest(f"node command not allowed: {command} {why}", details=details)
    if given is not None and not isinstance(given, dict):
        raise InvalidRequest("invalid node.invoke params: at /params: must be object")
    if len(json.dumps(given)) > MAX_PARAMS_BYTES:
        raise InvalidRequest(f"invalid node.invoke params: at /params: more than {MAX_PARAMS_BYTES} bytes")
    if node.node_id not in gateway.nodes.connected():
        details = {"code": "NOT_CONNECTED", "nodeId": node.node_id}
        raise Unavailable(f"node {node.display_name} is not connected", details=details)
    asked = gateway.services.nodes.ask(
        NewInvoke(
            id=str(uuid.uuid4()),
            node_id=node.node_id,
            command=command,
            params=given or {},
            timeout_ms=min(params.get("timeoutMs") or DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS),
            key=f"call:{params['idempotencyKey']}",
            session_key=session_key_of(call, params["sessionKey"]) if "sessionKey" in params else "",
        )
    )
    wants_progress = PROGRESS_CAPABILITY in call.connection.admission.caps
    caller = _Caller(call, asked)
    call.connection.keep(caller)
    gateway.nodes.wait(asked, caller.answer, partial(_progress, call, asked) if wants_progress else None)
    return LATER


class _Caller:
    """Whoever waits for a command; when his connection ends, the command is stopped unless he asks again."""

    def __init__(self, call: Call, asked: NodeInvoke) -> None:
        self._call = call
        self._asked = asked
        self._answered = False

    def answer(self, ended: NodeInvoke) -> None:
        self._answered = True
        self._call.connection.release(self)
        _answer(self._call, ended)

    def cancel(self) -> None:
        if not self._answered:
            self._call.gateway.nodes.left_alone(self._asked)


def _answer(call: Call, ended: NodeInvoke) -> None:
    result = ended.result
    if result.get("ok"):
        payload = result.get("payload")
        call.respond(
            {
                "ok": True,
                "nodeId": ended.node_id,
                "command": ended.command,
                "payload": payload,
                "payloadJSON": None if payload is None else json.dumps(payload, ensure_ascii=False),
            }
        )
        return
    error = result.get("error") or {}
    code, message = str(error.get("code") or "ERROR"), str(error.get("message") or "the node gave no reason")
    details = {"code": code, "nodeId": ended.node_id, "command": ended.command, "nodeError": error}
    call.fail(Unavailable(message, details=details))


def _progress(call: Call, asked: NodeInvoke, seq: int, chunk: str) -> None:
    payload = {"invokeId": asked.id, "nodeId": asked.node_id, "seq": seq, "chunk": chunk}
    event = "node.invoke.progress"
    call.connection.queue.push_event(OutgoingEvent(event, encode_event_head(event, payload)))


def result(call: Call) -> Any:
    """A node's answer; taken once, and only over the connection that was asked."""
    params, gateway, connection = call.params, call.gateway, call.connection
    _check_own(call)
    if not gateway.nodes.asked(connection, params["id"]):
        return {"ok": True, "ignored": True}
    gateway.nodes.answered(connection, params["id"])
    taken = gateway.services.nodes.finish(params["id"], params["nodeId"], _read_result(params))
    return {"ok": True} if taken else {"ok": True, "ignored": True}


def _read_result(params: dict[str, Any]) -> dict[str, Any]:
    if not params["ok"]:
        error = params.get("error")
        error = error if isinstance(error, dict) else {}
        named = {name: str(error[name]) for name in ("code", "message") if error.get(name)}
        return {"ok": False, "error": {"code": "ERROR", "message": "the node gave no reason", **named}}
    payload, text = params.get("payload"), params.get("payloadJSON")
    if text is not None:
        try:
            payload = json.loads(text)
        except (ValueError, RecursionError):
            return {"ok": False, "error": {"code": "BAD_RESULT", "message": "the node's answer was no JSON"}}
    if len(json.dumps(payload)) > MAX_RESULT_BYTES:
        return {"ok": False, "error": {"code": "RESULT_TOO_LARGE", "message": "the node's answer was too large"}}
    return {"ok": True, "payload": payload}


def progress(call: Call) -> Any:
    params = call.params
    _check_own(call)
    if not call.gateway.nodes.asked(call.connection, params["invokeId"]):
        return {"ok": True, "ignored": True}
    facts = {"id": params["invokeId"], "seq": params["seq"], "chunk": params["chunk"]}
    call.gateway.services.nodes.tell(NODE_PROGRESS_TOPIC, **facts)
    return {"ok": True}


def _check_own(call: Call) -> None:
    if call.params["nodeId"] != call.connection.admission.device_id:
        raise InvalidRequest("nodeId mismatch", details={"code": "NODE_ID_MISMATCH"})


METHODS = (
    Method("node.invoke", InvokeParams(), invoke),
    Method("node.invoke.result", ResultParams(), result),
    Method("node.invoke.progress", ProgressParams(), progress),
)
