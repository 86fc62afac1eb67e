"""A load generator in a process of its own: keeps N turns in flight over one WebSocket and reports as JSON.

``python -m tests.bench.load WS_URL TOKEN --turns 500 --in-flight 64 [--text hello] [--same-session]``
"""

from __future__ import annotations

import argparse
import json
import time
import uuid
from collections.abc import Sequence

import websocket

from tests.stack import SCOPES
from tests.websockets import open_websocket


def connect(url: str, token: str, caps: Sequence[str] = ()) -> websocket.WebSocket:
    ws = open_websocket(url, 120)
    ws.recv()
    client = {"id": "gateway-client", "version": "1.0.0", "platform": "linux", "mode": "backend"}
    params = {
        "minProtocol": 4, "maxProtocol": 4, "client": client, "caps": list(caps), "role": "operator",
        "scopes": SCOPES, "auth": {"token": token},
    }  # fmt: skip
    ws.send(json.dumps({"type": "req", "id": "c", "method": "connect", "params": params}))
    assert json.loads(ws.recv())["ok"]
    return ws


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def run(url: str, token: str, turns: int, in_flight: int, text: str, same_session: bool) -> dict[str, float]:
    ws = connect(url, token)
    tag = uuid.uuid4().hex[:8]
    sent_at: dict[str, float] = {}
    first: dict[str, float] = {}
    final: dict[str, float] = {}
    errors = 0
    sent = 0

    def send_next() -> None:
        nonlocal sent
        key = f"b{tag}-{sent}"
        session = f"agent:main:bench-{tag}" if same_session else f"agent:main:bench-{tag}-{sent}"
        sent += 1
        params = {"sessionKey": session, "message": text, "idempotencyKey": key}
        frame = json.dumps({"type": "req", "id": key, "method": "chat.send", "params": params})
        sent_at[key] = time.perf_counter()
        ws.send(frame)

    began = time.perf_counter()
    for _ in range(min(in_flight, turns)):
        send_next()
    while len(final) < turns:
        text_frame = ws.recv()
        now = time.perf_counter()
        if '"event":"chat"' in text_frame[:64]:
            payload = json.loads(text_frame)["payload"]
            run_id, state = payload["runId"], payload["state"]
            if run_id not in sent_at:
                continue
            if state == "delta":
                first.setdefault(run_id, now)
            elif state in {"final", "error", "aborted"} and run_id not in final:
                final[run_id] = now
                errors += state != "final"
                if sent < turns:
                    send_next()
        elif '"ok":false' in text_frame[:200]:
            raise SystemExit(text_frame[:400])
    seconds = time.perf_counter() - began
    ws.close()
    to_first = [(first[k] - sent_at[k]) * 1000 for k in first]
    to_final = [(final[k] - sent_at[k]) * 1000 for k in final]
    return {
        "turns": turns,
        "seconds": round(seconds, 3),
        "turns_per_second": round(turns / seconds, 1),
        "errors": errors,
        "first_p50_ms": round(percentile(to_first, 0.5), 2),
        "first_p99_ms": round(percentile(to_first, 0.99), 2),
        "final_p50_ms": round(percentile(to_final, 0.5), 2),
        "final_p99_ms": round(percentile(to_final, 0.99), 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--turns", type=int, default=500)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--text", default="hello there")
    parser.add_argument("--same-session", action="store_true")
    a = parser.parse_args()
    print(json.dumps(run(a.url, a.token, a.turns, a.in_flight, a.text, a.same_session)))
