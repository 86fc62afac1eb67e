"""``gateway.restart.request``: the gateway drains and is started anew."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from web.restart import DEFAULT_DELAY_MS
from web.validation import Params, Text, Whole
from web.ws.dispatch import Call, Method

if TYPE_CHECKING:
    from web.gateway import Gateway

#: So that the answer leaves first.
MIN_DELAY_MS = 100
MAX_DELAY_MS = 60_000


class RestartParams(Params):
    reason = Text(max_length=200)
    note = Text(max_length=500)
    sessionKey = Text(min_length=1)
    restartDelayMs = Whole(maximum=MAX_DELAY_MS)


def restart(call: Call) -> Any:
    """Runs go on in their workers meanwhile, and clients are told to come back."""
    params = call.params
    delay_ms = max(MIN_DELAY_MS, params.get("restartDelayMs", DEFAULT_DELAY_MS))
    reason = params.get("reason") or "an operator asked"
    call.gateway.restart_soon(reason, delay_ms)
    return {"ok": True, "bootId": call.gateway.boot_id, "delayMs": delay_ms, "reason": reason}


def _can_restart(gateway: Gateway) -> bool:
    return gateway.services.restart is not None


METHODS = (Method("gateway.restart.request", RestartParams(), restart, _can_restart),)
