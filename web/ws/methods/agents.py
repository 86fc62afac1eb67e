"""``agents.list``, ``commands.list``: what is configured."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import Any

from openclaw.domain.chat_commands import Argument, ChatCommand, listed_commands, menu
from openclaw.domain.session_key import MAIN_KEY
from openclaw.domain.skill_commands import SkillCommand
from web.services import AgentFacts
from web.validation import Flag, NoParams, Params, Text
from web.ws.dispatch import Call, Method


class CommandsListParams(Params):
    sessionKey = Text(min_length=1)
    agentId = Text(min_length=1)
    provider = Text(min_length=1)
    scope = Text(one_of=("text", "native", "both"))
    includeArgs = Flag()


def agents_list(call: Call) -> Any:
    services = call.gateway.services
    return {
        "defaultId": services.facts.default_agent.id,
        "selectionRequired": False,
        "mainKey": MAIN_KEY,
        "scope": "per-sender",
        "agents": [_agent(agent) for agent in services.facts.agents],
    }


def _agent(agent: AgentFacts) -> dict[str, Any]:
    row: dict[str, Any] = {"id": agent.id, "kind": "agent"}
    if agent.name:
        row["name"] = agent.name
    if agent.workspace:
        row["workspace"] = agent.workspace
    if agent.model:
        row["model"] = {"primary": agent.model, "fallbacks": list(agent.fallbacks)}
    return row


def commands_list(call: Call) -> Any:
    params = call.params
    wanted, channel = params.get("scope", "both"), params.get("provider", "")
    plugin = call.gateway.services.channels.get(channel)
    # Without a channel: the one form that all menus take.
    native = plugin is None or plugin.capabilities.command_menu
    offered = {name for name, _ in menu()} if native else set()
    rows = [
        _command(command, command.name in offered, with_arguments=params.get("includeArgs", True) is not False)
        for command in listed_commands(lambda command: wanted != "native" or command.name in offered)
    ]
    skills = call.gateway.services.skills
    if skills is None:
        return {"commands": rows}
    facts = call.gateway.services.facts
    agent = facts.agent(params.get("agentId", "").lower()) or facts.default_agent

    def with_skills() -> Any:
        return {"commands": [*rows, *(_skill(command, native) for command in skills.commands((agent.id,)))]}

    return call.answer_from(call.gateway.lookups.put, with_skills)


def _skill(command: SkillCommand, native: bool) -> dict[str, Any]:
    return {
        "name": command.name,
        "textAliases": [f"/{command.name}"],
        "description": command.description,
        "source": "skill",
        "scope": "both" if native else "text",
        "acceptsArgs": True,
        **({"nativeName": command.name} if native else {}),
    }


def _command(command: ChatCommand, native: bool, *, with_arguments: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": command.name,
        "textAliases": [f"/{name}" for name in command.names],
        "description": command.description,
        "category": command.category,
        "source": "native",
        "scope": "both" if native else "text",
        "acceptsArgs": bool(command.arguments),
    }
    if native:
        row["nativeName"] = command.name
    if with_arguments and command.arguments:
        row["args"] = [_argument(argument) for argument in command.arguments]
    return row


def _argument(argument: Argument) -> dict[str, Any]:
    row: dict[str, Any] = {"name": argument.name, "description": argument.description, "type": "string"}
    if argument.required:
        row["required"] = True
    if argument.choices:
        row["choices"] = [{"value": choice, "label": choice} for choice in argument.choices]
    return row


METHODS = (
    Method("agents.list", NoParams(), agents_list),
    Method("commands.list", CommandsListParams(), commands_list),
)
