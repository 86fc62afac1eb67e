"""The layers between an agent's turn and its tools, in their order, from what the configuration says. Pure.

Profile, profile for the vendor, all agents, the agent, the group and its senders, the sandbox, sub-agents, the owner's
own: a tool must pass every one of them. The order decides only which layer is named as the one that removed a tool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from openclaw.domain.containment import Containment
from openclaw.domain.session_key import parse_session_key
from openclaw.domain.subagents import depth_of
from openclaw.domain.tool_policy import PolicyLayer, owner_layers

#: What each profile lets pass; ``None`` for all. OpenClaw's.
PROFILES: Mapping[str, tuple[str, ...] | None] = MappingProxyType(
    {
        "minimal": ("session_status",),
        "coding": ("group:fs", "group:runtime", "group:sessions", "group:memory", "image"),
        "messaging": ("group:messaging", "sessions_list", "sessions_history", "sessions_send", "session_status"),
        "full": None,
    }
)
#: What deals with other sessions and with the system is not for whoever works on one task.
SUBAGENT_DENY = (
    *("sessions_list", "sessions_history", "sessions_send", "sessions_spawn", "subagents", "agents_list"),
    *("session_status", "gateway", "cron", "memory_search", "memory_get"),
)
#: Sub-agents that may open sub-agents have these again.
ORCHESTRATOR_TOOLS = frozenset({"sessions_list", "sessions_history", "sessions_spawn", "subagents"})
#: Kinds of conversations that rules for groups are about.
_GROUP_KINDS = frozenset({"group", "channel"})


@dataclass(frozen=True, slots=True)
class ToolRules:
    """What one place of the configuration says. Empty and ``None`` for no opinion."""

    profile: str = ""
    allow: tuple[str, ...] | None = None
    #: Passes the profile and ``allow`` of this place too.
    also_allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    #: The same by vendor or by ``vendor/model``.
    by_provider: Mapping[str, ToolRules] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupRules:
    """What holds in groups: of a channel, an account, or one group; ``*`` for any."""

    name: str
    rules: ToolRules
    channel: str = "*"
    account: str = "*"
    peer: str = "*"
    #: In place of ``rules`` for whoever is named; ``*`` for everybody else.
    by_sender: Mapping[str, ToolRules] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolScene:
    """Whose turn it is, and where."""

    session_key: str
    #: ``vendor/model`` that is asked.
    model: str = ""
    #: Who wrote, as the platform's id; empty where nobody did.
    sender: str = ""
    is_owner: bool = False
    #: What the session itself says of the sandbox: ``containment.SANDBOX``.
    sandbox: str = ""


@dataclass(frozen=True, slots=True)
class ToolBook:
    """All that the configuration says of tools."""

    everywhere: ToolRules = ToolRules()
    agents: Mapping[str, ToolRules] = field(default_factory=dict)
    groups: tuple[GroupRules, ...] = ()
    containment: Containment = field(default_factory=Containment)
    subagents: ToolRules = ToolRules()
    #: How deep agents' sub-agents may go; 1 where nothing is said.
    depths: Mapping[str, int] = field(default_factory=dict)

    def layers(self, scene: ToolScene) -> tuple[PolicyLayer, ...]:
        """What a turn's tools must pass."""
        return tuple(self._layers(scene))

    def profile(self, agent_id: str) -> str:
        """The profile that an agent goes by."""
        return self._own(agent_id).profile or self.everywhere.profile or "full"

    def _own(self, agent_id: str) -> ToolRules:
        return self.agents.get(agent_id, ToolRules())

    def _layers(self, scene: ToolScene) -> Iterator[PolicyLayer]:
        key = parse_session_key(scene.session_key)
        own, where = self._own(key.agent_id), f"agents.{key.agent_id}.tools"
        chosen, place = (own, where) if own.profile else (self.everywhere, "tools")
        yield from _profile(chosen, place)
        for rules, name in ((self.everywhere, "tools"), (own, where)):
            yield from _profile(*_for_model(rules, name, scene.model))
        for rules, name in ((self.everywhere, "tools"), (own, where)):
            yield from _allow_and_deny(rules, name)
            yield from _allow_and_deny(*_for_model(rules, name, scene.model))
        yield from self._group(scene, key.rest)
        if self.containment.holds(scene.session_key, scene.sandbox):
            yield PolicyLayer("tools.sandbox", allow=self.containment.allow, deny=self.containment.deny)
        yield from self._subagent(scene)
        yield from owner_layers(is_owner=scene.is_owner)

    def _group(self, scene: ToolScene, rest: str) -> Iterator[PolicyLayer]:
        channel, account, kind, peer = [*rest.split(":", 3), "", "", ""][:4]
        peer = peer.partition(":thread:")[0]
        if kind not in _GROUP_KINDS:
            return
        for group in self.groups:
            pairs = ((group.channel, channel), (group.account, account), (group.peer, peer))
            if all(wanted in ("*", found) or wanted.lower() == found for wanted, found in pairs):
                yield from _of_group(group, scene.sender)

    def _subagent(self, scene: ToolScene) -> Iterator[PolicyLayer]:
        depth = depth_of(scene.session_key)
        if not depth:
            return
        deepest = self.depths.get(parse_session_key(scene.session_key).agent_id, 1)
        again = ORCHESTRATOR_TOOLS if depth < deepest else frozenset()
        yield PolicyLayer("sub-agents", deny=tuple(name for name in SUBAGENT_DENY if name not in again))
        yield from _allow_and_deny(self.subagents, "tools.subagents")


def _profile(rules: ToolRules, name: str) -> Iterator[PolicyLayer]:
    allowed = PROFILES.get(rules.profile)
    if allowed is not None:
        yield PolicyLayer(f"{name}.profile {rules.profile}", allow=(*allowed, *rules.also_allow))


def _allow_and_deny(rules: ToolRules, name: str) -> Iterator[PolicyLayer]:
    if rules.allow is not None or rules.deny:
        allow = None if rules.allow is None else (*rules.allow, *rules.also_allow)
        yield PolicyLayer(name, allow=allow, deny=rules.deny)


def _for_model(rules: ToolRules, name: str, model: str) -> tuple[ToolRules, str]:
    """The rules of this place for a model: the more particular ones."""
    wanted = model.lower()
    for key, found in rules.by_provider.items():
        if key.lower() == wanted:
            return found, f"{name}.by_provider.{key}"
    for key, found in rules.by_provider.items():
        if key.lower() == wanted.partition("/")[0]:
            return found, f"{name}.by_provider.{key}"
    return ToolRules(), name


def _of_group(group: GroupRules, sender: str) -> Iterator[PolicyLayer]:
    """A sender's own rules stand in place of the group's. Senders are known by ids: names can be taken by anybody."""
    own = next((key for key in group.by_sender if key.removeprefix("id:") == sender), None)
    own = own or ("*" if "*" in group.by_sender else None)
    if own is None:
        yield from _allow_and_deny(group.rules, group.name)
    else:
        yield from _allow_and_deny(group.by_sender[own], f"{group.name}.by_sender.{own}")
