"""The answer to a successful ``connect``: what this gateway can do, and how things stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw.domain.scopes import Scope, satisfies
from openclaw.domain.session_key import MAIN_KEY, main_session_key
from web.ws.attachments import MAX_BYTES, MAX_IMAGE_BYTES
from web.ws.handshake import PROTOCOL, Admission

if TYPE_CHECKING:
    from web.gateway import Gateway
    from web.ws.connection import Connection

#: Gates of OpenClaw's clients; only what works is named.
CAPABILITIES = ("model-catalog-snapshot", "published-model-catalog")
#: What this gateway sends. The table of scopes knows more: they come with their subjects.
EVENTS = (
    *("agent", "channels.pairing.requested", "channels.pairing.resolved", "chat"),
    *("config.changed", "connect.challenge", "device.pair.changed", "device.pair.requested"),
    *("device.pair.resolved", "device.pair.setup.completed", "exec.approval.requested"),
    *("exec.approval.resolved", "health", "heartbeat", "node.invoke.cancel", "node.invoke.request"),
    *("node.pair.requested", "node.pair.resolved", "node.presence", "presence", "session.message"),
    *("session.operation", "session.tool"),
    *("sessions.changed", "shutdown", "skills.changed", "talk.mode", "tick"),
)


def hello_ok(gateway: Gateway, connection: Connection) -> dict[str, Any]:
    """Build hello-ok for an admitted connection."""
    services, admission = gateway.services, connection.admission
    limits = services.facts.limits
    return {
        "type": "hello-ok",
        "protocol": PROTOCOL,
        "server": {"version": services.version, "bootId": gateway.boot_id, "connId": connection.id},
        "features": {
            "methods": gateway.methods.names,
            "events": list(EVENTS),
            "capabilities": list(CAPABILITIES),
        },
        "snapshot": _snapshot(gateway, admin=satisfies(admission.scopes, Scope.ADMIN)),
        "auth": _auth(admission),
        "policy": {
            "maxPayload": limits.max_payload,
            "maxBufferedBytes": limits.max_buffered,
            "tickIntervalMs": limits.tick_ms,
            "attachments": {"maxBytes": MAX_BYTES, "maxImageBytes": MAX_IMAGE_BYTES},
        },
    }


def _auth(admission: Admission) -> dict[str, Any]:
    auth: dict[str, Any] = {"role": admission.role.value, "scopes": list(admission.scopes)}
    if admission.issued is not None:
        auth |= {"deviceToken": admission.issued.token, "issuedAtMs": admission.issued.issued_at_ms}
    return auth


def _snapshot(gateway: Gateway, *, admin: bool) -> dict[str, Any]:
    services = gateway.services
    agent = services.facts.default_agent
    snapshot: dict[str, Any] = {
        "suspension": {"phase": "draining" if gateway.draining else "accepting"},
        "presence": gateway.presence.entries(),
        "health": gateway.health.latest(),
        "stateVersion": gateway.state_version,
        "uptimeMs": gateway.uptime_ms,
        "sessionDefaults": {
            "defaultAgentId": agent.id,
            "modelConfigured": bool(agent.model),
            "mainKey": MAIN_KEY,
            "mainSessionKey": main_session_key(agent.id),
            "scope": "per-sender",
        },
    }
    if admin:
        snapshot["stateDir"] = str(services.state_dir)
        snapshot["authMode"] = services.facts.auth.mode
        if services.config_path is not None:
            snapshot["configPath"] = str(services.config_path)
    return snapshot
