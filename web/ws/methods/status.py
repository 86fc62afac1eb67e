"""``health``, ``status``, ``system-presence``."""

# ruff: noqa: N815 - the wire writes its names so
from __future__ import annotations

from typing import Any

from web.validation import Flag, NoParams, Params
from web.ws.dispatch import Call, Method

_RECENT_SESSIONS = 10


class HealthParams(Params):
    probe = Flag()
    includeSensitive = Flag()


class StatusParams(Params):
    includeChannelSummary = Flag()


def health(call: Call) -> Any:
    return call.gateway.health.current()


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
            "defaults": {"model": services.default_agent.model or None},
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
        },
        "channelSummary": [],
        "queuedSystemEvents": [],
        "counts": services.sessions.counts(),
        "lanes": services.lanes_summary(),
    }


def presence(call: Call) -> Any:
    return call.gateway.presence.entries()


METHODS = (
    Method("health", HealthParams(), health),
    Method("status", StatusParams(), status),
    Method("system-presence", NoParams(), presence),
)
