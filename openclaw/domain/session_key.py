"""Session keys: who shares a conversation with whom.

The default form keeps every account and peer apart (MISSION D2):
``agent:{agentId}:{channel}:{accountId}:{peerKind}:{peerId}[:thread:{threadId}]``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from openclaw.domain.envelope import InboundEnvelope
from openclaw.errors import InvalidRequest

#: OpenClaw's limit on the wire (chat.send ``sessionKey`` maxLength).
MAX_LENGTH = 512
MAIN_KEY = "main"
DEFAULT_AGENT = "main"

_AGENT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
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


def session_key_for(agent_id: str, envelope: InboundEnvelope) -> str:
    """The key of the session that an envelope belongs to once an agent is chosen."""
    peer_id = envelope.peer.id.strip().lower() or "unknown"
    key = f"agent:{agent_id}:{envelope.channel}:{envelope.account}:{envelope.peer.kind}:{peer_id}"
    return f"{key}:thread:{envelope.thread_id}" if envelope.thread_id else key


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
