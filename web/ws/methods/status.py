"""``health``, ``status``, ``system-presence``."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

import secrets
from typing import Any

from openclaw.composition.live_settings import ReloadState
from openclaw.domain.session_key import main_session_key
from openclaw.domain.system_events import event_text
from openclaw.ports.store import SessionFilter
from web.services import AgentFacts
from web.validation import Flag, NoParams, Params
from web.ws.dispatch import Call, Method

_RECENT_SESSIONS = 10
_QUEUED_EVENTS = 20
_LISTED_AGENTS = 50


class HealthParams(Params):
    probe = Flag()
    includeSensitive = Flag()


class StatusParams(Params):
    includeChannelSummary = Flag()
    includeCliProjection = Flag()


def health(call: Call) -> Any:
    health = call.gateway.health
    return health.probe() if call.params.get("probe") else health.current()


def status(call: Call) -> Any:
    services = call.gateway.services
    now = services.clock()
    recent, count = services.sessions.list_sessions(limit=_RECENT_SESSIONS)
    return {
        "runtimeVersion": services.version,
        "uptimeMs": call.gateway.uptime_ms,
        "sessions": {
            "paths": [str(services.state_dir)],
            "count": count,
            "defaults": {"model": services.facts.default_agent.model or None},
            "recent": [
                {
                    "agentId": view.agent_id,
                    "key": view.session_key,
                    "kind": view.kind,
                    "sessionId": view.session_uuid,
                    "updatedAt": view.updated_at_ms,
                    "age": max(0, now - view.updated_at_ms),
                    "inputTokens": view.usage.input_tokens,
                    "outputTokens": view.usage.output_tokens,
                    "totalTokens": view.usage.input_tokens + view.usage.output_tokens,
                    "model": view.model or None,
                    "flags": [f"id:{view.session_uuid}"],
                }
                for view in recent
            ],
            "byAgent": [_sessions_of(call, agent) for agent in services.facts.agents[:_LISTED_AGENTS]],
        },
        "heartbeat": {
            "defaultAgentId": services.facts.default_agent.id,
            "agents": [
                {"agentId": a.id, "enabled": False, "every": "off", "everyMs": None} for a in services.facts.agents
            ],
        },
        "degradedSecretOwners": [],
        "degradedPlugins": [],
        "channelSummary": [],
        "queuedSystemEvents": _queued_events(call),
        "counts": services.sessions.counts(),
        "lanes": services.lanes_summary(),
        "startup": [report.to_json() for report in call.gateway.startup.steps],
        **({"configReload": reload_payload(services.config.state)} if services.config is not None else {}),
        **({"cliProjection": _for_the_command_line(call)} if call.params.get("includeCliProjection") else {}),
    }


def _sessions_of(call: Call, agent: AgentFacts) -> dict[str, Any]:
    services = call.gateway.services
    _, count = services.sessions.list_sessions(SessionFilter(agent_ids=(agent.id,)), limit=0)
    return {"agentId": agent.id, "path": str(services.state_dir), "count": count, "recent": []}


def _for_the_command_line(call: Call) -> dict[str, Any]:
    """What OpenClaw's own command line reads from its own files when it runs beside its gateway."""
    facts = call.gateway.services.facts
    return {
        "agents": {
            "defaultId": facts.default_agent.id,
            "ownership": "sole",
            "selectionRequired": False,
            "rows": [{"id": agent.id, **({"name": agent.name} if agent.name else {})} for agent in facts.agents],
        },
        "updateChannel": None,
        "memoryPlugin": {"enabled": False, "slot": None},
    }


def _queued_events(call: Call) -> list[str]:
    """What the default agent's main session has not heard yet."""
    services = call.gateway.services
    queued = services.events.queued(main_session_key(services.facts.default_agent.id), _QUEUED_EVENTS)
    boundary = secrets.token_hex(8)
    return [event_text(event, boundary) for event in queued]


def reload_payload(state: ReloadState) -> dict[str, Any]:
    """How this gateway stands to the newest configuration."""
    return {
        "hotReloadStatus": "error" if state.problem else "active",
        "version": state.version,
        **({"lastError": state.problem} if state.problem else {}),
        **({"restartNeeded": list(state.restart_needed)} if state.restart_needed else {}),
    }


def presence(call: Call) -> Any:
    return call.gateway.presence.entries()


METHODS = (
    Method("health", HealthParams(), health),
    Method("status", StatusParams(), status),
    Method("system-presence", NoParams(), presence),
)
