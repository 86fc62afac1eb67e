"""How quickly the gateway answers while it is busy: every slot streams, one client hears all of it, one does not read.

``python -m tests.bench.isolation stream WS_URL TOKEN --sessions 32`` keeps that many sessions answering at length, until it
is ended; it prints ``streaming`` once all of them are. ``… probe WS_URL TOKEN --count 400`` times ``health``, the acceptance of messages and
whole handshakes, one after the other, and reports milliseconds as JSON. It hears its own runs only, as a chat window
does: what it takes to read those of all others is not the gateway's time. Two programs, so that neither waits for the
other's interpreter.
"""

from __future__ import annotations

import argparse
import json
import socket
import time
import uuid
from collections.abc import Callable
from typing import Any

import websocket

from tests.bench.load import connect, percentile

#: A story of this many tokens, spread over these seconds: what a model writes in earnest.
TOKENS, SECONDS = 200, 10
#: Bytes that a client which does not read takes in before it is noticed.
SMALL_BUFFER = 4096
PAUSE_SECONDS = 0.02


def stream(url: str, token: str, sessions: int) -> None:
    """Keep sessions streaming, and one connection that never reads."""
    lazy = connect(url, token)
    lazy.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    ws = connect(url, token)
    tag = uuid.uuid4().hex[:8]
    keys = {f"agent:main:stream-{tag}-{number}" for number in range(sessions)}
    started: set[str] = set()
    for number, key in enumerate(sorted(keys), 1):
        # The first ones are shorter and shorter, so that not all begin anew at once.
        _say(ws, key, _story(number / sessions))
    while True:
        frame = json.loads(ws.recv())
        payload = frame.get("payload") or {}
        key = payload.get("sessionKey", "")
        if frame.get("event") != "chat" or key not in keys:
            continue
        if payload["state"] == "delta" and key not in started:
            started.add(key)
            if started == keys:
                print("streaming", flush=True)
        elif payload["state"] in {"final", "error", "aborted"}:
            _say(ws, key, _story(1))


def _story(share: float) -> str:
    return f"[[tokens:{TOKENS * share:.0f}]] [[slow:{SECONDS * share:.2f}]] a long story"


def _say(ws: websocket.WebSocket, key: str, text: str) -> str:
    request_id = str(uuid.uuid4())
    params = {"sessionKey": key, "message": text, "idempotencyKey": request_id}
    ws.send(json.dumps({"type": "req", "id": request_id, "method": "chat.send", "params": params}))
    return request_id


def probe(url: str, token: str, count: int) -> dict[str, Any]:
    """Time ``count`` of each, in turns."""
    ws = connect(url, token, ["session-scoped-events"])
    tag = uuid.uuid4().hex[:8]
    number = 0

    def health() -> None:
        request_id = str(uuid.uuid4())
        ws.send(json.dumps({"type": "req", "id": request_id, "method": "health", "params": {}}))
        _answer(ws, request_id)

    def accept() -> None:
        nonlocal number
        number += 1
        _answer(ws, _say(ws, f"agent:main:probe-{tag}-{number}", "[[tokens:1]] short"))

    def handshake() -> None:
        connect(url, token).close()

    times: dict[str, list[float]] = {"health": [], "accept": [], "handshake": []}
    calls: dict[str, Callable[[], None]] = {"health": health, "accept": accept, "handshake": handshake}
    for _ in range(count):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - began) * 1000)
        time.sleep(PAUSE_SECONDS)
    ws.close()
    return {
        name: {"p50_ms": round(percentile(found, 0.5), 1), "p99_ms": round(percentile(found, 0.99), 1)}
        for name, found in times.items()
    }


def _answer(ws: websocket.WebSocket, request_id: str) -> None:
    while True:
        frame = json.loads(ws.recv())
        if frame.get("id") == request_id:
            assert frame["ok"], frame
            return


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["stream", "probe"])
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--sessions", type=int, default=32)
    parser.add_argument("--count", type=int, default=400)
    asked = parser.parse_args()
    if asked.role == "stream":
        stream(asked.url, asked.token, asked.sessions)
    else:
        print(json.dumps(probe(asked.url, asked.token, asked.count)))


if __name__ == "__main__":
    main()
