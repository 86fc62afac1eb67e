"""Bare Celery on the same Redis and pool: what the task queue alone can do.

The app (``celery -A tests.bench.bare worker -P threads``) has a no-op, a task that streams a model and publishes each
token, and a lane turn that does nothing but begin and done. The publisher runs in a process of its own:
``python -m tests.bench.bare publish|stream|latency|lane URL N``.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
import time
from typing import Any

import redis
from celery import Celery

from openclaw.coordination.client import broker_settings, connect
from openclaw.coordination.doorbell import KombuDoorbell
from openclaw.coordination.lanes import RedisLanes
from openclaw.ports.lanes import ClassLimit, LaneWork, Outlook

URL = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/0")
MODEL_URL = os.environ.get("BENCH_MODEL_URL", "")
_broker = broker_settings(URL)
app = Celery("bare")
app.conf.update(
    broker_url=_broker.url,
    # Celery's own defaults where ours save work; see openclaw/coordination/client.py.
    broker_transport_options={**_broker.transport_options, "ack_emulation": True},
    task_ignore_result=True,
    worker_disable_prefetch=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    task_default_queue="bare",
    task_serializer="json",
    accept_content=["json"],
)
_done = itertools.count(1)
_lock = threading.Lock()
_parts: dict[str, Any] = {}


def _count(total: int) -> None:
    if next(_done) % total == 0:
        _client().lpush("bare:done", 1)


def _client() -> redis.Redis:
    if "client" not in _parts:
        _parts["client"] = connect(URL)
        _parts["lanes"] = RedisLanes(_parts["client"])
    return _parts["client"]


@app.task(name="bare.noop")
def noop(total: int) -> None:
    _count(total)


@app.task(name="bare.start")
def start(sent: float) -> None:
    _client().lpush("bare:latency", (time.time() - sent) * 1000)


@app.task(name="agent.turn")
def turn(session_id: int, fence: int) -> None:
    """A lane turn that does nothing: what the lane adds to the task queue."""
    client = _client()
    if _parts["lanes"].begin(session_id, fence, "bench"):
        started = time.time()
        client.lpush("bare:started", f"{session_id}:{started}")
        _parts["lanes"].done(session_id, fence, Outlook(seen_ordinal=1))


@app.task(name="bare.stream")
def stream(total: int, run: str) -> None:
    """Stream 20 tokens through the SDK and publish each one."""
    import openai

    if "openai" not in _parts:
        with _lock:
            _parts.setdefault("openai", openai.OpenAI(base_url=f"{MODEL_URL}/v1", api_key="x", max_retries=0))
    client = _client()
    messages = [{"role": "user", "content": "hello there"}]
    for chunk in _parts["openai"].chat.completions.create(model="mock-1", messages=messages, stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            client.publish(f"bare:{run}", chunk.choices[0].delta.content)
    _count(total)


def _timed(send: Any, total: int) -> float:
    client = connect(URL)
    client.delete("bare:done")
    began = time.perf_counter()
    for n in range(total):
        send(n)
    waiting = redis.Redis(connection_pool=client.connection_pool)
    while not waiting.rpop("bare:done"):
        threading.Event().wait(0.002)
    return total / (time.perf_counter() - began)


def _latencies(total: int) -> list[float]:
    client = connect(URL)
    client.delete("bare:latency")
    found: list[float] = []
    for _ in range(total):
        start.apply_async(args=(time.time(),))
        while (value := client.rpop("bare:latency")) is None:
            threading.Event().wait(0.0005)
        found.append(float(value))
    return found


def _lane_latencies(total: int) -> list[float]:
    client = connect(URL)
    lanes = RedisLanes(client)
    if lanes.epoch() is None:
        lanes.rebuild(1, hold=False)
    lanes.set_limits({"main": ClassLimit(32)})
    doorbell = KombuDoorbell(broker_settings(URL))
    client.delete("bare:started")
    found: list[float] = []
    for n in range(total):
        sent = time.time()
        doorbell.ring(lanes.submit([LaneWork(n + 1, 1, "main", "bare")]))
        while (value := client.rpop("bare:started")) is None:
            threading.Event().wait(0.0005)
        found.append((float(value.split(b":")[1]) - sent) * 1000)
    return found


if __name__ == "__main__":
    what, total = sys.argv[1], int(sys.argv[2])
    if what == "publish":
        print(json.dumps({"per_second": _timed(lambda _: noop.apply_async(args=(total,)), total)}))
    elif what == "stream":
        print(json.dumps({"per_second": _timed(lambda n: stream.apply_async(args=(total, str(n))), total)}))
    elif what == "latency":
        print(json.dumps({"bare_ms": sorted(_latencies(total)), "lane_ms": sorted(_lane_latencies(total))}))
