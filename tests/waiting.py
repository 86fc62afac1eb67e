"""Waiting for something to become true, without sleeping for a guessed time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Seconds. Long enough for a loaded machine: reaching it is a failure, not a measurement.
DEADLINE_SECONDS = 40.0

_never = threading.Event()


def wait_until(
    predicate: Callable[[], T],
    timeout: float = DEADLINE_SECONDS,
    *,
    interval: float = 0.02,
    what: str = "",
) -> T:
    """Look at a condition until it is truthy and return what it gave; an AssertionError past ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {timeout:g} s: {what or getattr(predicate, '__name__', 'the condition')}")
        _never.wait(interval)
