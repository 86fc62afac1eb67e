"""``tools.catalog``, ``tools.effective``, ``tools.invoke``."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from openclaw.domain.run import RiskClass
from openclaw.domain.scopes import Scope, satisfies
from openclaw.domain.session_key import parse_session_key
from openclaw.domain.tool_chain import PROFILES
from openclaw.domain.tool_groups import GROUPS, MCP, OTHERS, group_of
from openclaw.domain.tool_policy import matches
from openclaw.errors import InvalidRequest
from openclaw.ports.tool import Tool
from web.tool_desk import BadArguments, ToolNotAvailable, ToolRequest, answer_of
from web.validation import Anything, Flag, Params, Text
from web.ws.dispatch import LATER, Call, Method
from web.ws.methods.run_answer import RunAnswer
from web.ws.run_end import RunEnd

#: Beyond the longest run: its own deadline comes first.
WAIT_SECONDS = 660.0
_RISKS = {
    RiskClass.READ: "low",
    RiskClass.WRITE: "medium",
    RiskClass.NETWORK: "medium",
    RiskClass.EXECUTE: "high",
}


#: Where tools come from, and how that is called.
_SOURCES = (("core", "Built in"), ("plugin", "Plugins"), ("mcp", "MCP servers"))


class CatalogParams(Params):
    agentId = Text(min_length=1)
    includePlugins = Flag()


class EffectiveParams(Params):
    agentId = Text(min_length=1)
    sessionKey = Text(required=True, min_length=1)


class InvokeParams(Params):
    name = Text(required=True, min_length=1)
    args = Anything()
    sessionKey = Text(min_length=1, max_length=512)
    agentId = Text(min_length=1)
    confirm = Flag()
    idempotencyKey = Text(min_length=1, max_length=512)
    conversationReadOrigin = Text(one_of=("direct-operator",))


def catalog(call: Call) -> Any:
    """Every tool that is there, whether the agent may use it or not."""
    facts, params = call.gateway.services.facts, call.params
    agent_id = params.get("agentId", facts.default_agent.id).lower()
    if facts.agent(agent_id) is None:
        raise InvalidRequest(f"unknown agent id {agent_id!r}", details={"code": "UNKNOWN_AGENT_ID"})
    tools = call.gateway.tools.tools()
    names = [n for n in tools if params.get("includePlugins", True) or _source(call, n) == "core"]
    groups = [
        {
            "id": group.id,
            "label": group.label,
            "source": "core" if group in GROUPS else "plugin",
            "tools": [_entry(call, name, tools[name]) for name in sorted(found)],
        }
        for group in (*GROUPS, MCP, OTHERS)
        if (found := [name for name in names if group_of(name) is group])
    ]
    profiles = [{"id": name, "label": name.title()} for name in PROFILES]
    return {"agentId": agent_id, "profiles": profiles, "groups": groups}


def effective(call: Call) -> Any:
    """The tools that turns of this session may use."""
    desk, params = call.gateway.tools, call.params
    key = desk.session_key(params["sessionKey"], params.get("agentId", ""))
    agent_id = parse_session_key(key).agent_id
    # By the owner's rights: what others may use in groups depends on who writes.
    allowed = desk.in_turns(key, is_owner=True).allowed
    tools = {name: tool for name, tool in desk.tools().items() if name in allowed}
    groups = [
        {"id": source, "label": label, "source": source, "tools": _effective_tools(call, tools, source)}
        for source, label in _SOURCES
        if any(_source(call, name) == source for name in tools)
    ]
    return {"agentId": agent_id, "profile": call.gateway.services.facts.tool_book.profile(agent_id), "groups": groups}


def _entry(call: Call, name: str, tool: Tool) -> dict[str, Any]:
    """What the catalog says of a tool; it knows no source but the program and its plugins."""
    entry = _tool(call, name, tool)
    source = "core" if entry["source"] == "core" else "plugin"
    return {**entry, "source": source, "defaultProfiles": _profiles(name)}


def _profiles(name: str) -> list[str]:
    """The profiles that let a tool pass."""
    return [
        profile
        for profile, allowed in PROFILES.items()
        if allowed is None or any(matches(name, pattern) for pattern in allowed)
    ]


def _effective_tools(call: Call, tools: Mapping[str, Tool], source: str) -> Iterable[dict[str, Any]]:
    return [
        {**_tool(call, name, tool), "rawDescription": tool.spec.description}
        for name, tool in sorted(tools.items())
        if _source(call, name) == source
    ]


def _tool(call: Call, name: str, tool: Tool) -> dict[str, Any]:
    source = _source(call, name)
    return {
        "id": name,
        "label": name,
        "description": tool.spec.description.split("\n")[0],
        "source": source,
        "risk": _RISKS[tool.risk],
        **({"pluginId": call.gateway.services.tool_sources[name]} if source == "plugin" else {}),
    }


def _source(call: Call, name: str) -> str:
    """``core`` for what comes with OpenClaw, ``mcp`` for what a server brings."""
    if name not in call.gateway.services.tools:
        return "mcp"
    return "core" if call.gateway.services.tool_sources.get(name, "").startswith("openclaw.") else "plugin"


def invoke(call: Call) -> Any:
    params, desk = call.params, call.gateway.tools
    name = params["name"].strip()
    try:
        accepted = desk.start(_asked(call, name))
    except ToolNotAvailable as error:
        return _failure(name, "not_found", str(error))
    except BadArguments as error:
        return _failure(name, "invalid_request", str(error))
    call.gateway.metrics.accepted("tool")
    call.connection.started_run(accepted.run_id)
    RunAnswer(call, accepted.run_id, _finish, WAIT_SECONDS).wait(ask_database=accepted.duplicate)
    return LATER


def _asked(call: Call, name: str) -> ToolRequest:
    params, arguments = call.params, call.params.get("args")
    if not (arguments is None or isinstance(arguments, dict)):
        raise InvalidRequest("invalid tools.invoke params: at /args: must be object")
    return ToolRequest(
        name=name,
        session_key=call.gateway.tools.session_key(params.get("sessionKey", ""), params.get("agentId", "")),
        arguments=arguments or {},
        is_owner=satisfies(call.connection.admission.scopes, Scope.ADMIN),
        idempotency_key=params.get("idempotencyKey", ""),
    )


def _finish(call: Call, run_id: str, end: RunEnd | None) -> None:
    name = call.params["name"].strip()
    if end is None:
        call.respond(_failure(name, "timeout", f"no result in time; run {run_id} goes on"))
        return
    answer = answer_of(end)
    if answer.error:
        call.respond(_failure(name, answer.error, answer.text))
        return
    output = {"content": [{"type": "text", "text": answer.text}]}
    call.respond({"ok": True, "toolName": name, "output": output, "source": _source(call, name)})


def _failure(name: str, code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "toolName": name or "unknown", "error": {"code": code, "message": message or code}}


METHODS = (
    Method("tools.catalog", CatalogParams(), catalog),
    Method("tools.effective", EffectiveParams(), effective),
    Method("tools.invoke", InvokeParams(), invoke),
)
