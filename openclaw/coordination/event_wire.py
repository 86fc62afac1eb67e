"""How events and notices look inside Redis: compact JSON, the run named once per batch.

An event is ``[kind, data, at_ms]``; a run is ``[run_id, session_id, session_key, agent_id]``, its fence being part
of every cursor; a published batch is ``{"f": fence, "n": number of the first, "r": run, "e": [events]}``.
Lone surrogates, which models do produce, survive the round trip.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from openclaw.domain.events import Cursor, EventKind, RunEvent, RunRef, StreamedEvent
from openclaw.ports.stream import Notice

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _encode(value: Any) -> bytes:
    return _encoder.encode(value).encode("utf-8", "surrogatepass")


def encode_event(event: RunEvent) -> bytes:
    return _encode((event.kind, event.data, event.at_ms))


def decode_event(payload: bytes) -> RunEvent:
    return _event(json.loads(payload))


def encode_ref(run: RunRef) -> bytes:
    return _encode((run.run_id, run.session_id, run.session_key, run.agent_id))


def decode_ref(payload: bytes, fence: int) -> RunRef:
    return _ref(json.loads(payload), fence)


def decode_batch(payload: bytes) -> Iterator[StreamedEvent]:
    """The events of one published message, in order."""
    batch = json.loads(payload)
    run = _ref(batch["r"], batch["f"])
    for number, event in enumerate(batch["e"], start=batch["n"]):
        yield StreamedEvent(run, Cursor(run.fence, number), _event(event))


def encode_notice(notice: Notice) -> bytes:
    return _encode((notice.topic, notice.data))


def decode_notice(payload: bytes) -> Notice:
    topic, data = json.loads(payload)
    return Notice(topic, data)


def _event(fields: list[Any]) -> RunEvent:
    kind, data, at_ms = fields
    return RunEvent(EventKind(kind), data, at_ms)


def _ref(fields: list[Any], fence: int) -> RunRef:
    run_id, session_id, session_key, agent_id = fields
    return RunRef(run_id, session_id, session_key, agent_id, fence)
