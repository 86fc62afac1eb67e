"""Which agent answers: eight tiers, the first hit wins, and the config's order decides inside a tier.

Pure. Platform facts beyond the peer come in the envelope's ``extra``: ``guild_id``, ``team_id``, ``role_ids`` (a
list) and ``parent_peer`` (``{"kind", "id"}``, the conversation a thread hangs on).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openclaw.domain.envelope import InboundEnvelope

ANY_ACCOUNT = "*"
DEFAULT_ACCOUNT = "default"

#: ``group`` and ``channel`` are the same to a binding, and ``dm`` is the old word for ``direct``.
_KIND = {"dm": "direct", "direct": "direct", "group": "group", "channel": "group"}


@dataclass(frozen=True, slots=True)
class Binding:
    """One rule: messages that match go to ``agent``. Empty strings mean "not asked for".

    ``account`` empty stands for the account named ``default`` only; ``*`` for any.
    """

    agent: str
    channel: str
    account: str = ""
    peer_kind: str = ""
    peer_id: str = ""
    guild: str = ""
    team: str = ""
    roles: tuple[str, ...] = ()
    thread: str = ""

    @property
    def has_peer(self) -> bool:
        return bool(self.peer_kind and self.peer_id)


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen agent, and the tier that chose it."""

    agent_id: str
    matched_by: str


def choose_agent(bindings: Sequence[Binding], envelope: InboundEnvelope, default_agent: str) -> Decision:
    """Choose the agent of an envelope; without a matching binding it is the default one."""
    candidates = [b for b in bindings if _applies(b, envelope)]
    parent = envelope.extra.get("parent_peer")
    parent_key = _peer_key(parent) if isinstance(parent, Mapping) else None
    own_key = _peer_key({"kind": envelope.peer.kind, "id": envelope.peer.id})
    tiers: tuple[tuple[str, Callable[[Binding], object]], ...] = (
        ("binding.peer", lambda b: b.has_peer and _binding_peer(b) == own_key),
        ("binding.peer.parent", lambda b: b.has_peer and parent_key is not None and _binding_peer(b) == parent_key),
        ("binding.guild+roles", lambda b: not b.has_peer and b.guild and b.roles),
        ("binding.guild", lambda b: not b.has_peer and b.guild and not b.roles),
        ("binding.team", lambda b: not b.has_peer and not b.guild and b.team),
        ("binding.account", lambda b: _is_plain(b) and b.account != ANY_ACCOUNT),
        ("binding.channel", lambda b: _is_plain(b) and b.account == ANY_ACCOUNT),
    )
    for name, matches in tiers:
        for binding in candidates:
            if matches(binding):
                return Decision(binding.agent, name)
    return Decision(default_agent, "default")


def _applies(binding: Binding, envelope: InboundEnvelope) -> bool:
    """Whether everything but the peer holds."""
    extra = envelope.extra
    if binding.channel != envelope.channel:
        return False
    if binding.account != ANY_ACCOUNT and (binding.account or DEFAULT_ACCOUNT) != envelope.account:
        return False
    if binding.thread and binding.thread != (envelope.thread_id or ""):
        return False
    if binding.guild and binding.guild != str(extra.get("guild_id", "")):
        return False
    if binding.team and binding.team != str(extra.get("team_id", "")):
        return False
    if binding.roles:
        # Roles mean nothing outside a guild: such a rule never holds.
        return bool(binding.guild) and not set(binding.roles).isdisjoint(map(str, extra.get("role_ids", ())))
    return True


def _is_plain(binding: Binding) -> bool:
    return not (binding.has_peer or binding.guild or binding.team)


def _binding_peer(binding: Binding) -> tuple[str, str]:
    return _peer_key({"kind": binding.peer_kind, "id": binding.peer_id})


def _peer_key(peer: Mapping[str, Any]) -> tuple[str, str]:
    kind = str(peer.get("kind", ""))
    return _KIND.get(kind, kind), str(peer.get("id", "")).strip().lower()
