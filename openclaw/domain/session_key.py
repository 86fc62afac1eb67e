"""Session keys: who shares a conversation with whom.

The default form keeps every account and peer apart (MISSION D2):
``agent:{agentId}:{channel}:{accountId}:{peerKind}:{peerId}[:thread:{threadId}]``. ``[session]`` has direct messages of
one person share more than that. All parts are in small letters, as clients write keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from openclaw.domain.envelope import InboundEnvelope
from openclaw.errors import InvalidRequest

#: OpenClaw's limit on the wire (chat.send ``sessionKey`` maxLength).
MAX_LENGTH = 512
MAIN_KEY = "main"
DEFAULT_AGENT = "main"

_AGENT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_THREAD = ":thread:"
_INVALID_RUN = re.compile(r"[^a-z0-9_-]+")


def normalize_agent_id(raw: str) -> str:
    """Make any text an agent id: lower case, invalid runs become ``-``, at most 64 characters, else ``main``."""
    text = raw.strip().lower()
    if _AGENT_ID.fullmatch(text):
        return text
    return _INVALID_RUN.sub("-", text).strip("-_")[:64] or DEFAULT_AGENT


def main_session_key(agent_id: str) -> str:
    """The key of an agent's main session."""
    return f"agent:{agent_id}:{MAIN_KEY}"


class DmScope(StrEnum):
    """Which direct messages share a session (OpenClaw's words)."""

    #: All of an agent's, with its main session.
    MAIN = "main"
    #: Those of one person, on whatever channel.
    PER_PEER = "per-peer"
    PER_CHANNEL_PEER = "per-channel-peer"
    PER_ACCOUNT_CHANNEL_PEER = "per-account-channel-peer"


class SessionScope(StrEnum):
    """Whether conversations are kept apart at all."""

    PER_SENDER = "per-sender"
    #: An agent has its main session and no other.
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class SessionRules:
    """``[session]``: who shares a conversation."""

    scope: SessionScope = SessionScope.PER_SENDER
    dm_scope: DmScope = DmScope.PER_ACCOUNT_CHANNEL_PEER
    #: ``channel:id`` or an id, in small letters → the name of the person that it is of.
    links: Mapping[str, str] = field(default_factory=dict)

    def person(self, envelope: InboundEnvelope) -> str:
        """The peer of a direct message by the name that all his identities share; his id when he has but one."""
        peer = _part(envelope.peer.id)
        return self.links.get(f"{_part(envelope.channel)}:{peer}") or self.links.get(peer) or peer


USUAL_RULES = SessionRules()


def session_key_for(agent_id: str, envelope: InboundEnvelope, rules: SessionRules = USUAL_RULES) -> str:
    """The key of the session that an envelope belongs to once an agent is chosen."""
    if rules.scope is SessionScope.GLOBAL:
        return main_session_key(agent_id)
    key = f"agent:{agent_id}:{_conversation(envelope, rules)}"
    return f"{key}{_THREAD}{_part(envelope.thread_id)}" if envelope.thread_id else key


def is_thread_session(session_key: str) -> bool:
    """Whether a channel's session is that of one thread."""
    return _THREAD in session_key


def _conversation(envelope: InboundEnvelope, rules: SessionRules) -> str:
    channel, account = _part(envelope.channel), _part(envelope.account)
    if envelope.peer.kind != "direct":
        return f"{channel}:{account}:{envelope.peer.kind}:{_part(envelope.peer.id)}"
    person = rules.person(envelope)
    match rules.dm_scope:
        case DmScope.MAIN:
            return MAIN_KEY
        case DmScope.PER_PEER:
            return f"direct:{person}"
        case DmScope.PER_CHANNEL_PEER:
            return f"{channel}:direct:{person}"
        case DmScope.PER_ACCOUNT_CHANNEL_PEER:
            return f"{channel}:{account}:direct:{person}"


def _part(text: str) -> str:
    return text.strip().lower() or "unknown"


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """A session key's agent and the rest behind it."""

    agent_id: str
    rest: str

    @property
    def is_subagent(self) -> bool:
        return self.rest.startswith("subagent:")

    @property
    def is_cron(self) -> bool:
        return self.rest.startswith("cron:")

    @property
    def lane_class(self) -> str:
        """The cluster-wide lane class the session's turns count against."""
        if self.is_subagent:
            return "subagent"
        return "cron" if self.is_cron else "main"


def parse_session_key(raw: str, default_agent: str = DEFAULT_AGENT) -> ParsedKey:
    """Read a session key; a bare name such as ``main`` belongs to the default agent.

    Raises InvalidRequest for an empty or overlong key.
    """
    text = raw.strip().lower()
    if not text or len(text) > MAX_LENGTH or not text.isprintable() or " " in text:
        raise InvalidRequest(f"invalid session key: 1 to {MAX_LENGTH} characters without spaces")
    if text.startswith("agent:"):
        _, _, tail = text.partition(":")
        agent, _, rest = tail.partition(":")
        if agent and rest:
            return ParsedKey(normalize_agent_id(agent), rest)
        raise InvalidRequest("invalid session key: expected agent:<agentId>:<rest>")
    return ParsedKey(normalize_agent_id(default_agent), text)


def canonical_session_key(raw: str, default_agent: str = DEFAULT_AGENT) -> str:
    """The full, lower-cased form of a session key a client gave."""
    parsed = parse_session_key(raw, default_agent)
    return f"agent:{parsed.agent_id}:{parsed.rest}"
