"""How the gateway is doing, as ``health`` tells it.

Built at most once a second, however many ask, and off the askers' path: they get the last one while the next is made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from openclaw.errors import OpenClawError
from web.services import GatewayServices

FRESH_SECONDS = 1.0
#: One this old is told once more, while the next is made.
AGING_SECONDS = 5.0
#: A snapshot this old still does for a client that just connected.
STALE_SECONDS = 60.0
_RECENT_SESSIONS = 5


class Health:
    """Thread-safe."""

    def __init__(self, services: GatewayServices, run_later: Callable[[Callable[[], None]], bool]) -> None:
        self._services = services
        self._run_later = run_later
        self._lock = threading.Lock()
        self._built_at = float("-inf")
        self._payload: dict[str, Any] = {}
        self._renewing = False
        self.version = 1

    def current(self) -> dict[str, Any]:
        """Facts of the last seconds. Raises StoreUnavailable when the database is away."""
        age = self._age
        if FRESH_SECONDS < age <= AGING_SECONDS and not self._renewing:
            self._renewing = self._run_later(self._renew)
        return self._within(AGING_SECONDS)

    def probe(self) -> dict[str, Any]:
        """Facts of this second. Raises StoreUnavailable when the database is away."""
        return self._within(FRESH_SECONDS)

    def latest(self) -> dict[str, Any]:
        """What is known; without the database only what the gateway knows by itself."""
        try:
            return self._within(STALE_SECONDS)
        except OpenClawError:
            return {"ts": self._services.clock(), "defaultAgentId": self._services.facts.default_agent.id}

    @property
    def _age(self) -> float:
        return time.monotonic() - self._built_at

    def _within(self, seconds: float) -> dict[str, Any]:
        if self._age > seconds:
            with self._lock:
                if self._age > seconds:
                    self._store(self._build())
        return self._payload

    def _renew(self) -> None:
        try:
            self._store(self._build())
        finally:
            self._renewing = False

    def _store(self, payload: dict[str, Any]) -> None:
        self._payload, self._built_at = payload, time.monotonic()
        self.version += 1

    def _build(self) -> dict[str, Any]:
        services = self._services
        started = services.clock()
        recent, count = services.sessions.list_sessions(limit=_RECENT_SESSIONS)
        now = services.clock()
        sessions = {
            "path": str(services.state_dir),
            "count": count,
            "recent": [
                {"key": view.session_key, "updatedAt": view.updated_at_ms, "age": max(0, now - view.updated_at_ms)}
                for view in recent
            ],
        }
        return {
            "ok": True,
            "ts": now,
            "durationMs": max(0, now - started),
            "channels": {name: {"configured": True} for name in self.channel_names},
            "channelOrder": self.channel_names,
            "channelLabels": {name: services.channels[name].label for name in self.channel_names},
            "defaultAgentId": services.facts.default_agent.id,
            "sessions": sessions,
        }

    @property
    def channel_names(self) -> list[str]:
        """Channels that have an account, in the order of the configuration."""
        configured = dict.fromkeys(account.channel for account in self._services.facts.accounts)
        return [name for name in configured if name in self._services.channels]
