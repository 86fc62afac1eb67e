"""Who is connected to the cluster: people's clients and devices, not the command line's short calls.

The board is shared by all gateways; each puts its own clients on it, renews them, and shows what it last read. While
Redis is away a gateway shows its own clients only.
"""

from __future__ import annotations

import logging
import platform
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openclaw.errors import RedisUnavailable
from openclaw.ports.clock import Clock
from openclaw.ports.presence import Board, PresenceBoard
from web.auth.peer import is_loopback
from web.ws.connection import Connection
from web.ws.payloads import Payload

log = logging.getLogger(__name__)

#: Modes of clients that come and go with every command.
_UNLISTED_MODES = frozenset({"cli", "probe", "backend"})
#: Seconds between two renewals of a gateway's own entries, well within their life.
RENEW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Own:
    key: str
    owner: str
    entry: Payload


class Presence:
    """Thread-safe. What speaks to Redis is done by ``run_later``; ``tell_others`` says that the board has changed."""

    def __init__(
        self,
        board: PresenceBoard,
        *,
        version: str,
        boot_id: str,
        clock: Clock,
        run_later: Callable[[Callable[[], None]], object],
        tell_others: Callable[[], None],
    ) -> None:
        self._board = board
        self._clock = clock
        self._run_later = run_later
        self._tell_others = tell_others
        self._lock = threading.Lock()
        self._stale = False
        self._away = False
        self._announced = 0
        self._read = Board(1, ())
        self._self = _Own(f"gateway:{boot_id}", boot_id, _gateway_entry(version, boot_id))
        self._own: dict[str, _Own] = {}
        self._left: set[str] = set()

    # --- coming and going -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Put the gateway itself on the board."""
        self._put(self._self)

    def stop(self) -> None:
        """Take everything of this gateway off the board."""
        with self._lock:
            owned = [self._self, *self._own.values()]
            self._own.clear()
        for own in owned:
            self._remove(own)

    def entered(self, connection: Connection) -> None:
        client = connection.admission.client
        if client["mode"] in _UNLISTED_MODES:
            return
        entry = _client_entry(connection, self._clock())
        own = _Own(str(entry["instanceId"]).lower(), connection.id, entry)
        with self._lock:
            self._own[connection.id] = own
            self._left.discard(own.key)
        self._put(own)

    def left(self, connection: Connection) -> None:
        with self._lock:
            own = self._own.pop(connection.id, None)
            if own is not None:
                self._left.add(own.key)
        if own is not None:
            self._remove(own)

    def told(self, facts: Payload) -> None:
        """Somebody says how he is: shown with him if he is connected, else by itself until it has aged."""
        names = {str(facts[name]).lower() for name in ("instanceId", "deviceId", "host", "text") if facts.get(name)}
        known = next((entry for entry in self.entries() if names & _names(entry)), {})
        key = str(known.get("instanceId") or facts.get("instanceId") or min(names)).lower()
        entry = {**known, **facts, "instanceId": known.get("instanceId") or key}
        with self._lock:
            own = next((own for own in self._own.values() if own.key == key), None)
            if own is not None:
                self._own[own.owner] = own = _Own(key, own.owner, entry)
        self._put(own or _Own(key, f"told:{key}", entry))

    def renew(self) -> None:
        """Renew this gateway's entries, and put back those that a lost Redis has forgotten."""
        with self._lock:
            owned = {own.key: own for own in (self._self, *self._own.values())}
        try:
            missing = self._board.renew({key: own.owner for key, own in owned.items()})
        except RedisUnavailable:
            return  # ``refresh`` says so
        for key in missing:
            self._put(owned[key])

    # --- reading ----------------------------------------------------------------------------------------------

    def entries(self) -> list[Payload]:
        """This gateway, then everybody else in the order of their coming."""
        with self._lock:
            own = {own.key: own.entry for own in self._own.values()}
            read = () if self._away else self._read.entries
            # What this gateway has just seen itself counts before the board says it too.
            hidden = {self._self.owner, *own, *self._left}
        others = [entry for entry in read if str(entry.get("instanceId")).lower() not in hidden]
        return [{**self._self.entry, "ts": self._clock()}, *others, *own.values()]

    def device_ids(self) -> set[str]:
        """The devices that are connected to any gateway."""
        return {str(entry["deviceId"]) for entry in self.entries() if "deviceId" in entry}

    @property
    def version(self) -> int:
        return self._read.version

    def changed(self) -> None:
        """Somebody has changed the board."""
        self._stale = True

    def announce(self, send: Callable[[], None]) -> None:
        """Read the board again if it has changed, and send what is new; called about once a second."""
        if self._stale:
            self._stale = False
            self._run_later(lambda: self._announce(send))

    def refresh(self) -> None:
        """Read the board, for what has gone by itself."""
        self._stale = True

    def _announce(self, send: Callable[[], None]) -> None:
        try:
            read = self._board.read()
        except RedisUnavailable as error:
            if not self._away:
                log.warning("presence shows this gateway's own clients only: %s", error)
            read = Board(self._read.version + 1, ())
            away = True
        else:
            away = False
        with self._lock:
            self._away = away
            self._left.clear()
            self._read = Board(max(read.version, self._read.version), read.entries)
        if self._read.version != self._announced:
            self._announced = self._read.version
            send()

    # --- the board --------------------------------------------------------------------------------------------

    def _put(self, own: _Own) -> None:
        self._change(lambda: self._board.put(own.key, own.owner, own.entry))

    def _remove(self, own: _Own) -> None:
        self._change(lambda: self._board.remove(own.key, own.owner))

    def _change(self, change: Callable[[], object]) -> None:
        def later() -> None:
            try:
                change()
                self._tell_others()
            except RedisUnavailable:
                pass  # renewing puts it right; until then the gateway shows its own
            self._stale = True

        self._run_later(later)


def _names(entry: Payload) -> set[str]:
    return {str(entry[name]).lower() for name in ("instanceId", "deviceId") if entry.get(name)}


def _gateway_entry(version: str, boot_id: str) -> Payload:
    host = socket.gethostname() or "gateway"
    return {
        "host": host,
        "version": version,
        "platform": f"{platform.system().lower()} {platform.release()}",
        "mode": "gateway",
        "reason": "self",
        "instanceId": boot_id,
        "text": f"Gateway: {host} · app {version} · mode gateway · reason self",
        "ts": 0,
    }


def _client_entry(connection: Connection, now: int) -> Payload:
    admission = connection.admission
    client = admission.client
    address = connection.peer.client
    entry: dict[str, Any] = {
        "host": client.get("displayName") or client["id"],
        "ip": address if address and not is_loopback(address) else None,
        "version": client["version"],
        "platform": client["platform"],
        "deviceFamily": client.get("deviceFamily"),
        "modelIdentifier": client.get("modelIdentifier"),
        "timeZone": client.get("timeZone"),
        "mode": client["mode"],
        "reason": "connect",
        "instanceId": client.get("instanceId") or admission.device_id or connection.id,
        "deviceId": admission.device_id,
        "roles": [admission.role.value],
        "scopes": list(admission.scopes),
        "text": f"Node: {client.get('displayName') or client['id']} · mode {client['mode']}",
        "ts": now,
        "onlineSince": now,
    }
    return {key: value for key, value in entry.items() if value}
