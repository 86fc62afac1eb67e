"""The gateway's own key pair, by which clients know it again."""

from __future__ import annotations

from pathlib import Path

from openclaw.clients.device_identity import DeviceIdentity, load_or_create

FILE_NAME = "gateway-identity.key"


def load_identity(state_dir: Path) -> DeviceIdentity:
    """Read the key, or make it. Raises ConfigError for a file that is no key."""
    return load_or_create(state_dir / FILE_NAME)
