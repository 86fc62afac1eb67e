"""Which agent and session a hook's run belongs to, and where its answer goes. Fails closed."""

from __future__ import annotations

import uuid
from dataclasses import replace

from openclaw.domain.envelope import CLIENT_ROUTE, ReplyRoute
from openclaw.domain.session_key import canonical_session_key, main_session_key, parse_session_key
from openclaw.errors import InvalidRequest
from openclaw.ports.store import SessionQueries
from web.http.hooks.actions import KeyFrom, RunAction
from web.http.hooks.policy import HookPolicy
from web.http.hooks.refusal import HookRefused
from web.http.json_body import BAD_REQUEST
from web.services import GatewayFacts

LAST = "last"


def agent_of(agent_id: str, facts: GatewayFacts) -> str:
    """The agent that a call is for. Raises HookRefused for one that calls may not name."""
    chosen = agent_id.lower() if agent_id else facts.default_agent.id
    allowed = facts.hooks.allowed_agent_ids
    # An empty list leaves the default agent to calls that name none.
    free = allowed is None or "*" in allowed or (not agent_id and not allowed)
    if facts.agent(chosen) is None or not (free or chosen in (allowed or ())):
        raise HookRefused(BAD_REQUEST, "there is no such agent for hooks (hooks.allowed_agent_ids)")
    return chosen


def session_of(action: RunAction, agent_id: str, policy: HookPolicy) -> str:
    """The full key of the run's session. Raises HookRefused."""
    if not action.session_key:
        key = policy.default_session_key or f"hook:{uuid.uuid4()}"
        return _canonical(key, agent_id)
    if action.key_from is KeyFrom.REQUEST and not policy.allow_request_session_key:
        raise HookRefused(BAD_REQUEST, "sessionKey is not allowed (hooks.allow_request_session_key)")
    key = _canonical(action.session_key, agent_id)
    prefixes = tuple(prefix.lower() for prefix in policy.allowed_session_key_prefixes)
    if action.key_from is not KeyFrom.OPERATOR and not parse_session_key(key).rest.startswith(prefixes):
        raise HookRefused(BAD_REQUEST, f"sessionKey must begin with one of: {', '.join(prefixes)}")
    return key


def _canonical(key: str, agent_id: str) -> str:
    try:
        full = canonical_session_key(key, agent_id)
    except InvalidRequest as error:
        raise HookRefused(BAD_REQUEST, str(error)) from error
    if parse_session_key(full).agent_id != agent_id:
        raise HookRefused(BAD_REQUEST, "sessionKey belongs to another agent than agentId")
    return full


def route_of(action: RunAction, agent_id: str, facts: GatewayFacts, sessions: SessionQueries) -> ReplyRoute:
    """Where the answer goes. Raises HookRefused when a delivery was asked for that is not possible."""
    if action.deliver is False:
        return CLIENT_ROUTE
    channel = action.channel or LAST
    if channel == LAST:
        return _last_route(action, agent_id, sessions)
    account = _account(channel, action.account, facts)
    if not action.to:
        raise HookRefused(BAD_REQUEST, f"to is missing: who on {channel} shall get the answer?")
    return ReplyRoute(channel, account, target=action.to)


def _last_route(action: RunAction, agent_id: str, sessions: SessionQueries) -> ReplyRoute:
    last = sessions.last_route(main_session_key(agent_id))
    if last is None:
        if action.deliver or action.channel or action.to:
            raise HookRefused(
                BAD_REQUEST, "the main session has no last channel: name channel and to, or deliver false"
            )
        return CLIENT_ROUTE
    return replace(last, target=action.to, thread_id=None, reply_to=None) if action.to else replace(last, reply_to=None)


def _account(channel: str, account_id: str, facts: GatewayFacts) -> str:
    known = [a.account_id for a in facts.accounts if a.channel == channel and a.account is not None]
    wanted = account_id or (known[0] if len(known) == 1 else "default")
    if wanted not in known:
        raise HookRefused(BAD_REQUEST, "no such channel and account is configured")
    return wanted
