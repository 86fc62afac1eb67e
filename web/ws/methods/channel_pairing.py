"""``channels.pairing.*`` and ``channels.allow.*``: who may write to a channel's account.

A request is named by its id or by the code that its sender was told.
"""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from openclaw.domain.sender_pairing import MAX_PENDING, TTL_MS, KnownSender, SenderRequest
from openclaw.errors import InvalidRequest, NotFound
from openclaw.intake.sender_desk import SenderDesk
from web.config_watch import ConfigWatch
from web.services import GatewayServices
from web.validation import Flag, Params, Text
from web.ws.dispatch import Call, Method
from web.ws.methods.agent_desk import patch_config
from web.ws.methods.config import author


class ListParams(Params):
    channel = Text(min_length=1)
    accountId = Text(min_length=1)


class RequestParams(Params):
    channel = Text(required=True, min_length=1)
    accountId = Text(required=True, min_length=1)
    requestId = Text(required=True, min_length=1)


class ApproveParams(RequestParams):
    notify = Flag()
    bootstrapCommandOwner = Flag()


class SenderParams(Params):
    channel = Text(required=True, min_length=1)
    accountId = Text(required=True, min_length=1)
    senderId = Text(required=True, min_length=1)


def pairing_list(call: Call) -> Any:
    services, channel, account = call.gateway.services, *_wanted(call)
    configured = [
        each
        for each in services.facts.accounts
        if each.channel == (channel or each.channel) and each.account_id == (account or each.account_id)
    ]
    return {
        "accounts": [
            {
                "channel": each.channel,
                "channelLabel": _label(services, each.channel),
                "accountId": each.account_id,
                "notifySupported": each.account is not None,
            }
            for each in configured
        ],
        "requests": [_request(services, each) for each in services.senders.requests(channel, account)],
        "commandOwnerConfigured": bool(services.facts.approvers),
        "limits": {"pendingPerAccount": MAX_PENDING, "ttlMs": TTL_MS},
    }


def pairing_approve(call: Call) -> Any:
    request, desk = _found(call), call.gateway.services.senders
    if not call.params.get("bootstrapCommandOwner"):
        return _approve(call, desk, request, "not-requested")
    config = call.gateway.services.config
    if config is None:
        return _approve(call, desk, request, "unavailable")

    def approve_owner() -> dict[str, Any]:
        answer = _approve(call, desk, request, "configured")
        return {**answer, "commandOwnerBootstrap": _make_owner(call, config, request)}

    return call.answer_from(config.desk.later, approve_owner)


def pairing_reject(call: Call) -> Any:
    request = _found(call)
    call.gateway.services.senders.reject(request, author(call))
    return {"requestId": request.request_id, "senderId": request.sender_id}


def pairing_dismiss(call: Call) -> Any:
    request = _found(call)
    call.gateway.services.senders.dismiss(request)
    return {"requestId": request.request_id, "senderId": request.sender_id}


def allow_list(call: Call) -> Any:
    services = call.gateway.services
    return {"senders": [_sender(services, each) for each in services.senders.senders(*_wanted(call))]}


def allow_revoke(call: Call) -> Any:
    params, services = call.params, call.gateway.services
    try:
        gone = services.senders.revoke(params["channel"], params["accountId"], params["senderId"])
    except NotFound as error:
        raise InvalidRequest(str(error)) from None
    return _sender(services, gone)


def _wanted(call: Call) -> tuple[str, str]:
    return call.params.get("channel") or "", call.params.get("accountId") or ""


def _found(call: Call) -> SenderRequest:
    params = call.params
    try:
        return call.gateway.services.senders.find(params["requestId"], params["channel"], params["accountId"])
    except NotFound as error:
        raise InvalidRequest(str(error)) from None


def _approve(call: Call, desk: SenderDesk, request: SenderRequest, bootstrap: str) -> dict[str, Any]:
    notify = bool(call.params.get("notify"))
    desk.approve(request, author(call), notify=notify)
    return {
        "requestId": request.request_id,
        "senderId": request.sender_id,
        # The outbox has it: it is sent unless the platform refuses for good.
        "notification": "sent" if notify else "not-requested",
        "commandOwnerBootstrap": bootstrap,
    }


def _make_owner(call: Call, config: ConfigWatch, request: SenderRequest) -> str:
    """Make the sender the first who may decide from a chat. What is configured already is not changed."""
    if call.gateway.services.facts.approvers:
        return "already-configured"
    owner = f"{request.channel}:{request.sender_id}"
    patch_config(call, config, {"approvals": {"approvers": [owner]}})
    return "configured"


def _label(services: GatewayServices, channel: str) -> str:
    plugin = services.channels.get(channel)
    return plugin.label if plugin is not None else channel


def _request(services: GatewayServices, request: SenderRequest) -> dict[str, Any]:
    configured = services.facts.account(request.channel, request.account)
    return {
        "requestId": request.request_id,
        "channel": request.channel,
        "channelLabel": _label(services, request.channel),
        "accountId": request.account,
        "senderId": request.sender_id,
        "senderLabel": request.label or request.sender_id,
        "metadata": {"code": request.code, **request.facts},
        "createdAt": _iso(request.created_at_ms),
        "lastSeenAt": _iso(request.last_seen_at_ms),
        "expiresAt": _iso(request.expires_at_ms),
        "notifySupported": configured is not None and configured.account is not None,
    }


def _sender(services: GatewayServices, known: KnownSender) -> dict[str, Any]:
    return {
        "channel": known.channel,
        "channelLabel": _label(services, known.channel),
        "accountId": known.account,
        "senderId": known.sender_id,
        "senderLabel": known.label or known.sender_id,
        "standing": known.standing.value,
        "decidedBy": known.decided_by,
        "decidedAt": _iso(known.decided_at_ms),
    }


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


METHODS = (
    Method("channels.pairing.list", ListParams(), pairing_list),
    Method("channels.pairing.approve", ApproveParams(), pairing_approve),
    Method("channels.pairing.reject", RequestParams(), pairing_reject),
    Method("channels.pairing.dismiss", RequestParams(), pairing_dismiss),
    Method("channels.allow.list", ListParams(), allow_list),
    Method("channels.allow.revoke", SenderParams(), allow_revoke),
)
