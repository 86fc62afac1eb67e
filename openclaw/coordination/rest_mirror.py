"""Models and accounts that are left alone, in Redis: what every worker reads before it asks a model.

``oc:models:rests`` is a hash of JSON by key, which lives for a minute: what a writer could not say here is read from
SQL by then, and an emptied Redis is filled from there at once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import redis

from openclaw.coordination.client import translate
from openclaw.domain.model_rest import Rest

KEY = "oc:models:rests"
#: A field that is there once the hash was filled.
_FILLED = ""
TTL_SECONDS = 60


class RedisRestMirror:
    """Implements ``RestMirror``. Thread-safe."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def read(self, keys: Sequence[str]) -> dict[str, Rest] | None:
        """Those of these keys that rest; ``None`` before it is filled."""
        with translate():
            filled, *found = self._client.hmget(KEY, [_FILLED, *keys])
        if filled is None:
            return None
        return {key: Rest(**json.loads(text)) for key, text in zip(keys, found, strict=True) if text is not None}

    def fill(self, rests: dict[str, Rest]) -> None:
        """Say of all at once."""
        fields: dict[Any, Any] = {_FILLED: "1"} | {key: _text(rest) for key, rest in rests.items()}
        with translate():
            pipeline = self._client.pipeline()
            pipeline.delete(KEY)
            pipeline.hset(KEY, mapping=fields)
            pipeline.expire(KEY, TTL_SECONDS)
            pipeline.execute()

    def put(self, key: str, rest: Rest) -> None:
        """Say of one, in one round trip. Before it is filled nobody reads it, and filling it puts it right."""
        with translate():
            pipeline = self._client.pipeline()
            pipeline.hset(KEY, key, _text(rest))
            pipeline.expire(KEY, TTL_SECONDS)
            pipeline.execute()

    def drop(self, keys: Sequence[str]) -> None:
        """Take some out."""
        with translate():
            self._client.hdel(KEY, *keys)


def _text(rest: Rest) -> str:
    return json.dumps(asdict(rest), separators=(",", ":"))
