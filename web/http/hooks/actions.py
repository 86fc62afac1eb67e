"""What a call of a hook asks for: read from its payload, or made by the mapping that matches."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from marshmallow import INCLUDE

from openclaw.domain.hook_template import HookCall, Template, as_text, look_up
from openclaw.domain.untrusted import one_line
from web.http.hooks.policy import HookMapping, HookPolicy, MappingRule
from web.http.hooks.refusal import HookRefused
from web.http.json_body import BAD_REQUEST
from web.validation import Flag, Params, Text, Whole, problems

NOT_FOUND = 404
#: Of a name, which may come from outside and stands where the marks of untrusted text do not.
_NAME_CHARS = 40
_SOURCE_HEADER = "x-openclaw-source"


class KeyFrom(Enum):
    """Who chose a session key: what comes from outside is bounded."""

    OPERATOR = auto()
    REQUEST = auto()
    TEMPLATE = auto()


@dataclass(frozen=True, slots=True)
class WakeAction:
    """A system event for the agent's main session."""

    text: str
    now: bool
    name: str
    agent_id: str = ""
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class RunAction:
    """A run of its own, whose end the agent's main session hears of."""

    message: str
    name: str
    agent_id: str = ""
    session_key: str = ""
    key_from: KeyFrom = KeyFrom.REQUEST
    #: Whether the main session is woken when it hears.
    wake_now: bool = True
    #: ``None`` when nobody said: delivered if that is possible.
    deliver: bool | None = None
    channel: str = ""
    account: str = ""
    to: str = ""
    model: str = ""
    thinking: str = ""
    timeout_seconds: int | None = None
    unsafe: bool = False


Action = WakeAction | RunAction


class _Lenient(Params):
    """Senders may say more than we listen to."""

    class Meta:
        unknown = INCLUDE


class _WakeBody(_Lenient):
    text = Text(required=True)
    mode = Text(one_of=("now", "next-heartbeat"))


class _RunBody(_Lenient):
    message = Text(required=True)
    name = Text()
    agentId = Text()
    sessionKey = Text(max_length=512)
    wakeMode = Text(one_of=("now", "next-heartbeat"))
    deliver = Flag()
    channel = Text()
    accountId = Text()
    to = Text()
    model = Text()
    thinking = Text()
    timeoutSeconds = Whole(minimum=1)


_WAKE_BODY, _RUN_BODY = _WakeBody(), _RunBody()


def action_of(call: HookCall, policy: HookPolicy) -> Action:
    """What the call asks for. Raises HookRefused."""
    if call.path == "wake":
        return _wake(_checked(_WAKE_BODY, call))
    if call.path == "agent":
        return _run(_checked(_RUN_BODY, call))
    mapping = next((mapping for mapping in policy.mappings if _matches(mapping.rule, call)), None)
    if mapping is None:
        raise HookRefused(NOT_FOUND, "no mapping is for this call")
    return _mapped(mapping, call)


def _checked(schema: Params, call: HookCall) -> dict[str, Any]:
    complaint = problems(schema, dict(call.payload))
    if complaint:
        raise HookRefused(BAD_REQUEST, complaint)
    return dict(call.payload)


def _wake(body: dict[str, Any]) -> WakeAction:
    return WakeAction(text=_some(body["text"], "text"), now=body.get("mode", "now") == "now", name="wake")


def _run(body: dict[str, Any]) -> RunAction:
    return RunAction(
        message=_some(body["message"], "message"),
        name=one_line(body.get("name") or "hook", _NAME_CHARS),
        agent_id=body.get("agentId", "").strip(),
        session_key=body.get("sessionKey", "").strip(),
        wake_now=body.get("wakeMode", "now") == "now",
        deliver=body.get("deliver"),
        channel=body.get("channel", "").strip().lower(),
        account=body.get("accountId", "").strip(),
        to=body.get("to", "").strip(),
        model=body.get("model", "").strip(),
        thinking=body.get("thinking", "").strip(),
        timeout_seconds=body.get("timeoutSeconds"),
    )


def _matches(rule: MappingRule, call: HookCall) -> bool:
    if rule.path and rule.path != call.path:
        return False
    if rule.source:
        source = call.payload.get("source", call.headers.get(_SOURCE_HEADER))
        if source != rule.source:
            return False
    if any(as_text(look_up(call, ("payload", *path))) != text for path, text in rule.fields.items()):
        return False
    # Some senders put a secret into a header of their own.
    return all(
        hmac.compare_digest(call.headers.get(name, "").encode(), text.encode()) for name, text in rule.headers.items()
    )


def _mapped(mapping: HookMapping, call: HookCall) -> Action:
    name = one_line(mapping.name.render(call) or call.path, _NAME_CHARS)
    text = _some(mapping.text.render(call), "the mapping's text")
    if mapping.wakes_main:
        return WakeAction(text, mapping.wake_now, name, mapping.agent_id, mapping.unsafe)
    return RunAction(
        message=text,
        name=name,
        agent_id=mapping.agent_id,
        session_key=_line(mapping.session_key, call),
        key_from=KeyFrom.OPERATOR if mapping.session_key.is_fixed else KeyFrom.TEMPLATE,
        wake_now=mapping.wake_now,
        deliver=mapping.deliver,
        channel=mapping.channel,
        account=mapping.account,
        to=_line(mapping.to, call),
        model=_line(mapping.model, call),
        thinking=_line(mapping.thinking, call),
        timeout_seconds=mapping.timeout_seconds,
        unsafe=mapping.unsafe,
    )


def _line(template: Template, call: HookCall) -> str:
    return template.render(call).strip()


def _some(text: str, what: str) -> str:
    if not text.strip():
        raise HookRefused(BAD_REQUEST, f"{what} is empty")
    return text
