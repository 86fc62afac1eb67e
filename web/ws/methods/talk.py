"""``talk.mode``: one client says that it listens or speaks, and the others hear of it."""

from __future__ import annotations

from typing import Any

from web.validation import Flag, Params, Text
from web.ws.dispatch import Call, Method


class TalkModeParams(Params):
    enabled = Flag(required=True)
    phase = Text()


def talk_mode(call: Call) -> Any:
    params = call.params
    payload = {"enabled": params["enabled"], "phase": params.get("phase"), "ts": call.gateway.clock()}
    call.gateway.tell_cluster("talk.mode", payload)
    return payload


METHODS = (Method("talk.mode", TalkModeParams(), talk_mode),)
