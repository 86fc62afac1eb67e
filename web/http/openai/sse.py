"""Server-sent events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response

from web.http.openai.follow import FollowedRun
from web.ws.frames import encode

DONE = b"data: [DONE]\n\n"
#: A comment: clients skip it, proxies see that somebody is there.
SILENCE = b": keep-alive\n\n"


def event(data: Any, name: str = "") -> bytes:
    """One event."""
    head = b"event: %b\n" % name.encode() if name else b""
    return b"%bdata: %b\n\n" % (head, encode(data))


def streaming(run: FollowedRun, chunks: Iterator[bytes]) -> Response:
    """An answer that is sent while the run goes on; the run is left when it is over or the client is gone."""
    response = Response(_leaving(run, chunks), content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"  # nginx would gather it
    response.call_on_close(run.leave)  # for a client that goes before anything was sent
    return response


def _leaving(run: FollowedRun, chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    finally:
        run.leave()
