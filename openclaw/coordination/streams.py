"""Run streams in Redis: emit under a fence, replay from a cursor, listen live.

Owns the stream keys. Invariants: nothing is stored or published once another holder has claimed the lane; a batch is
numbered, stored and published by one script or not at all; cursors of a run only rise. A replay never hides a loss:
where events after the cursor are gone it says ``gap``, at worst once too often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import redis

from openclaw.coordination import stream_keys, subscription
from openclaw.coordination.client import translate
from openclaw.coordination.event_wire import (
    decode_batch,
    decode_event,
    decode_notice,
    decode_ref,
    encode_event,
    encode_notice,
    encode_ref,
)
from openclaw.coordination.lua_source import lua_source
from openclaw.coordination.replaying import has_gap
from openclaw.domain.events import Cursor, RunEvent, RunRef, StreamedEvent
from openclaw.errors import StaleFence
from openclaw.ports.stream import RESUBSCRIBED_TOPIC, Notice, Replay


class RedisRunStream:
    """The run streams of a cluster. Thread-safe.

    ``client`` does commands; ``blocking_client_factory`` gives each listener its own connection, see
    ``client.connect_blocking``. ``maxlen`` bounds a stream's entries (roughly: Redis trims whole nodes).
    """

    def __init__(
        self,
        client: redis.Redis,
        blocking_client_factory: Callable[[], redis.Redis],
        *,
        lane_hash: Callable[[int], str] = stream_keys.lane_hash,
        maxlen: int = 2000,
        ttl_seconds: int = 3600,
    ) -> None:
        self._client = client
        self._blocking_client_factory = blocking_client_factory
        self._lane_hash = lane_hash
        self._maxlen = maxlen
        self._ttl_seconds = ttl_seconds
        self._emit = client.register_script(lua_source("stream_emit"))

    @translate()
    def emit(self, run: RunRef, events: Sequence[RunEvent]) -> None:
        """Number, store and publish events in one round trip. Raises StaleFence, RedisUnavailable."""
        if not events:
            return
        last = self._emit(
            keys=(
                self._lane_hash(run.session_id),
                stream_keys.run_stream(run.run_id),
                stream_keys.run_ref(run.run_id),
            ),
            args=(
                run.fence,
                self._maxlen,
                self._ttl_seconds,
                stream_keys.EVENT_CHANNEL,
                encode_ref(run),
                *map(encode_event, events),
            ),
        )
        if not last:
            raise StaleFence(f"session {run.session_id} does not run under fence {run.fence}")

    @translate()
    def replay(self, run_id: str, after: Cursor | None = None, limit: int = 2000) -> Replay:
        """Read up to ``limit`` events that follow the cursor, oldest first. Raises RedisUnavailable.

        A stream that is not there at all is a gap when a cursor is given; ``Cursor(0, 0)`` means the beginning.
        """
        key = stream_keys.run_stream(run_id)
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.hmget(stream_keys.run_ref(run_id), "ref", "start")
            pipeline.xrange(key, count=1)
            pipeline.xrevrange(key, count=1)
            pipeline.xrange(key, min=f"({after}" if after else "-", count=limit)
            (ref, start), oldest, newest, entries = pipeline.execute()
        if not (ref and oldest):
            return Replay((), gap=after is not None and after.fence > 0)
        gap = has_gap(after, start=_cursor(start), oldest=_cursor(oldest[0][0]), newest=_cursor(newest[0][0]))
        return Replay(tuple(_streamed(ref, entry) for entry in entries), gap)

    @translate()
    def notify(self, notice: Notice) -> None:
        self._client.publish(stream_keys.NOTICE_CHANNEL, encode_notice(notice))

    def listen(self, stopped: Callable[[], bool]) -> Iterator[StreamedEvent | Notice | None]:
        """Yield as the port says; a lost subscription shows as a notice ``RESUBSCRIBED_TOPIC``, then ``None``.

        Redis being away ends nothing: the iterator waits for it to come back.
        """
        channels = (stream_keys.EVENT_CHANNEL, stream_keys.NOTICE_CHANNEL)
        for item in subscription.listen(self._blocking_client_factory, channels, stopped):
            if isinstance(item, subscription.Message):
                if item.channel == stream_keys.EVENT_CHANNEL:
                    yield from decode_batch(item.payload)
                else:
                    yield decode_notice(item.payload)
                continue
            if isinstance(item, subscription.Subscribed) and item.again:
                yield Notice(RESUBSCRIBED_TOPIC, {})
            yield None


def _cursor(entry_id: bytes) -> Cursor:
    return Cursor.parse(entry_id.decode())


def _streamed(ref: bytes, entry: tuple[bytes, dict[bytes, Any]]) -> StreamedEvent:
    entry_id, fields = entry
    cursor = _cursor(entry_id)
    return StreamedEvent(decode_ref(ref, cursor.fence), cursor, decode_event(fields[b"e"]))
