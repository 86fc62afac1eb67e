"""Threads that go on under gevent too: a native thread is not held up by a greenlet that computes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any


def start_native_thread(target: Callable[[], None], name: str) -> None:
    """Start a daemon thread of the operating system, whatever gevent has patched."""
    original: Any = threading
    if "gevent.monkey" in sys.modules:
        from gevent import monkey

        if monkey.is_module_patched("threading"):
            monkey.get_original("_thread", "start_new_thread")(target, ())
            return
    original.Thread(target=target, name=name, daemon=True).start()


def native_sleep(seconds: float) -> None:
    """Sleep on the native thread, not on gevent's hub."""
    if "gevent.monkey" in sys.modules:
        from gevent import monkey

        monkey.get_original("time", "sleep")(seconds)
        return
    import time

    time.sleep(seconds)
