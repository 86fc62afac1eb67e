"""Telegram updates posted to a gateway over connections that are kept, as Telegram does; reports as JSON.

``python -m tests.bench.webhooks GATEWAY_URL --updates 1000 --connections 20 [--first 1] [--secret hook-secret]``
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import threading
import time
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from tests.bench.load import percentile
from tests.wire.telegram import updates

PATH = "/webhooks/telegram/default"


def update(number: int) -> bytes:
    """A message in a private chat of its own."""
    who = 1_000_000 + number
    return updates.body(
        updates.message(
            number,
            message_id=number,
            text=f"message {number}",
            chat={**updates.PRIVATE, "id": who},
            **{"from": {**updates.ANN, "id": who}},
        )
    )


def post_all(url: str, bodies: list[bytes], connections: int, secret: str) -> tuple[list[float], Counter[int], float]:
    """Post them, each connection one after the other; the milliseconds of each, the statuses, and the seconds of all."""
    where = urlsplit(url)
    headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret}
    took: list[float] = []
    statuses: Counter[int] = Counter()
    waiting, lock, ready = iter(bodies), threading.Lock(), threading.Barrier(connections + 1)

    def take() -> bytes | None:
        with lock:
            return next(waiting, None)

    def post() -> None:
        connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=60)
        connection.connect()
        ready.wait()
        while (body := take()) is not None:
            began = time.perf_counter()
            connection.request("POST", PATH, body, headers)
            response = connection.getresponse()
            response.read()
            milliseconds = (time.perf_counter() - began) * 1000
            with lock:
                took.append(milliseconds)
                statuses[response.status] += 1
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(connections)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return took, statuses, time.perf_counter() - began


def run(url: str, count: int, connections: int, first: int, secret: str) -> dict[str, Any]:
    bodies = [update(number) for number in itertools.islice(itertools.count(first), count)]
    took, statuses, seconds = post_all(url, bodies, connections, secret)
    return {
        "updates": count,
        "connections": connections,
        "accepted": statuses[200],
        "seconds": round(seconds, 3),
        "per_second": round(count / seconds, 1),
        "p50_ms": round(percentile(took, 0.5), 1),
        "p99_ms": round(percentile(took, 0.99), 1),
        "slowest_ms": round(max(took), 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--secret", default="hook-secret")
    a = parser.parse_args()
    print(json.dumps(run(a.url, a.updates, a.connections, a.first, a.secret)))
