"""Proof that a client holds the key of the device it names: an Ed25519 signature over what it asks for."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from openclaw.domain.device_proof import signed_texts
from openclaw.errors import InvalidRequest

#: Milliseconds that a client's clock may differ.
MAX_SKEW_MS = 120_000
_KEY_BYTES = 32


class DeviceRefused(InvalidRequest):
    """The device block does not prove anything."""

    def __init__(self, message: str, code: str, reason: str) -> None:
        super().__init__(message, details={"code": code, "reason": reason})


def check_device(params: Mapping[str, Any], nonce: str, now_ms: int) -> None:
    """Verify the ``device`` block of ``connect`` params. Raises DeviceRefused."""
    device = params["device"]
    public_key = _decode(device["publicKey"])
    if len(public_key) != _KEY_BYTES:
        raise DeviceRefused("device public key invalid", "DEVICE_AUTH_PUBLIC_KEY_INVALID", "device-public-key")
    if device["id"] != hashlib.sha256(public_key).hexdigest():
        raise DeviceRefused("device identity mismatch", "DEVICE_AUTH_DEVICE_ID_MISMATCH", "device-id-mismatch")
    if abs(now_ms - device["signedAt"]) > MAX_SKEW_MS:
        raise DeviceRefused("device signature expired", "DEVICE_AUTH_SIGNATURE_EXPIRED", "device-signature-stale")
    if device["nonce"] != nonce:
        raise DeviceRefused("device nonce mismatch", "DEVICE_AUTH_NONCE_MISMATCH", "device-nonce-mismatch")
    signature = _decode(device["signature"])
    if not any(_verifies(public_key, signature, text) for text in signed_texts(params)):
        raise DeviceRefused("device signature invalid", "DEVICE_AUTH_SIGNATURE_INVALID", "device-signature")


def _verifies(public_key: bytes, signature: bytes, text: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return b""
