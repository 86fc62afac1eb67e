"""Which messages are acknowledged by a reaction, before they are answered. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from openclaw.domain.envelope import InboundEnvelope

#: For agents without an emoji of their own. OpenClaw's.
EYES = "\N{EYES}"

#: By direct or not, and by whether the message speaks to the assistant.
_FITS: MappingProxyType[str, Callable[[bool, bool], bool]] = MappingProxyType(
    {
        "off": lambda _direct, _addressed: False,
        "direct": lambda direct, _addressed: direct,
        "group-mentions": lambda direct, addressed: addressed and not direct,
        "group-all": lambda direct, _addressed: not direct,
        "all": lambda _direct, _addressed: True,
    }
)
ACK_SCOPES = tuple(_FITS)


@dataclass(frozen=True, slots=True)
class AckRules:
    """``[messages.ack]``"""

    #: One of ``ACK_SCOPES``.
    scope: str = "group-mentions"
    #: Empty for the agent's own.
    emoji: str = ""
    remove_after_reply: bool = False


def ack_of(envelope: InboundEnvelope, rules: AckRules, own_emoji: str, *, addressed: bool) -> str:
    """The emoji that acknowledges a message; empty when none does. ``addressed``: it speaks to the assistant."""
    if not envelope.message_id or not _FITS[rules.scope](envelope.peer.kind == "direct", addressed):
        return ""
    return rules.emoji or own_emoji or EYES
