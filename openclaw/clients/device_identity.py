"""A device's own Ed25519 key pair, made once and kept in a file that its owner alone can read."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw.domain.device_proof import signed_texts
from openclaw.errors import ConfigError
from openclaw.security.private_file import create_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """``device_id`` is the hex SHA-256 of the public key, ``public_key`` base64url without padding."""

    device_id: str
    public_key: str
    _key: Ed25519PrivateKey = field(repr=False)

    def sign(self, params: Mapping[str, Any], challenge: Mapping[str, Any]) -> dict[str, Any]:
        """The ``device`` block for ``connect`` params that are otherwise complete.

        ``challenge`` is the payload of ``connect.challenge``; its time is signed, so that this clock does not matter.
        """
        block = {
            "id": self.device_id,
            "publicKey": self.public_key,
            "signedAt": challenge["ts"],
            "nonce": challenge["nonce"],
        }
        text, _ = signed_texts({**params, "device": block})
        return {**block, "signature": _text(self._key.sign(text.encode()))}


def load_or_create(path: Path) -> DeviceIdentity:
    """Read the key, or make it. Raises ConfigError for a file that is no key or cannot be had."""
    import hashlib

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        if not path.exists():
            create_private(path, Ed25519PrivateKey.generate().private_bytes_raw())
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the key {path} cannot be had: {error}") from error
    if len(raw) != _KEY_BYTES:
        raise ConfigError(f"{path} is not a key; remove it to get a new one, which has to be approved anew")
    key = Ed25519PrivateKey.from_private_bytes(raw)
    public = key.public_key().public_bytes_raw()
    return DeviceIdentity(hashlib.sha256(public).hexdigest(), _text(public), key)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
