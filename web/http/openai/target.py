"""Which agent a request is for, and in which conversation."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass

from werkzeug.datastructures import Headers

from openclaw.domain.session_key import canonical_session_key, normalize_agent_id, parse_session_key
from openclaw.errors import InvalidRequest
from web.http.openai.errors import MISSING, ApiError, invalid
from web.services import AgentFacts, GatewayFacts

AGENT_HEADER = "x-openclaw-agent-id"
SESSION_HEADER = "x-openclaw-session-key"
MODEL_HEADER = "x-openclaw-model"

#: The model name that stands for whichever agent is the default one.
DEFAULT_MODEL = "openclaw"
_MODEL = re.compile(r"(?:openclaw[/:]|agent:)(?P<agent>[^/:]+)", re.IGNORECASE)
#: A ``user`` that can stand in a session key as it is.
_PLAIN_USER = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_BACKEND = re.compile(r"[^/\s]+/\S+")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes."""

    agent_id: str
    session_key: str
    #: The conversation was made for this request alone, and nobody else is interested in it.
    stateless: bool
    #: ``provider/model`` instead of the agent's own; empty for that.
    backend: str = ""


def find_target(headers: Headers, model: str, user: str, facts: GatewayFacts, session_key: str = "") -> Target:
    """Read model name, ``user`` and headers; ``session_key`` is what the request goes on with, if anything.

    Raises ApiError.
    """
    agent, named = _agent(headers, model, facts)
    backend = backend_of(headers, facts)
    given = headers.get(SESSION_HEADER, "").strip()
    if session_key and given:
        raise invalid(f"Either previous_response_id or {SESSION_HEADER}, not both.", "previous_response_id")
    if session_key or given:
        key = session_key or _canonical(given, agent)
        owner = parse_session_key(key).agent_id
        if named and owner != agent.id:
            raise invalid(f"The session belongs to agent '{owner}', not to '{agent.id}'.", SESSION_HEADER)
        return Target(owner, key, stateless=False, backend=backend)
    if user:
        return Target(agent.id, f"agent:{agent.id}:openai-user:{_user_part(user)}", stateless=False, backend=backend)
    return Target(agent.id, f"agent:{agent.id}:openai:{uuid.uuid4()}", stateless=True, backend=backend)


def agent_of(model: str, facts: GatewayFacts) -> AgentFacts | None:
    """The agent that a model name stands for."""
    if model.lower() == DEFAULT_MODEL:
        return facts.default_agent
    match = _MODEL.fullmatch(model)
    if match is None:
        return None
    agent_id = normalize_agent_id(match["agent"])
    return facts.agent(agent_id) or (facts.default_agent if agent_id == "default" else None)


def model_names(facts: GatewayFacts) -> list[str]:
    """Every name that is offered."""
    return list(dict.fromkeys([DEFAULT_MODEL, "openclaw/default", *(f"openclaw/{agent.id}" for agent in facts.agents)]))


def backend_of(headers: Headers, facts: GatewayFacts) -> str:
    """The model that a header asks for, empty without one. Raises ApiError."""
    wanted = headers.get(MODEL_HEADER, "").strip()
    if not wanted:
        return ""
    if not _BACKEND.fullmatch(wanted):
        raise invalid(f"{MODEL_HEADER} must be provider/model.", MODEL_HEADER)
    if wanted.partition("/")[0] not in facts.vendors:
        raise ApiError(MISSING, f"There is no model '{wanted}' here.", param=MODEL_HEADER, code="model_not_found")
    return wanted


def model_not_found(model: str) -> ApiError:
    message = f"The model '{model[:100]}' does not exist. Use 'openclaw' or 'openclaw/<agent>'."
    return ApiError(MISSING, message, param="model", code="model_not_found")


def _agent(headers: Headers, model: str, facts: GatewayFacts) -> tuple[AgentFacts, bool]:
    """The agent, and whether it was named rather than taken by default."""
    header = headers.get(AGENT_HEADER, "").strip()
    if header:
        agent = facts.agent(normalize_agent_id(header))
        if agent is None:
            message = f"There is no agent '{header[:100]}'."
            raise ApiError(MISSING, message, param=AGENT_HEADER, code="agent_not_found")
        return agent, True
    agent = agent_of(model, facts)
    if agent is None:
        raise model_not_found(model)
    return agent, model.lower() not in (DEFAULT_MODEL, "openclaw/default", "openclaw:default")


def _canonical(given: str, agent: AgentFacts) -> str:
    try:
        return canonical_session_key(given, agent.id)
    except InvalidRequest as error:
        raise invalid(str(error), SESSION_HEADER) from None


def _user_part(user: str) -> str:
    """Different users never share a conversation, whatever characters their names have."""
    return user if _PLAIN_USER.fullmatch(user) else f"sha256-{hashlib.sha256(user.encode()).hexdigest()[:40]}"
