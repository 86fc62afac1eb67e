"""``skills.status``, ``skills.bins``, ``skills.update``: the skills of agents.

Installing what a skill needs is not offered: it would run a package manager with the gateway's rights.
"""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw.domain.session_key import parse_session_key
from openclaw.errors import InvalidRequest
from web.services import AgentFacts
from web.skill_desk import SkillDesk, changes_of
from web.validation import Anything, Flag, NoParams, Params, Text
from web.ws.dispatch import Call, Method
from web.ws.methods.agent_desk import known_agent
from web.ws.methods.config import author
from web.ws.methods.message import session_key_of

if TYPE_CHECKING:
    from web.gateway import Gateway


class StatusParams(Params):
    agentId = Text(min_length=1)
    #: Names the agent where ``agentId`` does not.
    sessionKey = Text(min_length=1)


class UpdateParams(Params):
    skillKey = Text(required=True, min_length=1)
    enabled = Flag()
    apiKey = Text()
    env = Anything()


def status(call: Call) -> Any:
    agent, desk = _agent(call), _desk(call)
    return call.answer_from(call.gateway.lookups.put, lambda: desk.status(agent.id, agent.workspace))


def bins(call: Call) -> Any:
    desk, agents = _desk(call), _agent_ids(call.gateway)
    return call.answer_from(call.gateway.lookups.put, lambda: {"bins": desk.bins(agents)})


def update(call: Call) -> Any:
    """Say something of a skill in the configuration, whatever its text is; gateways and workers follow."""
    params, desk, agents = call.params, _desk(call), _agent_ids(call.gateway)
    key, config = params["skillKey"], call.gateway.services.config
    patch = changes_of(key, params.get("enabled"), params.get("apiKey"), _env(params.get("env")))
    assert config is not None

    def edit() -> dict[str, Any]:
        desk.check_known(key, agents)
        newest = config.editor.snapshot()
        base = newest.hash if newest.exists else None
        config.editor.patch(patch, base, source=call.method, author=author(call))
        entry = config.desk.snapshot()["config"].get("skills", {}).get("entries", {}).get(key, {})
        return {"ok": True, "skillKey": key, "config": entry}

    return call.answer_from(config.desk.later, edit)


def _env(env: Any) -> dict[str, str] | None:
    if env is None:
        return None
    if not isinstance(env, dict) or not all(isinstance(value, str) for value in env.values()):
        raise InvalidRequest("invalid skills.update params: at /env: must be an object of strings")
    return env


def _agent(call: Call) -> AgentFacts:
    """The agent that is meant. Raises InvalidRequest."""
    params = call.params
    if "agentId" in params:
        return known_agent(call, params["agentId"])
    if "sessionKey" in params:
        return known_agent(call, parse_session_key(session_key_of(call, params["sessionKey"])).agent_id)
    return call.gateway.services.facts.default_agent


def _agent_ids(gateway: Gateway) -> tuple[str, ...]:
    return tuple(agent.id for agent in gateway.services.facts.agents)


def _desk(call: Call) -> SkillDesk:
    desk = call.gateway.services.skills
    assert desk is not None
    return desk


def _has_skills(gateway: Gateway) -> bool:
    return gateway.services.skills is not None


def _can_edit(gateway: Gateway) -> bool:
    return _has_skills(gateway) and gateway.services.config is not None


METHODS = (
    Method("skills.status", StatusParams(), status, _has_skills),
    Method("skills.bins", NoParams(), bins, _has_skills),
    Method("skills.update", UpdateParams(), update, _can_edit),
)
