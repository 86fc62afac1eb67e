"""A hook's HTTP request as a ``HookCall``, its body bounded, and the key by which a repeated delivery is known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Request

from openclaw.domain.hook_template import HookCall
from web.http.hooks.refusal import HookRefused
from web.http.json_body import BadBody, read_object

#: Never shown to a template: what it renders goes to a model.
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-openclaw-token", "cookie"})
#: Headers in which a sender names a delivery; it sends the same one again when it tries again.
DELIVERY_HEADERS = (
    *("idempotency-key", "x-github-delivery", "x-gitlab-event-uuid", "webhook-id", "svix-id"),
    *("x-shopify-webhook-id", "x-stripe-event-id", "x-delivery-id"),
)


def read_call(request: Request, name: str, max_body_bytes: int, now_ms: int) -> HookCall:
    """Read the request. Raises HookRefused."""
    return HookCall(
        path=name,
        payload=_payload(request, max_body_bytes),
        headers={key.lower(): value for key, value in request.headers.items() if key.lower() not in _CREDENTIALS},
        query=request.args.to_dict(),
        now=datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="seconds"),
    )


def _payload(request: Request, max_body_bytes: int) -> dict[str, Any]:
    try:
        return read_object(request, max_body_bytes)
    except BadBody as bad:
        raise HookRefused(bad.status, str(bad)) from bad


def delivery_key(call: HookCall) -> str:
    """What the sender calls this delivery; empty when it does not say."""
    named = next((call.headers[name] for name in DELIVERY_HEADERS if call.headers.get(name)), "")
    stated = call.payload.get("idempotencyKey")
    return named.strip() or (stated.strip() if isinstance(stated, str) else "")
