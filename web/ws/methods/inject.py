"""``chat.inject``: an operator puts words into the assistant's mouth."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import Any

from openclaw.domain.session_key import parse_session_key
from web.validation import Params, Text
from web.ws.dispatch import Call, Method
from web.ws.methods.message import checked_text, session_key_of, tell_session_changed
from web.ws.transcripts import wire_message


class ChatInjectParams(Params):
    sessionKey = Text(required=True, min_length=1)
    agentId = Text(min_length=1)
    message = Text(required=True, min_length=1)
    label = Text(max_length=100)


def chat_inject(call: Call) -> Any:
    services, params = call.gateway.services, call.params
    key = session_key_of(call, params["sessionKey"])
    label = params.get("label", "").strip()
    text = checked_text(f"[{label}]\n\n{params['message']}" if label else params["message"])
    entry = services.session_desk.say(key, text, services.clock())
    payload = {
        "runId": f"inject-{entry.id}",
        "sessionKey": key,
        "agentId": parse_session_key(key).agent_id,
        "seq": 0,
        "state": "final",
        "message": wire_message(entry),
    }
    call.gateway.tell_cluster("chat", payload)
    tell_session_changed(call, key, "inject")
    return {"ok": True, "messageId": entry.id}


METHODS = (Method("chat.inject", ChatInjectParams(), chat_inject),)
