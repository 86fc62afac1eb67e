"""``agents.create``, ``agents.update``, ``agents.delete``: edits of the configuration, which every process follows."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import shutil
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

from openclaw.composition.config_editor import Edit
from openclaw.domain.session_key import normalize_agent_id
from openclaw.errors import InvalidRequest, Unavailable
from web.config_watch import ConfigWatch
from web.services import AgentFacts
from web.validation import Flag, Params, Text
from web.ws.dispatch import Call, Method
from web.ws.methods.config import author, has_config
from web.ws.methods.message import refuse_unsupported

#: Sessions at work that are looked through for one of an agent that is to go.
_BUSY_SESSIONS = 1000
_UNSUPPORTED = ("emoji", "avatar")


class AgentsCreateParams(Params):
    name = Text(required=True, min_length=1)
    workspace = Text(min_length=1)
    model = Text(min_length=1)
    emoji = Text()
    avatar = Text()


class AgentsUpdateParams(Params):
    agentId = Text(required=True, min_length=1)
    name = Text(min_length=1)
    workspace = Text(min_length=1)
    model = Text(min_length=1, nullable=True)
    emoji = Text()
    avatar = Text()


class AgentsDeleteParams(Params):
    agentId = Text(required=True, min_length=1)
    deleteFiles = Flag()


def known_agent(call: Call, raw: str) -> AgentFacts:
    """The configured agent that a client names. Raises InvalidRequest."""
    found = call.gateway.services.facts.agent(normalize_agent_id(raw))
    if found is None:
        raise InvalidRequest(f'agent "{raw}" not found; agents.list names those that are configured')
    return found


def agents_create(call: Call) -> Any:
    params = call.params
    refuse_unsupported(params, _UNSUPPORTED)
    agent_id = normalize_agent_id(params["name"])
    if call.gateway.services.facts.agent(agent_id) is not None:
        raise InvalidRequest(f'agent "{agent_id}" already exists')
    section: dict[str, Any] = {name: params[name] for name in ("name", "workspace", "model") if name in params}
    return _edit(call, partial(_create, call, agent_id, section))


def _create(call: Call, agent_id: str, section: dict[str, Any], config: ConfigWatch) -> dict[str, Any]:
    agents = {agent_id: section}
    default = call.gateway.services.facts.default_agent
    if default.id not in _tree(config).get("agents", {}):
        # An agent that is only there because no other is configured would go with this edit.
        agents = {default.id: {"default": True}, **agents}
    patch_config(call, config, {"agents": agents})
    made = known_agent(call, agent_id)
    Path(made.workspace).mkdir(mode=0o700, parents=True, exist_ok=True)
    return {"ok": True, "agentId": made.id, "name": made.name, "workspace": made.workspace, "model": made.model}


def agents_update(call: Call) -> Any:
    params = call.params
    refuse_unsupported(params, _UNSUPPORTED)
    agent = known_agent(call, params["agentId"])
    section: dict[str, Any] = {name: params[name] for name in ("name", "workspace", "model") if name in params}

    def update(config: ConfigWatch) -> dict[str, Any]:
        if section:
            patch_config(call, config, {"agents": {agent.id: section}})
        return {"ok": True, "agentId": agent.id}

    return _edit(call, update)


def agents_delete(call: Call) -> Any:
    services = call.gateway.services
    agent = known_agent(call, call.params["agentId"])
    if agent.default:
        raise InvalidRequest(f'agent "{agent.id}" is the default one and cannot be deleted')
    if any(view.agent_id == agent.id for view in services.sessions.busy_sessions(limit=_BUSY_SESSIONS)):
        raise Unavailable(f'agent "{agent.id}" has work to do; stop it and try again')
    return _edit(call, partial(_delete, call, agent))


def _delete(call: Call, agent: AgentFacts, config: ConfigWatch) -> dict[str, Any]:
    bindings = _tree(config).get("bindings", [])
    kept = [binding for binding in bindings if binding.get("agent") != agent.id]
    patch: dict[str, Any] = {"agents": {agent.id: None}}
    if len(kept) < len(bindings):
        patch["bindings"] = kept
    patch_config(call, config, patch)
    answer = {"ok": True, "agentId": agent.id, "removedBindings": len(bindings) - len(kept)}
    if call.params.get("deleteFiles"):
        answer |= _trash(config.editor.environment.home, agent, call.gateway.clock())
    return answer


def _trash(home: Path, agent: AgentFacts, now_ms: int) -> dict[str, Any]:
    """Put the agent's workspace aside. One that an operator has put elsewhere is the operator's."""
    folder = Path(agent.workspace)
    if not folder.is_dir():
        return {"removed": [{"path": str(folder), "method": "missing"}]}
    if folder.is_symlink() or folder.resolve().parent != home.resolve():
        return {"failed": [{"path": str(folder), "reason": "it lies outside of the state folder"}]}
    trash = home / "trash"
    trash.mkdir(mode=0o700, exist_ok=True)
    try:
        shutil.move(folder, trash / f"{folder.name}-{now_ms}")
    except OSError as error:
        return {"failed": [{"path": str(folder), "reason": error.strerror or type(error).__name__}]}
    return {"removed": [{"path": str(folder), "method": "trash"}]}


def _edit(call: Call, work: Any) -> Any:
    """Answer from the configuration's own thread."""
    config = call.gateway.services.config
    assert config is not None
    return call.answer_from(config.desk.later, partial(work, config))


def patch_config(call: Call, config: ConfigWatch, patch: dict[str, Any]) -> Edit:
    """Merge a patch into the newest configuration. Raises ConfigError, Conflict or StoreUnavailable."""
    newest = config.editor.snapshot()
    base = newest.hash if newest.exists else None
    return config.editor.patch(patch, base, source=call.method, author=author(call))


def _tree(config: ConfigWatch) -> dict[str, Any]:
    """The newest text as written. Raises InvalidRequest for one that cannot be read."""
    try:
        return tomllib.loads(config.editor.snapshot().text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRequest(f"the configuration cannot be read: {error}") from error


METHODS = (
    Method("agents.create", AgentsCreateParams(), agents_create, has_config),
    Method("agents.update", AgentsUpdateParams(), agents_update, has_config),
    Method("agents.delete", AgentsDeleteParams(), agents_delete, has_config),
)
