"""Who may call which method and hear which event: the one table, without any I/O.

A connection has one role and a set of scopes. ``operator.write`` contains ``operator.read`` and ``operator.talk``;
``operator.admin`` contains every ``operator.*``; the other scopes stand alone. A method or event that is not in the
tables needs ``operator.admin``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


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


@dataclass(frozen=True, slots=True)
class MethodRule:
    """What a caller needs."""

    scope: Scope
    role: Role = Role.OPERATOR


_READ = MethodRule(Scope.READ)
_WRITE = MethodRule(Scope.WRITE)
_ADMIN = MethodRule(Scope.ADMIN)

METHOD_RULES: Mapping[str, MethodRule] = {
    "health": _READ,
    "status": _READ,
    "system-presence": _READ,
    "logs.tail": _READ,
    "channels.status": _READ,
    "models.list": _READ,
    "agents.list": _READ,
    "commands.list": _READ,
    "gateway.identity.get": _READ,
    "sessions.list": _READ,
    "sessions.subscribe": _READ,
    "sessions.messages.subscribe": _READ,
    "sessions.messages.unsubscribe": _READ,
    "sessions.describe": _READ,
    "sessions.preview": _READ,
    "sessions.send": _WRITE,
    "sessions.abort": _WRITE,
    "sessions.reset": _ADMIN,
    "chat.history": _READ,
    "chat.send": _WRITE,
    "chat.abort": _WRITE,
    "agent": _WRITE,
    "agent.wait": _WRITE,
    # Only ever valid as the first request; afterwards it takes an admin to be told so.
    "connect": _ADMIN,
}

#: Methods whose message may be a command that needs more than the method itself.
_MESSAGE_METHODS = frozenset({"agent", "chat.send"})
_ADMIN_COMMANDS = frozenset({"/new", "/reset"})


def rule_for(method: str, params: Mapping[str, Any]) -> MethodRule:
    """The rule that this very call must satisfy: some methods need more for certain parameters."""
    if method in _MESSAGE_METHODS:
        message = params.get("message")
        if isinstance(message, str) and message.strip().lower() in _ADMIN_COMMANDS:
            return _ADMIN
    return METHOD_RULES.get(method, _ADMIN)


#: The scope a connection needs to receive an event; ``None`` is for everyone.
EVENT_SCOPES: Mapping[str, Scope | None] = {
    "agent": Scope.READ,
    "chat": Scope.READ,
    "session.message": Scope.READ,
    "sessions.changed": Scope.READ,
    "presence": Scope.READ,
    "health": None,
    "tick": None,
    "shutdown": None,
}


def may_receive(event: str, role: str, granted: Collection[str]) -> bool:
    """Whether a connection with this role and these scopes may be sent an event."""
    scope = EVENT_SCOPES.get(event, Scope.ADMIN)
    return scope is None or (role == Role.OPERATOR and satisfies(granted, scope))
