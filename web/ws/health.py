"""How the gateway is doing, as ``health`` tells it; built at most once a second, however many ask."""

from __future__ import annotations

import threading
import time
from typing import Any

from openclaw.errors import OpenClawError
from web.services import GatewayServices

FRESH_SECONDS = 1.0
#: A snapshot this old still does for a client that just connected.
STALE_SECONDS = 60.0
_RECENT_SESSIONS = 5


class Health:
    """Thread-safe."""

    def __init__(self, services: GatewayServices) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._built_at = 0.0
        self._payload: dict[str, Any] = {}
        self.version = 1

    def current(self) -> dict[str, Any]:
        """Fresh facts. Raises StoreUnavailable when the database is away."""
        return self._within(FRESH_SECONDS)

    def latest(self) -> dict[str, Any]:
        """What is known; without the database only what the gateway knows by itself."""
        try:
            return self._within(STALE_SECONDS)
        except OpenClawError:
            return {"ts": self._services.clock(), "defaultAgentId": self._services.facts.default_agent.id}

    def _within(self, seconds: float) -> dict[str, Any]:
        with self._lock:
            if not self._payload or time.monotonic() - self._built_at > seconds:
                self._payload = self._build()
                self._built_at = time.monotonic()
                self.version += 1
            return self._payload

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
