"""Abort signals: tells every process at once which turns shall stop.

A signal may get lost, as pub/sub does: the next renewal of the lane says the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import redis

from openclaw.coordination import stream_keys, subscription
from openclaw.ports.lanes import Hold

logger = logging.getLogger(__name__)


def listen_cancels(client_factory: Callable[[], redis.Redis], stopped: Callable[[], bool]) -> Iterator[Hold | None]:
    """Yield the turns that shall stop; ``None`` when the subscription is live, after a reconnect and each second."""
    for item in subscription.listen(client_factory, (stream_keys.CONTROL_CHANNEL,), stopped):
        if not isinstance(item, subscription.Message):
            yield None
            continue
        hold = _hold(item.payload)
        if hold is not None:
            yield hold


def _hold(payload: bytes) -> Hold | None:
    session_id, _, fence = payload.partition(b":")
    try:
        return Hold(int(session_id), int(fence))
    except ValueError:
        logger.warning("unreadable message on %s", stream_keys.CONTROL_CHANNEL)
        return None
