"""``[[bindings]]``, ``[session]`` and ``[broadcast]`` as routing reads them, and what no single key of them can say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from openclaw.domain.routing import Binding
from openclaw.domain.session_key import SessionRules
from openclaw.settings.file_schema import Problem, nearest
from openclaw.settings.sections.messages import BindingSection
from openclaw.settings.sections.session import BroadcastSection, SessionSection

Path = tuple[str | int, ...]


def read_binding(section: BindingSection) -> Binding:
    """A binding, complete."""
    match = section.match
    return Binding(
        agent=section.agent,
        channel=match.channel,
        account=match.account or "",
        peer_kind=match.peer.kind if match.peer else "",
        peer_id=match.peer.id if match.peer else "",
        guild=match.guild or "",
        team=match.team or "",
        roles=match.roles,
        thread=match.thread or "",
    )


def check_bindings(sections: Collection[BindingSection], agents: Collection[str]) -> Iterator[Problem]:
    """Everything that is wrong with the bindings."""
    for index, section in enumerate(sections):
        path, match = ("bindings", index), section.match
        yield from _unknown_agent((*path, "agent"), section.agent, agents)
        if match.roles and not match.guild:
            yield Problem((*path, "match", "roles"), "needs guild")
        if match.peer is not None and not match.peer.id.strip():
            yield Problem((*path, "match", "peer", "id"), "is blank, so no conversation matches it")


def read_session(section: SessionSection) -> SessionRules:
    """Who shares a conversation."""
    links = {
        identity.strip().lower(): name.strip().lower()
        for name, identities in section.identity_links.items()
        for identity in identities
    }
    return SessionRules(section.scope, section.dm_scope, links)


def check_session(section: SessionSection) -> Iterator[Problem]:
    """Names and identities that mean nothing, or two people."""
    taken: dict[str, str] = {}
    for name, identities in section.identity_links.items():
        path: Path = ("session", "identity_links", name)
        if not name.strip() or " " in name.strip() or ":" in name:
            yield Problem(path, "a person's name is part of session keys: no spaces and no colons")
        for index, identity in enumerate(identities):
            key = identity.strip().lower()
            if not key:
                yield Problem((*path, index), "is blank")
            elif taken.setdefault(key, name) != name:
                yield Problem((*path, index), f"{identity!r} is {taken[key]} already")


def read_broadcast(section: BroadcastSection) -> dict[str, tuple[str, ...]]:
    """Conversations and their agents, as ``domain.broadcast`` looks them up."""
    return {peer.strip().lower(): tuple(dict.fromkeys(agents)) for peer, agents in section.peers.items()}


def check_broadcast(section: BroadcastSection, agents: Mapping[str, object]) -> Iterator[Problem]:
    """Conversations without agents, and agents that there are not."""
    for peer, named in section.peers.items():
        path: Path = ("broadcast", "peers", peer)
        if not peer.strip():
            yield Problem(path, "names no conversation")
        if not named:
            yield Problem(path, "names no agent")
        for index, agent in enumerate(named):
            yield from _unknown_agent((*path, index), agent, tuple(agents))


def _unknown_agent(path: Path, agent: str, agents: Collection[str]) -> Iterator[Problem]:
    if agent not in agents:
        close = nearest(agent, tuple(agents))
        advice = f'did you mean "{close}"?' if close else f"known: {', '.join(agents)}"
        yield Problem(path, f"there is no agent {agent!r}; {advice}", close)
