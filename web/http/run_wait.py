"""Waiting for a run in an HTTP handler, which has a thread of its own."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from web.ws.run_end import RunEnd

if TYPE_CHECKING:
    from web.gateway import Gateway

#: How often a waiting handler looks whether the gateway is going.
LOOK_SECONDS = 1.0


def wait_for_end(gateway: Gateway, run_id: str, seconds: float, *, ask_database: bool) -> RunEnd | None:
    """How the run ended; ``None`` when the time is over or the gateway goes first, and the run goes on.

    ``ask_database`` for a run that may have ended before anyone listened.
    """
    ended = threading.Event()
    found: list[RunEnd] = []

    def told(end: RunEnd) -> None:
        found.append(end)
        ended.set()

    waiter = gateway.ends.wait(run_id, told)
    try:
        if ask_database and waiter.waiting:
            view = gateway.services.control.run_view(run_id)
            end = RunEnd.from_view(view) if view is not None else None
            if end is not None:
                gateway.ends.ended(end)
        deadline = time.monotonic() + seconds
        while not ended.wait(min(LOOK_SECONDS, max(0.0, deadline - time.monotonic()))):
            if gateway.draining or time.monotonic() >= deadline:
                break
    finally:
        waiter.cancel()
    return found[0] if found else None
