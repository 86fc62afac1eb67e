"""The limiter of failed logins in Redis; a process counts by itself while Redis is away."""

from __future__ import annotations

import logging

import redis

from openclaw.coordination import gateway_keys
from openclaw.coordination.client import OUTAGES
from openclaw.coordination.memory_auth_limiter import MemoryAuthLimiter
from openclaw.coordination.scripts import LuaScript
from openclaw.ports.auth_limiter import LimiterRule

log = logging.getLogger(__name__)

_failed = LuaScript("auth_failed")


class RedisAuthLimiter:
    """Implements ``AuthLimiter``. Thread-safe."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._own = MemoryAuthLimiter()

    def locked_seconds(self, scope: str, address: str) -> float:
        own = self._own.locked_seconds(scope, address)
        try:
            left = self._client.pttl(gateway_keys.auth_lock(scope, address))
        except OUTAGES:
            return own
        return max(own, int(left) / 1000) if int(left) > 0 else own

    def failed(self, scope: str, address: str, rule: LimiterRule) -> float:
        try:
            left = _failed(
                self._client,
                (gateway_keys.auth_failures(scope, address), gateway_keys.auth_lock(scope, address)),
                (rule.max_failures, int(rule.window_seconds * 1000), int(rule.lock_seconds * 1000)),
            )
        except OUTAGES as error:
            log.warning("failed logins are counted by this process alone: %s", error)
            return self._own.failed(scope, address, rule)
        return int(left) / 1000

    def succeeded(self, scope: str, address: str) -> None:
        self._own.succeeded(scope, address)
        try:
            self._client.delete(gateway_keys.auth_failures(scope, address))
        except OUTAGES:
            return  # the failures age by themselves
