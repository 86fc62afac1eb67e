"""Conversations that several agents answer, each in a session of its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from openclaw.domain.envelope import InboundEnvelope

#: The run option that says whose answer it is.
LABEL = "reply_label"


def agents_at(peers: Mapping[str, tuple[str, ...]], envelope: InboundEnvelope) -> tuple[str, ...]:
    """The agents that ``[broadcast]`` names for a message's conversation; none where the bindings decide.

    ``peers`` has ``channel:id`` or ids, in small letters.
    """
    peer = envelope.peer.id.strip().lower()
    return peers.get(f"{envelope.channel.lower()}:{peer}") or peers.get(peer, ())


def labelled(label: str, text: str) -> str:
    """A reply with the name of who gives it."""
    return f"[{label}]\n{text}"
