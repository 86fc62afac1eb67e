"""The tokens that gateways have given to this device, by gateway and role, in a file that its owner alone can read."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openclaw.errors import ConfigError
from openclaw.settings.private_file import write_private


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What one gateway gave. It is good for this device and for these scopes."""

    device_id: str
    token: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    issued_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class DeviceTokens:
    """Safe to use from several processes at once."""

    path: Path

    def get(self, url: str, role: str, device_id: str) -> StoredToken | None:
        """The token for a gateway; one that another key was given is none."""
        found = self._read().get(_gateway(url), {}).get(role)
        if not isinstance(found, dict) or found.get("deviceId") != device_id:
            return None
        return StoredToken(device_id, str(found["token"]), tuple(found["scopes"]), int(found["issuedAtMs"]))

    def keep(self, url: str, role: str, token: StoredToken) -> None:
        """Keep a token in the place of the one before."""
        facts = {
            "deviceId": token.device_id,
            "token": token.token,
            "scopes": list(token.scopes),
            "issuedAtMs": token.issued_at_ms,
        }
        with self._changing() as tokens:
            tokens.setdefault(_gateway(url), {})[role] = facts

    def forget(self, url: str, role: str) -> None:
        with self._changing() as tokens:
            tokens.get(_gateway(url), {}).pop(role, None)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            tokens = self._read()
            yield tokens
            write_private(self.path, json.dumps(tokens, indent=2) + "\n")
        finally:
            os.close(lock)

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self.path} cannot be read: {error}; remove it to log in anew") from error
        return found if isinstance(found, dict) else {}


def _gateway(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}{parts.path.rstrip('/')}"
