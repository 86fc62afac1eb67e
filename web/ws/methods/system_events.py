"""``wake`` and ``system-event``: lines that the next turn of a session hears of, or a turn that is started for them."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE

from openclaw.domain.session_key import main_session_key, normalize_agent_id, parse_session_key
from openclaw.domain.system_events import MAX_TEXT_CHARS
from openclaw.errors import InvalidRequest
from web.validation import Flag, Listing, Params, Text, Whole
from web.ws.dispatch import Call, Method
from web.ws.methods.message import checked_text, session_key_of

#: How a line begins by which a device says that it is there (OpenClaw's form).
PRESENCE_PREFIX = "Node:"
#: What such a line may carry, as presence shows it.
_PRESENCE_FACTS = (
    *("text", "deviceId", "instanceId", "host", "ip", "mode", "version", "platform", "deviceFamily"),
    *("modelIdentifier", "lastInputSeconds", "reason", "roles", "scopes", "tags"),
)
_FACT_CHARS, _FACT_ITEMS = 256, 20


class WakeParams(Params):
    """Others are allowed and mean nothing."""

    class Meta:
        unknown = INCLUDE

    mode = Text(required=True, one_of=("now", "next-heartbeat"))
    text = Text(required=True, min_length=1)
    sessionKey = Text(min_length=1, max_length=512)
    agentId = Text(min_length=1)


class SystemEventParams(Params):
    class Meta:
        unknown = INCLUDE

    text = Text(required=True, min_length=1)
    sessionKey = Text(min_length=1, max_length=512)
    wake = Flag()
    deviceId = Text()
    instanceId = Text()
    host = Text()
    ip = Text()
    mode = Text()
    version = Text()
    platform = Text()
    deviceFamily = Text()
    modelIdentifier = Text()
    lastInputSeconds = Whole()
    reason = Text()
    roles = Listing(of_text=True)
    scopes = Listing(of_text=True)
    tags = Listing(of_text=True)


def wake(call: Call) -> Any:
    _post(call, wake=call.params["mode"] == "now")
    return {"ok": True}


def system_event(call: Call) -> Any:
    params = call.params
    if not params["text"].strip().startswith(PRESENCE_PREFIX):
        _post(call, wake=bool(params.get("wake")))
        return {"ok": True}
    if params.get("wake"):
        raise InvalidRequest("wake is not supported for presence lines")
    facts = {name: _short(params[name]) for name in _PRESENCE_FACTS if params.get(name) not in (None, "", [])}
    call.gateway.presence.told({**facts, "ts": call.gateway.clock()})
    return {"ok": True}


def _short(value: Any) -> Any:
    """Presence is sent to everybody."""
    if isinstance(value, list):
        return [item[:_FACT_CHARS] for item in value[:_FACT_ITEMS]]
    return value[:_FACT_CHARS] if isinstance(value, str) else value


def _post(call: Call, *, wake: bool) -> None:
    text = checked_text(call.params["text"].strip())
    if not text or len(text) > MAX_TEXT_CHARS:
        raise InvalidRequest(f"text must have 1 to {MAX_TEXT_CHARS} characters that are not blank")
    key = _session_key(call)
    # Whoever may call this is an operator: what he says is no stranger's text.
    call.gateway.services.events.post(key, text, source="operator", untrusted=False, wake=wake)


def _session_key(call: Call) -> str:
    """The session that is meant, the agent's main one unless another is named. Raises InvalidRequest."""
    params, facts = call.params, call.gateway.services.facts
    agent_id = params.get("agentId")
    named = normalize_agent_id(agent_id) if agent_id else facts.default_agent.id
    given = params.get("sessionKey")
    key = session_key_of(call, given) if given else main_session_key(named)
    owner = parse_session_key(key).agent_id
    if facts.agent(owner) is None or (agent_id and owner != named):
        raise InvalidRequest(f'unknown agent id "{agent_id or owner}"', details={"code": "UNKNOWN_AGENT_ID"})
    return key


METHODS = (
    Method("wake", WakeParams(), wake),
    Method("system-event", SystemEventParams(), system_event),
)
