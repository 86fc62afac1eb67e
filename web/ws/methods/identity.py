"""``gateway.identity.get``: the key by which clients know this gateway again."""

from __future__ import annotations

from typing import Any

from web.identity import load_identity
from web.validation import NoParams
from web.ws.dispatch import Call, Method


def identity_get(call: Call) -> Any:
    identity = load_identity(call.gateway.services.state_dir)
    return {"deviceId": identity.device_id, "publicKey": identity.public_key}


METHODS = (Method("gateway.identity.get", NoParams(), identity_get),)
