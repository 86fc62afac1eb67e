"""Devices as OpenClaw's clients are: an Ed25519 key pair that signs the challenge."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.integration.web.client import BACKEND, Client
from tests.integration.web.twins import TOKEN


class Device:
    """A client's key pair."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.public = self._key.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        return hashlib.sha256(self.public).hexdigest()

    def block(self, client: Client, params: dict[str, Any], version: str = "v3", **changes: Any) -> dict[str, Any]:
        """Sign a challenge as OpenClaw's clients do; ``changes`` are made before signing."""
        facts = {
            "id": self.id,
            "publicKey": _text(self.public),
            "signedAt": client.challenge["ts"],
            "nonce": client.challenge["nonce"],
            **changes,
        }
        about, auth = params["client"], params["auth"]
        token = auth.get("token") or auth.get("deviceToken") or auth.get("bootstrapToken") or ""
        parts = [version, facts["id"], about["id"], about["mode"], params["role"], ",".join(params["scopes"])]
        parts += [str(facts["signedAt"]), token, facts["nonce"]]
        if version == "v3":
            parts += [about["platform"].strip().lower(), about.get("deviceFamily", "").strip().lower()]
        return {**facts, "signature": _text(self._key.sign("|".join(parts).encode()))}

    def connect(self, over: Client, /, **changes: Any) -> dict[str, Any]:
        """Connect as the terminal UI does, but for the changes; the answer."""
        params = {**tui(), **changes}
        return over.connect(None, **params, device=self.block(over, params))


def tui(token: str = TOKEN) -> dict[str, Any]:
    """The parameters of OpenClaw's terminal UI, but for its device."""
    about = {**BACKEND, "id": "openclaw-tui", "mode": "ui", "platform": "Linux ", "deviceFamily": "LINUX"}
    return {"client": about, "role": "operator", "scopes": ["operator.read"], "auth": {"token": token}}


def node() -> dict[str, Any]:
    """The parameters of a node host, but for its device."""
    about = {**BACKEND, "id": "node-host", "mode": "node", "displayName": "the shed"}
    return {"client": about, "role": "node", "scopes": [], "auth": {"token": TOKEN}, "commands": ["system.run"]}


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
