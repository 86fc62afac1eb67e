"""Who is connected to this gateway process: people's clients and devices, not the command line's short calls."""

from __future__ import annotations

import platform
import socket
import threading
from collections.abc import Callable
from typing import Any

from openclaw.ports.clock import Clock
from web.ws.connection import Connection
from web.ws.payloads import Payload

#: Entries at most: presence goes to everyone, so its size is paid once per connection.
MAX_ENTRIES = 200
#: Modes of clients that come and go with every command.
_UNLISTED_MODES = frozenset({"cli", "probe", "backend"})


class Presence:
    """Thread-safe."""

    def __init__(self, version: str, clock: Clock) -> None:
        host = socket.gethostname() or "gateway"
        self._clock = clock
        self._self: Payload = {
            "host": host,
            "version": version,
            "platform": f"{platform.system().lower()} {platform.release()}",
            "mode": "gateway",
            "reason": "self",
            "text": f"Gateway: {host} · app {version} · mode gateway · reason self",
        }
        self._lock = threading.Lock()
        self._clients: dict[str, Payload] = {}
        self._changed = False
        self.version = 1

    def entered(self, connection: Connection) -> None:
        admission = connection.admission
        client = admission.client
        if client["mode"] in _UNLISTED_MODES:
            return
        now = self._clock()
        entry: dict[str, Any] = {
            "host": client.get("displayName") or client["id"],
            "version": client["version"],
            "platform": client["platform"],
            "deviceFamily": client.get("deviceFamily"),
            "modelIdentifier": client.get("modelIdentifier"),
            "timeZone": client.get("timeZone"),
            "mode": client["mode"],
            "reason": "connect",
            "instanceId": client.get("instanceId") or connection.id,
            "deviceId": admission.device_id,
            "roles": [admission.role.value],
            "scopes": list(admission.scopes),
            "text": f"Node: {client.get('displayName') or client['id']} · mode {client['mode']}",
            "ts": now,
            "onlineSince": now,
        }
        with self._lock:
            self._clients[connection.id] = {key: value for key, value in entry.items() if value}
            self._touch()

    def left(self, connection: Connection) -> None:
        with self._lock:
            if self._clients.pop(connection.id, None) is not None:
                self._touch()

    def entries(self) -> list[Payload]:
        """The gateway itself, then the newest clients."""
        with self._lock:
            newest = list(self._clients.values())[-(MAX_ENTRIES - 1) :]
        return [{**self._self, "ts": self._clock()}, *newest]

    def device_ids(self) -> set[str]:
        """The devices that are connected."""
        with self._lock:
            return {str(entry["deviceId"]) for entry in self._clients.values() if "deviceId" in entry}

    def announce(self, send: Callable[[list[Payload]], None]) -> None:
        """Send the entries if they have changed since the last time."""
        with self._lock:
            changed, self._changed = self._changed, False
        if changed:
            send(self.entries())

    def _touch(self) -> None:
        self._changed = True
        self.version += 1
