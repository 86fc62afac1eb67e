"""``last-heartbeat`` and ``set-heartbeats``."""

from __future__ import annotations

from typing import Any

from web.validation import Flag, NoParams, Params
from web.ws.dispatch import Call, Method


class SetParams(Params):
    enabled = Flag(required=True)


def last_heartbeat(call: Call) -> Any:
    """What came of the newest one of all agents; ``null`` when there was none."""
    return call.gateway.services.heartbeats.last()


def set_heartbeats(call: Call) -> Any:
    enabled = bool(call.params["enabled"])
    call.gateway.services.heartbeats.enable(enabled=enabled, now_ms=call.gateway.clock())
    return {"ok": True, "enabled": enabled}


METHODS = (
    Method("last-heartbeat", NoParams(), last_heartbeat),
    Method("set-heartbeats", SetParams(), set_heartbeats),
)
