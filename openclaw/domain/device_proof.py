"""What a device signs to prove that it holds its key: both sides of a connection reckon the same text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Where a credential may stand in ``auth``; the first that is there is part of what is signed.
_SIGNED_CREDENTIALS = ("token", "deviceToken", "bootstrapToken")


def signed_texts(params: Mapping[str, Any]) -> tuple[str, str]:
    """The two forms that may be signed for ``connect`` params with their ``device`` block, the newer one first."""
    client, device, auth = params["client"], params["device"], params.get("auth") or {}
    token = next((auth[name] for name in _SIGNED_CREDENTIALS if auth.get(name)), "")
    common = (
        device["id"],
        client["id"],
        client["mode"],
        params.get("role") or "operator",
        ",".join(params.get("scopes") or ()),
        str(device["signedAt"]),
        token,
        device["nonce"],
    )
    machine = (_lowered(client.get("platform")), _lowered(client.get("deviceFamily")))
    return "|".join(("v3", *common, *machine)), "|".join(("v2", *common))


def _lowered(text: Any) -> str:
    """Trimmed, and lower case in ASCII only, as every client computes it."""
    trimmed = str(text or "").strip()
    return "".join(char.lower() if char.isascii() else char for char in trimmed)
