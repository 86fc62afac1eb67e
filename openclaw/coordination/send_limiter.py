"""The limiter of sends in Redis; a process keeps to the limits by itself while Redis is away."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import redis

from openclaw.coordination import send_keys
from openclaw.coordination.client import OUTAGES
from openclaw.coordination.memory_send_limiter import MemorySendLimiter, apart_ms
from openclaw.coordination.scripts import LuaScript
from openclaw.ports.send_limiter import Allowance, SendSlot

log = logging.getLogger(__name__)

_reserve = LuaScript("send_reserve")
_hold = LuaScript("send_hold")


class RedisSendLimiter:
    """Implements ``SendLimiter``. Thread-safe."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._own = MemorySendLimiter()

    def reserve(self, account: str, allowances: Sequence[Allowance], longest_wait_ms: int) -> SendSlot:
        keys = [send_keys.hold(account), send_keys.queue(account)]
        keys += [send_keys.moments(account, allowance) for allowance in allowances]
        numbers = [number for each in allowances for number in (each.sends, each.window_ms)]
        try:
            granted, wait_ms = _reserve(self._client, keys, [longest_wait_ms, apart_ms(allowances), *numbers])
        except OUTAGES as error:
            log.warning("the pace of %s is kept by this process alone: %s", account, error)
            return self._own.reserve(account, allowances, longest_wait_ms)
        return SendSlot(bool(granted), int(wait_ms))

    def hold_back(self, account: str, wait_ms: int) -> None:
        self._own.hold_back(account, wait_ms)
        try:
            _hold(self._client, [send_keys.hold(account)], [wait_ms])
        except OUTAGES as error:
            log.warning("only this process holds back the sends of %s: %s", account, error)
