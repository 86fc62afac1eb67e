"""Threads of the operating system, also in a process where gevent has made threads greenlets.

A native thread is not held up by a greenlet that computes, and may block in foreign code without holding up greenlets.
It must not touch what belongs to the greenlets: no locks, sockets or pools of theirs, only plain attributes.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any


def start_native_thread(target: Callable[[], None], name: str) -> None:
    """Start a daemon thread of the operating system, whatever gevent has patched."""
    start = _original("_thread", "start_new_thread", patched="threading")
    if start is not None:
        start(target, ())
    else:
        threading.Thread(target=target, name=name, daemon=True).start()


def native_sleep(seconds: float) -> None:
    """Sleep on the native thread, not on gevent's hub."""
    (_original("time", "sleep", patched="time") or time.sleep)(seconds)


def runs_greenlets() -> bool:
    """Whether this process's threads are greenlets."""
    monkey: Any = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))


def _original(module: str, name: str, *, patched: str) -> Any:
    """What gevent has replaced; ``None`` where it has not. Asks for gevent without importing it."""
    monkey: Any = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched(patched):
        return None
    return monkey.get_original(module, name)
