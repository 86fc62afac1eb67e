"""Vendors' lists of their models, in Redis.

``oc:models:listed:<account>`` is JSON, which lives for a day after its vendor was last asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

import redis

from openclaw.coordination.client import translate
from openclaw.ports.model_lists import VendorList

_PREFIX = "oc:models:listed:"
TTL_SECONDS = 24 * 3600


class RedisListCache:
    """Implements ``ListCache``. Thread-safe."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def read(self, accounts: Sequence[str]) -> dict[str, VendorList]:
        """Those that are known, in one round trip."""
        if not accounts:
            return {}
        with translate():
            texts = cast("list[bytes | None]", self._client.mget([_PREFIX + account for account in accounts]))
        found = zip(accounts, texts, strict=True)
        return {account: VendorList.from_json(json.loads(text)) for account, text in found if text is not None}

    def put(self, account: str, found: VendorList) -> None:
        with translate():
            self._client.set(_PREFIX + account, json.dumps(found.to_json()), ex=TTL_SECONDS)
