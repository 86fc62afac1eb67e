"""Calls Lua scripts by their hash, and sends them again to a server that has forgotten them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import redis
from redis.exceptions import NoScriptError

from openclaw.coordination.lua_source import lua_source


class LuaScript:
    """One script, made of the named files put one after the other. Holds no connection."""

    __slots__ = ("_sha", "_source")

    def __init__(self, *names: str) -> None:
        self._source = "\n".join(lua_source(name) for name in names)
        self._sha = hashlib.sha1(self._source.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, client: redis.Redis, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        """Run it and return Redis's reply. A script that was forgotten is loaded and run by one more call."""
        try:
            return client.evalsha(self._sha, len(keys), *keys, *args)
        except NoScriptError:
            return client.eval(self._source, len(keys), *keys, *args)
