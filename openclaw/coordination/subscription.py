"""One pub/sub connection that heals itself.

Owns subscribing, noticing that a connection is dead and coming back. Knows nothing of what the messages mean.
Works the same in threads and in greenlets: it only waits on its own socket and sleeps.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import redis
from redis.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError

from openclaw.coordination.client import OUTAGES

#: Seconds without a message after which the listener is told that all is well.
TICK_SECONDS = 1.0
#: Health checks in a row (a second apart) that may stay unanswered.
MISSED_PONGS = 5
_FIRST_BACKOFF_SECONDS = 0.1
_LAST_BACKOFF_SECONDS = 2.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """Something published on one of the channels."""

    channel: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The subscription is live from here on; ``again`` when one was lost before it."""

    again: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A second has passed; nothing may have come."""


def listen(
    client_factory: Callable[[], redis.Redis], channels: tuple[str, ...], stopped: Callable[[], bool]
) -> Iterator[Message | Subscribed | Tick]:
    """Yield what is published until ``stopped`` says so, which is asked about once a second.

    Starts with ``Subscribed`` and yields it anew after every reconnect; yields nothing while Redis is away.
    """
    client = client_factory()
    again = False
    backoff = _FIRST_BACKOFF_SECONDS
    try:
        while not stopped():
            pubsub = client.pubsub()  # type: ignore[no-untyped-call]
            try:
                _subscribe(pubsub, channels)
                backoff = _FIRST_BACKOFF_SECONDS
                yield Subscribed(again)
                again = True
                yield from _receive(pubsub, stopped)
                return
            except (*OUTAGES, OSError) as error:
                if backoff == _FIRST_BACKOFF_SECONDS:
                    logger.warning("subscription to %s lost: %s", ", ".join(channels), error)
                _pause(backoff, stopped)
                backoff = min(backoff * 2, _LAST_BACKOFF_SECONDS)
            finally:
                pubsub.close()
    finally:
        client.close()


def _subscribe(pubsub: PubSub, channels: tuple[str, ...]) -> None:
    pubsub.subscribe(*channels)
    confirmed = 0
    deadline = time.monotonic() + MISSED_PONGS * TICK_SECONDS
    while confirmed < len(channels):
        message = pubsub.get_message(timeout=TICK_SECONDS)
        if message is not None and message["type"] == "subscribe":
            confirmed += 1
        elif time.monotonic() > deadline:
            raise RedisConnectionError("the subscription was not confirmed")


def _receive(pubsub: PubSub, stopped: Callable[[], bool]) -> Iterator[Message | Tick]:
    next_tick = time.monotonic() + TICK_SECONDS
    while True:
        wait = next_tick - time.monotonic()
        message = pubsub.get_message(timeout=wait) if wait > 0 else None
        if message is not None and message["type"] == "message":
            yield Message(message["channel"].decode(), message["data"])
        if time.monotonic() < next_tick:
            continue
        if stopped():
            return
        if pubsub.health_check_response_counter > MISSED_PONGS:
            raise RedisConnectionError("the server does not answer on the subscription")
        next_tick = time.monotonic() + TICK_SECONDS
        yield Tick()


def _pause(seconds: float, stopped: Callable[[], bool]) -> None:
    """Sleep for about ``seconds``: many listeners lose the same server at once and must not return as one."""
    if not stopped():
        time.sleep(seconds * random.uniform(0.5, 1.0))
