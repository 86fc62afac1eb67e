"""Work that only computes, kept off the greenlets: a second of it would hold up every client of the gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from openclaw.composition.native import runs_greenlets

T = TypeVar("T")


def compute(work: Callable[[], T], /) -> T:
    """Run work that touches nothing of the greenlets on a native thread and wait for it, letting others go on.

    Where threads are threads it runs here: they let others go on by themselves.
    """
    if not runs_greenlets():
        return work()
    import gevent

    result: T = gevent.get_hub().threadpool.apply(work)
    return result
