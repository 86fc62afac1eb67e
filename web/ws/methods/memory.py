"""``memory.search``, ``doctor.memory.status``: what agents remember."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from openclaw.domain.session_key import normalize_agent_id, parse_session_key
from openclaw.errors import InvalidRequest
from web.memory_desk import MemoryDesk
from web.validation import Flag, Number, Params, Text, Whole
from web.ws.dispatch import Call, Method

if TYPE_CHECKING:
    from web.gateway import Gateway

MAX_RESULTS = 50


class MemorySearchParams(Params):
    query = Text(required=True, min_length=1, max_length=4096)
    agentId = Text(min_length=1)
    #: Names the agent where ``agentId`` does not.
    sessionKey = Text(min_length=1, max_length=512)
    maxResults = Whole(minimum=1, maximum=MAX_RESULTS)
    minScore = Number(minimum=0, maximum=1)


class MemoryStatusParams(Params):
    agentId = Text(min_length=1)
    probe = Flag()


def search(call: Call) -> Any:
    params = call.params
    ask = (_agent_of(call), params["query"], params.get("maxResults"), params.get("minScore"))
    return call.answer_from(call.gateway.memory_work.put, partial(_desk(call).search, *ask))


def status(call: Call) -> Any:
    work = partial(_desk(call).status, _agent_of(call), probe=bool(call.params.get("probe")))
    return call.answer_from(call.gateway.memory_work.put, work)


def _agent_of(call: Call) -> str:
    """The agent that is meant. Raises InvalidRequest for one that is not configured."""
    facts, params = call.gateway.services.facts, call.params
    if "agentId" in params:
        agent_id = normalize_agent_id(params["agentId"])
    elif "sessionKey" in params:
        agent_id = parse_session_key(params["sessionKey"], facts.default_agent.id).agent_id
    else:
        agent_id = facts.default_agent.id
    if facts.agent(agent_id) is None:
        raise InvalidRequest(f"unknown agent id {agent_id!r}", details={"code": "UNKNOWN_AGENT_ID"})
    return agent_id


def _desk(call: Call) -> MemoryDesk:
    desk = call.gateway.services.memory
    assert desk is not None
    return desk


def _has_memory(gateway: Gateway) -> bool:
    return gateway.services.memory is not None


METHODS = (
    Method("memory.search", MemorySearchParams(), search, _has_memory),
    Method("doctor.memory.status", MemoryStatusParams(), status, _has_memory),
)
