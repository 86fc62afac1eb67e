"""The gateway's own Ed25519 key pair, made once and kept in the state folder, readable by its owner only."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from openclaw.errors import ConfigError

FILE_NAME = "gateway-identity.key"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class GatewayIdentity:
    """``device_id`` is the hex SHA-256 of the public key, ``public_key`` base64url without padding."""

    device_id: str
    public_key: str


def load_identity(state_dir: Path) -> GatewayIdentity:
    """Read the key, or make it. Raises ConfigError for a file that is no key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = state_dir / FILE_NAME
    if not path.exists():
        _create(path, Ed25519PrivateKey.generate().private_bytes_raw())
    raw = path.read_bytes()
    if len(raw) != _KEY_BYTES:
        raise ConfigError(f"{path} is not a gateway key; remove it to get a new one")
    public = Ed25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()
    return GatewayIdentity(
        device_id=hashlib.sha256(public).hexdigest(),
        public_key=base64.urlsafe_b64encode(public).decode().rstrip("="),
    )


def _create(path: Path, raw: bytes) -> None:
    """Write the whole file under another name first: two processes may start at once, and the first one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{FILE_NAME}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
