"""Who may call which method and hear which event: the one table, without any I/O.

A connection has one role and a set of scopes. ``operator.write`` contains ``operator.read`` and ``operator.talk``;
``operator.admin`` contains every ``operator.*``; the other scopes stand alone. A method or event that is not in the
tables needs ``operator.admin``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from openclaw.domain.chat_commands import read_command


class Role(StrEnum):
    """What a connection is."""

    OPERATOR = "operator"
    #: A device that offers commands; it may call ``node.*`` only.
    NODE = "node"


class Scope(StrEnum):
    """What an operator's connection may do."""

    READ = "operator.read"
    WRITE = "operator.write"
    ADMIN = "operator.admin"
    APPROVALS = "operator.approvals"
    QUESTIONS = "operator.questions"
    PAIRING = "operator.pairing"
    TALK = "operator.talk"


#: Scopes that another one contains, besides admin, which contains all.
_CONTAINED_BY: Mapping[str, frozenset[str]] = {
    Scope.READ: frozenset({Scope.WRITE}),
    Scope.TALK: frozenset({Scope.WRITE}),
}


def satisfies(granted: Collection[str], needed: str) -> bool:
    """Whether the granted scopes contain the needed one."""
    if needed in granted:
        return True
    if needed.startswith("operator.") and Scope.ADMIN in granted:
        return True
    return any(scope in granted for scope in _CONTAINED_BY.get(needed, ()))


def within(ceiling: Collection[str], scopes: Iterable[str]) -> bool:
    """Whether none of the scopes goes beyond the ceiling."""
    return all(satisfies(ceiling, scope) for scope in scopes)


@dataclass(frozen=True, slots=True)
class MethodRule:
    """What a caller needs. Nodes have no scopes."""

    scope: Scope | None
    role: Role = Role.OPERATOR


_WRITE = MethodRule(Scope.WRITE)
_ADMIN = MethodRule(Scope.ADMIN)
_PAIRING = MethodRule(Scope.PAIRING)

_OPERATOR_METHODS: Mapping[Scope, tuple[str, ...]] = {
    Scope.READ: (
        *("health", "status", "system-presence", "logs.tail", "usage.status", "usage.cost"),
        *("channels.status", "tts.status", "tts.providers", "config.get", "config.schema", "config.schema.lookup"),
        *("models.list", "models.authStatus", "tools.catalog", "tools.effective"),
        *("agents.list", "agents.files.list", "agents.files.get", "agent.identity.get", "skills.status"),
        *("sessions.list", "sessions.preview", "sessions.describe", "sessions.subscribe"),
        *("sessions.messages.subscribe", "sessions.messages.unsubscribe", "sessions.usage", "sessions.search"),
        *("cron.list", "cron.status", "cron.get", "cron.runs", "node.list", "node.describe", "chat.history"),
        *("last-heartbeat", "commands.list", "plugins.list", "plugins.inspect", "hooks.status"),
        *("audit.list", "audit.activity.list", "memory.search", "doctor.memory.status"),
        *("diagnostics.lanes", "diagnostics.stability", "gateway.identity.get", "tasks.list", "tasks.get"),
        *("routing.explain", "outbox.list", "outbox.get"),
    ),
    Scope.WRITE: (
        *("tts.enable", "tts.disable", "tts.convert", "tts.setProvider", "tools.invoke", "sessions.create"),
        *("sessions.send", "sessions.abort", "sessions.patch", "node.invoke", "node.pending.enqueue"),
        *("chat.send", "chat.abort", "agent", "agent.wait", "send", "message.action", "poll", "wake"),
        "tasks.cancel",
    ),
    Scope.ADMIN: (
        *("system-event", "channels.start", "channels.stop", "channels.logout", "web.login.start", "web.login.wait"),
        *("config.set", "config.apply", "config.patch", "exec.approvals.get", "exec.approvals.set", "models.probe"),
        *("agents.create", "agents.update", "agents.delete", "agents.files.set", "skills.install", "skills.update"),
        *("sessions.reset", "sessions.delete", "sessions.compact", "cron.add", "cron.update", "cron.remove"),
        *("cron.run", "chat.inject", "set-heartbeats", "plugins.reload", "secrets.reload", "gateway.restart.request"),
        *("outbox.retry", "outbox.drop"),
        # Only ever valid as the first request; afterwards it takes an admin to be told so.
        "connect",
    ),
    Scope.APPROVALS: (
        *("exec.approval.get", "exec.approval.list", "exec.approval.request", "exec.approval.waitDecision"),
        *("exec.approval.resolve", "exec.approval.grants.list", "exec.approval.grants.revoke"),
    ),
    Scope.PAIRING: (
        *("node.pair.list", "node.pair.approve", "node.pair.reject", "node.pair.remove", "node.rename"),
        *("device.pair.list", "device.pair.approve", "device.pair.reject", "device.pair.remove"),
        *("device.pair.rename", "device.pair.setupCode", "device.pair.setupStatus"),
        *("device.token.rotate", "device.token.revoke"),
        *("channels.pairing.list", "channels.pairing.approve", "channels.pairing.dismiss", "channels.pairing.reject"),
        *("channels.allow.list", "channels.allow.revoke"),
    ),
    Scope.TALK: ("talk.mode",),
}
_NODE_METHODS = (
    *("skills.bins", "node.invoke.result", "node.invoke.progress", "node.event"),
    *("node.pending.pull", "node.pending.ack", "node.pending.drain"),
)

METHOD_RULES: Mapping[str, MethodRule] = {
    **{name: MethodRule(scope) for scope, names in _OPERATOR_METHODS.items() for name in names},
    **{name: MethodRule(None, Role.NODE) for name in _NODE_METHODS},
}

_ADMIN_COMMANDS = frozenset({"new", "reset"})
#: What ``sessions.patch`` may change with ``operator.write``: how a session is filed, and its model.
_FILING = frozenset(
    {
        *("key", "agentId", "label", "icon", "color", "category", "boardFace", "statusNote", "attention"),
        *("ttlMinutes", "archived", "pinned", "unread", "model", "contextWindow"),
        *("expectedSessionId", "expectedLifecycleRevision", "expectedMarkedUnreadAt"),
    }
)
#: Commands of a node that reach beyond what its owner sees happen.
_ADMIN_NODE_COMMANDS = frozenset({"browser.proxy", "fs.listDir", "terminal.upload"})

Params = Mapping[str, Any]


def _message_rule(params: Params) -> MethodRule:
    message = params.get("message")
    command = read_command(message) if isinstance(message, str) else None
    return _ADMIN if command is not None and command.name in _ADMIN_COMMANDS else _WRITE


def _create_rule(params: Params) -> MethodRule:
    asks_more = any(params.get(name) for name in ("incognito", "execNode", "toolOverrides"))
    return _ADMIN if asks_more or params.get("permissionMode") == "full" else _WRITE


#: Methods that need another scope for certain parameters.
_DYNAMIC: Mapping[str, Callable[[Params], MethodRule]] = {
    "agent": _message_rule,
    "chat.send": _message_rule,
    "sessions.create": _create_rule,
    "sessions.patch": lambda params: _WRITE if params.keys() <= _FILING else _ADMIN,
    "sessions.delete": lambda params: _WRITE if params.get("archivedOnly") is True else _ADMIN,
    "node.invoke": lambda params: _ADMIN if params.get("command") in _ADMIN_NODE_COMMANDS else _WRITE,
    "channels.pairing.approve": lambda params: _ADMIN if params.get("bootstrapCommandOwner") else _PAIRING,
}


def rule_for(method: str, params: Params) -> MethodRule:
    """The rule that this very call must satisfy."""
    dynamic = _DYNAMIC.get(method)
    return dynamic(params) if dynamic is not None else METHOD_RULES.get(method, _ADMIN)


_EVENTS_BY_SCOPE: Mapping[Scope | None, tuple[str, ...]] = {
    None: ("tick", "shutdown", "health", "heartbeat"),
    Scope.READ: (
        *("agent", "chat", "session.message", "session.operation", "session.tool", "sessions.changed", "presence"),
        *("config.changed", "node.presence", "task", "cron", "skills.changed", "plugins.changed"),
    ),
    Scope.APPROVALS: ("exec.approval.requested", "exec.approval.resolved"),
    Scope.PAIRING: (
        *("node.pair.requested", "node.pair.resolved", "device.pair.requested", "device.pair.resolved"),
        *("device.pair.changed", "device.pair.setup.completed"),
        *("channels.pairing.requested", "channels.pairing.resolved"),
    ),
    Scope.TALK: ("talk.mode",),
}

#: The scope a connection needs to receive an event; ``None`` is for everyone.
EVENT_SCOPES: Mapping[str, Scope | None] = {name: scope for scope, names in _EVENTS_BY_SCOPE.items() for name in names}

#: Events that go to one node's connection, and to nobody else.
NODE_EVENTS = frozenset({"node.invoke.request", "node.invoke.cancel"})


def may_receive(event: str, role: str, granted: Collection[str]) -> bool:
    """Whether a connection with this role and these scopes may be sent an event."""
    if event in NODE_EVENTS:
        return role == Role.NODE
    scope = EVENT_SCOPES.get(event, Scope.ADMIN)
    return scope is None or (role == Role.OPERATOR and satisfies(granted, scope))
