"""Which agent answers: eight tiers, the first hit wins, and the config's order decides inside a tier.

Pure. Platform facts beyond the peer come in the envelope's ``extra``: ``guild_id``, ``team_id``, ``role_ids`` (a
list) and ``parent_peer`` (``{"kind", "id"}``, the conversation a thread hangs on). ``route_index`` finds the binding
among thousands, ``route_explained`` says why it was that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openclaw.domain.envelope import InboundEnvelope

ANY_ACCOUNT = "*"
DEFAULT_ACCOUNT = "default"

PEER, PARENT, GUILD_ROLES = "binding.peer", "binding.peer.parent", "binding.guild+roles"
GUILD, TEAM, ACCOUNT, CHANNEL = "binding.guild", "binding.team", "binding.account", "binding.channel"
#: Where no binding matches.
DEFAULT = "default"
#: The strongest first.
TIERS = (PEER, PARENT, GUILD_ROLES, GUILD, TEAM, ACCOUNT, CHANNEL, DEFAULT)

#: ``group`` and ``channel`` are the same to a binding, and ``dm`` is the old word for ``direct``.
_KIND = {"dm": "direct", "direct": "direct", "group": "group", "channel": "group"}

PeerKey = tuple[str, str]


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
    def peer(self) -> PeerKey | None:
        """The conversation it is about; ``None`` for one that names none."""
        return _peer_key(self.peer_kind, self.peer_id) if self.peer_kind or self.peer_id else None

    @property
    def is_possible(self) -> bool:
        """Whether anything can match: half a peer is nobody's, and roles mean nothing outside a guild."""
        peer = self.peer
        return (peer is None or all(peer)) and bool(self.guild or not self.roles)


@dataclass(frozen=True, slots=True)
class Facts:
    """What bindings ask of a message."""

    channel: str
    account: str
    peer: PeerKey
    parent: PeerKey | None
    guild: str
    team: str
    roles: frozenset[str]
    thread: str

    @classmethod
    def of(cls, envelope: InboundEnvelope) -> Facts:
        extra = envelope.extra
        parent = extra.get("parent_peer")
        return cls(
            channel=envelope.channel,
            account=envelope.account,
            peer=_peer_key(envelope.peer.kind, envelope.peer.id),
            parent=_parent_key(parent) if isinstance(parent, Mapping) else None,
            guild=str(extra.get("guild_id") or ""),
            team=str(extra.get("team_id") or ""),
            roles=frozenset(map(str, extra.get("role_ids") or ())),
            thread=envelope.thread_id or "",
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen agent, and the tier that chose it."""

    agent_id: str
    matched_by: str
    #: The binding's place in the file, from 0; ``None`` when none matched.
    position: int | None = None


def tier_of(binding: Binding, facts: Facts) -> str:
    """The tier in which a binding would win this message, if everything else holds; empty for another conversation."""
    peer = binding.peer
    if peer is not None:
        return PEER if peer == facts.peer else PARENT if peer == facts.parent else ""
    if binding.guild:
        return GUILD_ROLES if binding.roles else GUILD
    if binding.team:
        return TEAM
    return CHANNEL if binding.account == ANY_ACCOUNT else ACCOUNT


def holds(binding: Binding, facts: Facts) -> bool:
    """Whether everything but the peer holds."""
    return (
        binding.channel == facts.channel
        and binding.account in (ANY_ACCOUNT, facts.account, "" if facts.account == DEFAULT_ACCOUNT else facts.account)
        and binding.thread in ("", facts.thread)
        and binding.guild in ("", facts.guild)
        and binding.team in ("", facts.team)
        and (not binding.roles or not facts.roles.isdisjoint(binding.roles))
    )


def _peer_key(kind: str, id_: str) -> PeerKey:
    return _KIND.get(kind, kind), id_.strip().lower()


def _parent_key(peer: Mapping[str, Any]) -> PeerKey:
    return _peer_key(str(peer.get("kind") or ""), str(peer.get("id") or ""))
