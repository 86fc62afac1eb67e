"""The presence board in Redis. One script, so that expiry, limit and version are always right together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import redis

from openclaw.coordination import gateway_keys
from openclaw.coordination.client import translate
from openclaw.coordination.scripts import LuaScript
from openclaw.ports.presence import MAX_ENTRIES, TTL_SECONDS, Board

_script = LuaScript("presence")


class RedisPresenceBoard:
    """Implements ``PresenceBoard``. Thread-safe."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        keys: tuple[str, str, str] = gateway_keys.PRESENCE_BOARD,
        ttl_seconds: float = TTL_SECONDS,
        max_entries: int = MAX_ENTRIES,
    ) -> None:
        self._client = client
        self._keys = keys
        self._limits = (int(ttl_seconds * 1000), max_entries)

    def put(self, key: str, owner: str, entry: Mapping[str, Any]) -> None:
        self._do("put", key, owner, json.dumps(entry, ensure_ascii=False, separators=(",", ":")))

    def renew(self, entries: Mapping[str, str]) -> list[str]:
        if not entries:
            return []
        pairs = [text for pair in entries.items() for text in pair]
        return [key.decode() for key in self._do("renew", *pairs)]

    def remove(self, key: str, owner: str) -> bool:
        return bool(self._do("remove", key, owner))

    def read(self) -> Board:
        version, found = self._do("read")
        return Board(int(version), tuple(json.loads(text.partition(b"\n")[2]) for text in found if text))

    @translate()
    def _do(self, verb: str, *arguments: str) -> Any:
        return _script(self._client, self._keys, (verb, *self._limits, *arguments))
