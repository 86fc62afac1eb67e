"""``device.pair.setupCode`` and ``setupStatus``: a code that brings one new device in without a further question."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import base64
import json
import uuid
from typing import Any
from urllib.parse import urlsplit

from openclaw.domain.pairing import ACCESS_SCOPES, SETUP_TTL_MS, Access, access_role, may_grant
from openclaw.errors import Forbidden, InvalidRequest
from openclaw.ports.devices import SetupCode, new_token, token_hash
from web.validation import Flag, Params, Text
from web.ws.dispatch import Call, Method

#: Pixels of the QR code per module.
_QR_SCALE = 4


class SetupCodeParams(Params):
    publicUrl = Text(min_length=1, max_length=2048)
    preferRemoteUrl = Flag()
    includeQr = Flag()
    bootstrapProfile = Text(one_of=("limited", "node"))
    joinUrl = Flag()


class SetupStatusParams(Params):
    setupId = Text(required=True, min_length=1, max_length=128)


def setup_code(call: Call) -> Any:
    access, downgraded = _access(call)
    url, source = _gateway_url(call)
    now, token = call.gateway.clock(), new_token()
    code = SetupCode(str(uuid.uuid4()), access, now, now + SETUP_TTL_MS)
    call.gateway.services.devices.add_setup_code(token_hash(token), code)
    text = _packed({"url": url, "bootstrapToken": token})
    answer: dict[str, Any] = {
        "setupId": code.setup_id,
        "setupCode": text,
        "gatewayUrl": url,
        "auth": "password" if call.gateway.services.facts.auth.mode == "password" else "token",
        "urlSource": source,
        "access": access.value,
        "expiresAtMs": code.expires_at_ms,
    }
    if downgraded:
        answer["accessDowngraded"] = True
    if call.params.get("includeQr"):
        answer["qrDataUrl"] = _qr_code(text)
    return answer


def setup_status(call: Call) -> Any:
    code = call.gateway.services.devices.setup_by_id(call.params["setupId"])
    if code is None or code.used_at_ms is None or code.device_id is None:
        return {}
    device = call.gateway.services.devices.device(code.device_id)
    name = (device.label or device.client.get("displayName")) if device is not None else None
    done = {"setupId": code.setup_id, "deviceId": code.device_id, "access": code.access.value, "ts": code.used_at_ms}
    return {"completion": {**done, **({"deviceName": name} if name else {})}}


def _access(call: Call) -> tuple[Access, bool]:
    """What the code shall give, and whether that is less than was meant: nobody gives what he has not got."""
    granter = call.connection.admission.scopes
    asked = Access(call.params.get("bootstrapProfile") or Access.FULL)
    for access in (asked, *((Access.LIMITED,) if asked is Access.FULL else ())):
        if may_grant(granter, access_role(access), ACCESS_SCOPES[access]):
            return access, access is not asked
    raise Forbidden(f"missing scope: you cannot give {asked.value} access, which you have not got")


def _gateway_url(call: Call) -> tuple[str, str]:
    """Where the new device finds this gateway: as the caller says, as configured, or as the caller came."""
    given = call.params.get("publicUrl")
    if given:
        parts = urlsplit(given)
        if parts.scheme not in {"ws", "wss", "http", "https"} or not parts.hostname:
            raise InvalidRequest(
                "invalid device.pair.setupCode params: at /publicUrl: must be a ws:// or wss:// address"
            )
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        return parts._replace(scheme=scheme).geturl(), "param"
    configured = call.gateway.services.facts.public_url
    if configured:
        return configured, "config"
    peer = call.connection.peer
    scheme = "wss" if peer.named.get("x-forwarded-proto") == "https" else "ws"
    return f"{scheme}://{peer.host}", "request"


def _packed(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def _qr_code(text: str) -> str:
    # Drawing one is rare; most gateways never load the library.
    import segno

    return str(segno.make(text, error="l").png_data_uri(scale=_QR_SCALE))


METHODS = (
    Method("device.pair.setupCode", SetupCodeParams(), setup_code),
    Method("device.pair.setupStatus", SetupStatusParams(), setup_status),
)
