"""``device.pair.*`` and ``device.token.*``: who may connect from which machine."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from openclaw.domain.nodes import Node, offered_commands
from openclaw.domain.pairing import Device, PairRequest, may_grant, may_manage
from openclaw.domain.scopes import Role, Scope, within
from openclaw.errors import Forbidden, InvalidRequest
from openclaw.ports.devices import DeviceToken, new_token, scopes_of, token_hash
from web.auth.device_desk import request_payload
from web.validation import Listing, NoParams, Params, Text
from web.ws.dispatch import Call, Method


class RequestParams(Params):
    requestId = Text(required=True, min_length=1)


class DeviceParams(Params):
    deviceId = Text(required=True, min_length=1)


class RenameParams(Params):
    deviceId = Text(required=True, min_length=1)
    label = Text(required=True, min_length=1, max_length=64)


class TokenParams(Params):
    deviceId = Text(required=True, min_length=1)
    role = Text(required=True, min_length=1)


class RotateParams(TokenParams):
    scopes = Listing(of_text=True)


def pair_list(call: Call) -> Any:
    store, now = call.gateway.services.devices, call.gateway.clock()
    devices = store.devices()
    tokens: dict[str, list[DeviceToken]] = {}
    for token in store.tokens([device.device_id for device in devices]):
        tokens.setdefault(token.device_id, []).append(token)
    connected = call.gateway.presence.device_ids()
    return {
        "pending": [request_payload(request) for request in store.requests(now)],
        "paired": [_device(d, tokens.get(d.device_id, ()), connected=d.device_id in connected) for d in devices],
    }


def pair_approve(call: Call) -> Any:
    request = open_request(call)
    device = approve(call, request)
    return {"requestId": request.request_id, "device": _device(device, ())}


def pair_reject(call: Call) -> Any:
    request = open_request(call)
    reject(call, request)
    return {"requestId": request.request_id, "deviceId": request.device_id}


def open_request(call: Call) -> PairRequest:
    """The request that a call names. Raises InvalidRequest."""
    found = call.gateway.services.devices.request(call.params["requestId"], call.gateway.clock())
    if found is None:
        raise InvalidRequest("unknown requestId (it may have been decided, or have expired)")
    return found


def approve(call: Call, request: PairRequest) -> Device:
    """Pair the device of a request; the first decision on any gateway counts. Raises Forbidden, InvalidRequest."""
    granter = call.connection.admission.scopes
    if not may_grant(granter, request.role, request.scopes):
        raise _lacks(granter, (Scope.ADMIN,) if request.role == Role.NODE else request.scopes)
    _decide(call, request, "approved")
    device = Device(
        device_id=request.device_id,
        public_key=request.public_key,
        roles=(request.role,),
        scopes=request.scopes,
        client=request.client,
        remote_ip=request.remote_ip,
        browser_origin=request.browser_origin,
    )
    by, now = call.connection.admission.device_id or call.connection.admission.client["id"], call.gateway.clock()
    if request.role == Role.NODE:
        # Before it may connect: what it offers later beyond this waits for a decision of its own.
        call.gateway.services.nodes.store.admit(_approved_node(request), now)
    return call.gateway.services.devices.pair(device, approved_via=by, now_ms=now)


def _approved_node(request: PairRequest) -> Node:
    commands = offered_commands(request.surface.get("commands") or ())
    return Node(
        node_id=request.device_id,
        display_name=request.client.get("displayName") or request.client.get("id") or request.device_id[:12],
        client=request.client,
        caps=tuple(request.surface.get("caps") or ()),
        commands=commands,
        approved_commands=commands,
        permissions=request.surface.get("permissions") or {},
        remote_ip=request.remote_ip,
    )


def reject(call: Call, request: PairRequest) -> None:
    """Turn a request down. The device may ask again: whoever holds the secret is no stranger."""
    _decide(call, request, "rejected")


def _decide(call: Call, request: PairRequest, decision: str) -> None:
    if not call.gateway.services.devices.close_request(request.request_id):
        raise InvalidRequest("somebody else has just decided over this request")
    payload = {"requestId": request.request_id, "deviceId": request.device_id, "decision": decision}
    call.gateway.tell_cluster("device.pair.resolved", {**payload, "ts": call.gateway.clock()})


def pair_remove(call: Call) -> Any:
    device_id = call.params["deviceId"]
    _must_manage(call, device_id)
    if not call.gateway.services.devices.remove(device_id):
        raise InvalidRequest("unknown deviceId")
    call.gateway.cut_device(device_id)
    _changed(call, device_id, "removed")
    return {"deviceId": device_id}


def pair_rename(call: Call) -> Any:
    device_id, label = call.params["deviceId"], call.params["label"].strip()
    _must_manage(call, device_id)
    if not label or not call.gateway.services.devices.rename(device_id, label):
        raise InvalidRequest("unknown deviceId" if label else "invalid device.pair.rename params: at /label: is blank")
    _changed(call, device_id, "renamed")
    return {"deviceId": device_id, "label": label}


def token_rotate(call: Call) -> Any:
    device, role = _device_with_role(call)
    asked = scopes_of(call.params.get("scopes") or device.scopes) if role == Role.OPERATOR else ()
    if not within(device.scopes, asked):
        raise InvalidRequest("the scopes go beyond what the device was approved for")
    if not may_grant(call.connection.admission.scopes, role, asked) and role == Role.OPERATOR:
        raise _lacks(call.connection.admission.scopes, asked)
    now, token = call.gateway.clock(), new_token()
    facts = DeviceToken(device.device_id, role, asked, now, rotated_at_ms=now)
    call.gateway.services.devices.rotate(token_hash(token), facts)
    own = call.connection.admission.device_id == device.device_id
    call.gateway.cut_device(device.device_id, role, spare=call.connection.id if own else "")
    _changed(call, device.device_id, "token-rotated")
    answer = {"deviceId": device.device_id, "role": role, "scopes": list(asked), "rotatedAtMs": now}
    # A token is shown to the device that it is for and to nobody else: another one gets its own when it connects.
    delivery = {"tokenDelivery": "in-band", "token": token} if own else {"tokenDelivery": "withheld-cross-device"}
    return answer | delivery


def token_revoke(call: Call) -> Any:
    device, role = _device_with_role(call)
    now = call.gateway.clock()
    call.gateway.services.devices.revoke(device.device_id, role, now)
    call.gateway.cut_device(device.device_id, role)
    _changed(call, device.device_id, "token-revoked")
    return {"deviceId": device.device_id, "role": role, "revokedAtMs": now}


def _device_with_role(call: Call) -> tuple[Device, str]:
    device_id, role = call.params["deviceId"], call.params["role"]
    _must_manage(call, device_id)
    device = call.gateway.services.devices.device(device_id)
    if device is None or role not in device.roles:
        raise InvalidRequest("unknown deviceId/role")
    return device, role


def _must_manage(call: Call, device_id: str) -> None:
    admission = call.connection.admission
    if not may_manage(admission.device_id, admission.scopes, device_id):
        raise _lacks(admission.scopes, (Scope.ADMIN,))


def _lacks(granted: Iterable[str], wanted: Iterable[str]) -> Forbidden:
    held = tuple(granted)
    missing = next(scope for scope in wanted if not within(held, (scope,)))
    details = {"code": "MISSING_SCOPE", "missingScope": missing, "requiredScopes": [str(scope) for scope in wanted]}
    return Forbidden(f"missing scope: {missing}", details=details)


def _changed(call: Call, device_id: str, reason: str) -> None:
    call.gateway.tell_cluster(
        "device.pair.changed", {"deviceId": device_id, "reason": reason, "ts": call.gateway.clock()}
    )


def _device(device: Device, tokens: Iterable[DeviceToken], *, connected: bool = False) -> dict[str, Any]:
    client = device.client
    facts = {
        "deviceId": device.device_id,
        "publicKey": device.public_key,
        "displayName": device.label or client.get("displayName"),
        "platform": client.get("platform"),
        "deviceFamily": client.get("deviceFamily"),
        "clientId": client.get("id"),
        "clientMode": client.get("mode"),
        "browserOrigin": device.browser_origin,
        "role": device.roles[0] if device.roles else None,
        "roles": list(device.roles),
        "scopes": list(device.scopes),
        "remoteIp": device.remote_ip,
        "approvedVia": device.approved_via,
        "createdAtMs": device.created_at_ms,
        "approvedAtMs": device.approved_at_ms,
        "lastSeenAtMs": device.last_seen_at_ms,
        "lastSeenReason": "connect",
        "connected": connected,
        "tokens": [_token(token) for token in tokens],
    }
    return {key: value for key, value in facts.items() if value not in (None, "")}


def _token(token: DeviceToken) -> dict[str, Any]:
    facts = {
        "role": token.role,
        "scopes": list(token.scopes),
        "createdAtMs": token.created_at_ms,
        "rotatedAtMs": token.rotated_at_ms,
        "lastUsedAtMs": token.last_used_at_ms,
    }
    return {key: value for key, value in facts.items() if value is not None}


METHODS = (
    Method("device.pair.list", NoParams(), pair_list),
    Method("device.pair.approve", RequestParams(), pair_approve),
    Method("device.pair.reject", RequestParams(), pair_reject),
    Method("device.pair.remove", DeviceParams(), pair_remove),
    Method("device.pair.rename", RenameParams(), pair_rename),
    Method("device.token.rotate", RotateParams(), token_rotate),
    Method("device.token.revoke", TokenParams(), token_revoke),
)
