"""Serves one connection: takes what a gateway asks, does it on threads of its own, answers.

An answer that cannot be given any more is lost with its connection: the gateway has told the caller by then.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any, Protocol

from openclaw.errors import OpenClawError
from openclaw.nodes.job import Command, Job, NodeRefused

log = logging.getLogger(__name__)

#: Commands that run at a time; more wait.
AT_ONCE = 8
MAX_CHUNK_CHARS = 16_384
#: Items that are asked for at a time, after connecting.
DRAIN_ITEMS = 10

Frame = Mapping[str, Any]


class Wire(Protocol):
    """A connection with a gateway. Sending is thread-safe."""

    def send(self, method: str, params: dict[str, Any] | None = None) -> str:
        """Send a request; its id."""
        ...

    def frames(self) -> Iterable[Frame]:
        """Answers and events as they come."""
        ...


class NodeHost:
    """One connection's worth."""

    def __init__(self, node_id: str, commands: Mapping[str, Command], wire: Wire) -> None:
        self._node_id = node_id
        self._commands = commands
        self._wire = wire
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="node")
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._drain_id = ""

    def serve(self) -> None:
        """Serve until the connection ends; raises what ended it. What runs then is stopped."""
        try:
            self._drain()
            for frame in self._wire.frames():
                self._take(frame)
        finally:
            with self._lock:
                for job in self._jobs.values():
                    job.cancelled.set()
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _take(self, frame: Frame) -> None:
        payload = frame.get("payload")
        if not isinstance(payload, dict):
            return
        match frame.get("event"):
            case "node.invoke.request":
                self._begin(payload)
            case "node.invoke.cancel":
                with self._lock:
                    job = self._jobs.get(str(payload.get("id") or payload.get("invokeId")))
                if job is not None:
                    job.cancelled.set()
            case "tick":
                self._drain()
            case None if frame.get("id") == self._drain_id:
                self._do_pending(payload)

    def _begin(self, request: Frame) -> None:
        invoke_id = str(request.get("id"))
        job = Job(seconds=float(request.get("timeoutMs") or 30_000) / 1000)
        numbers = count()
        job.progress = lambda text: self._progress(invoke_id, next(numbers), text)
        with self._lock:
            if invoke_id in self._jobs:
                return  # it was sent twice
            self._jobs[invoke_id] = job
        self._pool.submit(partial(self._run, invoke_id, request, job))

    def _run(self, invoke_id: str, request: Frame, job: Job) -> None:
        answer = {"id": invoke_id, "nodeId": self._node_id, **self._result(request, job)}
        with self._lock:
            self._jobs.pop(invoke_id, None)
        if not job.cancelled.is_set():
            self._send("node.invoke.result", answer)

    def _result(self, request: Frame, job: Job) -> dict[str, Any]:
        name = str(request.get("command"))
        command = self._commands.get(name)
        try:
            if command is None:
                raise NodeRefused("UNKNOWN_COMMAND", f"this node does not offer {name}")
            payload = command(_params(request), job)
            return {"ok": True, "payloadJSON": json.dumps(payload, ensure_ascii=False)}
        except NodeRefused as refused:
            return {"ok": False, "error": {"code": refused.code, "message": str(refused)}}
        except OpenClawError as error:
            return {"ok": False, "error": {"code": error.wire_code, "message": str(error)}}
        except Exception:  # the gateway must hear that nothing will come
            log.exception("%s failed", name)
            return {"ok": False, "error": {"code": "INTERNAL", "message": f"{name} failed on the node; see its log"}}

    def _progress(self, invoke_id: str, seq: int, text: str) -> None:
        told = {"invokeId": invoke_id, "nodeId": self._node_id, "seq": seq, "chunk": text[:MAX_CHUNK_CHARS]}
        self._send("node.invoke.progress", told)

    def _do_pending(self, page: Frame) -> None:
        """What has waited for this machine: a wish for its status is answered, others it cannot fulfil."""
        items = page.get("items") or ()
        if not items:
            return
        if any(item.get("type") == "status.request" for item in items):
            status = self._commands["device.status"]({}, Job(seconds=10))
            self._send("node.event", {"event": "node.status", "payload": status})
        self._send("node.pending.ack", {"ids": [item["id"] for item in items]})
        if page.get("hasMore"):
            self._drain()

    def _drain(self) -> None:
        self._drain_id = self._wire.send("node.pending.drain", {"maxItems": DRAIN_ITEMS})

    def _send(self, method: str, params: dict[str, Any]) -> None:
        try:
            self._wire.send(method, params)
        except OpenClawError as error:  # the loop that reads hears of it too
            log.warning("%s could not be sent: %s", method, error)


def _params(request: Frame) -> dict[str, Any]:
    try:
        params = json.loads(request.get("paramsJSON") or "{}")
    except (ValueError, TypeError) as error:
        raise NodeRefused("BAD_PARAMS", "the parameters are no JSON") from error
    if not isinstance(params, dict):
        raise NodeRefused("BAD_PARAMS", "the parameters are no object")
    return params
