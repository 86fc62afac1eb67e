"""Where services get the time from, so that tests can hold it still."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Milliseconds since the epoch, UTC.
Clock = Callable[[], int]


def system_clock() -> int:
    """The wall clock in milliseconds."""
    return time.time_ns() // 1_000_000
